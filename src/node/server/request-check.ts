import type { IncomingMessage } from 'node:http'
import { Problem } from '../../domain/problem.ts'
import type { RequestHead } from './parsing/request-head.ts'

/** A request target in absolute form (RFC 9112 §3.2.2) without userinfo, which is an error (RFC 9110 §4.2.4). */
const absoluteForm = /^https?:\/\/([^/?#\\@]+)(?=[/?#]|$)/i

/** A request target without its scheme and host. */
export function originFormOf(target: string): string {
  const rest = target.replace(absoluteForm, '')
  return rest.startsWith('/') ? rest : `/${rest}`
}

/** Target and host do not make a valid URL: the host name (RFC 9110 §4.2.1) or the port is invalid. */
export const unreadableTarget = new Problem(
  400,
  'malformed-target',
  "The request's target or host cannot be read as a URL.",
)

/** A major version of HTTP that this server does not speak (RFC 9110 §15.6.6). */
export const unknownHttpVersion = new Problem(505, 'http-version', 'The version of HTTP here is 1.1; 1.0 will do.')

/**
 * Checks what RFC 9112 has a server refuse before routing: another version (§2.3, 505), HTTP/1.1 without a host or with
 * two (§3.2), a target in a form that the method does not allow (§3.2.4), an invalid host, a transfer coding that is
 * not supported (§6.1). Throws a Problem. A target in absolute form becomes a path, and its host replaces the Host
 * header (§3.2.2).
 */
export function checkRequest(incoming: RequestHead): void {
  const { httpVersion, httpVersionMajor, rawHeaders, headers, url = '', method } = incoming
  if (httpVersionMajor !== 1) throw unknownHttpVersion
  let hosts = 0
  for (let at = 0; at < rawHeaders.length; at += 2) if (isHost(rawHeaders[at])) hosts += 1
  if (hosts > 1 || (hosts === 0 && httpVersion !== '1.0'))
    throw new Problem(
      400,
      'host-header',
      `A request has one Host header; this one has ${hosts === 0 ? 'none' : hosts}.`,
    )
  checkCoding(headers['transfer-encoding'], httpVersion)
  if (!url.startsWith('/') && !(url === '*' && method === 'OPTIONS')) {
    const [, host] = absoluteForm.exec(url) ?? []
    if (host === undefined)
      throw new Problem(400, 'malformed-target', 'The target of a request is a path that begins with a slash.')
    beAskedFor(incoming, host)
  }
  // An empty Host is valid (RFC 9112 §3.2); the code that reads the address refuses it.
  if (headers.host) checkHost(headers.host)
}

/** Requests ask for the same few hosts, so the last one is not parsed again. */
let lastHost = ''

function checkHost(host: string): void {
  if (host === lastHost) return
  const name = URL.parse(`http://${host}/`)?.hostname
  // Hono compares so too: whatever the URL's parser read as something else, or changed, was no host.
  if (name === undefined || (name.length !== host.length && name !== host.replace(/:\d+$/, '').toLowerCase()))
    throw unreadableTarget
  lastHost = host
}

/** Rewrites the request as if the peer had asked this host for the path. */
function beAskedFor(incoming: RequestHead, host: string): void {
  incoming.url = originFormOf(incoming.url ?? '')
  incoming.headers.host = host
  const at = incoming.rawHeaders.findIndex((name, index) => index % 2 === 0 && isHost(name))
  if (at === -1) incoming.rawHeaders.push('Host', host)
  else incoming.rawHeaders[at + 1] = host
}

/** Node decodes `chunked` and ignores any other transfer coding. */
function checkCoding(coding: string | undefined, httpVersion: string): void {
  if (coding === undefined) return
  if (httpVersion === '1.0')
    throw new Problem(400, 'transfer-coding', 'HTTP/1.0 has no Transfer-Encoding: send Content-Length.')
  const codings = coding
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
  // Unless `chunked` is the last coding, the length of the body is unknown (RFC 9112 §6.3).
  if (codings.at(-1) !== 'chunked')
    throw new Problem(400, 'transfer-coding', 'The last transfer coding of a request is chunked.')
  if (codings.length > 1)
    throw new Problem(501, 'transfer-coding', 'The only transfer coding that is taken here is chunked.')
}

/**
 * Gives a request without a Host header, which HTTP/1.0 allows, the server's own host (RFC 9112 §3.3). Health checks of
 * load balancers send such requests.
 */
export function completeHost({ headers, socket }: Pick<IncomingMessage, 'headers' | 'socket'>): void {
  if (headers.host !== undefined) return
  const address = (socket.localAddress ?? '127.0.0.1').replace(/^::ffff:(?=\d+\.)/, '')
  headers.host = `${address.includes(':') ? `[${address}]` : address}:${socket.localPort ?? 80}`
}

function isHost(name = ''): boolean {
  return name.length === 4 && (name === 'Host' || name === 'host' || name.toLowerCase() === 'host')
}

/** Whether the request asks for an upgrade to WebSocket. Any other upgrade is ignored (RFC 9110 §7.8). */
export function wantsSocket({ method, headers }: Pick<IncomingMessage, 'method' | 'headers'>): boolean {
  const { upgrade } = headers
  if (method !== 'GET' || upgrade === undefined) return false
  if (upgrade === 'websocket') return true
  return upgrade.split(',').some((name) => name.trim().toLowerCase() === 'websocket')
}
