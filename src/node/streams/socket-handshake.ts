import { hash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { ServerOptions } from 'ws'
import { subprotocol } from '../../protocol/live-streams.ts'
import { agreesOnSubprotocol } from '../../protocol/subprotocol.ts'
import { ReaderSocket } from './reader-socket.ts'

const begin = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: '
const protocolLine = `\r\nSec-WebSocket-Protocol: ${subprotocol}`
/** RFC 6455 §1.3. */
const handshakeGuid = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

/** What ws's `handleUpgrade` uses once it has checked a request (ws/lib/websocket-server.js). Not in its types. */
type Internals = { setSocket(raw: Duplex, head: Buffer, options: object): void; _protocol: string }

/** Whether this version of ws has the internals that `openSocket` needs. */
export const canOpenSocket = 'setSocket' in ReaderSocket.prototype

/**
 * The server's part of the opening handshake (RFC 6455 §4.2.2) for a request that has been checked: a socket of ws on the
 * connection, and the response, which has still to be written. Written with the first frames it costs one system call,
 * and neither a stream's queue nor a hash object. `head`: the bytes that came after the request.
 */
export function openSocket(
  { headers }: IncomingMessage,
  raw: Duplex,
  head: Buffer,
  options: ServerOptions<typeof ReaderSocket>,
): { readonly socket: ReaderSocket; readonly response: Buffer } {
  const accept = hash('sha1', `${headers['sec-websocket-key']}${handshakeGuid}`, 'base64')
  const socket = new ReaderSocket(null as never, undefined, options as never)
  const internals = socket as unknown as Internals
  const isAgreed = agreesOnSubprotocol(headers['sec-websocket-protocol'])
  if (isAgreed) internals._protocol = subprotocol
  internals.setSocket(raw, head, options)
  const response = `${begin}${accept}${isAgreed ? protocolLine : ''}\r\n\r\n`
  return { socket, response: Buffer.from(response, 'latin1') }
}
