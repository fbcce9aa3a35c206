import type { Problem } from '../domain/problem.ts'

/** The code of the refusal of a body that is compressed. */
export const contentCoding = 'content-coding'

/** A Problem as an answer. */
export function problemAnswer(problem: Problem): Response {
  const headers = new Headers({ 'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store' })
  if (problem.retryAfterSeconds !== undefined) headers.set('Retry-After', String(problem.retryAfterSeconds))
  if (problem.status === 426) {
    // RFC 9110 §15.5.22: what to upgrade to; RFC 6455 §4.4: in which version.
    headers.set('Upgrade', 'websocket')
    headers.set('Connection', 'Upgrade')
    headers.set('Sec-WebSocket-Version', '13')
  }
  // RFC 9110 §15.5.16: which codings would be taken.
  if (problem.code === contentCoding) headers.set('Accept-Encoding', 'identity')
  if (problem.status === 401) headers.set('WWW-Authenticate', 'Bearer')
  return new Response(JSON.stringify(problem.body()), { status: problem.status, headers })
}
