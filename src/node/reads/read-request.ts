import type { IncomingMessage } from 'node:http'
import { LRUCache } from 'lru-cache'
import { readKey } from '../../http/api/read-key.ts'
import type { PagesDeps } from '../../http/pages/page-shell.ts'
import { hasCredentials } from '../../http/session-cookie.ts'

/** A plain read, as it is sent to the read thread. */
export type ReadRequest = {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** The cache key, the same for URLs that mean the same; null: the response is for this client only. */
  readonly key: string | null
}

/** The routes of catch-up, one alert, bundles, feeds and the readers' pages, in the order of `createReads`. */
const readPath =
  /^\/(?:v1\/alerts(?:\/[^/?#]+)?|v1\/bundle\/[^/?#]+|feeds\/[^/?#]+|[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*\/(?:alerts\/[^/?#]+)?)(?:\?[^#]*)?$/
/** The usual form of a Host header. Other valid forms are left to the app. */
const plainHost = /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i
/** The headers that a response may depend on; with credentials it may be for this client only. */
const forwarded = ['accept', 'accept-language', 'origin', 'sec-fetch-site', 'host', 'authorization', 'cookie'] as const
const urlLengthMax = 4_096

/** The number of URLs whose parsed form is cached, so that thousands of equal requests are parsed once. */
const keysMax = 1_000

/**
 * Parses requests for plain reads. Gives null for any other request and for unusual ones: the app answers those. Where
 * PUBLIC_URL is set, no response contains the Host header, so it is not part of the cache key.
 */
export function readRequests({ newsroom, publicUrl }: Pick<PagesDeps, 'newsroom' | 'publicUrl'>) {
  const keys = new LRUCache<string, string>({ max: keysMax })
  const keyOf = (host: string, url: string): string => {
    const known = keys.get(url)
    if (known !== undefined) return known
    const at = url.indexOf('?')
    const [path, search] = at === -1 ? [url, ''] : [url.slice(0, at), url.slice(at)]
    const meant = readKey(path, search, newsroom)
    const key = meant ?? `${host}${url}`
    if (meant !== null) keys.set(url, key)
    return key
  }
  return (incoming: IncomingMessage) =>
    readRequestOf(incoming, (host, url) => {
      const key = keyOf(host, url)
      return publicUrl === null && !url.startsWith('/v1/') ? `${host.toLowerCase()} ${key}` : key
    })
}

function readRequestOf(
  { method, url, headers }: IncomingMessage,
  keyOf: (host: string, url: string) => string,
): ReadRequest | null {
  if ((method !== 'GET' && method !== 'HEAD') || url === undefined || url.length > urlLengthMax) return null
  if (!readPath.test(url) || !plainHost.test(headers.host ?? '')) return null
  // A body has no meaning here. The app reads it; otherwise it would be parsed as the next request.
  if (headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined) return null
  const given: Record<string, string> = {}
  for (const name of forwarded) {
    const value = headers[name]
    if (value !== undefined) given[name] = value
  }
  const isPrivate = hasCredentials(headers)
  // Those of other sites below the same domain come along.
  if (!isPrivate) delete given.cookie
  const whole = `http://${headers.host}${url}`
  // A port above 65535, or numbers with dots that are not an IPv4 address.
  if (!URL.canParse(whole)) return null
  return {
    url: whole,
    headers: given,
    key: isPrivate ? null : keyOf(headers.host ?? '', url),
  }
}
