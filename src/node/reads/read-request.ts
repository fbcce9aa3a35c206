import type { IncomingMessage } from 'node:http'
import { LRUCache } from 'lru-cache'
import { readKey } from '../../http/api/read-key.ts'
import type { PagesDeps } from '../../http/pages/page-shell.ts'

/** A plain read as the thread of the reads is asked for it. */
export type ReadRequest = {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** What it is kept under, the same for addresses that mean the same; null: its answer is for this asker alone. */
  readonly key: string | null
}

/** Catch-up, one alert, feeds, and the pages of readers; in the order of `createReads`. */
const readPath =
  /^\/(?:v1\/alerts(?:\/[^/?#]+)?|feeds\/[^/?#]+|[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*\/(?:alerts\/[^/?#]+)?)(?:\?[^#]*)?$/
/** A host as clients write it; whatever else may still be one is looked at by the app. */
const plainHost = /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i
/** With one of these, somebody may be asking who may see more than others. */
const askerHeaders = ['authorization', 'cookie'] as const
/** All that an answer may depend on besides. */
const forwarded = ['accept', 'accept-language', 'origin', 'sec-fetch-site', 'host', ...askerHeaders] as const
const urlLengthMax = 4_096

/** How many addresses are remembered with what they ask for, so that thousands who ask alike are parsed for once. */
const keysMax = 1_000

/**
 * Reads requests for plain reads; null when one is none, or an unusual one: that is the app's to answer. Where the service
 * knows its own address, the one that a reader writes is in no answer, and makes no other.
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
  // A body has no meaning here, but it must be read, or it would be taken for the next request.
  if (headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined) return null
  const given: Record<string, string> = {}
  for (const name of forwarded) {
    const value = headers[name]
    if (value !== undefined) given[name] = value
  }
  const isPrivate = askerHeaders.some((name) => given[name] !== undefined)
  const whole = `http://${headers.host}${url}`
  // A port above 65535, or numbers between dots that are no address.
  if (!URL.canParse(whole)) return null
  return {
    url: whole,
    headers: given,
    key: isPrivate ? null : keyOf(headers.host ?? '', url),
  }
}
