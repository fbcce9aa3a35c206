import { topicLabel } from '../../domain/newsroom.ts'
import { plainOf, withCorrection } from '../exchange/alert-text.ts'
import { ninjsItem } from '../exchange/ninjs-item.ts'
import { xml } from '../exchange/xml-text.ts'
import { contentOf, type FeedEntry, feedEntries } from './feed-entries.ts'
import { type Feed, type FeedDeps, type FeedEnding, type FeedRequest, lastChange, readFeed } from './read-feed.ts'

/** A feed as it is sent. */
export type FeedDocument = {
  readonly feed: Feed
  readonly type: string
  readonly body: string
  /** Where the feed is, and who tells of its changes (RFC 8288; W3C WebSub §4). */
  readonly link: string
}

const types: Readonly<Record<FeedEnding, string>> = {
  '.atom': 'application/atom+xml; charset=utf-8',
  '.json': 'application/feed+json; charset=utf-8',
  '.cap.atom': 'application/atom+xml; charset=utf-8',
  '.ninjs.json': 'application/json; charset=utf-8',
}

const writers: Readonly<Record<FeedEnding, (feed: Feed) => string | Promise<string>>> = {
  '.atom': (feed) => atom(feed, atomEntry),
  '.json': jsonFeed,
  '.cap.atom': (feed) => atom(feed, capEntry),
  '.ninjs.json': ninjsFeed,
}

/** Reads a feed and writes it in the format that its path asks for. Throws a Problem. */
export async function feedDocument(deps: FeedDeps, request: FeedRequest): Promise<FeedDocument> {
  const feed = await readFeed(deps, request)
  const { ending } = request
  return {
    feed,
    type: types[ending],
    body: await writers[ending](feed),
    link: `<${feed.hub}>; rel="hub", <${feed.self}>; rel="self"`,
  }
}

async function atom(feed: Feed, write: (entry: FeedEntry, feed: Feed) => Promise<string>): Promise<string> {
  const { title, language, home, self, hub } = feed
  const entries = await Promise.all((await feedEntries(feed)).map((entry) => write(entry, feed)))
  return `<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="${xml(language.tag)}">
<id>${xml(self)}</id>
<title>${xml(title)}</title>
<updated>${lastChange(feed)}</updated>
<author><name>${xml(title)}</name></author>
<link rel="self" type="application/atom+xml" href="${xml(self)}"/>
<link rel="hub" href="${xml(hub)}"/>
${partLinks(feed)}<link rel="alternate" type="text/html" hreflang="${xml(language.tag)}" href="${xml(home)}"/>
${entries.join('')}</feed>
`
}

/**
 * The namespace of the element that programs other than ours pass over (RFC 4287 §6.4). It has a prefix and a name that Atom does
 * not have, because some of them look at local names alone.
 */
const namespace = 'urn:x-tocsin:signed'

/** What is signed of an alert, with its proof, as JSON: in the entry of the alert, and not in the notices about it. */
function signedElement({ about, alert }: FeedEntry, { signed }: Feed): string {
  const entry = about === null ? signed.get(alert.id) : undefined
  return entry === undefined
    ? ''
    : `<tocsin:signed xmlns:tocsin="${namespace}">${xml(JSON.stringify(entry))}</tocsin:signed>\n`
}

/** Where the newest and the older alerts of the feed are (RFC 5005 §3). */
function partLinks({ self, next, isFirst }: Feed): string {
  const link = (rel: string, href: string) => `<link rel="${rel}" type="application/atom+xml" href="${xml(href)}"/>\n`
  return `${isFirst ? '' : link('first', self)}${next === null ? '' : link('next', next)}`
}

async function atomEntry(entry: FeedEntry, feed: Feed): Promise<string> {
  const { newsroom, words } = feed
  const { id, alert, page, title, publishedAt, changedAt, story } = entry
  const categories = newsroom.topics
    .filter((topic) => alert.topics.includes(topic.id))
    .map((topic) => `<category term="${xml(topic.id)}" label="${xml(topicLabel(topic, alert.language).text)}"/>\n`)
  const related = story === null ? '' : `<link rel="related" href="${xml(story)}"/>\n`
  return `<entry>
<id>${id}</id>
<title>${xml(title)}</title>
<published>${xml(publishedAt)}</published>
<updated>${xml(changedAt)}</updated>
<link rel="alternate" type="text/html" hreflang="${xml(alert.language)}" href="${xml(page)}"/>
${related}${categories.join('')}<content type="html">${xml(await contentOf(alert, words))}</content>
${signedElement(entry, feed)}</entry>
`
}

/** As the feeds of warning systems are: the message itself is linked, as the newest version has it. */
async function capEntry({ id, alert, title, publishedAt, changedAt }: FeedEntry, { origin }: Feed): Promise<string> {
  const message = `${origin}/v1/alerts/${alert.id}.cap.xml`
  return `<entry>
<id>${id}</id>
<title>${xml(title)}</title>
<published>${xml(publishedAt)}</published>
<updated>${xml(changedAt)}</updated>
<link rel="alternate" type="application/cap+xml" href="${xml(message)}"/>
<summary>${xml(alert.summary || alert.headline)}</summary>
</entry>
`
}

function ninjsFeed({ title, language, words, self, next, newsroom, alerts, corrections, origin }: Feed): string {
  const texts = alerts.map((alert) => withCorrection(alert, corrections.get(alert.id), words))
  const items = texts.map((text) => ninjsItem(text, [], newsroom, origin))
  return JSON.stringify({
    title,
    language: language.tag,
    feed_url: self,
    ...(next === null ? {} : { next_url: next }),
    items,
  })
}

async function jsonFeed(feed: Feed): Promise<string> {
  const { title, language, words, home, self, next, hub, newsroom, signed } = feed
  const items = (await feedEntries(feed)).map(({ id, about, alert, ...entry }) => ({
    id,
    url: entry.page,
    ...(entry.story === null ? {} : { external_url: entry.story }),
    title: entry.title,
    content_text: plainOf(alert, words),
    date_published: entry.publishedAt,
    date_modified: entry.changedAt,
    language: alert.language,
    tags: newsroom.topics
      .filter((topic) => alert.topics.includes(topic.id))
      .map((topic) => topicLabel(topic, alert.language).text),
    _tocsin: {
      id: alert.id,
      ...(about === null ? {} : { about }),
      level: alert.level,
      status: alert.status,
      version: alert.version,
      dir: alert.dir,
      topics: alert.topics,
      ...(about === null && signed.has(alert.id) ? { entry: signed.get(alert.id) } : {}),
    },
  }))
  const head = { version: 'https://jsonfeed.org/version/1.1', title, home_page_url: home, feed_url: self }
  const more = next === null ? {} : { next_url: next }
  const hubs = [{ type: 'WebSub', url: hub }]
  return JSON.stringify({ ...head, ...more, language: language.tag, authors: [{ name: title }], hubs, items })
}
