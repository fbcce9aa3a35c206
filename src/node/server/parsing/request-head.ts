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
/** A longer head is left to Node's parser. */
export const headBytesMax = 8_192
/** Printable ASCII, tabs and line ends. Node's parser judges heads with any other byte. */
const plainBytes = /^[\t\r\n\x20-\x7e]*$/
const plainTarget = "/[\\w./~!$&'()*+,;=:@%?|-]*"
const requestLine = new RegExp(`^GET (${plainTarget}) HTTP/1\\.([01])$`)
/** A field name (RFC 9110 §5.6.2) and its value with surrounding white space (§5.5). Takes linear time for any line. */
const fieldLine = /^([!#$%&'*+.^_`|~\w-]+):([^\r\n]*)$/
/** With one of these a body or `100 Continue` may follow. `__proto__` is no key of Node's headers object. */
const otherNames: ReadonlySet<string> = new Set([
  'content-length',
  'transfer-encoding',
  'expect',
  'trailer',
  '__proto__',
])

/**
 * Parses the head of a GET request without a body, in the plain form that clients and proxies send (RFC 9112 §2–5). The
 * bytes are exactly one head, no field occurs twice, and one of them is Host. Gives null for anything else, which
 * Node's parser must read or refuse. So nothing is accepted here that Node would refuse.
 */
export function readRequestHead(bytes: Buffer, socket: Socket): PlainHead | null {
  if (bytes.length > headBytesMax || bytes.indexOf(headEnd) !== bytes.length - headEnd.length) return null
  const text = bytes.toString('latin1', 0, bytes.length - headEnd.length)
  if (!plainBytes.test(text)) return null
  const [first = '', ...lines] = text.split('\r\n')
  const [, target, minor] = requestLine.exec(first) ?? []
  if (target === undefined) return null
  const headers: Record<string, string> = Object.create(null)
  const rawHeaders: string[] = []
  for (const line of lines) {
    const [, name = '', value = ''] = fieldLine.exec(line) ?? []
    const key = name.toLowerCase()
    if (key === '' || key in headers || otherNames.has(key)) return null
    headers[key] = value.trim()
    rawHeaders.push(name, value.trim())
  }
  if (headers.host === undefined) return null
  return {
    method: 'GET',
    // Copied, because a slice would keep the whole head in memory.
    url: bytes.toString('latin1', 4, 4 + target.length),
    headers,
    rawHeaders,
    httpVersion: `1.${minor}`,
    httpVersionMajor: 1,
    socket,
  }
}
