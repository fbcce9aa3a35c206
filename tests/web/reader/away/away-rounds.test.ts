import fc from 'fast-check'
import { expect, test } from 'vitest'
import { askMirror } from '../../../../src/client/mirrors/ask-mirror.ts'
import { MirrorAttempts } from '../../../../src/client/mirrors/mirror-attempts.ts'
import { AwayRounds } from '../../../../src/web/reader/away/away-rounds.ts'
import { runs } from '../../../support/effort.ts'
import { fakeWorld } from '../../../support/fake-world.ts'
import { anyManner, type Manner, pass, passUntil, ScriptedMirrors } from '../../../support/mirrors/scripted-mirrors.ts'

// A page whose stream is away, and mirrors, by a clock that the test moves on. What a mirror has is a number, and no signature is checked.

const promisedMs = 10_000
const minuteMs = 60_000

type Service = 'silent' | 'fails' | 'answers' | 'answers, and no more'

function away(mirrorCount: number, random: () => number = () => 0.5) {
  const world = { ...fakeWorld(), random }
  const posted = { count: 0 }
  const mirrors = new ScriptedMirrors(mirrorCount, world, () => ({
    good: `good ${posted.count}`,
    stale: `good ${posted.count - 1}`,
    hostile: 'a lie'.repeat(1_000),
  }))
  const page = { shown: 0, isInSight: true, service: 'silent' as Service, readAt: [] as number[] }
  const attempts = new MirrorAttempts()
  const after = (ms: number) => new Promise<void>((resolve) => world.later(ms, resolve))
  const rounds = new AwayRounds({
    ...world,
    isInSight: () => page.isInSight,
    async isAnswering(msMax) {
      if (page.service === 'silent') await after(msMax)
      return page.service.startsWith('answers')
    },
    async fromService() {
      if (page.service !== 'answers') throw new Error('away')
      page.readAt.push(world.now())
    },
    fromMirrors: () =>
      attempts.round(
        mirrors.urls,
        async (url, came, ended) => {
          const bytes = await askMirror({ fetch: mirrors.fetch, later: world.later }, url, { came }, ended)
          const [, count] = /^good (\d+)$/.exec(bytes === null ? '' : new TextDecoder().decode(bytes)) ?? []
          if (count === undefined || ended.aborted || Number(count) <= page.shown) return
          page.shown = Number(count)
          rounds.soon()
        },
        new AbortController().signal,
      ),
  })
  return { world, posted, mirrors, page, rounds }
}

const gapsOf = (mirrors: ScriptedMirrors, nth: number) => {
  const times = mirrors.asked.filter((it) => it.nth === nth).map(({ at }) => at)
  return times.slice(1).map((at, which) => at - (times[which] ?? 0))
}
const good: Manner = { does: 'good', afterMs: 0 }

const step = fc.record({
  manners: fc.array(anyManner, { minLength: 8, maxLength: 8 }),
  good: fc.nat(7),
  afterMs: fc.integer({ min: 0, max: 1_750 }),
  quietMs: fc.integer({ min: 0, max: 30_000 }),
  service: fc.constantFrom<Service>('silent', 'fails', 'answers, and no more'),
})

test('whatever the other mirrors do, and however the service is away, each alert is shown within ten seconds of one mirror having it', async () => {
  const schedules = fc.record({
    count: fc.integer({ min: 1, max: 8 }),
    steps: fc.array(step, { minLength: 2, maxLength: 8 }),
    numbers: fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true })),
    isSilent: fc.boolean(),
    isUnanswered: fc.boolean(),
  })
  await fc.assert(
    fc.asyncProperty(schedules, async ({ count, steps, numbers, isSilent, isUnanswered }) => {
      const { world, posted, mirrors, page, rounds } = away(count, () => numbers.next().value ?? 0)
      void rounds.begin(isSilent, isUnanswered)
      for (const [nth, { manners, good, afterMs, quietMs, service }] of steps.entries()) {
        for (const which of mirrors.urls.keys()) mirrors.manners[which] = manners[which] ?? { does: 'silent' }
        mirrors.manners[good % count] = { does: 'good', afterMs }
        // At the beginning the service is asked first.
        page.service = nth === 0 ? 'silent' : service
        posted.count += 1
        expect(await passUntil(world, () => page.shown === posted.count, promisedMs)).toBeLessThanOrEqual(promisedMs)
        await pass(world, quietMs)
        expect(Math.max(...mirrors.underWay)).toBeLessThanOrEqual(2)
      }
      rounds.end()
    }),
    { numRuns: runs(25) },
  )
}, 60_000)

test('a page out of sight asks as seldom as a service that answers; when it comes into sight, soon again', async () => {
  const { world, mirrors, page, rounds, posted } = away(1)
  mirrors.manners[0] = good
  void rounds.begin(true, false)
  await pass(world, minuteMs)
  page.isInSight = false
  await pass(world, 20_000)
  const asked = mirrors.asked.length
  await pass(world, 10 * minuteMs)
  expect(mirrors.asked.length - asked).toBeLessThanOrEqual(20)
  expect(Math.min(...gapsOf(mirrors, 0).slice(asked))).toBeGreaterThanOrEqual(30_000)
  posted.count = 1
  page.isInSight = true
  rounds.soon()
  expect(await passUntil(world, () => page.shown === 1, promisedMs)).toBeLessThanOrEqual(promisedMs)
  // Each time that a reader looks: no more requests than rounds would make.
  const before = mirrors.asked.length
  for (let times = 0; times < 60; times += 1) {
    rounds.soon()
    await pass(world, 1_000)
  }
  expect(mirrors.asked.length - before).toBeLessThanOrEqual(60 / 6 + 1)
  rounds.end()
})

test('after ten minutes in which nothing came mirrors are asked every 30 to 60 s, and soon again once something has', async () => {
  const { world, mirrors, rounds, posted, page } = away(1)
  mirrors.manners[0] = good
  void rounds.begin(true, false)
  await pass(world, 25 * minuteMs, () => false, 1_000)
  const gaps = gapsOf(mirrors, 0)
  expect(Math.max(...gaps.slice(0, 70))).toBeLessThanOrEqual(8_000)
  expect(Math.min(...gaps.slice(-10))).toBeGreaterThanOrEqual(30_000)
  posted.count = 1
  await passUntil(world, () => page.shown === 1, minuteMs)
  posted.count = 2
  expect(await passUntil(world, () => page.shown === 2, promisedMs)).toBeLessThanOrEqual(promisedMs)
  rounds.end()
})

test('no mirror is asked while the service answers; once it does again its list is read, and mirrors are left alone', async () => {
  const { world, mirrors, rounds, page } = away(1)
  mirrors.manners[0] = good
  page.service = 'answers'
  void rounds.begin(false, false)
  await pass(world, 3 * minuteMs)
  expect([mirrors.asked.length, page.readAt.length > 2]).toEqual([0, true])
  page.service = 'fails'
  await pass(world, minuteMs)
  expect(mirrors.asked.length).toBeGreaterThan(0)
  page.service = 'answers'
  const read = page.readAt.length
  await pass(world, 8_000)
  const asked = mirrors.asked.length
  expect(page.readAt.length).toBe(read + 1)
  await pass(world, 3 * minuteMs)
  expect([mirrors.asked.length, page.readAt.length > read + 2]).toEqual([asked, true])
  rounds.end()
  const all = page.readAt.length
  await pass(world, 3 * minuteMs)
  expect([mirrors.asked.length, page.readAt.length]).toEqual([asked, all])
})

test('where the stream fell silent, the mirrors are asked a second later, after another end two, and at once where the service has just not answered', async () => {
  const askedAfter = async (isSilent: boolean, isUnanswered: boolean) => {
    const { world, mirrors, rounds } = away(1)
    void rounds.begin(isSilent, isUnanswered)
    const ms = await passUntil(world, () => mirrors.asked.length > 0, promisedMs)
    rounds.end()
    return ms
  }
  expect(await askedAfter(true, false)).toBe(1_000)
  expect(await askedAfter(false, false)).toBe(2_000)
  expect(await askedAfter(false, true)).toBe(0)
})
