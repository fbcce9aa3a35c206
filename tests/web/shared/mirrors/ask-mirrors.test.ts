import fc from 'fast-check'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { MirrorAttempts } from '../../../../src/client/mirrors/mirror-attempts.ts'
import { openVerifier } from '../../../../src/signing/verify/verifier.ts'
import { type BundleReport, verifyBundle } from '../../../../src/signing/verify/verify-bundle.ts'
import type { Seen } from '../../../../src/signing/verify/verify-statements.ts'
import { askMirrors, isNewer } from '../../../../src/web/shared/mirrors/ask-mirrors.ts'
import type { MirrorNews } from '../../../../src/web/shared/mirrors/mirror-news.ts'
import { runs } from '../../../support/effort.ts'
import { hourMs, noon, ringOf, timeOf } from '../../../support/signing/signed-logs.ts'
import { alertIn, bundleEpoch, bundleOf, bundleText } from '../../../support/signing/test-bundles.ts'

// The clock is the test's; bundles are signed and verified as everywhere.

const ring = ringOf(0)
const nowMs = noon + 4 * hourMs
const alerts = Array.from({ length: 6 }, (_, nth) =>
  alertIn('en', `Alert ${nth}`, { id: `01932f6e-0000-7000-8000-00000000000${nth}` }),
)
const reports = new Map<Uint8Array, BundleReport>()

/** A mirror's file: the log up to an entry, written so long ago. */
async function fileOf(
  head: number,
  ageMs: number,
  change: (text: string) => string = (it) => it,
  language = 'en',
  more: { head?: number; leftOut?: number } = {},
) {
  const at = timeOf(nowMs - ageMs)
  const bundle = bundleOf(
    ring,
    alerts.slice(0, head).map((alert) => ({ ...alert, language })),
    language,
    { statementAt: at, headAt: at, mirrorsAt: at, ...more },
  )
  const bytes = new TextEncoder().encode(change(bundleText(bundle)))
  const verifier = await openVerifier()
  if (verifier === null) throw new Error('Node has Web Crypto')
  reports.set(bytes, await verifyBundle(verifier, bytes, ring.keys))
  return bytes
}

const minuteMs = 60_000
const mirrorMsMax = 64_000
const files = {
  newest: await fileOf(5, minuteMs),
  newer: await fileOf(4, 10 * minuteMs),
  same: await fileOf(3, 2 * minuteMs),
  old: await fileOf(3, 26 * hourMs),
  shorter: await fileOf(2, minuteMs),
  forged: await fileOf(6, 0, (text) => text.replace('Alert 5', 'Lies')),
  cut: await fileOf(6, 0, (text) => text.slice(0, -9)),
  other: await fileOf(6, 0, (text) => text, 'fa'),
  longBefore: await fileOf(6, 26 * hourMs),
  /** Of the same head as the newest, later, with none of its entries. */
  emptied: await fileOf(0, 0, (text) => text, 'en', { head: 9, leftOut: 5 }),
}
type File = keyof typeof files
const headOf = (file: File) => reports.get(files[file])?.statement?.head ?? 0
/** What the device has: the log up to its third entry, an hour ago. */
const seen: Seen = { epoch: bundleEpoch, head: headOf('same'), at: timeOf(nowMs - hourMs) }
/** What a mirror does: gives a file after so long, fails after so long, or sends drop by drop without an end. */
type Does = { readonly file: File | null; readonly afterMs: number } | 'drips'

async function run(does: readonly Does[], clockMs = nowMs, known: Seen | null | (() => Seen) = seen) {
  const urls = does.map((_, nth) => `https://m${nth}.example/`)
  const asked: string[] = []
  const found: { readonly news: MirrorNews; readonly ms: number }[] = []
  const beganMs = Date.now()
  let isOver = false
  void askMirrors({
    ...{ urls, language: 'en', attempts: new MirrorAttempts(), page: '' },
    seen: () => (typeof known === 'function' ? known() : known),
    now: () => clockMs,
    read: (mirror, _, __, ended) => {
      asked.push(mirror)
      const what = does[urls.indexOf(mirror)]
      return new Promise((resolve, reject) => {
        ended.addEventListener('abort', () => resolve(null))
        setTimeout(() => resolve(null), mirrorMsMax)
        if (what === undefined || what === 'drips') return
        const { file, afterMs } = what
        setTimeout(() => (file === null ? reject(new Error('refused')) : resolve(files[file])), afterMs)
      })
    },
    verify: async (bytes) => reports.get(bytes) ?? null,
    found: (news) => void found.push({ news, ms: Date.now() - beganMs }),
  }).then(() => {
    isOver = true
  })
  await vi.advanceTimersByTimeAsync(mirrorMsMax + 1_000)
  expect(isOver, 'it ends').toBe(true)
  expect(new Set(asked).size, 'none is asked twice').toBe(asked.length)
  return { asked, found, last: found.at(-1)?.news }
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const anyFile = fc.constantFrom<File | null>(...(Object.keys(files) as File[]), null)
const anyMirror = fc.oneof(
  { weight: 4, arbitrary: fc.record({ file: anyFile, afterMs: fc.integer({ min: 0, max: 9_000 }) }) },
  { weight: 1, arbitrary: fc.constant<'drips'>('drips') },
)
const genuine: readonly (File | null)[] = ['newest', 'newer', 'same', 'old', 'longBefore', 'emptied']

test('whatever the mirrors do, only what is genuine and not staler than what was seen is given, each time newer', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyMirror, { maxLength: 8 }), fc.constantFrom(-24, 0, 24), async (does, clockHours) => {
      const { found } = await run(does, nowMs + clockHours * hourMs)
      for (const [nth, { news }] of found.entries()) {
        expect(JSON.stringify(news)).not.toContain('Lies')
        expect(news.statement.language).toBe('en')
        expect(news.statement.head).toBeGreaterThanOrEqual(seen.head)
        expect(Date.parse(news.statement.at)).toBeGreaterThan(Date.parse(seen.at) - 16 * minuteMs)
        const before = found[nth - 1]?.news.statement
        if (before === undefined) continue
        const hasMore = news.statement.head === before.head && before.count === 0 && news.statement.count > 0
        expect(hasMore || isNewer(news.statement, before, nowMs + clockHours * hourMs)).toBe(true)
      }
    }),
    { numRuns: runs(300) },
  )
})

test('where one mirror answers in time with news, there is news, though all others are hostile, stale, slow or away', async () => {
  const bad = fc.oneof(
    fc.constant<Does>('drips'),
    fc.record({
      file: fc.constantFrom<File | null>('forged', 'cut', 'other', 'shorter', 'old', 'longBefore', null),
      afterMs: fc.integer({ min: 0, max: 9_000 }),
    }),
  )
  await fc.assert(
    fc.asyncProperty(
      fc.array(bad, { maxLength: 7 }),
      fc.nat(7),
      fc.integer({ min: 0, max: 7_900 }),
      fc.constantFrom(-24, 0, 24),
      async (others, place, afterMs, clockHours) => {
        const does = others.toSpliced(place, 0, { file: 'newest', afterMs })
        const { last, found } = await run(does, nowMs + clockHours * hourMs)
        expect(last?.statement.head).toBe(headOf('newest'))
        expect(last?.entries.at(-1)?.alert.headline).toBe('Alert 4')
        // None waits for another one; a timer of no time takes a millisecond.
        expect(found.at(-1)?.ms).toBeLessThanOrEqual(Math.max(1, afterMs))
      },
    ),
    { numRuns: runs(300) },
  )
})

test('with a clock that is wrong by a day all mirrors are asked, and the newest is taken', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom<File>('newest', 'newer', 'same', 'old', 'longBefore'), { minLength: 1, maxLength: 8 }),
      fc.constantFrom(-24, 24),
      async (names, clockHours) => {
        const does = names.map((file) => ({ file, afterMs: 10 }))
        const { asked, last } = await run(does, nowMs + clockHours * hourMs)
        expect(asked).toHaveLength(names.length)
        const heads = names.filter((it) => it !== 'old' && it !== 'longBefore').map(headOf)
        expect(last?.statement.head ?? 0).toBe(Math.max(0, ...heads))
      },
    ),
    { numRuns: runs(100) },
  )
})

test('an old copy is given to a device that has seen nothing, because its age is said; a later one follows', async () => {
  expect((await run([{ file: 'old', afterMs: 0 }], nowMs, null)).last?.statement.at).toBe(timeOf(nowMs - 26 * hourMs))
  expect((await run([{ file: 'old', afterMs: 0 }])).last).toBeUndefined()
  const { found } = await run(
    [
      { file: 'old', afterMs: 0 },
      { file: 'newest', afterMs: 100 },
    ],
    nowMs,
    null,
  )
  expect(found.at(-1)?.news.statement.at).toBe(timeOf(nowMs - minuteMs))
})

test('a longer log is news though a clock was ahead once; of another log only what is later', async () => {
  const ahead = { ...seen, at: timeOf(nowMs + 24 * hourMs) }
  expect((await run([{ file: 'newest', afterMs: 0 }], nowMs, ahead)).last?.statement.head).toBe(headOf('newest'))
  expect((await run([{ file: 'same', afterMs: 0 }], nowMs, ahead)).last).toBeUndefined()
  const other = { epoch: 'other', head: 90, at: timeOf(nowMs - 5 * minuteMs) }
  expect((await run([{ file: 'newest', afterMs: 0 }], nowMs, other)).last?.statement.head).toBe(headOf('newest'))
  expect((await run([{ file: 'newer', afterMs: 0 }], nowMs, other)).last).toBeUndefined()
})

test('a longer log of long before is passed over, also by who has seen nothing once there is a later one', async () => {
  expect((await run([{ file: 'longBefore', afterMs: 0 }])).last).toBeUndefined()
  for (const afterMs of [0, 100]) {
    const does: Does[] = [
      { file: 'longBefore', afterMs },
      { file: 'newest', afterMs: 100 - afterMs },
    ]
    expect((await run(does, nowMs, null)).last?.statement.head).toBe(headOf('newest'))
  }
})

test('after a clock was a month ahead, a log that was begun anew is news', async () => {
  const ahead = { epoch: 'other', head: 90, at: timeOf(nowMs + 30 * 24 * hourMs) }
  expect((await run([{ file: 'newest', afterMs: 0 }], nowMs, ahead)).last?.statement.head).toBe(headOf('newest'))
  expect((await run([{ file: 'longBefore', afterMs: 0 }], nowMs, ahead)).last).toBeUndefined()
})

test('in whatever order they come, the newest is found beside copies that are some minutes behind or have nothing new', async () => {
  const behind = fc.array(fc.constantFrom<File>('same', 'newer', 'shorter'), { minLength: 1, maxLength: 7 })
  await fc.assert(
    fc.asyncProperty(behind, fc.infiniteStream(fc.nat(100)), async (others, times) => {
      const does = [...others, 'newest' as const].map((file) => ({ file, afterMs: times.next().value ?? 0 }))
      const { asked, found, last } = await run(does)
      expect(last?.statement.head).toBe(headOf('newest'))
      expect(asked).toHaveLength(does.length)
      expect(found.length).toBeLessThanOrEqual(3)
    }),
    { numRuns: runs(100) },
  )
})

test('what a round finds late is passed over where a later one has found more meanwhile', async () => {
  let isFound = false
  const known = () => (isFound ? { ...seen, head: headOf('newest'), at: timeOf(nowMs) } : seen)
  setTimeout(() => {
    isFound = true
  }, 1_000)
  const does: Does[] = [
    { file: 'newer', afterMs: 900 },
    { file: 'newer', afterMs: 1_100 },
  ]
  expect((await run(does.slice(0, 1), nowMs, known)).found).toHaveLength(1)
  expect((await run(does.slice(1), nowMs, known)).found).toEqual([])
})

test('a bundle that has left out all entries takes the place of none that has them, whichever comes first', async () => {
  for (const order of [
    ['emptied', 'newest'],
    ['newest', 'emptied'],
  ] as const) {
    const { last } = await run(order.map((file, nth) => ({ file, afterMs: nth * 100 })))
    expect([last?.statement.head, last?.entries.length]).toEqual([9, 5])
  }
})

test('the files of this test are what they are called', () => {
  for (const name of Object.keys(files) as File[]) {
    const report = reports.get(files[name])
    expect(report?.faults.length === 0, name).toBe([...genuine, 'shorter', 'other'].includes(name))
  }
})
