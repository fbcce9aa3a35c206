import type { IncomingMessage } from 'node:http'
import type { Newsroom } from '../../domain/newsroom.ts'
import { Problem } from '../../domain/problem.ts'
import { type AuthenticationDeps, authenticate, testListener } from '../../http/sign-in.ts'
import { asksForTests, parseStreamRequest, type StreamRequest } from '../../protocol/stream-request.ts'
import { originFormOf } from '../server/request-check.ts'

type RouteDeps = AuthenticationDeps & { readonly newsroom: Newsroom }
/** What is used of a request for a stream. */
export type StreamRequestParts = Pick<IncomingMessage, 'url' | 'headers' | 'socket'>
/** Gives a promise only where the editor's key must be looked up. */
export type StreamRequests = (request: StreamRequestParts) => StreamRequest | Promise<StreamRequest>

const knownMax = 2_000
const knownCharsMax = 1_000

/**
 * Parses requests for streams at a path, without Hono. Only a test listener's key needs a look-up. When thousands of
 * readers return at once, their URLs and cursors are few: each is parsed once and then looked up in a map. Throws a
 * Problem.
 */
export function streamRequests(deps: RouteDeps, path: '/v1/socket' | '/v1/events' = '/v1/socket'): StreamRequests {
  const known = new Map<string, StreamRequest>()
  return (request) => {
    const address = request.url ?? '/'
    const lastEventId = request.headers['last-event-id']?.toString()
    const key = lastEventId === undefined ? address : `${lastEventId} ${address}`
    const found = known.get(key)
    if (found !== undefined) return found
    const { pathname, searchParams } = new URL(`http://localhost${originFormOf(address)}`)
    if (pathname !== path)
      throw new Problem(404, 'no-such-page', 'There is no socket at this path; it is at /v1/socket.')
    const parse = (mayTest: boolean) => parseStreamRequest(searchParams, deps.newsroom, mayTest, lastEventId)
    // Whether a requester may receive test alerts depends on the key, not on the URL, so it is checked each time.
    if (asksForTests(searchParams)) {
      const header = (name: string) => request.headers[name]?.toString()
      return authenticate(deps, header).then((requester) => {
        const credential = testListener(requester)
        return { ...parse(credential !== null), credential }
      })
    }
    const asked = parse(false)
    // Cleared as a whole, which saves keeping ages. A client that invents thousands of URLs only makes all of them be
    // parsed again.
    if (known.size >= knownMax) known.clear()
    if (key.length <= knownCharsMax) known.set(key, asked)
    return asked
  }
}
