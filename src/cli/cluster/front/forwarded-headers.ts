import type { IncomingMessage } from 'node:http'

/** Headers of one connection, which a proxy does not pass on (RFC 9110 §7.6.1). */
const hopByHop = [
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]
/** What a client says of itself and the service would believe (TRUST_PROXY=1); `expect` is answered by the front itself. */
const replaced = ['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip', 'forwarded', 'expect']

/** The headers of a request as they go to a node: names and values in turn, in their order. */
export function requestHeaders(incoming: IncomingMessage): string[] {
  const address = (incoming.socket.remoteAddress ?? '').replace(/^::ffff:/, '')
  const { host } = incoming.headers
  return [
    ...endToEnd(incoming, replaced),
    ...['X-Forwarded-For', address],
    ...(host === undefined ? [] : ['X-Forwarded-Host', host]),
    ...['X-Forwarded-Proto', 'http'],
    // Without it Node would send the body of a GET without any framing, and it would be taken for the next request.
    ...(incoming.headers['transfer-encoding'] === undefined ? [] : ['Transfer-Encoding', 'chunked']),
  ]
}

/** The headers of a response as they go to the client: names and values in turn, in their order. */
export function responseHeaders(response: IncomingMessage): string[] {
  return endToEnd(response, [])
}

function endToEnd({ headers, rawHeaders }: IncomingMessage, others: readonly string[]): string[] {
  const named = (headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase())
  // RFC 9110 §7.6.1: what a message needs on its whole way must not be named there.
  const dropped = new Set([...hopByHop, ...others, ...named.filter((name) => !needed.has(name))])
  const kept: string[] = []
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const [name = '', value = ''] = [rawHeaders[at], rawHeaders[at + 1]]
    if (!dropped.has(name.toLowerCase())) kept.push(name, value)
  }
  return kept
}

/** Without these a message means something else; a client must not take them away by naming them in `Connection`. */
const needed = new Set([
  'host',
  'content-length',
  'content-type',
  'authorization',
  'cookie',
  'idempotency-key',
  'if-match',
])
