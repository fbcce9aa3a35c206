import type { Context } from 'hono'
import * as z from 'zod'
import { feedParameters } from '../../protocol/interest-parameters.ts'
import type { App, AppEnv } from '../app-env.ts'
import { conditionalRequests } from '../conditional-requests.ts'
import { jsonFeedSchema, ninjsFeedSchema, unchanged } from '../openapi/response-schemas.ts'
import type { Operation } from '../operation.ts'
import { originOf, type PagesDeps } from '../pages/page-shell.ts'
import { route, searchOf } from '../route.ts'
import { feedDocument } from './feed-documents.ts'
import { type Feed, type FeedEnding, feedEndings } from './read-feed.ts'

const freshSeconds = 15

const links = {
  Link: { description: 'rel="hub": who tells of changes (W3C WebSub); rel="self": the feed', schema: z.string() },
} as const

const atomFeed: Operation = {
  id: 'readAtomFeed',
  summary: 'Atom feed',
  tag: 'Reading',
  describedPath: '/feeds/{lang}.atom',
  isOpenToAll: true,
  cache: 'public',
  readsOwnQuery: true,
  query: feedParameters,
  answers: {
    200: { description: 'RFC 4287', type: 'application/atom+xml', schema: z.string(), headers: links },
    304: unchanged,
  },
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
      headers: links,
    },
    304: unchanged,
  },
}

const capFeed: Operation = {
  ...atomFeed,
  id: 'readCapFeed',
  summary: 'Atom feed of CAP messages: its entries link to /v1/alerts/{id}.cap.xml',
  describedPath: '/feeds/{lang}.cap.atom',
}

const ninjsFeed: Operation = {
  ...atomFeed,
  id: 'readNinjsFeed',
  summary: 'News items (IPTC ninjs 3.1), newest first',
  describedPath: '/feeds/{lang}.ninjs.json',
  answers: {
    200: { description: 'IPTC ninjs 3.1', type: 'application/json', schema: ninjsFeedSchema, headers: links },
    304: unchanged,
  },
}

/** By how their paths end. */
const operations: Readonly<Record<FeedEnding, Operation>> = {
  '.atom': atomFeed,
  '.json': jsonFeedOf,
  '.cap.atom': capFeed,
  '.ninjs.json': ninjsFeed,
}

/** The feeds: `GET /feeds/{lang}.atom` (RFC 4287) and `/feeds/{lang}.json` (JSON Feed 1.1), `.cap.atom` and `.ninjs.json`; `?topics=&level=`. */
export function feedRoutes(app: App, deps: PagesDeps): void {
  for (const ending of feedEndings) {
    const path = `/feeds/:file{[^/]+${ending.replaceAll('.', '\\.')}}` as const
    route(app, 'get', path, operations[ending], conditionalRequests(deps.now), (c) => answer(c, deps, ending))
  }
}

async function answer(c: Context<AppEnv>, deps: PagesDeps, ending: FeedEnding): Promise<Response> {
  const asked = { origin: originOf(c, deps), file: c.req.param('file') ?? '', ending, search: searchOf(c) }
  const { feed, type, body, link } = await feedDocument(deps, asked)
  // The newest of an older part says nothing of when that part changed.
  const isOlder = asked.search.has('before')
  const changed = isOlder ? null : lastModified(feed, deps.now())
  // Kept until the next change, a feed without its date would never get one.
  const isUndated = !isOlder && changed === null && feed.movedAt !== ''
  c.header(
    'Cache-Control',
    isUndated ? 'public, no-cache' : `public, max-age=${freshSeconds}, stale-while-revalidate=60`,
  )
  if (changed !== null) c.header('Last-Modified', changed.toUTCString())
  c.header('Link', link)
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
