import { Hono } from 'hono'
import { parseDraft, parseRevision } from '../../../src/domain/alert.ts'
import type { Alert, Kind } from '../../../src/domain/alert-types.ts'
import { applyChange } from '../../../src/domain/change.ts'
import { matches } from '../../../src/domain/interest.ts'
import { type Newsroom, parseNewsroom } from '../../../src/domain/newsroom.ts'
import { Problem } from '../../../src/domain/problem.ts'
import type { App } from '../../../src/http/app-env.ts'
import { exchangeRoutes } from '../../../src/http/exchange/exchange-routes.ts'
import { feedRoutes } from '../../../src/http/feeds/feeds.ts'
import type { PagesDeps } from '../../../src/http/pages/page-shell.ts'
import { notFoundPage, pageRoutes } from '../../../src/http/pages/pages.ts'
import type { Entry } from '../../../src/log/log.ts'
import { signEntry, signedThrough } from '../../../src/log/sign-entry.ts'
import { testSigner } from '../signing/test-signer.ts'

/** The languages of a large broadcaster: what the pages must do right by. */
export const manyLanguages = [
  ...['en', 'fa', 'ru', 'uk', 'ar', 'prs', 'ps', 'ur', 'be', 'ro', 'bg', 'hu', 'sr-Latn', 'sr', 'bs', 'mk', 'sq'],
  ...['ka', 'hy', 'az', 'kk', 'ky', 'tg', 'tk', 'uz', 'tt', 'ba', 'ce', 'crh'],
]

export const newsroomOfPages: Newsroom = parseNewsroom({
  rules: 'none',
  name: 'Example Newsroom',
  languages: manyLanguages.map((tag) => ({ tag })),
  topics: [
    { id: 'afghanistan', labels: { en: 'Afghanistan', fa: 'افغانستان', ru: 'Афганистан' } },
    { id: 'rights', labels: { en: 'Human rights', fa: 'حقوق بشر', ru: 'Права человека' } },
    { id: 'weather', labels: { en: 'Weather & <disasters>' } },
  ],
})

const { signer } = testSigner()

/** An app with pages and feeds only; its log is a list in memory, whose entries are signed. */
export function pagesDeps(newsroom = newsroomOfPages, more: Pick<PagesDeps, 'pageHeartbeatSeconds'> = {}) {
  const entries: Entry[] = []
  let now = Date.parse('2026-03-01T12:00:00.000Z')
  let signed = signedThrough(undefined, { epoch: 'k3f9', floor: 1, head: 0 })
  const byId = (id: string) => entries.filter(({ alert }) => alert.id === id)
  const deps: PagesDeps = {
    ...more,
    newsroom,
    publicUrl: 'https://alerts.example',
    vapid: { publicKey: 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4' },
    now: () => now,
    log: {
      recent: async (interest, limit, before = Number.POSITIVE_INFINITY) => {
        const newest = entries.toReversed().filter((entry) => byId(entry.alert.id).at(-1) === entry)
        return newest
          .filter(({ seq }) => seq < before)
          .filter(({ alert }) => matches(interest, alert) !== null)
          .slice(0, limit)
      },
      history: async (id, part = { after: 0, limit: Number.MAX_SAFE_INTEGER }) => {
        const all = byId(id).map((entry) => ({ ...entry, by: 'e1' }))
        if ('before' in part) return all.filter(({ seq }) => seq < part.before).slice(-part.limit)
        const { after, skip = 0, limit } = part
        return all.filter(({ seq }) => seq > after).slice(skip, skip + limit)
      },
      bounds: async () => ({ epoch: 'k3f9', floor: 1, head: entries.length }),
    },
  }
  const app: App = new Hono()
  app.onError((error, c) => {
    if (!(error instanceof Problem)) throw error
    return c.json(error.body(), error.status as 400)
  })
  app.notFound((c) => notFoundPage(c, deps))
  exchangeRoutes(app, deps)
  pageRoutes(app, deps)
  feedRoutes(app, deps)

  const add = (kind: Kind, id: string, input: unknown): Alert => {
    now += 60_000
    const made = { id, at: new Date(now).toISOString(), by: 'e1', expirySeconds: newsroom.expirySeconds }
    const latest = byId(id).at(-1)?.alert ?? null
    const alert =
      kind === 'alert'
        ? applyChange({ kind, ...made, draft: parseDraft(input, newsroom) }, latest)
        : applyChange({ kind, ...made, revision: parseRevision(kind, input, newsroom) }, latest)
    const entry = { seq: entries.length + 1, at: made.at, kind, alert }
    const done = signEntry(entry, { ...signed, seq: entries.length }, { signer, newsroom })
    signed = done.signed
    entries.push({ ...entry, proofs: done.proofs })
    return alert
  }
  let made = 0
  return {
    app,
    deps,
    entries,
    /** Publishes an alert and gives its id: one that is easily compressed, unless it is given. */
    publish: (input: unknown, id?: string) => {
      made += 1
      return add('alert', id ?? `01932f6e-0000-7000-8000-${String(made).padStart(12, '0')}`, input).id
    },
    revise: (kind: Exclude<Kind, 'alert'>, id: string, input: unknown) => add(kind, id, input),
    /** Puts an entry in as it is, past every parser. */
    force: (entry: Entry) => entries.push(entry),
    advance: (ms: number) => {
      now += ms
    },
    at: (time: string) => {
      now = Date.parse(time)
    },
    get: (path: string, headers: Record<string, string> = {}) => app.request(path, { headers }),
  }
}
