import fc from 'fast-check'
import { expect, test } from 'vitest'
import { verifiedInTurn } from '../../../../src/web/reader/verifying/in-turn.ts'
import type { Received } from '../../../../src/web/reader/verifying/news-check.ts'

type Came = Received & { readonly ms: number; readonly isGenuine: boolean }
const came = (seq: number, ms = 0, isGenuine = true) => ({ seq, ms, isGenuine }) as Came
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** A page on which the check of each entry takes as long as that says. */
function page(load: (onMissing: () => void) => Promise<void> = async () => {}) {
  const shown: number[] = []
  const told: boolean[] = []
  const check = {
    mayShow: async (entry: Received) => {
      const { ms, isGenuine } = entry as Came
      await pause(ms)
      return isGenuine
    },
  }
  const give = verifiedInTurn<Came>(
    async (onMissing) => {
      await load(onMissing)
      return check
    },
    ({ seq }) => shown.push(seq),
    (isMissing) => told.push(isMissing),
  )
  return { give, shown, told }
}

test('what is genuine is given on in the order in which it came, however long each check takes', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ ms: fc.nat({ max: 3 }), isGenuine: fc.boolean() }), { maxLength: 8 }),
      async (all) => {
        const { give, shown, told } = page()
        for (const [seq, { ms, isGenuine }] of all.entries()) give(came(seq, ms, isGenuine))
        give(came(99))
        await expect.poll(() => shown.at(-1)).toBe(99)
        expect(shown).toEqual([...[...all.keys()].filter((seq) => all[seq]?.isGenuine), 99])
        expect(told).toEqual([])
      },
    ),
    { numRuns: 30 },
  )
})

test('while the check is missing nothing is given on, which is told; then all is, and that is taken back', async () => {
  let arrive = () => {}
  const isThere = new Promise<void>((resolve) => {
    arrive = resolve
  })
  const { give, shown, told } = page(async (onMissing) => {
    onMissing()
    await isThere
  })
  for (let seq = 0; seq < 3; seq += 1) give(came(seq))
  await expect.poll(() => told).toEqual([true])
  expect(shown).toEqual([])
  arrive()
  await expect.poll(() => shown).toEqual([0, 1, 2])
  expect(told.at(-1)).toBe(false)
})

test('a check that cannot be had is told, and tried again with the next news', async () => {
  let loads = 0
  const { give, shown, told } = page(async () => {
    loads += 1
    if (loads === 1) throw new Error('no such part')
  })
  give(came(0))
  await expect.poll(() => told).toEqual([true])
  give(came(1))
  await expect.poll(() => shown).toEqual([1])
  // The first is missing still.
  expect(told.at(-1)).toBe(true)
})

test('no more than some hundred wait; that more came is told', async () => {
  const { give, told, shown } = page(() => new Promise(() => {}))
  for (let seq = 0; seq < 500; seq += 1) give(came(seq))
  expect(told).toEqual([])
  give(came(500))
  expect([told, shown]).toEqual([[true], []])
})
