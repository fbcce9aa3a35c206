import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ReadAhead } from '../../../src/worker/hub/read-ahead.ts'
import { entryOf } from '../../support/samples.ts'

const entries = Array.from({ length: 600 }, (_, index) => entryOf(index + 1))
const at = (seq: number) => ({ epoch: 'e', seq })

function benchOf(head = 600) {
  const reads: number[] = []
  const state = { head }
  const log = {
    async after(cursor: number, limit: number) {
      reads.push(cursor)
      return entries.slice(cursor, Math.min(cursor + limit, state.head))
    },
  }
  return { ahead: new ReadAhead(log), reads, state }
}

test('readers with different cursors share what is read ahead', async () => {
  const { ahead, reads } = benchOf()
  await Promise.all([ahead.load(at(10), 600, 1_000), ahead.load(at(20), 600, 1_000)])
  await ahead.load(at(300), 600, 1_000)
  expect([...new Set(reads)].sort((a, b) => a - b)).toEqual([0, 256, 512])
})

test('what was read ahead is not asked for again, from any place within it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(599), fc.integer({ min: 1, max: 300 }), async (from, limit) => {
      const { ahead, reads } = benchOf()
      await ahead.load(at(from), 600, 1_000)
      const before = reads.length
      const seqs: number[] = []
      for (let seq = from; seq < 600; seq = seqs.at(-1) ?? 600)
        seqs.push(...(await ahead.after(seq, limit)).map((entry) => entry.seq))
      expect(seqs).toEqual(entries.slice(from).map(({ seq }) => seq))
      expect(reads.length).toBe(before)
    }),
  )
})

test('a block that was read before the head moved is read again for a reader who needs more of it', async () => {
  const { ahead, state } = benchOf(550)
  await ahead.load(at(540), 550, 1_000)
  state.head = 560
  await ahead.load(at(540), 560, 1_000)
  expect((await ahead.after(540, 256)).map(({ seq }) => seq).at(-1)).toBe(560)
})

test('nothing is read for a reader at the head or too far back, and a log that ends early causes no endless read', async () => {
  const { ahead, reads, state } = benchOf()
  await ahead.load(undefined, 600, 1_000)
  await ahead.load('now', 600, 1_000)
  await ahead.load(at(600), 600, 1_000)
  await ahead.load(at(10), 600, 100)
  expect(reads).toEqual([])
  state.head = 300
  await ahead.load(at(280), 600, 1_000)
  expect(reads.length).toBeLessThan(5)
})

test('of more blocks than are kept the oldest are forgotten, not those that were just read', async () => {
  const many = Array.from({ length: 256 * 40 }, (_, index) => entryOf(index + 1))
  const reads: number[] = []
  const ahead = new ReadAhead({
    after: async (cursor, limit) => {
      reads.push(cursor)
      return many.slice(cursor, cursor + limit)
    },
  })
  for (let block = 0; block < 40; block += 1) {
    await ahead.load(at(block * 256), (block + 1) * 256, 1_000)
    const before = reads.length
    expect((await ahead.after(block * 256 + 100, 10)).map(({ seq }) => seq)[0]).toBe(block * 256 + 101)
    expect(reads.length, `block ${block} is there`).toBe(before)
  }
  await ahead.after(0, 1)
  expect(reads.at(-1), 'the first is not').toBe(0)
})
