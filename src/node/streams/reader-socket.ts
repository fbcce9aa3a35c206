import type { Duplex } from 'node:stream'
import { type RawData, WebSocket } from 'ws'
import type { Newsroom } from '../../domain/newsroom.ts'
import { Problem } from '../../domain/problem.ts'
import type { Hub } from '../../hub/hub.ts'
import type { Connection, Subscriber } from '../../hub/subscriber.ts'
import { closeBadMessage, closeOverloaded, closeSilent } from '../../protocol/close-codes.ts'
import type { Message } from '../../protocol/message-schemas.ts'
import type { Encoding, Frame } from '../../protocol/messages.ts'
import { SocketBudget } from '../../protocol/socket-budget.ts'
import { parseSocketMessage } from '../../protocol/socket-message.ts'
import { peerOf } from '../server/peer-connection.ts'
import type { PeerFault } from '../server/peer-faults.ts'
import type { Admission } from './admission.ts'
import type { WriteBatch } from './io-uring/write-batch.ts'
import type { JoinQueue } from './join-queue.ts'
import type { SocketWriter } from './socket-writer/socket-writer.ts'
import { socketWritings } from './socket-writer/socket-writings.ts'
import type { StreamCounters } from './stream-counters.ts'

/** Where a socket's reader is at home. */
export type ReaderDeps = {
  readonly hub: Hub
  readonly newsroom: Newsroom
  readonly admission: Admission
  readonly streamCounters: StreamCounters
  readonly writeBatch: WriteBatch
  /** The implementation that writes; `raw` when absent. */
  readonly socketWriter?: keyof typeof socketWritings
  readonly joinQueue: JoinQueue
}

type RawSocket = Duplex & { tocsinReader?: ReaderSocket | undefined }

/**
 * A reader's socket: ws's own, with our few fields in it, so that a connection costs no further objects. What ws tells
 * by events it hears as a method, so that there are no listeners either.
 */
export class ReaderSocket extends WebSocket implements Connection {
  wire: Encoding = socketWritings.raw.encoding
  subscriber: Subscriber | null = null
  #deps: ReaderDeps | null = null
  #raw: RawSocket | null = null
  #writer: SocketWriter | null = null
  #address = ''
  #heard = true
  readonly #budget = new SocketBudget()
  #isCut = false

  /** ws has agreed: from now on the reader is in, until the close. */
  begin(raw: RawSocket, deps: ReaderDeps, address: string): void {
    this.#deps = deps
    this.#raw = raw
    const writing = socketWritings[deps.socketWriter ?? 'raw']
    this.wire = writing.encoding
    this.#writer = writing.writerOf(this, raw, deps.writeBatch)
    this.#address = address
    raw.tocsinReader = this
    raw.on('drain', onDrain)
  }

  write(frame: Frame): boolean {
    if (this.#writer === null || this.#deps === null || this.readyState !== WebSocket.OPEN) return true
    this.#deps.streamCounters.writes.socket += 1
    const isTaken = this.#writer.write(frame)
    // Who does not take what they are told need not ask for more.
    if (!isTaken) this.pause()
    return isTaken
  }

  override close(code?: number, reason?: string): void {
    // It is we who close when the reader is gone from the hub; else ws answers the peer's own close.
    const ours = this.subscriber?.state === 'gone' && this.readyState === WebSocket.OPEN
    if (ours && code !== undefined) this.#deps?.streamCounters.cut(code)
    super.close(code, reason)
  }

  beat(): void {
    // Nothing is read from whoever does not take what they are told: the hub cuts them when that lasts.
    if (this.isPaused) return
    if (!this.#heard) {
      this.#end(closeSilent, 'Nothing was heard from you.')
      return
    }
    this.#heard = false
    if (this.readyState === WebSocket.OPEN) this.ping()
  }

  drained(): void {
    if (this.subscriber === null) return
    this.#deps?.hub.drained(this.subscriber)
    if (this.isPaused && !this.#isCut && this.subscriber.state !== 'full') this.resume()
  }

  override emit(event: string | symbol, ...parts: unknown[]): boolean {
    switch (event) {
      case 'message':
        // As ws gives them with this event.
        if (this.#admit()) this.#hear(parts[0] as RawData, parts[1] === true)
        return true
      case 'ping':
      case 'pong':
        this.#admit()
        return true
      case 'error':
        // A broken connection is told by its close; its error says nothing more, and unheard it would end the process.
        return true
      case 'close':
        if (this.subscriber) this.#deps?.hub.leave(this.subscriber)
        this.#deps?.admission.leave(this.#address)
    }
    return super.emit(event, ...parts)
  }

  /** Whether one more frame is within what a peer may send. Past that the socket ends, and nothing more is read. */
  #admit(): boolean {
    this.#heard = true
    if (this.#isCut) {
      stopReceiver(this)
      return false
    }
    if (this.#budget.takeFrame(performance.now())) return true
    this.#cutFlood()
    return false
  }

  #hear(data: RawData, isBinary: boolean): void {
    const deps = this.#deps
    const { subscriber } = this
    if (deps === null || subscriber === null || subscriber.state === 'gone') return
    try {
      const bytes = Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Buffer)
      const said = isBinary ? bytes : bytes.toString()
      const message = parseSocketMessage(said, deps.newsroom, subscriber.group.interest)
      if (message.type === 'ping') deps.hub.answerPing(subscriber)
      else if (message.type === 'interest') deps.hub.change(subscriber, message.interest)
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      const said: Message = { type: 'error', code: error.code, detail: error.message }
      const frame = this.wire.frame(said)
      if (frame !== null) this.write(frame)
      if (error.status !== 413 && this.#budget.takeMistake(performance.now())) return
      this.#fault('bad-messages')
      this.#end(closeBadMessage, error.code)
    }
  }

  /** Nothing more is read while it closes, so that the rest of a flood stays with who sends it. */
  #cutFlood(): void {
    this.#isCut = true
    this.#fault('message-flood')
    this.#end(closeOverloaded, 'Too many messages.')
    this.pause()
    stopReceiver(this)
  }

  #fault(kind: PeerFault): void {
    if (this.#raw !== null) peerOf(this.#raw)?.fault(kind)
  }

  #end(code: number, reason: string): void {
    if (this.subscriber) this.#deps?.hub.leave(this.subscriber)
    this.close(code, reason)
  }
}

/** What ws's receiver offers inside (ws/lib/receiver.js): whether it goes on with the bytes that it has. */
type Receiver = { _loop?: unknown }

/** Lets ws leave the rest of a chunk alone, which may be thousands of frames. Where ws is otherwise, it only takes longer. */
function stopReceiver(socket: WebSocket): void {
  const receiver = (socket as WebSocket & { readonly _receiver?: Receiver })._receiver
  if (receiver !== undefined && '_loop' in receiver) receiver._loop = false
}

function onDrain(this: RawSocket): void {
  this.tocsinReader?.drained()
}
