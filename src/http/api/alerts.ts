import { etag } from 'hono/etag'
import * as z from 'zod'
import { alertIdOf, alertLimits } from '../../domain/alert.ts'
import { type Interest, interestQuery, matches, parseInterestQuery } from '../../domain/interest.ts'
import type { Newsroom } from '../../domain/newsroom.ts'
import { Problem } from '../../domain/problem.ts'
import { sentAlert } from '../../domain/rendering/sent-alert.ts'
import { notifiedLanguage } from '../../log/language-status.ts'
import { type AlertLog, type Bounds, type Cursor, type Entry, startOf } from '../../log/log.ts'
import { formatCursor } from '../../protocol/cursor.ts'
import { afterParameter, interestParameters, parseCursor } from '../../protocol/interest-parameters.ts'
import { entryMessage } from '../../protocol/messages.ts'
import { type Parameters, readQuery } from '../../protocol/query-parameters.ts'
import { audienceOf } from '../../protocol/stream-request.ts'
import type { VapidSettings } from '../../push/crypto/public-vapid.ts'
import type { PublishedSigning } from '../../signing/statements.ts'
import type { App } from '../app-env.ts'
import { bodyBytesMax } from '../body.ts'
import { historyAnswer, newsroomAnswer, pageAnswer } from '../openapi/response-schemas.ts'
import type { Operation } from '../operation.ts'
import { route, searchOf } from '../route.ts'
import { alertTag } from './if-match.ts'

const limitUsual = 50
const limitMax = 500
/** A page ends with the entry that passes this size; its cursor is where the next page begins. */
const pageBytesMax = 512 * 1_024
/** Entries read in one go: no more than a few are made in vain when a page is full. */
const entriesAtOnce = 25
/** How many entries one request looks through where the log has no index yet. */
const scannedEntriesMax = 5_000

/** Of an alert's history. */
const everything = { languages: '*', topics: [], level: 'routine' } as const

const etagHeader = { description: 'Identifies this version of the response', schema: z.string() }

const limits = { ...alertLimits, bodyBytesMax, pageMax: limitMax }

const kept = {
  headers: { 'If-None-Match': { description: 'The ETag of the version that the client has', schema: z.string() } },
  unchanged: { 304: { description: 'Not modified: the client has this version', headers: { ETag: etagHeader } } },
} as const

/** What a page of alerts is asked for by. */
export const pageParameters = {
  ...interestParameters,
  after: afterParameter,
  limit: {
    description: 'The most entries of a page',
    schema: z.int().min(1).max(limitMax).default(limitUsual),
    example: '50',
  },
} as const satisfies Parameters

/** What an alert is asked for by. */
export const historyParameters = {
  after: {
    description: 'Only the history after this cursor, which `next` and the Link of the previous part contain',
    schema: afterParameter.schema,
  },
} as const satisfies Parameters

const readNewsroom: Operation = {
  id: 'readNewsroom',
  summary: 'The newsroom: its languages and topics, its public keys (VAPID, and those that sign), its mirrors',
  tag: 'Reading',
  isOpenToAll: true,
  cache: 'public',
  headers: kept.headers,
  answers: {
    200: { description: 'The newsroom', schema: newsroomAnswer, headers: { ETag: etagHeader } },
    ...kept.unchanged,
  },
}

const readAlerts: Operation = {
  id: 'readAlerts',
  summary: 'Entries after a cursor, oldest first; without one, the newest',
  tag: 'Reading',
  isOpenToAll: true,
  mayAskForTests: true,
  cache: 'public',
  readsOwnQuery: true,
  query: pageParameters,
  headers: kept.headers,
  answers: { 200: { description: 'A page', schema: pageAnswer, headers: { ETag: etagHeader } }, ...kept.unchanged },
}

const readAlert: Operation = {
  id: 'readAlert',
  summary: 'An alert with its history',
  tag: 'Reading',
  isOpenToAll: true,
  mayAskForTests: true,
  cache: 'public',
  query: historyParameters,
  headers: kept.headers,
  answers: {
    200: {
      description: 'The current alert and its history, oldest first; a very long history comes in parts',
      schema: historyAnswer,
      headers: {
        ETag: etagHeader,
        Link: { description: 'rel="next": the next part of its history, where there is one', schema: z.string() },
      },
    },
    ...kept.unchanged,
  },
}

/** What these routes read: the log, the newsroom, and the public keys: the VAPID key that browsers subscribe with, those that sign. */
export type AlertsDeps = {
  readonly log: Pick<AlertLog, 'bounds' | 'after' | 'latest' | 'history' | 'recent'>
  readonly newsroom: Newsroom
  readonly vapid: Pick<VapidSettings, 'publicKey'>
  readonly signed: PublishedSigning
}

/** `GET /v1/newsroom`, `/v1/alerts` (catch-up) and `/v1/alerts/{id}`. */
export function alertRoutes(app: App, deps: AlertsDeps): void {
  route(app, 'get', '/v1/newsroom', readNewsroom, etag(), (c) => {
    const { name, languages, topics } = deps.newsroom
    const { signingKeys, mirrors } = deps.signed
    c.header('Cache-Control', 'public, max-age=60')
    return c.json({ name, languages, topics, vapidPublicKey: deps.vapid.publicKey, signingKeys, mirrors, limits })
  })

  route(app, 'get', '/v1/alerts', readAlerts, etag(), async (c) => {
    const { audience, preferences, limit, after } = readQuery(searchOf(c), pageParameters, (query) => ({
      audience: () => audienceOf(query.audience, c.get('editor') !== null),
      preferences: () => parseInterestQuery(query, deps.newsroom, { level: 'routine', audience: 'public' }),
      limit: () => parseLimit(query.limit),
      after: () => (query.after ? parseCursor(query.after) : null),
    }))
    const interest = { ...preferences, audience }
    c.header('Cache-Control', audience === 'test' ? 'private, no-store' : 'public, max-age=1')
    return c.json(await (after === null ? newest(deps, interest, limit) : pageAfter(deps, interest, after, limit)))
  })

  route(app, 'get', '/v1/alerts/:id', readAlert, etag(), async (c) => {
    const { after } = c.get('query')
    const latest = await deps.log.latest(alertIdOf(c.req.param('id')))
    if (latest === null || (latest.alert.audience === 'test' && c.get('editor') === null))
      throw new Problem(404, 'no-such-alert', 'There is no alert with this id. Check it, or look in /v1/alerts.')
    const { alert } = latest
    c.header('Cache-Control', alert.audience === 'test' ? 'private, no-store' : 'public, max-age=1')
    const part = await historyAfter(deps, latest, after ? parseCursor(after) : undefined)
    if ('next' in part) c.header('Link', `</v1/alerts/${alert.id}?after=${part.next}>; rel="next"`)
    const body = JSON.stringify({ alert: sentAlert(alert), ...part })
    c.header('ETag', await alertTag(alert.version, body))
    return c.body(body, 200, { 'Content-Type': 'application/json' })
  })
}

/** How many entries a page has at most. Throws a Problem (400 `limit-out-of-range`). */
export function parseLimit(text: string | undefined): number {
  if (text === undefined || text === '') return limitUsual
  const limit = Number(text)
  if (!/^\d+$/.test(text) || limit < 1 || limit > limitMax)
    throw new Problem(400, 'limit-out-of-range', `limit is a whole number from 1 to ${limitMax}.`)
  return limit
}

async function newest(deps: AlertsDeps, interest: Interest, limit: number): Promise<object> {
  // The bounds are read first: an entry that is appended between the two reads is after this cursor, so the next page
  // has it.
  const bounds = await deps.log.bounds()
  // The current state of each alert, also in languages that its last change did not touch.
  const page = new PageOfEntries(deps, interest, bounds, limit, ({ alert }) => matches(interest, alert))
  let before = bounds.head + 1
  while (!page.isFull) {
    const wanted = Math.min(entriesAtOnce, page.left)
    const recent = await deps.log.recent(interest, wanted, before)
    for (const entry of recent) if (!page.isFull) page.add(entry)
    if (recent.length < wanted) break
    before = recent.at(-1)?.seq ?? 0
  }
  return page.answer(bounds.head, page.entries.toReversed())
}

async function pageAfter(deps: AlertsDeps, interest: Interest, after: Cursor | 'now', limit: number): Promise<object> {
  const bounds = await deps.log.bounds()
  const start = startOf(after, bounds, Number.POSITIVE_INFINITY)
  if (start.resume === 'reset') {
    const snapshot = `/v1/alerts?${interestQuery(interest)}`
    const none = new PageOfEntries(deps, interest, bounds, limit).answer(bounds.head, [])
    return { ...none, reset: { reason: start.reason, snapshot } }
  }
  const page = new PageOfEntries(deps, interest, bounds, limit)
  let seq = start.seq
  while (seq < bounds.head && !page.isFull && seq - start.seq < scannedEntriesMax) {
    const wanted = Math.min(entriesAtOnce, page.left)
    const found = await deps.log.after(seq, wanted, interest)
    for (const entry of found) {
      if (page.isFull || entry.seq > bounds.head) break
      seq = entry.seq
      page.add(entry)
    }
    // Fewer than were asked for, or newer ones: there are no more up to the head that the page began with.
    const isThrough = found.length < wanted || (found.at(-1)?.seq ?? 0) > bounds.head
    if (isThrough && !page.isFull) seq = bounds.head
  }
  return page.answer(seq, page.entries)
}

/** An alert's history, as much as one response holds; `next`: the cursor after which there is more. */
async function historyAfter(
  deps: AlertsDeps,
  { alert, seq: end }: Entry,
  after: Cursor | 'now' | undefined,
): Promise<{ readonly history: readonly object[]; readonly next?: string }> {
  const bounds = await deps.log.bounds()
  const start = after === undefined ? null : startOf(after, bounds, Number.POSITIVE_INFINITY)
  const interest = { ...everything, audience: alert.audience }
  const page = new PageOfEntries(deps, interest, bounds, Number.POSITIVE_INFINITY)
  let seq = start === null || start.resume === 'reset' ? 0 : start.seq
  while (seq < end && !page.isFull) {
    for (const entry of await deps.log.history(alert.id, { after: seq, limit: entriesAtOnce })) {
      if (page.isFull || entry.seq > end) break
      page.add(entry)
      seq = entry.seq
    }
  }
  return { history: page.entries, ...(seq < end ? { next: formatCursor({ epoch: bounds.epoch, seq }) } : {}) }
}

const utf8 = new TextEncoder()

/** The entries of one answer, up to a number and a size. */
class PageOfEntries {
  readonly entries: object[] = []
  readonly #deps: AlertsDeps
  readonly #bounds: Bounds
  readonly #limit: number
  readonly #languageOf: (entry: Entry) => string | null
  #bytes = 0

  constructor(
    deps: AlertsDeps,
    interest: Interest,
    bounds: Bounds,
    limit: number,
    languageOf = (entry: Entry) => notifiedLanguage(interest, entry),
  ) {
    this.#deps = deps
    this.#languageOf = languageOf
    this.#bounds = bounds
    this.#limit = limit
  }

  get left(): number {
    return this.#limit - this.entries.length
  }

  get isFull(): boolean {
    return this.left <= 0 || this.#bytes >= pageBytesMax
  }

  /** Takes an entry, if it is for the interest. */
  add(entry: Entry): void {
    const language = this.#languageOf(entry)
    if (language === null) return
    const one = withoutType(this.#deps, entry, language, this.#bounds.epoch)
    this.entries.push(one)
    this.#bytes += utf8.encode(JSON.stringify(one)).byteLength
  }

  answer(seq: number, entries: readonly object[]): object {
    const { epoch, floor, head } = this.#bounds
    return {
      entries,
      cursor: formatCursor({ epoch, seq }),
      head: formatCursor({ epoch, seq: head }),
      floor: formatCursor({ epoch, seq: Math.max(0, floor - 1) }),
    }
  }
}

/** The message of an entry without its `type`: the form in which the routes give it. */
function withoutType(deps: AlertsDeps, entry: Entry, language: string, epoch: string): object {
  const { type: _, ...body } = entryMessage(entry, language, epoch, deps.newsroom)
  return body
}
