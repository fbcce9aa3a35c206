import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type GenuineBundle, newsIn, type SeenSoFar } from '../../../src/client/mirrors/bundle-news.ts'
import { type Alert, levels } from '../../../src/domain/alert-types.ts'
import { notifiedLanguage } from '../../../src/log/language-status.ts'
import { runs } from '../../support/effort.ts'

const noon = Date.parse('2026-11-28T12:00:00.000Z')
const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs
const time = (ms: number) => new Date(ms).toISOString()
const idOf = (nth: number) => `01932f6e-0000-7000-8000-${String(nth).padStart(12, '0')}`

type Told = { seq: number; id?: string; level?: (typeof levels)[number]; topics?: string[]; prev?: string; at?: string }

/** A bundle whose entries are not the first of their language, unless the first has no one before it. */
function bundle(language: string, told: readonly Told[], statement: object = {}): GenuineBundle {
  const entries = told.map(
    ({ seq, id = idOf(seq), level = 'urgent', topics = [], prev = 'before', at = time(noon) }) => ({
      ...{ seq, cursor: `k.${seq}`, kind: 'alert' as const, at },
      alert: {
        id,
        level,
        audience: 'public' as const,
        topics,
        language,
        headline: `${language} ${seq}`,
        proof: { prev },
      },
    }),
  )
  const about = { epoch: 'k', head: told.at(-1)?.seq ?? 0, at: time(noon), newsroom: 'Radio', newest: '', leftOut: 0 }
  return { entries, statement: { ...about, language, count: entries.length, ...statement } }
}

const seen = (seq: number, more: Partial<SeenSoFar> = {}): SeenSoFar => ({ cursor: `k.${seq}`, sinceMs: noon, ...more })
const told = (bundles: readonly GenuineBundle[], interest: object, before: SeenSoFar, nowMs = noon) => {
  const news = newsIn(bundles, interest, before, nowMs)
  return news === null ? null : { ...news, entries: news.entries.map(({ alert }) => alert.headline) }
}

test('what is newer than what was seen is news, and the cursor goes to the head', () => {
  const one = bundle('en', [{ seq: 3 }, { seq: 5 }, { seq: 9 }], { head: 12 })
  expect(told([one], {}, seen(4))).toEqual({ at: time(noon), cursor: 'k.12', entries: ['en 5', 'en 9'], gap: null })
  expect(told([one], {}, seen(12))).toEqual({ at: time(noon), cursor: 'k.12', entries: [], gap: null })
})

const longBefore = { at: time(noon - dayMs - 15 * minuteMs - 1) }
test.each<[string, GenuineBundle, SeenSoFar, number?]>([
  ['a head before what was seen', bundle('en', [{ seq: 5 }]), seen(6)],
  ['a longer log, more than a day before', bundle('en', [{ seq: 9 }], longBefore), seen(6, { at: time(noon) })],
  [
    'a longer log, more than a day before, by a clock that is ahead',
    bundle('en', [{ seq: 9 }], longBefore),
    seen(6, { at: time(noon) }),
    noon + 400 * dayMs,
  ],
  ['another log, of an earlier time', bundle('en', [{ seq: 5 }], { epoch: 'other' }), seen(1, { at: time(noon + 1) })],
  ['another log, of the same time', bundle('en', [{ seq: 5 }], { epoch: 'other' }), seen(1, { at: time(noon) })],
  ['another log, two days old', bundle('en', [{ seq: 5 }], { epoch: 'other', at: time(noon - 2 * dayMs) }), seen(1)],
])('%s is passed over', (_, stale, before, nowMs = noon) => {
  expect(told([stale], {}, before, nowMs)).toBe(null)
})

test('a longer log of a day before is news, and any of the present, where a clock was ahead once', () => {
  const known = (days: number) => seen(6, { at: time(noon + days * dayMs) })
  expect(told([bundle('en', [{ seq: 9 }], { at: time(noon - dayMs) })], {}, known(0))?.entries).toEqual(['en 9'])
  for (const days of [1, 30]) expect(told([bundle('en', [{ seq: 9 }])], {}, known(days))?.entries).toEqual(['en 9'])
})

test('where one language’s bundle is from long before, none of them is news', () => {
  const both = [bundle('en', [{ seq: 9 }]), bundle('fa', [{ seq: 9 }], longBefore)]
  expect(told(both, {}, seen(6, { at: time(noon) }))).toBe(null)
})

test('bundles of two logs are none of one', () => {
  expect(told([bundle('en', [{ seq: 5 }]), bundle('fa', [{ seq: 5 }], { epoch: 'other' })], {}, seen(1))).toBe(null)
})

test('a device’s clock that is wrong by a day, or a week, takes nothing from what is newer than what was seen', () => {
  const one = bundle('en', [{ seq: 4 }, { seq: 5 }])
  for (const ms of [-7 * dayMs, -dayMs, 0, dayMs, 7 * dayMs])
    expect(told([one], {}, seen(4), noon + ms)?.entries).toEqual(['en 5'])
})

test('where it does not reach back to what was seen the gap is told, and what is behind it comes', () => {
  const one = bundle('en', [{ seq: 50 }, { seq: 52 }])
  expect(told([one], {}, seen(20))).toMatchObject({
    entries: ['en 50', 'en 52'],
    gap: { reason: 'cursor-too-old', head: 'k.49' },
  })
  expect(told([one], {}, seen(49))).toMatchObject({ gap: null })
  expect(told([bundle('en', [{ seq: 50, prev: '' }])], {}, seen(20))).toMatchObject({ entries: ['en 50'], gap: null })
  expect(told([bundle('en', [], { head: 90 })], {}, seen(20))).toMatchObject({ cursor: 'k.90', gap: null })
  // It has none because all were left out.
  const emptied = bundle('en', [], { head: 90, leftOut: 2 })
  for (const bundles of [[emptied], [bundle('fa', [{ seq: 15 }, { seq: 90 }]), emptied]])
    expect(told(bundles, {}, seen(20))).toMatchObject({
      cursor: 'k.90',
      gap: { reason: 'cursor-too-old', head: 'k.90' },
    })
  expect(told([emptied], {}, seen(90))).toMatchObject({ gap: null })
})

test('what the service says of itself that was read hides no entry, and spares who has none of them a gap', () => {
  const read = (seq: number) => seen(20, { read: `k.${seq}` })
  const one = bundle('en', [{ seq: 50 }, { seq: 52 }])
  for (const seq of [49, 52, 999_999_999])
    expect(told([one], {}, read(seq))).toMatchObject({ entries: ['en 50', 'en 52'], gap: null })
  expect(told([one], {}, read(48))).toMatchObject({ gap: { head: 'k.49' } })
  expect(told([one], { level: 'flash' }, read(52))).toMatchObject({ entries: [], gap: null })
  expect(told([one], { level: 'flash' }, read(53))).toBe(null)
})

test('of two languages the one that reaches back less says where the gap ends; the other’s entries before it come too', () => {
  const both = [bundle('en', [{ seq: 50 }, { seq: 52 }]), bundle('fa', [{ seq: 30 }, { seq: 51 }], { head: 52 })]
  expect(told(both, {}, seen(20))).toEqual({
    ...{ at: time(noon), cursor: 'k.52', entries: ['fa 30', 'en 50', 'fa 51', 'en 52'] },
    gap: { reason: 'cursor-too-old', head: 'k.49' },
  })
})

test('what one bundle has past the head of another waits', () => {
  const both = [bundle('en', [{ seq: 7 }, { seq: 9 }]), bundle('fa', [{ seq: 7 }], { head: 8, at: time(noon - 1) })]
  expect(told(both, {}, seen(6))).toEqual({ at: time(noon - 1), cursor: 'k.8', entries: ['en 7'], gap: null })
})

test('a later log than the one that is known is told, with all of it that is here', () => {
  const other = bundle('en', [{ seq: 5 }, { seq: 6 }], { epoch: 'other', at: time(noon + 1) })
  expect(told([other], {}, seen(100, { at: time(noon) }))).toMatchObject({
    ...{ cursor: 'other.6', entries: ['en 5', 'en 6'] },
    gap: { reason: 'log-changed', head: 'other.4' },
  })
  // Nothing that was seen says which is later: a day's error of the clock is allowed for.
  expect(told([other], {}, seen(100), noon + dayMs)).toMatchObject({ gap: { reason: 'log-changed' } })
})

test('of two positions the one of the bundle’s log counts, and none of another log makes it tell that the log has changed', () => {
  const one = bundle('en', [{ seq: 5 }, { seq: 6 }], { at: time(noon + 1) })
  const at = time(noon)
  const news = { at: time(noon + 1), cursor: 'k.6', entries: ['en 6'], gap: null }
  expect(told([one], {}, { cursor: 'other.9', rival: 'k.5', at, sinceMs: noon })).toEqual(news)
  expect(told([one], {}, { cursor: 'k.5', rival: 'other.9', at, sinceMs: noon })).toEqual(news)
  const old = bundle('en', [{ seq: 5 }], { at: time(noon - 60 * minuteMs) })
  expect(told([old], {}, { cursor: 'other.9', rival: 'k.6', sinceMs: noon })).toBe(null)
  expect(told([one], {}, { cursor: 'other.9', rival: 'another.5', at, sinceMs: noon })).toMatchObject({
    gap: { reason: 'log-changed' },
  })
})

test('a position that nothing signed has reached counts for nothing past a head of the present, either way a clock is wrong by minutes', () => {
  const one = bundle('en', [{ seq: 5 }, { seq: 6 }], { head: 7 })
  const claimed = (seq: number) => seen(seq, { isClaimed: true, read: `k.${seq}` })
  for (const ms of [-15, -1, 0, 15])
    for (const seq of [8, 999_999_999])
      expect(told([one], {}, claimed(seq), noon + ms * minuteMs)).toEqual({
        ...{ at: time(noon), cursor: 'k.7', entries: ['en 5', 'en 6'] },
        gap: { reason: 'cursor-ahead', head: 'k.4' },
      })
  expect(told([bundle('en', [], { head: 7 })], {}, claimed(8))).toMatchObject({ gap: { head: 'k.0' }, entries: [] })
  expect(told([one], {}, claimed(8), noon + 16 * minuteMs)).toBe(null)
  expect(told([one], {}, claimed(5))).toMatchObject({ entries: ['en 6'], gap: null })
  expect(told([one], {}, seen(8))).toBe(null)
})

test('who has seen nothing yet gets what was sent since they listen, even by a clock that is ahead by a day', () => {
  const at = (minutes: number) => time(noon + minutes * minuteMs)
  const entries = [-30, -5, 5].map((minutes, nth) => ({ seq: nth + 1, at: at(minutes) }))
  const one = bundle('en', entries, { at: at(6), head: 7 })
  expect(told([one], {}, { sinceMs: noon })).toMatchObject({ cursor: 'k.7', entries: ['en 3'], gap: null })
  expect(told([one], {}, { sinceMs: noon + dayMs })).toMatchObject({ entries: ['en 3'] })
})

const tags = ['fa', 'ru', 'en'] as const
const alertOf = fc.record({
  level: fc.constantFrom(...levels),
  topics: fc.subarray(['politics', 'weather', 'sport']),
  languages: fc.subarray([...tags], { minLength: 1 }),
  /** The change of an alert that stands before, if there is one, and in which of its languages that says nothing. */
  changes: fc.option(fc.nat(6)),
  untouched: fc.subarray([...tags]),
})
const interestOf = fc.record({
  languages: fc.shuffledSubarray([...tags], { minLength: 1 }),
  topics: fc.subarray(['politics', 'weather']),
  level: fc.constantFrom(...levels),
})

test('what comes of bundles is what a stream sends to the same interest, in the same languages', () => {
  fc.assert(
    fc.property(fc.array(alertOf, { maxLength: 12 }), interestOf, fc.nat(12), (alerts, interest, from) => {
      const log: { seq: number; id: string; level: (typeof levels)[number]; topics: string[]; alert: Alert }[] = []
      for (const [nth, { changes, untouched, languages, ...own }] of alerts.entries()) {
        const former = changes === null ? undefined : log[changes]
        const texts = former?.alert.texts ?? Object.fromEntries(languages.map((tag) => [tag, { headline: tag }]))
        const silent = Object.keys(texts).filter((tag) => untouched.some((it) => it === tag))
        const about = {
          id: former?.id ?? idOf(nth),
          level: former?.level ?? own.level,
          topics: former?.topics ?? own.topics,
        }
        const alert = {
          ...about,
          ...{ audience: 'public', texts },
          ...(former === undefined ? {} : { untouched: Object.fromEntries(silent.map((tag) => [tag, {}])) }),
        } as unknown as Alert
        log.push({ seq: nth + 1, ...about, alert })
      }
      const sentIn = (entry: (typeof log)[number], languages: readonly string[] | '*', wanted = {}) =>
        notifiedLanguage({ audience: 'public', topics: [], level: 'routine', ...wanted, languages }, entry)
      const bundles = interest.languages.map((tag) =>
        bundle(
          tag,
          log.filter((entry) => sentIn(entry, [tag]) !== null).map((it, nth) => (nth === 0 ? { ...it, prev: '' } : it)),
          { head: log.length },
        ),
      )
      const sent = log
        .filter(({ seq }) => seq > from)
        .map((entry) => [sentIn(entry, interest.languages, interest), entry.seq])
        .filter(([language]) => language !== null)
      const news = newsIn(bundles, interest, seen(Math.min(from, log.length)), noon)
      expect(news?.entries.map(({ alert, seq }) => [alert.language, seq])).toEqual(sent)
      expect(news?.gap).toBe(null)
    }),
    { numRuns: runs(300) },
  )
})
