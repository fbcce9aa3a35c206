import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Rendered } from '../../../../src/domain/alert-types.ts'
import { isGap, newEntries } from '../../../../src/web/reader/away/mirror-entries.ts'
import type { MirrorNews } from '../../../../src/web/shared/mirrors/mirror-news.ts'
import { runs } from '../../../support/effort.ts'

type Change = { readonly seq: number; readonly id: string; readonly version: number; readonly isWanted: boolean }

/** A log of some alerts, each changed again and again. What a reader's choice is for may change with a version. */
const aLog = fc
  .array(fc.record({ id: fc.constantFrom('a', 'b', 'c', 'd'), isWanted: fc.boolean() }), { maxLength: 30 })
  .map((changes) => {
    const versions = new Map<string, number>()
    return changes.map(({ id, isWanted }, nth): Change => {
      const version = (versions.get(id) ?? 0) + 1
      versions.set(id, version)
      return { seq: nth + 1, id, version, isWanted }
    })
  })

const newsOf = (log: readonly Change[], epoch: string) =>
  ({
    statement: { epoch },
    entries: log.map(({ seq, id, version, isWanted }) => ({ seq, kind: 'update', alert: { id, version, isWanted } })),
  }) as unknown as MirrorNews

/** What the page's list does with an alert: a higher version takes the place of a lower one. */
function put(list: Map<string, number>, { id, version }: Pick<Rendered, 'id' | 'version'>): boolean {
  if ((list.get(id) ?? 0) >= version) return false
  list.set(id, version)
  return true
}

const isWanted = (alert: Rendered) => (alert as unknown as Change).isWanted

test('a list that a stream and mirrors fill in any order is in the end as the stream alone would have filled it', () => {
  const property = fc.property(
    aLog,
    fc.array(fc.record({ from: fc.nat(30), to: fc.nat(30), isStream: fc.boolean() }), { maxLength: 8 }),
    (log, steps) => {
      const [list, alone] = [new Map<string, number>(), new Map<string, number>()]
      let seq = 0
      const stream = (target: Map<string, number>, upTo: number, from: number) => {
        // The stream sends what the choice is for, and changes of what it has sent.
        for (const it of log.slice(from, upTo)) if (it.isWanted || target.has(it.id)) put(target, it)
      }
      for (const { from, to, isStream } of steps) {
        if (isStream) {
          const next = Math.max(seq, Math.min(to, log.length))
          stream(list, next, seq)
          seq = next
          continue
        }
        const bundle = newsOf(log.slice(Math.min(from, to), to), 'k3f9')
        const shown = { cursor: `k3f9.${seq}`, isShown: (id: string) => list.has(id), isWanted }
        for (const { alert } of newEntries(bundle, shown)) put(list, alert)
      }
      stream(list, log.length, seq)
      stream(alone, log.length, 0)
      for (const [id, version] of alone) expect(list.get(id)).toBe(version)
    },
  )
  fc.assert(property, { numRuns: runs(500) })
})

test('nothing that the stream has sent is taken again, and nothing that the reader has not chosen', () => {
  const log: Change[] = [
    { seq: 1, id: 'a', version: 1, isWanted: true },
    { seq: 2, id: 'b', version: 1, isWanted: false },
    { seq: 3, id: 'a', version: 2, isWanted: false },
    { seq: 4, id: 'c', version: 1, isWanted: true },
  ]
  const taken = (cursor: string, shown: readonly string[] = [], epoch = 'k3f9') =>
    newEntries(newsOf(log, epoch), { cursor, isShown: (id) => shown.includes(id), isWanted }).map(
      ({ alert: { id, version } }) => `${id}${version}`,
    )
  expect(taken('k3f9.0')).toEqual(['a1', 'a2', 'c1'])
  expect(taken('k3f9.2')).toEqual(['c1'])
  expect(taken('k3f9.2', ['a'])).toEqual(['a2', 'c1'])
  expect(taken('k3f9.4', ['a', 'b', 'c'])).toEqual([])
  expect(taken('k3f9.900', [], 'k3fa')).toEqual(['a1', 'a2', 'c1'])
})

test('a bundle without entries that says that some were left out is a gap, where its head is past what was seen', () => {
  const emptied = (leftOut: number) => ({ entries: [], statement: { epoch: 'k', head: 9, leftOut } }) as never
  expect([isGap(emptied(1), 'k.8'), isGap(emptied(1), 'k.9'), isGap(emptied(0), 'k.8')]).toEqual([true, false, false])
})
