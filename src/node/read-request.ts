import type { IncomingMessage } from 'node:http'

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

/** Reads a request for a plain read; null when it is none, or an unusual one: that is the app's to answer. */
export function readRequestOf({ method, url, headers }: IncomingMessage): ReadRequest | null {
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
  return {
    url: `http://${headers.host}${url}`,
    headers: given,
    key: isPrivate ? null : `${headers.host}${sorted(url)}`,
  }
}

/** An address with its parameters, and its topics, in an order that does not change what they mean. */
function sorted(url: string): string {
  const at = url.indexOf('?')
  if (at === -1) return url
  const parameters = [...new URLSearchParams(url.slice(at))]
  const topics = parameters.filter(([name]) => name === 'topics')
  const inOrder = parameters.map(([name, value]): [string, string] => {
    if (name !== 'topics' || topics.length > 1) return [name, value]
    return [name, [...new Set(value.split(','))].sort().join()]
  })
  // The sort is stable: of a parameter that is repeated, which comes first may mean something.
  inOrder.sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0))
  return `${url.slice(0, at)}?${new URLSearchParams(inOrder)}`
}
