import type { Audience } from '../alert.ts'
import { type Interest, parseInterestQuery } from '../interest.ts'
import { type Cursor, parseCursor } from '../log.ts'
import type { Newsroom } from '../newsroom.ts'
import { Problem } from '../problem.ts'

/** What a reader of a live stream asks for, parsed. */
export type StreamRequest = { readonly interest: Interest; readonly after: Cursor | 'now' | undefined }

const known = ['languages', 'topics', 'level', 'after', 'audience']

/**
 * Parses the query of `/v1/socket` and `/v1/events`. `lastEventId` wins over `after`: a browser's EventSource repeats
 * its first address on every reconnection. Throws a Problem (400) naming what is wrong; the test audience is
 * refused (403) unless `mayTest`.
 */
export function parseStreamRequest(
  query: Readonly<Record<string, string>>,
  newsroom: Newsroom,
  mayTest: boolean,
  lastEventId?: string,
): StreamRequest {
  refuseUnknownParameters(query, known)
  const after = lastEventId || query.after
  return {
    interest: interestOf(query, newsroom, streamAudienceOf(query.audience, mayTest)),
    after: after ? parseCursor(after) : undefined,
  }
}

const knownInterestsMax = 2_000
const interests = new WeakMap<Newsroom, Map<string, Interest>>()

/**
 * The interest a query asks for. Thousands of readers ask for the same few: each is parsed once and then looked up,
 * which makes a connection half as dear.
 */
function interestOf(
  query: Readonly<Record<string, string>>,
  newsroom: Newsroom,
  audience: Pick<Interest, 'audience' | 'isDesk'>,
): Interest {
  const key = JSON.stringify([query.languages, query.topics, query.level, audience.audience, audience.isDesk])
  const known = interests.get(newsroom) ?? new Map<string, Interest>()
  interests.set(newsroom, known)
  const found = known.get(key)
  if (found !== undefined) return found
  const interest = parseInterestQuery(query, newsroom, { level: 'routine', ...audience })
  // Rather than keep the age of each: whoever makes up thousands of interests makes everyone parse again.
  if (known.size >= knownInterestsMax) known.clear()
  known.set(key, interest)
  return interest
}

/** Throws a Problem (400) naming a parameter that is not known: a misspelt filter must not pass as none. */
export function refuseUnknownParameters(query: Readonly<Record<string, string>>, names: readonly string[]): void {
  const strange = Object.keys(query).find((name) => !names.includes(name))
  if (strange === undefined) return
  const asked = JSON.stringify(strange.slice(0, 40))
  throw new Problem(400, 'unknown-parameter', `There is no parameter ${asked}; known are ${names.join(', ')}.`)
}

/** `all` is the desk's: both audiences on one stream, which only editors open and which counts nobody as a reader. */
function streamAudienceOf(asked: string | undefined, mayTest: boolean): Pick<Interest, 'audience' | 'isDesk'> {
  return asked === 'all'
    ? { audience: audienceOf('test', mayTest), isDesk: true }
    : { audience: audienceOf(asked, mayTest) }
}

/** The audience asked for; `test` only for editors. */
export function audienceOf(asked: string | undefined, mayTest: boolean): Audience {
  if (asked === undefined || asked === 'public') return 'public'
  if (asked !== 'test') throw new Problem(400, 'unknown-audience', 'The audience is public or test.')
  if (!mayTest)
    throw new Problem(403, 'test-audience', 'Test alerts are for editors: send a key or sign in at the desk.')
  return 'test'
}
