import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { type RawData, type Server as SocketServer, WebSocket, WebSocketServer } from 'ws'
import { type Frame, type Message, socketText, type Wire } from '../frame.ts'
import { parseSocketMessage } from '../http/socket-message.ts'
import type { StreamRequest } from '../http/stream.ts'
import type { Hub } from '../hub.ts'
import { hubLimits } from '../hub-limits.ts'
import type { Newsroom } from '../newsroom.ts'
import { Problem } from '../problem.ts'
import type { Connection, Subscriber } from '../subscriber.ts'
import type { Admission } from './admission.ts'
import { RawWriter } from './raw-write.ts'
import { socketFrame } from './socket-frame.ts'
import type { Tally } from './tally.ts'

const subprotocol = 'tocsin.v1.json'
const closeBadMessage = 4002
const closeOverloaded = 4100
const closeSilent = 4103
/** What ws takes before we look at it; longer than our own limit, so that the reader hears our reason. */
const receivedBytesMax = 64 * 1_024
const messagesPerHeartbeatMax = 100
const closeWaitMs = 5_000

export const socketWire: Wire = { name: 'socket', frame: (message) => socketFrame(socketText(message)) }

type House = {
  readonly hub: Hub
  readonly newsroom: Newsroom
  readonly admission: Admission
  readonly tally: Tally
  /** Reads the request; throws a Problem. */
  readonly request: (request: IncomingMessage) => Promise<StreamRequest> | StreamRequest
  readonly addressOf: (request: IncomingMessage) => string
}

/** A reader's socket: ws's own, with our few fields in it, so that a connection costs no further objects. */
class ReaderSocket extends WebSocket implements Connection {
  readonly wire = socketWire
  house: House | null = null
  subscriber: Subscriber | null = null
  writer: RawWriter | null = null
  address = ''
  heard = true
  messages = 0

  write(frame: Frame): boolean {
    if (this.writer === null || this.house === null || this.readyState !== WebSocket.OPEN) return true
    this.house.tally.writes.socket += 1
    return this.writer.write(frame)
  }

  override close(code?: number, reason?: string): void {
    // It is we who close when the reader is gone from the hub; else ws answers the peer's own close.
    const ours = this.subscriber?.state === 'gone' && this.readyState === WebSocket.OPEN
    if (ours && code !== undefined) this.house?.tally.cut(code)
    super.close(code, reason)
  }

  beat(): void {
    this.messages = 0
    if (!this.heard) {
      if (this.subscriber) this.house?.hub.leave(this.subscriber)
      this.close(closeSilent, 'Nothing was heard from you.')
      return
    }
    this.heard = false
    if (this.readyState === WebSocket.OPEN) this.ping()
  }
}

type RawSocket = Duplex & { tocsinReader?: ReaderSocket | undefined }

/** Answers `GET /v1/socket` upgrades on a server. Gives the way to stop taking new ones. */
export function serveSockets(server: Server, house: House): () => void {
  const sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: receivedBytesMax,
    // The types lag behind the option (ws 8.19).
    ...({ closeTimeout: closeWaitMs } as object),
    WebSocket: ReaderSocket,
    handleProtocols: (offered) => (offered.has(subprotocol) ? subprotocol : false),
  })
  const onUpgrade = (request: IncomingMessage, raw: Duplex, head: Buffer) => {
    raw.on('error', ignore)
    upgrade(sockets, house, request, raw, head).catch((trouble: unknown) => refuse(raw, trouble))
  }
  server.on('upgrade', onUpgrade)
  return () => {
    server.off('upgrade', onUpgrade)
    server.on('upgrade', (_: IncomingMessage, raw: Duplex) => {
      refuse(raw, new Problem(503, 'draining', 'This server is stopping. Come back at once.', { retryAfterSeconds: 1 }))
    })
  }
}

async function upgrade(
  sockets: SocketServer<typeof ReaderSocket>,
  house: House,
  request: IncomingMessage,
  raw: Duplex,
  head: Buffer,
): Promise<void> {
  house.admission.knock()
  const offered = request.headers['sec-websocket-protocol']
  if (offered !== undefined && !offered.split(',').some((name) => name.trim() === subprotocol))
    throw new Problem(400, 'unknown-subprotocol', `Offer the sub-protocol ${subprotocol}, or none.`)
  const { interest, after } = await house.request(request)
  // Whoever has gone meanwhile would take a place that nobody gives back.
  if (raw.destroyed) return
  const address = house.addressOf(request)
  house.admission.enter(address)
  // The reader is in only once ws has agreed; until then the place is given back when the connection goes.
  const giveBack = () => house.admission.leave(address)
  raw.once('close', giveBack)
  // The answer to the handshake and the first frames go out together: a system call less for each who comes.
  raw.cork()
  sockets.handleUpgrade(request, raw, head, (socket) => {
    raw.off('close', giveBack)
    socket.address = address
    begin(socket, raw, house)
    house.tally.comes(house.hub, after)
    socket.subscriber = house.hub.join(socket, interest, after)
  })
  raw.uncork()
}

function begin(socket: ReaderSocket, raw: RawSocket, house: House): void {
  socket.house = house
  socket.writer = new RawWriter(raw)
  raw.tocsinReader = socket
  raw.on('drain', onDrain)
  socket.on('message', onMessage)
  socket.on('pong', onPong)
  socket.on('error', ignore)
  socket.on('close', onClose)
}

// Shared by all sockets: a connection makes no closures.

function ignore(): void {
  // A broken connection is told by its close; its error says nothing more, and unheard it would end the process.
}

function onDrain(this: RawSocket): void {
  const reader = this.tocsinReader
  if (reader?.subscriber) reader.house?.hub.drained(reader.subscriber)
}

function onPong(this: WebSocket): void {
  if (this instanceof ReaderSocket) this.heard = true
}

function onClose(this: WebSocket): void {
  if (!(this instanceof ReaderSocket)) return
  if (this.subscriber) this.house?.hub.leave(this.subscriber)
  this.house?.admission.leave(this.address)
}

function onMessage(this: WebSocket, data: RawData, isBinary: boolean): void {
  if (!(this instanceof ReaderSocket)) return
  this.heard = true
  const { house, subscriber } = this
  if (house === null || subscriber === null || subscriber.state === 'gone') return
  this.messages += 1
  if (this.messages > messagesPerHeartbeatMax) {
    house.hub.leave(subscriber)
    this.close(closeOverloaded, 'Too many messages.')
    return
  }
  try {
    const message = parseSocketMessage(textOf(data, isBinary), house.newsroom, subscriber.group.interest)
    if (message.type === 'ping') house.hub.answerPing(subscriber)
    else house.hub.change(subscriber, message.interest)
  } catch (trouble) {
    if (!(trouble instanceof Problem)) throw trouble
    house.hub.leave(subscriber)
    const said: Message = { type: 'error', code: trouble.code, detail: trouble.message }
    this.write(socketFrame(socketText(said)))
    this.close(closeBadMessage, trouble.code)
  }
}

function textOf(data: RawData, isBinary: boolean): string {
  if (isBinary) throw new Problem(400, 'binary-message', 'Messages are text: JSON, or the bare word ping.')
  const bytes = Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Buffer)
  if (bytes.byteLength > hubLimits.messageBytesMax)
    throw new Problem(413, 'message-too-large', `A message has at most ${hubLimits.messageBytesMax} bytes.`)
  return bytes.toString()
}

/** Refuses an upgrade with a problem over plain HTTP. */
function refuse(raw: Duplex, trouble: unknown): void {
  const problem =
    trouble instanceof Problem
      ? trouble
      : new Problem(500, 'internal', 'Something went wrong here. Try again in a moment.')
  const body = JSON.stringify(problem.body())
  const retry = problem.retryAfterSeconds === undefined ? '' : `Retry-After: ${problem.retryAfterSeconds}\r\n`
  raw.end(
    `HTTP/1.1 ${problem.status} ${problem.body().title}\r\nConnection: close\r\nContent-Type: application/problem+json\r\n` +
      `${retry}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
}
