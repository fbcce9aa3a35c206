import type { Credential } from '../editor.ts'
import type { Frame } from '../frame.ts'
import type { Interest } from '../interest.ts'
import type { Bounds, Seq } from '../log.ts'
import type { Connection, Subscriber } from '../subscriber.ts'
import { socketWire, textsOf } from './edge-wire.ts'

/** What a sleeping socket keeps of its reader: enough to go on without a word when the object wakes. */
export type Kept = {
  readonly interest: Interest
  readonly seq: Seq
  readonly epoch: string
  readonly floor: Seq
  /** By what they hear test alerts. */
  readonly credential?: Credential
}

/**
 * A reader's socket on the platform. It says nothing of how full it is, so nobody is ever `full` here: the platform
 * buffers, and cuts whoever does not read.
 */
export class EdgeSocket implements Connection {
  readonly wire = socketWire
  readonly #socket: WebSocket
  #kept: Kept | null
  readonly #credential: Credential | undefined
  subscriber: Subscriber | null = null
  /** Messages since the last heartbeat. */
  messages = 0

  constructor(socket: WebSocket, kept: Kept | null = null, credential = kept?.credential) {
    this.#socket = socket
    this.#kept = kept
    this.#credential = credential
  }

  write(frame: Frame): boolean {
    try {
      for (const text of textsOf(frame)) this.#socket.send(text)
    } catch {
      // Closed meanwhile: its close event is on the way.
    }
    return true
  }

  close(code: number, reason: string): void {
    try {
      this.#socket.close(code, reason)
    } catch {
      // Closed already.
    }
  }

  beat(): void {
    this.messages = 0
  }

  /** Keeps how far the reader is, and what they want, for after a sleep. */
  keep({ epoch, floor }: Bounds): void {
    if (this.subscriber === null) return
    const { seq, group } = this.subscriber
    if (this.#kept?.seq === seq && this.#kept.interest === group.interest) return
    const held = this.#credential === undefined ? {} : { credential: this.#credential }
    this.#kept = { interest: group.interest, seq, epoch, floor, ...held }
    this.#socket.serializeAttachment(this.#kept)
  }
}

/** What was kept with a socket; null when nothing was. */
export function keptOf(socket: WebSocket): Kept | null {
  const kept: unknown = socket.deserializeAttachment()
  return typeof kept === 'object' && kept !== null && 'interest' in kept ? (kept as Kept) : null
}
