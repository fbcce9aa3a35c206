import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { type Server as SocketServer, WebSocketServer } from 'ws'
import { Problem } from '../../domain/problem.ts'
import type { KeyWatch } from '../../hub/key-watch.ts'
import { subprotocol } from '../../protocol/live-streams.ts'
import type { StreamRequest } from '../../protocol/stream-request.ts'
import { agreesOnSubprotocol } from '../../protocol/subprotocol.ts'
import { peerOf } from '../server/peer-connection.ts'
import { checkRequest } from '../server/request-check.ts'
import { answerText } from '../server/server.ts'
import { type ReaderDeps, ReaderSocket } from './reader-socket.ts'
import { canOpenSocket, openSocket } from './socket-handshake.ts'

const version = '13'
const handshakeKey = /^[+/0-9A-Za-z]{22}==$/
/** The limit of ws in bytes. It is above our own, so that the reader is sent our error. */
const receivedBytesMax = 64 * 1_024
/** The most fragments of one message: the limit of incoming messages counts whole ones only. */
const fragmentsMax = 512
/** How long the peer may take for its part of the closing handshake, in milliseconds. */
const closeWaitMs = 2_000

type Deps = ReaderDeps & {
  /** Reads the request; throws a Problem. */
  readonly request: (request: IncomingMessage) => Promise<StreamRequest> | StreamRequest
  readonly addressOf: (request: IncomingMessage) => string
  /** Watches subscribers of test alerts, who must leave when their credential ends. */
  readonly watch?: KeyWatch['watch']
}

/** Serves upgrades at `GET /v1/socket`. */
export function serveSockets(server: Server, deps: Deps): void {
  const sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: receivedBytesMax,
    // The types lack these options (ws 8.19 and 8.23).
    ...({ closeTimeout: closeWaitMs, maxFragments: fragmentsMax } as object),
    WebSocket: ReaderSocket,
    handleProtocols: (offered) => (offered.has(subprotocol) ? subprotocol : false),
  })
  const onUpgrade = (request: IncomingMessage, raw: Duplex, head: Buffer) => {
    const refused = (error: unknown) => refuse(raw, error)
    try {
      checkRequest(request)
      // Compared as ws compares it. Other protocols may be offered beside it (RFC 9110 §7.8).
      request.headers.upgrade = 'websocket'
      deps.admission.countArrival()
      const asked = deps.joinQueue.mustWait ? deps.joinQueue.turn().then(() => ask(deps, request)) : ask(deps, request)
      // Most requests need not wait. A storm of them then creates no promises.
      if (!(asked instanceof Promise)) enter(sockets, deps, request, asked, raw, head)
      else {
        raw.on('error', ignore)
        asked.then((it) => enter(sockets, deps, request, it, raw, head)).catch(refused)
      }
    } catch (error) {
      refused(error)
    }
  }
  server.on('upgrade', onUpgrade)
}

function ask(deps: Deps, request: IncomingMessage): Promise<StreamRequest> | StreamRequest {
  const { headers } = request
  agreesOnSubprotocol(headers['sec-websocket-protocol'])
  if (headers['sec-websocket-version'] !== version)
    throw new Problem(426, 'unknown-version', `The version of WebSockets here is ${version} (RFC 6455).`)
  if (!handshakeKey.test(headers['sec-websocket-key'] ?? ''))
    throw new Problem(400, 'handshake-key', 'Sec-WebSocket-Key has 16 bytes in base64 (RFC 6455 §4.1).')
  return deps.request(request)
}

function enter(
  sockets: SocketServer<typeof ReaderSocket>,
  deps: Deps,
  request: IncomingMessage,
  { interest, after, credential, ...asked }: StreamRequest,
  raw: Duplex,
  head: Buffer,
): void {
  // A peer that has disconnected would be counted, and its slot never given back.
  if (raw.destroyed) return
  // Reading a socket's remote address is a system call, so only limits by address ask for it.
  const address = deps.admission.countsAddresses ? deps.addressOf(request) : ''
  deps.admission.enter(address)
  const begin = (socket: ReaderSocket, response?: Buffer) => {
    peerOf(raw)?.becomeReader()
    socket.begin(raw, deps, address, response)
    deps.streamCounters.countResume(deps.hub, after)
    socket.subscriber = deps.hub.join(socket, interest, after, asked)
    if (credential) deps.watch?.(socket.subscriber, credential)
  }
  // In both cases the handshake's response and the first frames are written together, which saves a system call.
  const isIn =
    deps.socketWriter !== 'ws' && canOpenSocket
      ? handshake(sockets, request, raw, head, begin)
      : handshakeByWs(sockets, request, raw, head, begin)
  // Once the handshake is done, the socket's close gives the slot back.
  if (!isIn) deps.admission.leave(address)
}

type Begin = (socket: ReaderSocket, response?: Buffer) => void

/** Gives false when the peer has closed its side already. */
function handshake(
  { options }: SocketServer<typeof ReaderSocket>,
  request: IncomingMessage,
  raw: Duplex,
  head: Buffer,
  begin: Begin,
): boolean {
  if (!raw.readable || !raw.writable) {
    raw.destroy()
    return false
  }
  const { socket, response } = openSocket(request, raw, head, options)
  begin(socket, response)
  socket.flush()
  return true
}

function handshakeByWs(
  sockets: SocketServer<typeof ReaderSocket>,
  request: IncomingMessage,
  raw: Duplex,
  head: Buffer,
  begin: Begin,
): boolean {
  let isIn = false
  raw.cork()
  sockets.handleUpgrade(request, raw, head, (socket) => {
    isIn = true
    begin(socket)
  })
  raw.uncork()
  return isIn
}

function ignore(): void {
  // The `close` event reports a broken connection. An `error` event without a listener would end the process.
}

/** Refuses an upgrade with a problem as a plain HTTP response. */
function refuse(raw: Duplex, error: unknown): void {
  raw.on('error', ignore)
  const problem =
    error instanceof Problem ? error : new Problem(500, 'internal', 'Something went wrong here. Try again in a moment.')
  const peer = peerOf(raw)
  if (peer === undefined) raw.end(answerText(problem))
  else peer.end(answerText(problem))
}
