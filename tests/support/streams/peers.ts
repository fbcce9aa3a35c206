import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** A peer on a bare connection: it sends what it is told, and keeps what it reads. */
export type Peer = {
  readonly socket: Socket
  /** A character a byte, so that lengths are lengths. */
  readonly said: () => string
  readonly closed: Promise<void>
  readonly isOpen: () => boolean
}

/** Connects; `halfOpen`: it does not end its side when the other does; `reads: false`: it never takes a byte. */
export async function peerAt(url: string, text: string | Buffer = '', { halfOpen = true, reads = true } = {}) {
  const socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1', allowHalfOpen: halfOpen })
  const chunks: Buffer[] = []
  if (reads) socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  socket.on('error', () => {})
  let open = true
  const closed = new Promise<void>((resolve) => {
    socket.on('close', () => {
      open = false
      resolve()
    })
  })
  await once(socket, 'connect')
  if (text.length > 0) socket.write(text)
  const peer: Peer = { socket, said: () => Buffer.concat(chunks).toString('latin1'), closed, isOpen: () => open }
  return peer
}

/** A request as text. */
export function requestText(
  target: string,
  headers: readonly string[] = ['Host: x'],
  { method = 'GET', version = '1.1', body = '' } = {},
): string {
  return `${[`${method} ${target} HTTP/${version}`, ...headers].join('\r\n')}\r\n\r\n${body}`
}

/** Answers taken apart: status, headers in lower case, body by Content-Length or chunks. What is left over is in `rest`.
    With a Content-Length it counts once the whole body has come; in chunks it may be a stream, and counts from its head on.
    `bodiless`: they answer HEAD, whose Content-Length is of a body that is not sent (RFC 9110 §9.3.2). */
export function answersIn(text: string, { bodiless = false } = {}) {
  const answers: { status: number; headers: Map<string, string>; body: string }[] = []
  let rest = text
  for (let end = rest.indexOf('\r\n\r\n'); end !== -1; end = rest.indexOf('\r\n\r\n')) {
    const [first = '', ...lines] = rest.slice(0, end).split('\r\n')
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(first)?.[1])
    if (Number.isNaN(status)) break
    const headers = new Map(
      lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
    )
    const chunked = !bodiless && headers.get('transfer-encoding') === 'chunked'
    const length =
      chunked || bodiless || status < 200 || status === 204 || status === 304
        ? 0
        : Number(headers.get('content-length') ?? 0)
    if (rest.length - end - 4 < length) break
    rest = rest.slice(end + 4)
    let body = ''
    if (chunked) {
      for (;;) {
        const line = rest.indexOf('\r\n')
        const size = Number.parseInt(rest.slice(0, line), 16)
        body += rest.slice(line + 2, line + 2 + size)
        rest = rest.slice(line + 4 + size)
        if (!(size > 0)) break
      }
    } else {
      body = rest.slice(0, length)
      rest = rest.slice(length)
    }
    answers.push({ status, headers, body })
  }
  return { answers, rest }
}
