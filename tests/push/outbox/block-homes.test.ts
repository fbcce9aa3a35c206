import fc from 'fast-check'
import { expect, test } from 'vitest'
import { blockRowsOf, blocksOf, homeBlocksOf, homesOf } from '../../../src/push/outbox/block-homes.ts'
import { runs } from '../../support/effort.ts'

const range = fc
  .tuple(fc.nat(200_000_000), fc.integer({ min: 1, max: 200_000_000 }))
  .map(([low, size]) => ({ low, high: low + size }))
const nodeIds = fc.uniqueArray(fc.uuid(), { minLength: 1, maxLength: 20 })
/** Blocks that follow each other, with the number of their row ids. */
const blocks = fc
  .tuple(fc.nat(500), fc.integer({ min: 1, max: 64 }), fc.integer({ min: 11, max: 24 }))
  .map(([first, count, power]) => ({
    numbers: Array.from({ length: count }, (_, nth) => first + nth),
    rows: 2 ** power,
  }))

test('the blocks of a range hold all its row ids, and are at most 64', () => {
  fc.assert(
    fc.property(range, (range) => {
      const rows = blockRowsOf(range)
      const found = blocksOf(range, rows)
      expect(found.length).toBeLessThanOrEqual(64)
      expect((found[0] ?? Number.NaN) * rows).toBeLessThanOrEqual(range.low)
      expect(((found.at(-1) ?? Number.NaN) + 1) * rows).toBeGreaterThanOrEqual(range.high)
      expect(found).toEqual(found.map((_, nth) => (found[0] ?? 0) + nth))
    }),
    { numRuns: runs(200) },
  )
})

test('every node gives a block the same home, in whatever order it knows the others, and none has many more than another', () => {
  fc.assert(
    fc.property(blocks, nodeIds, fc.infiniteStream(fc.nat()), ({ numbers, rows }, ids, random) => {
      const homes = homesOf(numbers, rows, ids)
      const shuffled = [...ids].map((id) => [random.next().value ?? 0, id] as const).sort(([a], [b]) => a - b)
      const known = shuffled.map(([, id]) => id)
      expect(homesOf(numbers, rows, known)).toEqual(homes)
      const counts = ids.map((id) => homes.filter((home) => home === id).length)
      expect(Math.max(...counts)).toBeLessThanOrEqual(Math.ceil(numbers.length / ids.length) + 1)
      const own = known.map((own) => homeBlocksOf(numbers, rows, { count: ids.length, own, ids: known }))
      if (ids.length > 1 && numbers.length > 1) expect(own.flat().sort()).toEqual([...numbers].sort())
      else expect(own).toEqual(known.map(() => null))
    }),
    { numRuns: runs(200) },
  )
})

test('further blocks move no home', () => {
  fc.assert(
    fc.property(blocks, nodeIds, fc.integer({ min: 1, max: 64 }), ({ numbers, rows }, ids, kept) => {
      expect(homesOf(numbers.slice(0, kept), rows, ids)).toEqual(homesOf(numbers, rows, ids).slice(0, kept))
    }),
    { numRuns: runs(200) },
  )
})

test('a node that goes moves few blocks besides its own', () => {
  const numbers = Array.from({ length: 60 }, (_, nth) => nth)
  const moved = Array.from({ length: 100 }, (_, run) => {
    const ids = ['a', 'b', 'c', 'd'].map((name) => `${name}${run}`)
    const [before, after] = [homesOf(numbers, 2_048, ids), homesOf(numbers, 2_048, ids.slice(1))]
    return numbers.filter((at) => before[at] !== ids[0] && before[at] !== after[at]).length
  })
  // Of the 45 others; by their number alone, three of four would move.
  expect(moved.reduce((sum, it) => sum + it, 0) / moved.length).toBeLessThan(12)
})
