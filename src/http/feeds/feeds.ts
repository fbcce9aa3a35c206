import type { Context } from 'hono'
import { html } from 'hono/html'
import * as z from 'zod'
import { render } from '../../domain/alert.ts'
import type { Rendered } from '../../domain/alert-types.ts'
import { parseInterestQuery } from '../../domain/interest.ts'
import { type Language, languageOf, topicLabel } from '../../domain/newsroom.ts'
import { Problem } from '../../domain/problem.ts'
import { feedParameters } from '../../protocol/interest-parameters.ts'
import { type Query, readQuery } from '../../protocol/query-parameters.ts'
import type { App, AppEnv } from '../app-env.ts'
import { conditionalRequests } from '../conditional-requests.ts'
import { jsonFeedSchema, unchanged } from '../openapi/response-schemas.ts'
import type { Operation } from '../operation.ts'
import { originOf, type PagesDeps } from '../pages/page-shell.ts'
import { type PageWords, wordsIn } from '../pages/page-words.ts'
import { route, searchOf } from '../route.ts'
import { feedEntryId } from './feed-id.ts'

const entriesMax = 50
const freshSeconds = 15
/** The date of an empty feed. Atom requires one (RFC 4287 §4.2.15). */
const neverChanged = '1970-01-01T00:00:00.000Z'

type Feed = {
  readonly title: string
  readonly language: Language
  readonly words: PageWords
  readonly home: string
  readonly self: string
  readonly newsroom: PagesDeps['newsroom']
  readonly alerts: readonly Rendered[]
  /**
   * The time of its newest entry, for clients that compare dates only: an entry can add or move an alert although it
   * changes nothing in the feed's language. '' where the feed has no entry.
   */
  readonly movedAt: string
}

const atomFeed: Operation = {
  id: 'readAtomFeed',
  summary: 'Atom feed',
  tag: 'Reading',
  describedPath: '/feeds/{lang}.atom',
  isOpenToAll: true,
  cache: 'public',
  readsOwnQuery: true,
  query: feedParameters,
  answers: { 200: { description: 'RFC 4287', type: 'application/atom+xml', schema: z.string() }, 304: unchanged },
}

const jsonFeedOf: Operation = {
  id: 'readJsonFeed',
  summary: 'JSON Feed 1.1',
  tag: 'Reading',
  describedPath: '/feeds/{lang}.json',
  isOpenToAll: true,
  cache: 'public',
  readsOwnQuery: true,
  query: feedParameters,
  answers: {
    200: {
      description: 'https://www.jsonfeed.org/version/1.1/',
      type: 'application/feed+json',
      schema: jsonFeedSchema,
    },
    304: unchanged,
  },
}

/** The feeds: `GET /feeds/{lang}.atom` (RFC 4287) and `/feeds/{lang}.json` (JSON Feed 1.1), `?topics=&level=`. */
export function feedRoutes(app: App, deps: PagesDeps): void {
  route(app, 'get', '/feeds/:file{[^/]+\\.atom}', atomFeed, conditionalRequests(deps.now), async (c) => {
    const feed = await feedOf(c, deps, '.atom')
    return answer(c, deps, feed, 'application/atom+xml; charset=utf-8', await atom(feed))
  })
  route(app, 'get', '/feeds/:file{[^/]+\\.json}', jsonFeedOf, conditionalRequests(deps.now), async (c) => {
    const feed = await feedOf(c, deps, '.json')
    return answer(c, deps, feed, 'application/feed+json; charset=utf-8', await jsonFeed(feed))
  })
}

function answer(c: Context, deps: Pick<PagesDeps, 'now'>, feed: Feed, type: string, body: string): Response {
  const changed = lastModified(feed, deps.now())
  // Kept until the next change, a feed without its date would never get one.
  const isUndated = changed === null && feed.movedAt !== ''
  c.header(
    'Cache-Control',
    isUndated ? 'public, no-cache' : `public, max-age=${freshSeconds}, stale-while-revalidate=60`,
  )
  if (changed !== null) c.header('Last-Modified', changed.toUTCString())
  return c.body(body, 200, { 'Content-Type': type })
}

/**
 * When the feed changed last, in whole seconds; null while more may change within that second: a reader who compares
 * dates would never see it (RFC 9110 §8.8.2.2).
 */
function lastModified({ movedAt }: Feed, nowMs: number): Date | null {
  if (movedAt === '') return null
  const second = (ms: number) => Math.floor(ms / 1_000) * 1_000
  const changedMs = second(Date.parse(movedAt))
  return changedMs < second(nowMs) ? new Date(changedMs) : null
}

async function feedOf(c: Context<AppEnv>, deps: PagesDeps, ending: string): Promise<Feed> {
  const { newsroom, log } = deps
  const tag = (c.req.param('file') ?? '').slice(0, -ending.length)
  const language = languageOf(newsroom, tag)
  if (language === undefined) throw unknownLanguage(tag, ending, newsroom)
  const reading = { passesOverTracking: true }
  const from = { level: 'routine', audience: 'public' } as const
  const interestOf = (query: Query) => parseInterestQuery({ ...query, languages: language.tag }, newsroom, from)
  const { interest } = readQuery(
    searchOf(c),
    feedParameters,
    (query) => ({ interest: () => interestOf(query) }),
    reading,
  )
  const entries = await log.recent(interest, entriesMax)
  const origin = originOf(c, deps)
  const chosen = new URLSearchParams({
    ...(interest.topics.length > 0 ? { topics: interest.topics.join(',') } : {}),
    ...(interest.level === 'routine' ? {} : { level: interest.level }),
  }).toString()
  return {
    title: newsroom.name,
    language,
    words: wordsIn(language.tag, language.dir),
    home: `${origin}/${language.tag}/`,
    self: `${origin}/feeds/${language.tag}${ending}${chosen === '' ? '' : `?${chosen}`}`,
    newsroom,
    alerts: entries.map(({ alert }) => render(alert, language.tag, newsroom)),
    movedAt: entries[0]?.at ?? '',
  }
}

function unknownLanguage(tag: string, ending: string, newsroom: PagesDeps['newsroom']): Problem {
  const known = newsroom.languages.map((it) => it.tag).join(', ')
  return new Problem(
    404,
    'no-such-feed',
    `There is no feed in ${JSON.stringify(tag.slice(0, 60))}. Ask for /feeds/{language}${ending} with one of: ${known}.`,
  )
}

async function atom(feed: Feed): Promise<string> {
  const { title, language, words, home, self, newsroom, alerts } = feed
  const entries = await Promise.all(alerts.map((alert) => atomEntry(alert, home, words, newsroom)))
  return `<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="${xml(language.tag)}">
<id>${xml(self)}</id>
<title>${xml(title)}</title>
<updated>${lastChange(feed)}</updated>
<author><name>${xml(title)}</name></author>
<link rel="self" type="application/atom+xml" href="${xml(self)}"/>
<link rel="alternate" type="text/html" hreflang="${xml(language.tag)}" href="${xml(home)}"/>
${entries.join('')}</feed>
`
}

/**
 * The time of the last change in the feed's language. A full feed has the time of its newest entry: changes in other
 * languages can push the alert that changed last out of it, and its date must not go back. No alert leaves a feed that
 * is not full, because a change never lowers a level and never removes a topic.
 */
function lastChange({ alerts, movedAt }: Feed): string {
  if (alerts.length >= entriesMax) return movedAt
  const changes = alerts.map(({ changedAt }) => changedAt).sort()
  return changes.at(-1) ?? neverChanged
}

async function atomEntry(
  alert: Rendered,
  home: string,
  words: PageWords,
  newsroom: PagesDeps['newsroom'],
): Promise<string> {
  const categories = newsroom.topics
    .filter(({ id }) => alert.topics.includes(id))
    .map((topic) => `<category term="${xml(topic.id)}" label="${xml(topicLabel(topic, alert.language))}"/>\n`)
  const story =
    alert.url === undefined || alert.status === 'retracted' ? '' : `<link rel="related" href="${xml(alert.url)}"/>\n`
  return `<entry>
<id>${await feedEntryId(alert.id, alert.language)}</id>
<title>${xml(titleOf(alert, words))}</title>
<published>${xml(alert.publishedAt)}</published>
<updated>${xml(alert.changedAt)}</updated>
<link rel="alternate" type="text/html" hreflang="${xml(alert.language)}" href="${xml(`${home}alerts/${alert.id}`)}"/>
${story}${categories.join('')}<content type="html">${xml(await contentOf(alert, words))}</content>
</entry>
`
}

/** The headline, led by the word for what was done to the alert. */
function titleOf({ status, headline }: Rendered, words: PageWords): string {
  return status === 'corrected' || status === 'retracted' ? `${words.text(status)}: ${headline}` : headline
}

/** What a feed reader shows: it carries its own language and direction, for which Atom's title has no place. */
async function contentOf({ status, language, dir, headline, summary, note }: Rendered, words: PageWords) {
  const notice = status === 'retracted' ? html`<p><strong>${words.translate('retractedNotice')}</strong></p>` : ''
  const wrong = note === undefined ? '' : html`<p><strong>${words.translate('whatWasWrong')}</strong> ${note}</p>`
  const text = status === 'retracted' ? html`<p><s>${headline}</s></p>` : html`<p>${summary || headline}</p>`
  return String(await html`<div lang="${language}" dir="${dir}">${notice}${wrong}${text}</div>`)
}

async function jsonFeed({ title, language, words, home, self, newsroom, alerts }: Feed): Promise<string> {
  const ids = await Promise.all(alerts.map(({ id }) => feedEntryId(id, language.tag)))
  const items = alerts.map((alert, at) => ({
    id: ids[at],
    url: `${home}alerts/${alert.id}`,
    ...(alert.url === undefined || alert.status === 'retracted' ? {} : { external_url: alert.url }),
    title: titleOf(alert, words),
    content_text: plainOf(alert, words),
    date_published: alert.publishedAt,
    date_modified: alert.changedAt,
    language: alert.language,
    tags: newsroom.topics
      .filter(({ id }) => alert.topics.includes(id))
      .map((topic) => topicLabel(topic, alert.language)),
    _tocsin: {
      id: alert.id,
      level: alert.level,
      status: alert.status,
      version: alert.version,
      dir: alert.dir,
      topics: alert.topics,
    },
  }))
  const head = { version: 'https://jsonfeed.org/version/1.1', title, home_page_url: home, feed_url: self }
  return JSON.stringify({ ...head, language: language.tag, authors: [{ name: title }], items })
}

function plainOf({ status, summary, headline, note }: Rendered, words: PageWords): string {
  const said = status === 'retracted' ? words.text('retractedNotice') : summary || headline
  return note === undefined ? said : `${words.text('whatWasWrong')}: ${note}\n\n${said}`
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Text as XML 1.0 may carry it, in elements and in attributes. */
function xml(text: string): string {
  return (
    text
      .toWellFormed()
      // biome-ignore lint/suspicious/noControlCharactersInRegex: XML 1.0 has no way to write them, not even escaped.
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '')
      .replace(/[&<>"']/g, (char) => entities[char] ?? '')
  )
}
