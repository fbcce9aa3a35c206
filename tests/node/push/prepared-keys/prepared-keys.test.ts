import { Worker } from 'node:worker_threads'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { prepareKeys } from '../../../../src/node/push/prepared-keys/key-preparation.ts'
import { makePreparedSlab, PreparedKeys } from '../../../../src/node/push/prepared-keys/prepared-keys.ts'
import type { PushAddress } from '../../../../src/push/subscriptions/subscription.ts'
import { addressOf, type BrowserKeys, makeBrowserKeys, openSealed } from '../../../support/browser/browser-keys.ts'
import { runs } from '../../../support/effort.ts'
import { until } from '../../../support/push/push-deps.ts'
import { cleaning } from '../../../support/scratch.ts'

const clean = cleaning()
const endpoint = 'https://fcm.googleapis.com/x'
const people: readonly { keys: BrowserKeys; address: PushAddress }[] = Array.from({ length: 40 }, () => {
  const keys = makeBrowserKeys()
  return { keys, address: addressOf(endpoint, keys) }
})
const person = (nth: number) => {
  const found = people[nth % people.length]
  if (found === undefined) throw new Error('nobody')
  return found
}
/** Salt and public key of a seal: the same only when the same record made it. */
const recordOf = (sealed: Uint8Array): string =>
  Buffer.concat([sealed.subarray(0, 16), sealed.subarray(21, 86)]).toString('hex')

const step = fc.record({
  act: fc.constantFrom('prepare' as const, 'seal' as const, 'seal' as const, 'too-long' as const),
  who: fc.nat(people.length - 1),
  hold: fc.nat(2),
})

test('by any schedule of three holders, each record seals once, for its own reader, however little room there is', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), fc.constantFrom(0, 8, 16, 64), (steps, room) => {
      const slab = makePreparedSlab(room)
      const holders = [new PreparedKeys(slab), new PreparedKeys(slab), new PreparedKeys(slab)]
      const used = new Set<string>()
      for (const { act, who, hold } of steps) {
        const holder = holders[hold]
        const { keys, address } = person(who)
        if (holder === undefined) throw new Error('no holder')
        if (act === 'prepare') holder.prepare(address)
        else if (act === 'too-long') expect(holder.seal(address, new Uint8Array(5_000))).toBeNull()
        else {
          const sealed = holder.seal(address, Buffer.from(`text ${used.size}`))
          if (sealed === null) continue
          expect(openSealed(sealed, keys).toString()).toBe(`text ${used.size}`)
          expect(used.has(recordOf(sealed))).toBe(false)
          used.add(recordOf(sealed))
        }
        expect(holder.count).toBeLessThanOrEqual(room)
      }
      expect(holders[0]?.taken).toBe(used.size)
    }),
    { numRuns: runs(150) },
  )
})

test('threads that want the same records at once never get one twice', async () => {
  const slab = makePreparedSlab(8_192)
  const prepared = new PreparedKeys(slab)
  const addresses = Array.from({ length: 1_000 }, () => addressOf(endpoint, makeBrowserKeys()))
  for (const address of addresses) prepared.prepare(address)
  const gate = new SharedArrayBuffer(4)
  const heard: (string | string[])[] = []
  for (let nth = 0; nth < 3; nth += 1) {
    const worker = new Worker(new URL('../../../support/push/seal-race.ts', import.meta.url), {
      workerData: { slab, addresses, gate },
    })
    clean(() => worker.terminate())
    worker.on('message', (word) => heard.push(word))
  }
  await until(() => heard.length === 3)
  Atomics.store(new Int32Array(gate), 0, 1)
  Atomics.notify(new Int32Array(gate), 0)
  await until(() => heard.length === 6)
  const used = heard.slice(3).flat()
  expect(new Set(used).size).toBe(used.length)
  expect(used.length).toBeGreaterThanOrEqual(1_000)
  expect(prepared.taken).toBe(used.length)
}, 60_000)

test('a record is gone from memory when it has sealed', () => {
  const slab = makePreparedSlab(8)
  const prepared = new PreparedKeys(slab)
  prepared.prepare(person(0).address)
  const bytes = new Uint8Array(slab.records)
  expect(bytes.some((byte) => byte !== 0)).toBe(true)
  prepared.seal(person(0).address, Buffer.from('text'))
  expect(bytes.every((byte) => byte === 0)).toBe(true)
})

test('with a tenth more slots than addresses, hardly an address is left without a record', () => {
  const prepared = new PreparedKeys(makePreparedSlab(1_100))
  const { address } = person(0)
  const auths = Array.from({ length: 1_000 }, (_, nth) => Buffer.alloc(16, `auth ${nth} `).toString('base64url'))
  for (const auth of auths) prepared.prepare({ ...address, auth })
  expect(
    auths.filter((auth) => prepared.seal({ ...address, auth }, Buffer.from('text')) !== null).length,
  ).toBeGreaterThan(975)
})

test('a subscription with new keys, or a new secret, does not meet an old record', () => {
  const prepared = new PreparedKeys(makePreparedSlab(64))
  const { address } = person(0)
  prepared.prepare(address)
  expect(prepared.seal({ ...address, auth: person(1).address.auth }, Buffer.from('text'))).toBeNull()
  expect(prepared.seal({ ...address, p256dh: person(1).address.p256dh }, Buffer.from('text'))).toBeNull()
  expect(prepared.seal(address, Buffer.from('text'))).not.toBeNull()
})

test('keys that are none leave the slot free', () => {
  const prepared = new PreparedKeys(makePreparedSlab(8))
  const { address } = person(0)
  for (let time = 0; time < 20; time += 1) expect(() => prepared.prepare({ ...address, auth: `AAAA${time}` })).toThrow()
  expect(prepared.count).toBe(0)
  expect(prepared.prepare(address)).toBe('made')
})

/** Stored addresses of the people above, in their order. */
function rows() {
  return {
    generation: 0,
    after: (rowId: number, limit: number) =>
      people
        .map(({ address }, at) => ({ rowId: at + 1, open: async () => address }))
        .filter((row) => row.rowId > rowId)
        .slice(0, limit),
  }
}

test('keys are made for everyone, nothing is made while pushes are sent, and those taken are made again', async () => {
  const prepared = new PreparedKeys(makePreparedSlab(4_096))
  const stopping = new AbortController()
  let busy = true
  let looks = 0
  const ended = prepareKeys(
    {
      addresses: rows(),
      prepared,
      busy: () => {
        looks += 1
        return busy
      },
      report: (error) => {
        throw error
      },
    },
    stopping.signal,
  )
  await until(() => looks > 1)
  expect(prepared.count).toBe(0)
  busy = false
  await until(() => prepared.count === people.length)
  for (const { address } of people.slice(0, 10)) prepared.seal(address, Buffer.from('text'))
  expect(prepared.count).toBe(people.length - 10)
  await until(() => prepared.count === people.length)
  stopping.abort()
  await ended
})

test('when other readers are to be prepared for, earlier ones in the order of rows are as well', async () => {
  const prepared = new PreparedKeys(makePreparedSlab(4_096))
  const stopping = new AbortController()
  let from = people.length - 10
  const addresses = {
    generation: 0,
    after: (rowId: number, limit: number) => rows().after(Math.max(rowId, from), limit),
  }
  const report = (error: unknown) => {
    throw error
  }
  const ended = prepareKeys({ addresses, prepared, busy: () => false, report }, stopping.signal)
  await until(() => prepared.count === 10)
  from = 0
  addresses.generation += 1
  await until(() => prepared.count === people.length)
  stopping.abort()
  await ended
})

test('pushes that find no record are counted', () => {
  const prepared = new PreparedKeys(makePreparedSlab(64))
  const { address } = person(0)
  expect(prepared.seal(address, Buffer.from('text'))).toBeNull()
  prepared.prepare(address)
  expect(prepared.seal(address, Buffer.from('text'))).not.toBeNull()
  expect([prepared.taken, prepared.missed]).toEqual([1, 1])
})
