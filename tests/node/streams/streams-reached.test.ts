import { expect, test } from 'vitest'
import type { PeerQuestion, ReachedCounts } from '../../../src/node/cluster/peers.ts'
import { StreamsReachedCounts } from '../../../src/node/streams/streams-reached.ts'
import { makeAlert, makeEntry } from '../../support/push/push-deps.ts'

const startMs = Date.parse('2026-03-01T12:00:00.000Z')
const entry = (seq: number, more: Parameters<typeof makeAlert>[1] = {}) => makeEntry(seq, makeAlert(startMs, more))

/** One process, and peers that answer as the test says. */
function rig(hasReports: boolean, peers: { answers: readonly (readonly (ReachedCounts | null)[])[]; serving: number }) {
  const clock = { ms: startMs }
  const asked: PeerQuestion[] = []
  const counts = new StreamsReachedCounts({
    peers: {
      ask: async (question: PeerQuestion) => {
        asked.push(question)
        return peers.answers as never
      },
      processStates: () => ({ members: Array.from({ length: peers.serving }, () => ({ state: 'ready' })) }) as never,
    },
    hasReports,
    now: () => clock.ms,
  })
  return { counts, clock, asked, peers }
}
const languages = (counts: Record<string, number>) => () => new Map(Object.entries(counts))

test('what a sweep wrote is counted once, in the languages that the change says something in', async () => {
  const { counts } = rig(false, { answers: [], serving: 1 })
  counts.delivered({ size: 3 }, entry(1))
  expect(await counts.of([1]), 'it is not written yet').toEqual(new Map())
  counts.swept(languages({ en: 2, fa: 1, '*': 4 }))
  counts.swept(languages({ en: 9 }))
  const whole = { byLanguage: { en: 2, fa: 1, '*': 4 }, atLeast: false }
  expect(await counts.of([1, 7])).toEqual(new Map([[1, whole]]))
  counts.delivered({ size: 3 }, entry(2, { untouched: { fa: { status: 'live' } } } as never))
  counts.swept(languages({ en: 2, fa: 1 }))
  expect((await counts.of([2])).get(2)).toEqual({ byLanguage: { en: 2 }, atLeast: false })
  counts.delivered({ size: 0 }, entry(3))
  expect((await counts.of([3])).get(3), 'nobody listens').toEqual({ byLanguage: {}, atLeast: false })
})

test('peers are asked until all have answered, and then no more; who is silent makes it a least number', async () => {
  const { counts, clock, asked, peers } = rig(false, { answers: [[[['en', 5]]], [null]], serving: 3 })
  counts.delivered({ size: 1 }, entry(1))
  counts.swept(languages({ en: 1 }))
  expect((await counts.of([1])).get(1)).toEqual({ byLanguage: { en: 6 }, atLeast: true })
  peers.answers = [[[['en', 5]]], [[['fa', 2]]]]
  const whole = { byLanguage: { en: 6, fa: 2 }, atLeast: false }
  expect((await counts.of([1])).get(1)).toEqual(whole)
  peers.answers = []
  const times = asked.length
  expect([(await counts.of([1])).get(1), asked.length]).toEqual([whole, times])
  counts.delivered({ size: 1 }, entry(2))
  counts.swept(languages({ en: 1 }))
  clock.ms += 60_000
  for (let nth = 0; nth < 3; nth += 1)
    expect((await counts.of([2])).get(2)).toEqual({ byLanguage: { en: 1 }, atLeast: true })
  expect(asked.length, 'not for ever').toBe(times + 1)
})

test('a process that does not know a change itself says at least what the others say', async () => {
  const { counts } = rig(false, { answers: [[[['en', 5]]]], serving: 2 })
  expect((await counts.of([1])).get(1)).toEqual({ byLanguage: { en: 5 }, atLeast: true })
  expect(counts.answer([1])).toEqual([null])
})

test('reports of other nodes are added; one that was there and has said nothing makes it a least number, one that died after it counts', async () => {
  const { counts, clock } = rig(true, { answers: [], serving: 1 })
  counts.heard([{ processId: 'a' }, { processId: 'b' }, {}])
  counts.delivered({ size: 1 }, entry(1))
  counts.swept(languages({ en: 1 }))
  expect(counts.recent()).toEqual([[1, [['en', 1]]]])
  counts.heard([{ processId: 'a', reached: [[1, [['en', 2]]]] }, { processId: 'b' }])
  expect((await counts.of([1])).get(1)).toEqual({ byLanguage: { en: 3 }, atLeast: true })
  counts.heard([{ processId: 'b', reached: [[1, [['fa', 4]]]] }])
  counts.heard([])
  expect((await counts.of([1])).get(1)).toEqual({ byLanguage: { en: 3, fa: 4 }, atLeast: false })
  counts.heard([{ processId: 'c', reached: [[9, [['en', 8]]]] }])
  expect((await counts.of([9])).get(9), 'it began after that').toEqual({ byLanguage: { en: 8 }, atLeast: true })
  clock.ms += 3 * 60_000
  expect(counts.recent()).toEqual([])
})

test('a process that is first heard of after a change was there all the same: nothing is final before two rounds of reports', async () => {
  for (const began of [1, 2]) {
    const { counts } = rig(true, { answers: [], serving: 1 })
    counts.delivered({ size: 1 }, entry(1))
    counts.swept(languages({ en: 1 }))
    const least = { byLanguage: { en: 1 }, atLeast: true }
    expect((await counts.of([1])).get(1)).toEqual(least)
    for (let round = 1; round <= 2; round += 1) {
      counts.heard(round < began ? [] : [{ processId: 'late' }])
      expect((await counts.of([1])).get(1), `round ${round}`).toEqual(least)
    }
    counts.heard([{ processId: 'late', reached: [[1, [['en', 5]]]] }])
    expect((await counts.of([1])).get(1)).toEqual({ byLanguage: { en: 6 }, atLeast: false })
  }
  const { counts } = rig(true, { answers: [], serving: 1 })
  counts.delivered({ size: 1 }, entry(1))
  counts.swept(languages({ en: 1 }))
  for (let round = 1; round <= 2; round += 1) counts.heard([])
  counts.heard([{ processId: 'began after it' }])
  expect((await counts.of([1])).get(1)).toEqual({ byLanguage: { en: 1 }, atLeast: false })
})

test('only the newest changes are kept', async () => {
  const { counts } = rig(false, { answers: [], serving: 1 })
  for (let seq = 1; seq <= 300; seq += 1) {
    counts.delivered({ size: 1 }, entry(seq))
    counts.swept(languages({ en: 1 }))
  }
  const kept = await counts.of(Array.from({ length: 300 }, (_, nth) => nth + 1))
  expect([kept.size, Math.min(...kept.keys())]).toEqual([200, 101])
})
