import fc from 'fast-check'
import { expect, test } from 'vitest'
import { AddressCounts } from '../../../src/node/cluster/address-counts.ts'
import { type AddressCounter, Admission } from '../../../src/node/streams/admission.ts'

const turn = () => new Promise((resolve) => setImmediate(resolve))

test('the limit of an address holds over all processes, and what ends gives its places back', () => {
  const step = fc.record({
    process: fc.constantFrom('a', 'b', 'c'),
    address: fc.constantFrom('1', '2'),
    act: fc.constantFrom('take', 'take', 'give', 'ended'),
  })
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const places = new AddressCounts<string>(3)
      let held: string[] = []
      for (const { process, address, act } of steps) {
        const name = `${process} ${address}`
        const count = held.filter((it) => it.endsWith(` ${address}`)).length
        if (act === 'take') {
          expect(places.take(process, address)).toBe(count < 3)
          if (count < 3) held.push(name)
        } else if (act === 'give') {
          places.give(process, address)
          const at = held.indexOf(name)
          if (at !== -1) held.splice(at, 1)
        } else {
          places.ended(process)
          held = held.filter((it) => !it.startsWith(`${process} `))
        }
        expect(places.size).toBe(new Set(held.map((it) => it.slice(2))).size)
      }
    }),
  )
})

/** An admission that shares the places of its addresses, all of one process. */
function sharing(answer?: 'unknown') {
  const counted = new AddressCounts<string>(2)
  const places: AddressCounter = {
    take: async (address) => answer ?? (counted.take('here', address) ? 'taken' : 'none'),
    give: (address) => counted.give('here', address),
  }
  const limits = { connectionsMax: 3, perAddressMax: 2, perSecondMax: 100 }
  return { counted, admission: new Admission(limits, () => 0, places) }
}

const refused = expect.objectContaining({ status: 429, code: 'too-many-from-here', retryAfterSeconds: 5 })

test('whoever has a place enters with it and gives it back when they leave', async () => {
  const { counted, admission } = sharing()
  for (let count = 0; count < 2; count += 1) {
    await admission.reserve('x')
    admission.enter('x')
  }
  await expect(admission.reserve('x')).rejects.toEqual(refused)
  await turn()
  expect([admission.open, counted.size]).toEqual([2, 1])
  admission.leave('x')
  await admission.reserve('x')
  admission.enter('x')
  admission.leave('x')
  admission.leave('x')
  expect([admission.open, counted.size]).toEqual([0, 0])
})

test('a place that nobody enters with is given back: they had gone, or there was no room', async () => {
  const { counted, admission } = sharing()
  await admission.reserve('gone')
  await turn()
  expect(counted.size).toBe(0)
  for (const address of ['a', 'b', 'c']) {
    await admission.reserve(address)
    admission.enter(address)
  }
  await admission.reserve('d')
  expect(() => admission.enter('d')).toThrow(expect.objectContaining({ code: 'no-room' }))
  await turn()
  expect(counted.size).toBe(3)
})

test('when nobody answers, a process keeps the limit by what it counts itself', async () => {
  const { admission } = sharing('unknown')
  for (let count = 0; count < 2; count += 1) {
    await admission.reserve('x')
    admission.enter('x')
  }
  await admission.reserve('x')
  expect(() => admission.enter('x')).toThrow(refused)
})
