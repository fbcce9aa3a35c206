import type { Duplex } from 'node:stream'
import { type RawData, WebSocket } from 'ws'
import { type Frame, type Message, socketText, type Wire } from '../frame.ts'
import { parseSocketMessage } from '../http/socket-message.ts'
import type { Hub } from '../hub.ts'
import { hubLimits } from '../hub-limits.ts'
import type { Newsroom } from '../newsroom.ts'
import { Problem } from '../problem.ts'
import type { Connection, Subscriber } from '../subscriber.ts'
import type { Admission } from './admission.ts'
import type { Newcomers } from './newcomers.ts'
import { RawWriter } from './raw-write.ts'
import { socketFrame } from './socket-frame.ts'
import type { Tally } from './tally.ts'
import type { Together } from './together.ts'

const closeBadMessage = 4002
const closeOverloaded = 4100
const closeSilent = 4103
const messagesPerHeartbeatMax = 100

const socketWire: Wire = { name: 'socket', frame: (message) => socketFrame(socketText(message)) }

/** Where a socket's reader is at home. */
export type ReaderHouse = {
  readonly hub: Hub
  readonly newsroom: Newsroom
  readonly admission: Admission
  readonly tally: Tally
  readonly together: Together
  readonly newcomers: Newcomers
}

type RawSocket = Duplex & { tocsinReader?: ReaderSocket | undefined }

/**
 * A reader's socket: ws's own, with our few fields in it, so that a connection costs no further objects. What ws tells
 * by events it hears as a method, so that there are no listeners either.
 */
export class ReaderSocket extends WebSocket implements Connection {
  readonly wire = socketWire
  subscriber: Subscriber | null = null
  #house: ReaderHouse | null = null
  #writer: RawWriter | null = null
  #address = ''
  #heard = true
  #messages = 0

  /** ws has agreed: from now on the reader is in, until the close. */
  begin(raw: RawSocket, house: ReaderHouse, address: string): void {
    this.#house = house
    this.#writer = new RawWriter(raw, house.together)
    this.#address = address
    raw.tocsinReader = this
    raw.on('drain', onDrain)
  }

  write(frame: Frame): boolean {
    if (this.#writer === null || this.#house === null || this.readyState !== WebSocket.OPEN) return true
    this.#house.tally.writes.socket += 1
    return this.#writer.write(frame)
  }

  override close(code?: number, reason?: string): void {
    // It is we who close when the reader is gone from the hub; else ws answers the peer's own close.
    const ours = this.subscriber?.state === 'gone' && this.readyState === WebSocket.OPEN
    if (ours && code !== undefined) this.#house?.tally.cut(code)
    super.close(code, reason)
  }

  beat(): void {
    this.#messages = 0
    if (!this.#heard) {
      this.#end(closeSilent, 'Nothing was heard from you.')
      return
    }
    this.#heard = false
    if (this.readyState === WebSocket.OPEN) this.ping()
  }

  drained(): void {
    if (this.subscriber) this.#house?.hub.drained(this.subscriber)
  }

  override emit(event: string | symbol, ...parts: unknown[]): boolean {
    switch (event) {
      case 'message':
        // As ws gives them with this event.
        this.#hear(parts[0] as RawData, parts[1] === true)
        return true
      case 'pong':
        this.#heard = true
        return true
      case 'error':
        // A broken connection is told by its close; its error says nothing more, and unheard it would end the process.
        return true
      case 'close':
        if (this.subscriber) this.#house?.hub.leave(this.subscriber)
        this.#house?.admission.leave(this.#address)
    }
    return super.emit(event, ...parts)
  }

  #hear(data: RawData, isBinary: boolean): void {
    this.#heard = true
    const house = this.#house
    const { subscriber } = this
    if (house === null || subscriber === null || subscriber.state === 'gone') return
    this.#messages += 1
    if (this.#messages > messagesPerHeartbeatMax) {
      this.#end(closeOverloaded, 'Too many messages.')
      return
    }
    try {
      const message = parseSocketMessage(textOf(data, isBinary), house.newsroom, subscriber.group.interest)
      if (message.type === 'ping') house.hub.answerPing(subscriber)
      else house.hub.change(subscriber, message.interest)
    } catch (trouble) {
      if (!(trouble instanceof Problem)) throw trouble
      const said: Message = { type: 'error', code: trouble.code, detail: trouble.message }
      this.write(socketFrame(socketText(said)))
      this.#end(closeBadMessage, trouble.code)
    }
  }

  #end(code: number, reason: string): void {
    if (this.subscriber) this.#house?.hub.leave(this.subscriber)
    this.close(code, reason)
  }
}

function onDrain(this: RawSocket): void {
  this.tocsinReader?.drained()
}

function textOf(data: RawData, isBinary: boolean): string {
  if (isBinary) throw new Problem(400, 'binary-message', 'Messages are text: JSON, or the bare word ping.')
  const bytes = Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Buffer)
  if (bytes.byteLength > hubLimits.messageBytesMax)
    throw new Problem(413, 'message-too-large', `A message has at most ${hubLimits.messageBytesMax} bytes.`)
  return bytes.toString()
}
