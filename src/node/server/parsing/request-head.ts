import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'

/** What is known of a request when its head has been read, as Node's parser names it. */
export type RequestHead = Pick<
  IncomingMessage,
  'method' | 'url' | 'headers' | 'rawHeaders' | 'httpVersion' | 'httpVersionMajor' | 'socket'
>
/** One that was read here. */
type PlainHead = RequestHead & { readonly url: string }

const headEnd = '\r\n\r\n'
/** A longer head is read by Node's parser. */
export const headBytesMax = 8_192
/** Printable ASCII, tabs and line ends: what else a head may hold is for Node's parser to judge. */
const plainBytes = /^[\t\r\n\x20-\x7e]*$/
const plainTarget = "/[\\w./~!$&'()*+,;=:@%?|-]*"
const requestLine = new RegExp(`^GET (${plainTarget}) HTTP/1\\.([01])$`)
/** A field name (RFC 9110 §5.6.2) and its value with the white space around it (§5.5). Takes linear time for any line. */
const fieldLine = /^([!#$%&'*+.^_`|~\w-]+):([^\r\n]*)$/
/** With one of these, a body may follow, or a wait for one; and what is no field for Node, whose object has no such name. */
const otherNames: ReadonlySet<string> = new Set([
  'content-length',
  'transfer-encoding',
  'expect',
  'trailer',
  '__proto__',
])

/**
 * Reads the head of a GET request without a body, in the plain form that clients and proxies send (RFC 9112 §2–5): the bytes
 * are one whole head and nothing else, each field stands once, and one of them is Host. Null: it is something else, or
 * unusual, and for Node's parser to read or to refuse. So nothing is taken here that Node would have refused.
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
    // In memory of its own: what is kept of it would else keep the whole head.
    url: bytes.toString('latin1', 4, 4 + target.length),
    headers,
    rawHeaders,
    httpVersion: `1.${minor}`,
    httpVersionMajor: 1,
    socket,
  }
}
