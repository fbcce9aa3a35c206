import type { Duplex } from 'node:stream'
import { type RawData, WebSocket } from 'ws'
import type { Newsroom } from '../../domain/newsroom.ts'
import { Problem } from '../../domain/problem.ts'
import type { Hub } from '../../hub/hub.ts'
import type { Connection, Subscriber } from '../../hub/subscriber.ts'
import { closeBadMessage, closeOverloaded, closeSilent } from '../../protocol/close-codes.ts'
import { IncomingLimit } from '../../protocol/incoming-limit.ts'
import type { Message } from '../../protocol/message-schemas.ts'
import type { Encoding, Frame } from '../../protocol/messages.ts'
import { parseSocketMessage } from '../../protocol/socket-message.ts'
import { peerOf } from '../server/peer-connection.ts'
import type { PeerFault } from '../server/peer-faults.ts'
import type { Admission } from './admission.ts'
import type { WriteBatch } from './io-uring/write-batch.ts'
import type { JoinQueue } from './join-queue.ts'
import type { SocketWriter } from './socket-writer/socket-writer.ts'
import { socketWritings } from './socket-writer/socket-writings.ts'
import type { StreamCounters } from './stream-counters.ts'

/** What a reader's socket needs. */
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
 * A reader's WebSocket: a subclass of ws's class with a few fields, so that a connection needs no further objects. It
 * overrides `emit` in place of event listeners, which saves them too.
 */
export class ReaderSocket extends WebSocket implements Connection {
  wire: Encoding = socketWritings.raw.encoding
  subscriber: Subscriber | null = null
  #deps: ReaderDeps | null = null
  #raw: RawSocket | null = null
  #writer: SocketWriter | null = null
  #address = ''
  /** The handshake's response, which goes out with the first frames. */
  #response: Buffer | null = null
  #isAlive = true
  readonly #incoming = new IncomingLimit()
  #isCut = false

  /**
   * The handshake is done: from here to the close, the connection is a subscriber's. `response`: that of the handshake,
   * where it has still to be written; `flush` follows in the same step.
   */
  begin(raw: RawSocket, deps: ReaderDeps, address: string, response: Buffer | null = null): void {
    this.#deps = deps
    this.#raw = raw
    const writing = socketWritings[deps.socketWriter ?? 'raw']
    this.wire = writing.encoding
    this.#writer = writing.writerOf(this, raw, deps.writeBatch)
    this.#address = address
    this.#response = response
    raw.tocsinReader = this
    raw.on('drain', onDrain)
  }

  /** Writes the handshake's response where no frame has taken it along. */
  flush(): void {
    const response = this.#response
    if (response === null) return
    this.#response = null
    this.#writer?.write(response)
  }

  write(frame: Frame): boolean {
    if (this.#writer === null || this.#deps === null || this.readyState !== WebSocket.OPEN) return true
    this.#deps.streamCounters.writes.socket += 1
    const isTaken = this.#writer.write(this.#response === null ? frame : this.#withResponse(this.#response, frame))
    // A reader who does not read what was sent need not be read from.
    if (!isTaken) this.pause()
    return isTaken
  }

  #withResponse(response: Buffer, frame: Frame): Uint8Array {
    this.#response = null
    return Buffer.concat([response, frame])
  }

  override close(code?: number, reason?: string): void {
    // The server closes when the hub has dropped the reader. Otherwise ws is answering the peer's close.
    const ours = this.subscriber?.state === 'gone' && this.readyState === WebSocket.OPEN
    if (ours && code !== undefined) this.#deps?.streamCounters.cut(code)
    this.flush()
    super.close(code, reason)
  }

  beat(): void {
    // A paused reader does not take what it is sent. The hub cuts it when that lasts, so it is not pinged.
    if (this.isPaused) return
    if (!this.#isAlive) {
      this.#end(closeSilent, 'Nothing was heard from you.')
      return
    }
    this.#isAlive = false
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
        // The types of ws's `message` event.
        if (this.#admit()) this.#receive(parts[0] as RawData, parts[1] === true)
        return true
      case 'ping':
        // ws has answered with a pong of the same payload.
        if (this.#admit() && this.subscriber) this.#deps?.hub.count(this.subscriber, (parts[0] as Buffer).length)
        return true
      case 'pong':
        this.#admit()
        return true
      case 'error':
        // The `close` event reports a broken connection. An `error` event without a listener would end the process.
        return true
      case 'close':
        if (this.subscriber) this.#deps?.hub.leave(this.subscriber)
        this.#deps?.admission.leave(this.#address)
    }
    return super.emit(event, ...parts)
  }

  /** Whether one more frame is within what the peer may send. Beyond that the socket closes, and nothing more is read. */
  #admit(): boolean {
    this.#isAlive = true
    if (this.#isCut) {
      stopReceiver(this)
      return false
    }
    if (this.#incoming.takeFrame(performance.now())) return true
    this.#cutFlood()
    return false
  }

  #receive(data: RawData, isBinary: boolean): void {
    const deps = this.#deps
    const { subscriber } = this
    if (deps === null || subscriber === null || subscriber.state === 'gone') return
    try {
      const bytes = Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Buffer)
      const text = isBinary ? bytes : bytes.toString()
      const message = parseSocketMessage(text, deps.newsroom, subscriber.group.interest)
      if (message.type === 'ping') deps.hub.answerPing(subscriber)
      else if (message.type === 'interest') deps.hub.change(subscriber, message.interest)
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      const message: Message = { type: 'error', code: error.code, detail: error.message }
      deps.hub.answer(subscriber, message)
      if (error.status !== 413 && this.#incoming.takeMistake(performance.now())) return
      this.#fault('bad-messages')
      this.#end(closeBadMessage, error.code)
    }
  }

  /** Nothing is read while the socket closes, so the rest of a flood is never buffered here. */
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

/** An internal of ws's receiver (ws/lib/receiver.js): whether it continues with the bytes that it has. */
type Receiver = { _loop?: unknown }

/**
 * Makes ws skip the rest of a chunk, which may hold thousands of frames. Where ws has other internals, that only takes
 * longer.
 */
function stopReceiver(socket: WebSocket): void {
  const receiver = (socket as WebSocket & { readonly _receiver?: Receiver })._receiver
  if (receiver !== undefined && '_loop' in receiver) receiver._loop = false
}

function onDrain(this: RawSocket): void {
  this.tocsinReader?.drained()
}
