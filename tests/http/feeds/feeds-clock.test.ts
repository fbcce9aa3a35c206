import { join } from 'node:path'
import fc from 'fast-check'
import { Hono } from 'hono'
import { expect, test } from 'vitest'
import type { Change } from '../../../src/domain/change.ts'
import type { App } from '../../../src/http/app-env.ts'
import { feedRoutes } from '../../../src/http/feeds/feeds.ts'
import { openSqlite } from '../../../src/node/storage/sqlite-file.ts'
import { SqliteLog } from '../../../src/store/sqlite/sqlite-log.ts'
import { pagesDeps } from '../../support/browser/pages-deps.ts'
import { runs } from '../../support/effort.ts'
import { newAlert } from '../../support/samples.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'
import { readXml } from '../../support/well-formed.ts'

const clean = cleaning()
const morning = Date.parse('2026-03-01T08:02:00.000Z')
/** The id of a feed's entry comes of the alert's, which is a UUID. */
const idOf = (nth: number) => `01932f6e-0000-7000-8000-${String(nth).padStart(12, '0')}`
const hourMs = 3_600_000

/** Feeds over a real log, and a clock that goes where the test wants. */
function feedsOver() {
  const sql = openSqlite(join(scratchFolder(clean), 'tocsin.db'))
  clean(() => sql.close())
  const log = new SqliteLog(sql, 'k3f9')
  const clock = { ms: morning }
  const app: App = new Hono()
  feedRoutes(app, { ...pagesDeps().deps, log, now: () => clock.ms })
  let keys = 0
  const append = (change: Change) => {
    keys += 1
    return log.append({ ...change, at: new Date(clock.ms).toISOString() }, `key-${keys}`)
  }
  return {
    app,
    clock,
    publish: (id: string, more: object = {}) => append(newAlert(id, more)),
    /** The date of a language's Atom feed, as seen an hour later. */
    modified: async (tag: string) => {
      clock.ms += hourMs
      const answer = await app.request(`/feeds/${tag}.atom`)
      clock.ms -= hourMs
      return answer.headers.get('last-modified')
    },
    revise: (id: string, kind: Exclude<Change['kind'], 'alert'>, revision: object) =>
      append({ ...newAlert(id), kind, revision } as Change),
    /** Every time that the feeds of a language give, by what it is of. */
    times: async (tag: string) => {
      const atom = await app.request(`/feeds/${tag}.atom`)
      const json = await app.request(`/feeds/${tag}.json`)
      const read = readXml(await atom.text())
      const all = (path: string) => read.filter((it) => it.path === path).map(({ text }) => text)
      const ids = all('feed/entry/id')
      const { items } = (await json.json()) as {
        items: readonly { id: string; date_published: string; date_modified: string }[]
      }
      const times = new Map([['feed', all('feed/updated')[0] ?? '']])
      for (const [at, id] of ids.entries()) {
        times.set(`${id} updated`, all('feed/entry/updated')[at] ?? '')
        times.set(`${id} published`, all('feed/entry/published')[at] ?? '')
      }
      for (const item of items) {
        times.set(`${item.id} date_modified`, item.date_modified)
        times.set(`${item.id} date_published`, item.date_published)
      }
      return times
    },
  }
}

test('a correction under a clock that stepped back by two hours is not older than its alert, in any feed', async () => {
  const feeds = feedsOver()
  const { alert } = await feeds.publish(idOf(100))
  feeds.clock.ms -= 2 * hourMs
  await feeds.revise(idOf(100), 'correction', { note: { en: 'Four.', fa: 'چهار.' } })
  for (const tag of ['en', 'fa']) {
    const times = [...(await feeds.times(tag)).values()]
    // The feed's, and two in each format of the alert and of its correction.
    expect(times).toHaveLength(9)
    expect(new Set(times)).toEqual(new Set([alert.publishedAt]))
  }
  // Another alert by the same clock is not older either, and once the clock has caught up, times go on.
  await feeds.publish(idOf(101))
  expect((await feeds.times('en')).get('feed')).toBe(alert.publishedAt)
  feeds.clock.ms += 3 * hourMs
  await feeds.revise(idOf(101), 'update', { level: 'flash' })
  expect((await feeds.times('en')).get('feed')).toBe('2026-03-01T09:02:00.000Z')
})

test('who compares dates only reads a feed again when an alert comes into it by what is said in another language', async () => {
  const feeds = feedsOver()
  await feeds.publish(idOf(1), { topics: ['afghanistan'] })
  const [first] = (await feeds.times('fa')).values()
  feeds.clock.ms += hourMs
  await feeds.revise(idOf(1), 'correction', { note: { en: 'Four.' }, topics: ['afghanistan', 'iran'] })
  const times = await feeds.times('fa')
  expect(first).toBe('2026-03-01T08:02:00.000Z')
  // In its own language nothing has changed.
  expect(new Set(times.values())).toEqual(new Set([first]))
  expect(await feeds.modified('fa')).toBe('Sun, 01 Mar 2026 09:02:00 GMT')
})

test('the date of a feed does not go back when its newest text is pushed out of it by changes in another language', async () => {
  const feeds = feedsOver()
  for (let nth = 1; nth <= 50; nth += 1) await feeds.publish(idOf(nth))
  feeds.clock.ms += hourMs
  await feeds.publish(idOf(99), { texts: { fa: { headline: 'تنها به فارسی', summary: '' } } })
  const newest = (await feeds.times('fa')).get('feed')
  expect(newest).toBe('2026-03-01T09:02:00.000Z')
  feeds.clock.ms += hourMs
  for (let nth = 1; nth <= 50; nth += 1)
    await feeds.revise(idOf(nth), 'update', { texts: { en: { headline: `${nth}` } } })
  expect((await feeds.times('fa')).get('feed')).toBe('2026-03-01T10:02:00.000Z')
})

test('a feed is kept by no cache until it has its date, a second after its change; an empty one is', async () => {
  const feeds = feedsOver()
  const caching = async () => {
    const answer = await feeds.app.request('/feeds/fa.atom')
    return [answer.headers.get('cache-control'), answer.headers.get('last-modified')]
  }
  const usual = 'public, max-age=15, stale-while-revalidate=60'
  expect(await caching()).toEqual([usual, null])
  await feeds.publish(idOf(1))
  expect(await caching()).toEqual(['public, no-cache', null])
  feeds.clock.ms += 999
  expect(await caching()).toEqual(['public, no-cache', null])
  feeds.clock.ms += 1
  expect(await caching()).toEqual([usual, 'Sun, 01 Mar 2026 08:02:00 GMT'])
})

const step = fc.record({
  jumpMs: fc.oneof(fc.integer({ min: -3 * hourMs, max: 3 * hourMs }), fc.constantFrom(-1, 0, 1, 999, -1_000)),
  act: fc.constantFrom('publish', 'update', 'correction', 'retraction'),
  to: fc.nat(20),
  tags: fc.subarray(['en', 'fa'], { minLength: 1 }),
} as const)

test('whatever the clock does, no time in a feed goes back, and none is before the publication', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
      const feeds = feedsOver()
      const standing: string[] = []
      let before = new Map<string, Map<string, string>>()
      for (const [nth, { jumpMs, act, to, tags }] of steps.entries()) {
        feeds.clock.ms += jumpMs
        const id = standing[to % standing.length]
        if (act === 'publish' || id === undefined) {
          await feeds.publish(idOf(nth))
          standing.push(idOf(nth))
        } else if (act === 'update') await feeds.revise(id, act, { texts: { en: { headline: `Step ${nth}` } } })
        else await feeds.revise(id, act, { note: Object.fromEntries(tags.map((tag) => [tag, `Step ${nth}`])) })
        if (act === 'retraction' && id !== undefined) standing.splice(standing.indexOf(id), 1)
        const now = new Map([
          ['en', await feeds.times('en')],
          ['fa', await feeds.times('fa')],
        ])
        for (const [tag, times] of now)
          for (const [of, time] of times) {
            expect(time >= (before.get(tag)?.get(of) ?? ''), `${tag} ${of}`).toBe(true)
            const first = times.get(of.replace('updated', 'published').replace('modified', 'published'))
            expect(time >= (first ?? ''), `${tag} ${of}`).toBe(true)
          }
        before = now
      }
    }),
    { numRuns: runs(10) },
  )
})
