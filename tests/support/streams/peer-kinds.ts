import { requestText } from './peers.ts'

/** What a peer does once it is connected; then it stays, half open. */
export type PeerKind = {
  readonly name: string
  readonly text: string | Buffer
  /** It never takes a byte; or takes a little now and then. */
  readonly reads?: 'never' | 'slowly'
  /** What it sends further, a byte now and then, again from its beginning at its end. */
  readonly drops?: string
}

const host = 'Host: x'
const get = (target: string, ...lines: string[]) => requestText(target, [host, ...lines])
const post = (lines: readonly string[], body = '') =>
  requestText('/v1/subscriptions', [host, 'Content-Type: application/json', ...lines], { method: 'POST', body })
const handshake = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13']
const upgrade = (target: string) => get(target, ...handshake, 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==')
const frame = (opcode: number, text = '') =>
  Buffer.concat([Buffer.from([0x80 | opcode, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text)])
const page = '/v1/alerts?limit=500'

/** One for each moment of a connection's life and each way to hold it up. */
export const peerKinds: readonly PeerKind[] = [
  // Before the end of the headers.
  { name: 'silent', text: '' },
  { name: 'half a header', text: 'GET / HTTP/1.1\r\nHost:' },
  { name: 'headers by drops', text: 'GET / HTTP/1.1\r\nHost: x\r\nX-A: ', drops: 'y' },
  // In the body.
  { name: 'a body not sent', text: post(['Content-Length: 900']) },
  { name: 'a chunk not sent', text: post(['Transfer-Encoding: chunked'], '9\r\n{') },
  { name: 'a body by drops', text: post(['Content-Length: 900'], '{'), drops: ' ' },
  // Upgrading.
  { name: 'half an upgrade', text: upgrade('/v1/socket').slice(0, -2) },
  { name: 'after a refused upgrade', text: get('/v1/socket', ...handshake, 'Sec-WebSocket-Key: short') },
  { name: 'after an upgrade elsewhere', text: upgrade('/nothing') },
  // Upgraded.
  { name: 'after its bad message', text: Buffer.concat([Buffer.from(upgrade('/v1/socket')), frame(1, 'x')]) },
  { name: 'after its own close', text: Buffer.concat([Buffer.from(upgrade('/v1/socket')), frame(8)]) },
  { name: 'a socket never read', text: upgrade('/v1/socket'), reads: 'never' },
  // Ending.
  { name: 'after 404', text: get('/nothing', 'Connection: close') },
  { name: 'after 400', text: 'HELLO\r\n\r\n' },
  { name: 'after 431', text: get('/', `X: ${'y'.repeat(20_000)}`) },
  // Event streams.
  { name: 'an event stream never read', text: get('/v1/events'), reads: 'never' },
  { name: 'event streams ahead', text: get('/v1/events').repeat(50) },
  // Large plain answers.
  { name: 'a large page never read', text: get(page), reads: 'never' },
  { name: 'a large page read slowly', text: get(page), reads: 'slowly' },
  { name: 'large pages ahead, never read', text: get(page).repeat(300), reads: 'never' },
]
