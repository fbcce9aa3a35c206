import type { MiddlewareHandler } from 'hono'
import { etag, RETAINED_304_HEADERS } from 'hono/etag'
import { parseHttpDate } from '../protocol/headers/http-date.ts'

const kept = [...RETAINED_304_HEADERS, 'last-modified']

/**
 * Whether a reader who asks with If-Modified-Since has what was last modified then (RFC 9110 §13.1.3): what is no HTTP date
 * is passed over, and so is the date where an entity tag is asked with. Only the very date counts: after a restored backup what was last
 * modified earlier is another text than the one that the reader has.
 */
export function isUnmodified(
  lastModified: string | null | undefined,
  { tags, since }: { readonly tags: string | undefined; readonly since: string | undefined },
  nowMs: number,
): boolean {
  if (tags !== undefined || since === undefined || !lastModified) return false
  const asked = parseHttpDate(since, nowMs)
  const last = parseHttpDate(lastModified, nowMs)
  return asked !== null && last !== null && last === asked
}

/** Conditional requests (RFC 9110 §13): answers 304 when If-None-Match or If-Modified-Since says that the client has this version. */
export function conditionalRequests(now: () => number): MiddlewareHandler {
  const tagged = etag({ retainedHeaders: kept })
  return async (c, next) => {
    await tagged(c, next)
    if (c.res.status !== 200) return
    const asked = { tags: c.req.header('if-none-match'), since: c.req.header('if-modified-since') }
    if (!isUnmodified(c.res.headers.get('last-modified'), asked, now())) return
    await c.res.body?.cancel()
    // Hono keeps the headers of the answer that was there.
    c.res = new Response(null, { status: 304 })
    for (const name of [...c.res.headers.keys()]) if (!kept.includes(name)) c.res.headers.delete(name)
  }
}
