import * as z from 'zod'
import type { Credential } from '../auth/editor.ts'
import type { Audience } from '../domain/alert-types.ts'
import { type Interest, parseInterestQuery } from '../domain/interest.ts'
import { languageOf, type Newsroom } from '../domain/newsroom.ts'
import { quoted } from '../domain/parsing/parse.ts'
import { Problem } from '../domain/problem.ts'
import type { Cursor } from '../log/log.ts'
import { afterParameter, interestParameters, parseCursor } from './interest-parameters.ts'
import { gatherQuery, type Parameters, type Query, scanParameters } from './query-parameters.ts'
import { type StreamTerms, termsOf, termsParameters, termsParsers } from './terms/stream-terms.ts'

/** What a reader of a live stream asks for, parsed; and the credential that allows test alerts. */
export type StreamRequest = {
  readonly interest: Interest
  readonly after: Cursor | 'now' | undefined
  readonly credential?: Credential | null
  /** Languages or topics that the newsroom has no more were left out: the reader is sent the interest that remains. */
  readonly isNarrowed?: true
  /** What was asked of the connection itself; absent where nothing was. */
  readonly terms?: StreamTerms
}

/** The parameters of `/v1/socket` and `/v1/events`. */
export const streamParameters = {
  ...interestParameters,
  audience: {
    description:
      "public; test: only test alerts; all: both, for the desk. The last two need an editor's key or session.",
    schema: z.enum(['public', 'test', 'all']).default('public'),
    example: 'public',
  },
  after: afterParameter,
  ...termsParameters,
} as const satisfies Parameters

/**
 * Parses the query of `/v1/socket` and `/v1/events`, on every platform. It is tolerant where a refusal would end a reader's
 * stream for good: `lastEventId` in the query means the header, as polyfills send it, and parameters that libraries add
 * against caches are ignored. The last event's id wins over `after`, because a browser's EventSource repeats its first
 * address on every reconnection. An id that is no cursor leads to a reset. For a reader who reconnects, languages and
 * topics that the newsroom has dropped are left out as long as others remain. Throws a Problem (400) naming what is wrong; the test
 * audience is refused (403) unless `mayTest`.
 */
export function parseStreamRequest(
  search: URLSearchParams,
  newsroom: Newsroom,
  mayTest: boolean,
  lastEventIdHeader?: string,
): StreamRequest {
  const { query, refused, lastEventId } = readStreamQuery(search)
  const readAfter = () => {
    const lastSeen = lastEventIdHeader || lastEventId
    if (lastSeen !== '') return cursorOfId(lastSeen)
    return query.after ? parseCursor(query.after) : undefined
  }
  const known = isReturning(readAfter) ? withoutDropped(query, newsroom) : query
  const { audience, preferences, after, ...terms } = gatherQuery(refused, {
    audience: () => streamAudienceOf(query.audience, mayTest),
    preferences: () => interestOf(known, newsroom, { audience: 'public' }),
    after: readAfter,
    ...termsParsers(query),
  })
  const interest = audience.audience === 'public' ? preferences : interestOf(known, newsroom, audience)
  const asked = termsOf(terms)
  return {
    ...{ interest, after },
    ...(known === query ? {} : { isNarrowed: true }),
    ...(asked === undefined ? {} : { terms: asked }),
  }
}

/** Whether a reader reconnects with a cursor. A malformed one is refused elsewhere. */
function isReturning(readAfter: () => StreamRequest['after']): boolean {
  try {
    return typeof readAfter() === 'object'
  } catch (error) {
    if (error instanceof Problem) return false
    throw error
  }
}

/** The query without unknown languages and topics, where others remain; the same query when all are known. */
function withoutDropped(query: Query, newsroom: Newsroom): Query {
  const languages = keptOf(query.languages, (tag) => languageOf(newsroom, tag) !== undefined)
  const topics = keptOf(query.topics, (id) => newsroom.topics.some((topic) => topic.id === id))
  if (languages === query.languages && topics === query.topics) return query
  return { ...query, ...(languages === undefined ? {} : { languages }), ...(topics === undefined ? {} : { topics }) }
}

function keptOf(list: string | undefined, isKnown: (item: string) => boolean): string | undefined {
  if (list === undefined || list === '*') return list
  const items = list.split(',').map((item) => item.trim())
  const kept = items.filter((item) => item === '' || isKnown(item))
  // Where nothing would remain, the refusal names the known ones: an empty list would mean every topic.
  return kept.length === items.length || kept.every((item) => item === '') ? list : kept.join(',')
}

/** A cursor of no log: it leads to a reset. */
const elsewhere: Cursor = { epoch: '', seq: 0 }

/**
 * The id of a last event, which a library sends back unasked: one that is no cursor came from another server, and a refusal
 * would end an EventSource for good. `after` is written by hand, so a mistake in it is refused.
 */
function cursorOfId(id: string): Cursor | 'now' {
  try {
    return parseCursor(id.trim())
  } catch (error) {
    if (error instanceof Problem) return elsewhere
    throw error
  }
}

/** Whether a stream's query asks for more than the public audience, for which it matters who asks. */
export function asksForTests(search: URLSearchParams): boolean {
  return search.getAll('audience').some((it) => it === 'test' || it === 'all')
}

/**
 * Parameters that libraries add against caches: jQuery `_`, Engine.IO `t`, event-source-polyfill `padding`,
 * eventsource-polyfill `evs_preamble`; and the usual names in hand-written scripts.
 */
const passedOver: ReadonlySet<string> = new Set(['_', 't', 'padding', 'evs_preamble', 'nocache', 'cb', 'rand'])

function readStreamQuery(
  search: URLSearchParams,
): ReturnType<typeof scanParameters> & { readonly lastEventId: string } {
  const own = new URLSearchParams()
  let lastEventId = ''
  for (const [name, value] of search) {
    if (passedOver.has(name)) continue
    // A polyfill that adds one on every reconnection adds the newest last.
    if (isLastEventId(name)) lastEventId = value || lastEventId
    else own.append(name, value)
  }
  return { ...scanParameters(own, streamParameters), lastEventId }
}

/** `lastEventId`, `lastEventID`, `Last-Event-ID`, `evs_last_event_id`: in every spelling that libraries use for the header's name. */
function isLastEventId(name: string): boolean {
  return name.length <= 20 && /^(evs)?lasteventid$/.test(name.toLowerCase().replace(/[-_]/g, ''))
}

const knownInterestsMax = 2_000
const interests = new WeakMap<Newsroom, Map<string, Interest>>()

/**
 * The interest of a query. Thousands of readers ask for the same few, so each is parsed once and then looked up, which
 * halves the cost of a connection.
 */
function interestOf(query: Query, newsroom: Newsroom, audience: Pick<Interest, 'audience' | 'isDesk'>): Interest {
  const key = JSON.stringify([query.languages, query.topics, query.level, audience.audience, audience.isDesk])
  const known = interests.get(newsroom) ?? new Map<string, Interest>()
  interests.set(newsroom, known)
  const found = known.get(key)
  if (found !== undefined) return found
  const interest = parseInterestQuery(query, newsroom, { level: 'routine', ...audience })
  // Cleared as a whole, which needs no ages: a client that invents thousands of interests only makes others be parsed again.
  if (known.size >= knownInterestsMax) known.clear()
  known.set(key, interest)
  return interest
}

/** `all` is for the desk: both audiences on one stream. Only editors may open it, and it is not counted as a reader. */
function streamAudienceOf(asked: string | undefined, mayTest: boolean): Pick<Interest, 'audience' | 'isDesk'> {
  return asked === 'all'
    ? { audience: audienceOf('test', mayTest), isDesk: true }
    : { audience: audienceOf(asked, mayTest) }
}

/** The audience asked for; `test` only for editors. */
export function audienceOf(asked: string | undefined, mayTest: boolean): Audience {
  if (asked === undefined || asked === 'public') return 'public'
  if (asked !== 'test')
    throw new Problem(400, 'unknown-audience', `The audience is public or test, not ${quoted(asked)}.`)
  if (!mayTest)
    throw new Problem(403, 'test-audience', 'Test alerts are for editors: send a key or sign in at the desk.')
  return 'test'
}
