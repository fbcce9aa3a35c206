import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'

/** The parsed head of a request, with the names that Node's parser uses. */
export type RequestHead = Pick<
  IncomingMessage,
  'method' | 'url' | 'headers' | 'rawHeaders' | 'httpVersion' | 'httpVersionMajor' | 'socket'
>
/** A head that was parsed here. */
type PlainHead = RequestHead & { readonly url: string }

const headEnd = '\r\n\r\n'
/** More fields are left to Node's parser, which has a limit of its own. */
const fieldsMax = 100
const lineEnd = '\r\n'
/** A longer head is left to Node's parser. */
export const headBytesMax = 8_192
/** Other than printable ASCII, tabs and whole line ends. Node's parser judges heads with any of it. */
const otherBytes = /[^\t\r\n\x20-\x7e]|\r(?!\n)|(?<!\r)\n/
const plainTarget = "/[\\w./~!$&'()*+,;=:@%?|-]*"
const requestLine = new RegExp(`^GET (${plainTarget}) HTTP/1\\.([01])$`)
/** RFC 9110 §5.6.2. */
const fieldName = /^[!#$%&'*+.^_`|~\w-]+$/
/** With one of these a body or `100 Continue` may follow. `__proto__` is no key of Node's headers object. */
const otherNames: ReadonlySet<string> = new Set([
  'content-length',
  'transfer-encoding',
  'expect',
  'trailer',
  '__proto__',
])
/** Field names as they were sent, in lower case; empty: left to Node's parser. Clients send the same few. */
const keys = new Map<string, string>()
const keysMax = 500

/**
 * Parses the head of a GET request without a body, in the plain form that clients and proxies send (RFC 9112 §2–5). The
 * bytes are exactly one head, no field occurs twice, and one of them is Host. Gives null for anything else, which
 * Node's parser must read or refuse. So nothing is accepted here that Node would refuse. Takes time in proportion to
 * the bytes, whatever they are.
 */
export function readRequestHead(bytes: Buffer, socket: Socket): PlainHead | null {
  if (bytes.length > headBytesMax) return null
  const whole = bytes.toString('latin1')
  if (whole.indexOf(headEnd) !== whole.length - headEnd.length || otherBytes.test(whole)) return null
  const text = whole.slice(0, -lineEnd.length)
  const firstEnd = text.indexOf(lineEnd)
  const [, target, minor] = requestLine.exec(text.slice(0, firstEnd)) ?? []
  if (target === undefined) return null
  const headers: Record<string, string> = {}
  const rawHeaders: string[] = []
  for (let at = firstEnd + lineEnd.length; at < text.length; ) {
    const colon = text.indexOf(':', at)
    const end = text.indexOf(lineEnd, at)
    if (colon === -1 || colon > end) return null
    const name = text.slice(at, colon)
    const value = text.slice(colon + 1, end).trim()
    const key = keyOf(name)
    // A name that every object has, such as `constructor`, counts as occurring twice.
    if (key === '' || headers[key] !== undefined || rawHeaders.length >= 2 * fieldsMax) return null
    headers[key] = value
    rawHeaders.push(name, value)
    at = end + lineEnd.length
  }
  if (headers.host === undefined) return null
  return {
    method: 'GET',
    // Copied, because a slice would keep the whole head in memory.
    url: bytes.toString('latin1', 4, 4 + target.length),
    headers,
    rawHeaders,
    httpVersion: minor === '0' ? '1.0' : '1.1',
    httpVersionMajor: 1,
    socket,
  }
}

/** A field's key in Node's headers object; empty where Node's parser must read or refuse the head. */
function keyOf(name: string): string {
  const known = keys.get(name)
  if (known !== undefined) return known
  // Copied, because a slice would keep its head in memory.
  const copy = Buffer.from(name, 'latin1').toString('latin1')
  const lower = copy.toLowerCase()
  const key = fieldName.test(copy) && !otherNames.has(lower) ? lower : ''
  // Cleared as a whole, which saves keeping ages.
  if (keys.size >= keysMax) keys.clear()
  keys.set(copy, key)
  return key
}
