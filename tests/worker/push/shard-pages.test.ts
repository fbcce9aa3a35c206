import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Subscription } from '../../../src/push/subscriptions/subscription.ts'
import { pageOver } from '../../../src/worker/push/shard-pages.ts'
import { runs } from '../../support/effort.ts'

type Row = { readonly row: number; readonly id: string | null }

const subscription = (id: string) => ({ id }) as Subscription

/** Reads all pages of these shards, each with its rows in order; a row without an id does not open. */
async function readAll(shards: ReadonlyMap<number, readonly Row[]>, limit: number) {
  const seen: string[] = []
  let unreadable = 0
  let pages = 0
  for (let after: number | null = 0; after !== null; pages += 1) {
    expect(pages).toBeLessThan(1_000)
    const page = await pageOver(
      [...shards.keys()],
      async (shard, row) => {
        const rows = (shards.get(shard) ?? []).filter((it) => it.row > row).slice(0, limit)
        const lost = rows.filter(({ id }) => id === null).length
        return {
          subscriptions: rows.flatMap(({ id }) => (id === null ? [] : [subscription(id)])),
          next: rows.length < limit ? null : (rows.at(-1)?.row ?? null),
          ...(lost === 0 ? {} : { unreadable: lost }),
        }
      },
      after,
    )
    seen.push(...page.subscriptions.map(({ id }) => id))
    unreadable += page.unreadable ?? 0
    after = page.next
  }
  return { seen, unreadable }
}

const rows = fc
  .array(fc.record({ gap: fc.integer({ min: 1, max: 5 }), isLost: fc.boolean() }), { maxLength: 12 })
  .map((steps) => {
    let row = 0
    return steps.map(({ gap, isLost }) => {
      row += gap
      return { row, isLost }
    })
  })

test('all shards are read to their end, each row once and in order, whatever holes and unreadable rows there are', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.nat(9), { maxLength: 4 }).map((shards) => shards.sort((a, b) => a - b)),
      fc.infiniteStream(rows),
      fc.integer({ min: 1, max: 6 }),
      async (numbers, tables, limit) => {
        const shards = new Map(
          numbers.map((shard): [number, Row[]] => {
            const table: { row: number; isLost: boolean }[] = tables.next().value
            return [shard, table.map(({ row, isLost }) => ({ row, id: isLost ? null : `${shard}/${row}` }))]
          }),
        )
        const all = [...shards.values()].flat()
        expect(await readAll(shards, limit)).toEqual({
          seen: all.flatMap(({ id }) => id ?? []),
          unreadable: all.filter(({ id }) => id === null).length,
        })
      },
    ),
    { numRuns: runs(100) },
  )
})

test('the next shard is read from its first row, though the one before ended far behind it', async () => {
  const shards = new Map([
    [1, [{ row: 900, id: 'a' }]],
    [4, [{ row: 1, id: 'b' }]],
    [
      7,
      [
        { row: 900, id: 'c' },
        { row: 901, id: 'd' },
      ],
    ],
  ])
  expect((await readAll(shards, 1)).seen).toEqual(['a', 'b', 'c', 'd'])
  expect((await readAll(shards, 10)).seen).toEqual(['a', 'b', 'c', 'd'])
})
