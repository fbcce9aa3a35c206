import type { IncomingMessage } from 'node:http'
import { Problem } from '../problem.ts'

/** A target in absolute form, as RFC 9112 §3.2.2 has it. */
const absoluteForm = /^https?:\/\/[^/?#\\]+(?=[/?#]|$)/i

/** A request's target without the scheme and host that it may begin with. */
export function originFormOf(target: string): string {
  const rest = target.replace(absoluteForm, '')
  return rest.startsWith('/') ? rest : `/${rest}`
}

/**
 * What RFC 9112 has a server refuse before it looks for a route: HTTP/1.1 without a host or with two (§3.2), a target in
 * a form that its method does not have (§3.2.4). Throws a Problem (400).
 */
export function checkRequest({ httpVersion, rawHeaders, url = '', method }: IncomingMessage): void {
  let hosts = 0
  for (let at = 0; at < rawHeaders.length; at += 2) if (isHost(rawHeaders[at])) hosts += 1
  if (hosts > 1 || (hosts === 0 && httpVersion !== '1.0'))
    throw new Problem(
      400,
      'host-header',
      `A request has one Host header; this one has ${hosts === 0 ? 'none' : hosts}.`,
    )
  if (url.startsWith('/') || absoluteForm.test(url) || (url === '*' && method === 'OPTIONS')) return
  throw new Problem(400, 'malformed-target', 'The target of a request is a path that begins with a slash.')
}

function isHost(name = ''): boolean {
  return name.length === 4 && (name === 'Host' || name === 'host' || name.toLowerCase() === 'host')
}

/** Whether an upgrade is asked for that this server has (RFC 9110 §7.8: any other is passed over). */
export function wantsSocket({ method, headers }: IncomingMessage): boolean {
  const { upgrade } = headers
  if (method !== 'GET' || upgrade === undefined) return false
  if (upgrade === 'websocket') return true
  return upgrade.split(',').some((name) => name.trim().toLowerCase() === 'websocket')
}
