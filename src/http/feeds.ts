import type { Context } from 'hono'
import { etag } from 'hono/etag'
import { html } from 'hono/html'
import { type Rendered, render } from '../alert.ts'
import { parseInterestQuery } from '../interest.ts'
import { type Language, languageOf, topicLabel } from '../newsroom.ts'
import { Problem } from '../problem.ts'
import type { App } from './house.ts'
import { originOf, type PagesHouse } from './page-shell.ts'
import { type Wordbook, wordsIn } from './words.ts'

const entriesMax = 50
const freshSeconds = 15

type Feed = {
  readonly title: string
  readonly language: Language
  readonly words: Wordbook
  readonly home: string
  readonly self: string
  readonly newsroom: PagesHouse['newsroom']
  readonly alerts: readonly Rendered[]
}

/** The feeds: `GET /feeds/{lang}.atom` (RFC 4287) and `/feeds/{lang}.json` (JSON Feed 1.1), `?topics=&level=`. */
export function feedRoutes(app: App, house: PagesHouse): void {
  app.get('/feeds/:file{[^/]+\\.atom}', etag(), async (c) =>
    answer(c, 'application/atom+xml; charset=utf-8', await atom(await feedOf(c, house, '.atom'))),
  )
  app.get('/feeds/:file{[^/]+\\.json}', etag(), async (c) =>
    answer(c, 'application/feed+json; charset=utf-8', jsonFeed(await feedOf(c, house, '.json'))),
  )
}

function answer(c: Context, type: string, body: string): Response {
  c.header('Cache-Control', `public, max-age=${freshSeconds}, stale-while-revalidate=60`)
  return c.body(body, 200, { 'Content-Type': type })
}

async function feedOf(c: Context, house: PagesHouse, ending: string): Promise<Feed> {
  const { newsroom, log } = house
  const tag = (c.req.param('file') ?? '').slice(0, -ending.length)
  const language = languageOf(newsroom, tag)
  if (language === undefined) throw unknownLanguage(tag, ending, newsroom)
  const { topics, level } = c.req.query()
  const interest = parseInterestQuery(
    { languages: language.tag, ...(topics ? { topics } : {}), ...(level ? { level } : {}) },
    newsroom,
    { level: 'routine', audience: 'public' },
  )
  const entries = await log.recent(interest, entriesMax)
  const origin = originOf(c, house)
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
  }
}

function unknownLanguage(tag: string, ending: string, newsroom: PagesHouse['newsroom']): Problem {
  const known = newsroom.languages.map((it) => it.tag).join(', ')
  return new Problem(
    404,
    'no-such-feed',
    `There is no feed in ${JSON.stringify(tag.slice(0, 60))}. Ask for /feeds/{language}${ending} with one of: ${known}.`,
  )
}

async function atom({ title, language, words, home, self, newsroom, alerts }: Feed): Promise<string> {
  const entries = await Promise.all(alerts.map((alert) => atomEntry(alert, home, words, newsroom)))
  return `<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="${xml(language.tag)}">
<id>${xml(home)}</id>
<title>${xml(title)}</title>
<updated>${lastChange(alerts)}</updated>
<author><name>${xml(title)}</name></author>
<link rel="self" type="application/atom+xml" href="${xml(self)}"/>
<link rel="alternate" type="text/html" hreflang="${xml(language.tag)}" href="${xml(home)}"/>
${entries.join('')}</feed>
`
}

/** When the newest alert changed; an empty feed has never changed, which Atom can only say with the first of times. */
function lastChange(alerts: readonly Rendered[]): string {
  const changes = alerts.map(({ changedAt }) => changedAt).sort()
  return changes.at(-1) ?? '1970-01-01T00:00:00.000Z'
}

async function atomEntry(
  alert: Rendered,
  home: string,
  words: Wordbook,
  newsroom: PagesHouse['newsroom'],
): Promise<string> {
  const categories = newsroom.topics
    .filter(({ id }) => alert.topics.includes(id))
    .map((topic) => `<category term="${xml(topic.id)}" label="${xml(topicLabel(topic, alert.language))}"/>\n`)
  const story =
    alert.url === undefined || alert.status === 'retracted' ? '' : `<link rel="related" href="${xml(alert.url)}"/>\n`
  return `<entry>
<id>urn:uuid:${xml(alert.id)}</id>
<title>${xml(titleOf(alert, words))}</title>
<published>${xml(alert.publishedAt)}</published>
<updated>${xml(alert.changedAt)}</updated>
<link rel="alternate" type="text/html" hreflang="${xml(alert.language)}" href="${xml(`${home}alerts/${alert.id}`)}"/>
${story}${categories.join('')}<content type="html">${xml(await contentOf(alert, words))}</content>
</entry>
`
}

/** The headline, led by the word for what was done to the alert. */
function titleOf({ status, headline }: Rendered, words: Wordbook): string {
  return status === 'corrected' || status === 'retracted' ? `${words.text(status)}: ${headline}` : headline
}

/** What a feed reader shows: it carries its own language and direction, for which Atom's title has no place. */
async function contentOf({ status, language, dir, headline, summary, note }: Rendered, words: Wordbook) {
  const notice = status === 'retracted' ? html`<p><strong>${words.say('retractedNotice')}</strong></p>` : ''
  const wrong = note === undefined ? '' : html`<p><strong>${words.say('whatWasWrong')}</strong> ${note}</p>`
  const text = status === 'retracted' ? html`<p><s>${headline}</s></p>` : summary ? html`<p>${summary}</p>` : ''
  return String(await html`<div lang="${language}" dir="${dir}">${notice}${wrong}${text}</div>`)
}

function jsonFeed({ title, language, words, home, self, newsroom, alerts }: Feed): string {
  const items = alerts.map((alert) => ({
    id: `urn:uuid:${alert.id}`,
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
    _tocsin: { level: alert.level, status: alert.status, version: alert.version, dir: alert.dir, topics: alert.topics },
  }))
  const head = { version: 'https://jsonfeed.org/version/1.1', title, home_page_url: home, feed_url: self }
  return JSON.stringify({ ...head, language: language.tag, authors: [{ name: title }], items })
}

function plainOf({ status, summary, headline, note }: Rendered, words: Wordbook): string {
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
