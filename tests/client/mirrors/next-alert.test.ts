import fc from 'fast-check'
import { expect, test } from 'vitest'
import { listenVerified } from '../../../src/client/verified/listen-verified.ts'
import { runs } from '../../support/effort.ts'
import { fakeWorld } from '../../support/fake-world.ts'
import { anyManner, type Manner, pass, passUntil, ScriptedMirrors } from '../../support/mirrors/scripted-mirrors.ts'
import { ringOf, signedEntries, timeOf } from '../../support/signing/signed-logs.ts'
import { alertIn, bundleFrom, bundleText } from '../../support/signing/test-bundles.ts'

// A service that is away, and mirrors of which at each time one is good, by a clock that the test moves on.

const epoch = 'k3f9'
const ring = ringOf(0)
const startMs = 1_000_000
const promisedMs = 10_000
const all = signedEntries(
  ring,
  epoch,
  Array.from({ length: 12 }, (_, nth) =>
    alertIn('en', `News ${nth}`, { id: `01932f6e-0000-7000-8000-${String(nth).padStart(12, '0')}` }),
  ),
  startMs - 60_000,
)
const files = Array.from({ length: all.length + 1 }, (_, count) => {
  const at = timeOf(startMs - 30_000 + count)
  const head = all[count - 1]?.seq ?? 0
  const as = { epoch, head, statementAt: at, headAt: at, mirrorsAt: timeOf(startMs - 90_000) }
  return bundleText(bundleFrom(ring, all.slice(0, count), 'en', as))
})

function listening(mirrorCount: number, random: () => number) {
  const world = { ...fakeWorld(), random }
  const posted = { count: 0 }
  const mirrors = new ScriptedMirrors(mirrorCount, world, () => ({
    good: files[posted.count] ?? '',
    stale: files[Math.max(0, posted.count - 1)] ?? '',
    hostile: (files[posted.count] ?? '').replaceAll('News', 'Lies'),
  }))
  const entries: string[] = []
  const listening = listenVerified({
    ...{ url: 'https://alerts.example/', languages: ['en'], keys: [ring.keys[0].publicKey], after: `${epoch}.0` },
    ...{ transport: 'socket', mirrors: mirrors.urls },
    world: {
      ...world,
      openSocket: () => {
        throw new Error('unreachable')
      },
      fetch: mirrors.fetch,
    },
    onEntry: ({ alert }) => entries.push(alert.headline),
    onUnverified: ({ reason }) => entries.push(reason),
  })
  return { world, posted, mirrors, entries, listening }
}

const step = fc.record({
  /** Each mirror does this from now on, but the one that is good. */
  manners: fc.array(anyManner, { minLength: 8, maxLength: 8 }),
  good: fc.nat(7),
  /** How long its file takes. */
  afterMs: fc.integer({ min: 0, max: 1_750 }),
  quietMs: fc.integer({ min: 0, max: 30_000 }),
})

test('whatever the other mirrors do, each alert comes within ten seconds of one mirror having it', async () => {
  const schedules = fc.record({
    count: fc.integer({ min: 1, max: 8 }),
    steps: fc.array(step, { minLength: 2, maxLength: 8 }),
    numbers: fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true })),
  })
  await fc.assert(
    fc.asyncProperty(schedules, async ({ count, steps, numbers }) => {
      const it = listening(count, () => numbers.next().value ?? 0)
      for (const { manners, good, afterMs, quietMs } of steps) {
        for (const nth of it.mirrors.urls.keys()) it.mirrors.manners[nth] = manners[nth] ?? { does: 'silent' }
        it.mirrors.manners[good % count] = { does: 'good', afterMs }
        it.posted.count += 1
        const headline = `News ${it.posted.count - 1}`
        expect(await passUntil(it.world, () => it.entries.includes(headline), promisedMs)).toBeLessThanOrEqual(
          promisedMs,
        )
        await pass(it.world, quietMs)
        expect(Math.max(...it.mirrors.underWay)).toBeLessThanOrEqual(2)
      }
      it.listening.close()
      expect(it.entries).toEqual(steps.map((_, nth) => `News ${nth}`))
    }),
    { numRuns: runs(15), endOnFailure: true },
  )
}, 120_000)

test('after ten minutes without an alert rounds are ever further apart, and close again after one', async () => {
  const { world, posted, mirrors, entries, listening: it } = listening(2, () => 0.5)
  const good: Manner = { does: 'good', afterMs: 100 }
  mirrors.manners[1] = good
  const minuteMs = 60_000
  await pass(world, 25 * minuteMs, () => false, 1_000)
  const gaps = () => {
    const times = mirrors.asked.filter(({ nth }) => nth === 1).map(({ at }) => at)
    return times.slice(1).map((at, nth) => ({ at, ms: at - (times[nth] ?? 0) }))
  }
  const close = gaps().filter(({ at }) => at < startMs + 10 * minuteMs)
  expect(Math.max(...close.map(({ ms }) => ms))).toBeLessThanOrEqual(8_000)
  expect(Math.min(...close.map(({ ms }) => ms))).toBeGreaterThanOrEqual(6_000)
  expect(gaps().at(-1)?.ms).toBeGreaterThanOrEqual(60_000)
  posted.count = 1
  await passUntil(world, () => entries.includes('News 0'), 2 * minuteMs)
  posted.count = 2
  expect(await passUntil(world, () => entries.includes('News 1'), promisedMs)).toBeLessThanOrEqual(promisedMs)
  it.close()
})
