import type { Interest } from '../../domain/interest.ts'
import type { BudgetLeft } from '../../hub/outgoing-budget.ts'
import type { Connection, Subscriber } from '../../hub/subscriber.ts'
import type { Bounds, Seq } from '../../log/log.ts'
import { IncomingLimit } from '../../protocol/incoming-limit.ts'
import type { Frame } from '../../protocol/messages.ts'
import type { StreamTerms } from '../../protocol/terms/stream-terms.ts'
import { socketEncoding, textsOf } from './edge-encoding.ts'

/** The state of a reader that is stored with a hibernating socket, and restored when the object wakes. */
type SocketAttachment = {
  readonly interest: Interest
  readonly seq: Seq
  readonly epoch: string
  readonly floor: Seq
  readonly terms?: StreamTerms
  /** What is left of its budget, where it has one. */
  readonly left?: BudgetLeft
}

/**
 * A reader's socket on the platform. It has no backpressure signal, so no subscriber is ever `full` here: the platform
 * buffers, and disconnects readers who do not read.
 */
export class EdgeSocket implements Connection {
  readonly wire = socketEncoding
  readonly #socket: WebSocket
  readonly #sleeps: boolean
  readonly #terms: StreamTerms | undefined
  #kept: SocketAttachment | null
  subscriber: Subscriber | null = null
  readonly incoming = new IncomingLimit()

  /**
   * `sleeps`: the object may be removed from memory while nothing happens, and the socket stays open (hibernation).
   * `terms`: what the reader has asked of the connection.
   */
  constructor(
    socket: WebSocket,
    kept: SocketAttachment | null = null,
    { sleeps, terms = kept?.terms }: { readonly sleeps: boolean; readonly terms?: StreamTerms | undefined } = {
      sleeps: true,
    },
  ) {
    this.#socket = socket
    this.#kept = kept
    this.#sleeps = sleeps
    this.#terms = terms
  }

  write(frame: Frame): boolean {
    for (const text of textsOf(frame)) this.send(text)
    return true
  }

  /** Sends one message. */
  send(text: string): void {
    try {
      this.#socket.send(text)
    } catch {
      // Closed meanwhile; its close event follows.
    }
  }

  close(code: number, reason: string): void {
    try {
      this.#socket.close(code, reason)
    } catch {
      // Closed already.
    }
  }

  beat(): void {
    // The hub sends the head, and the platform disconnects silent peers.
  }

  /** Stores the reader's seq, interest and what is left of its budget, for after a hibernation. */
  keep({ epoch, floor }: Bounds): void {
    if (this.subscriber === null || !this.#sleeps) return
    const { seq, group, budget } = this.subscriber
    const left = budget?.left
    const isKept = this.#kept?.seq === seq && this.#kept.interest === group.interest
    if (isKept && left?.bytes === this.#kept?.left?.bytes) return
    this.#kept = {
      ...{ interest: group.interest, seq, epoch, floor },
      ...(this.#terms === undefined ? {} : { terms: this.#terms }),
      ...(left === undefined ? {} : { left }),
    }
    this.#socket.serializeAttachment(this.#kept)
  }
}

/** The callbacks of a socket that does not hibernate. */
type SocketCallbacks = {
  readonly message: (socket: WebSocket, data: string | ArrayBuffer) => void
  readonly gone: (socket: WebSocket) => void
}

/**
 * Accepts a socket that keeps its object awake. Its connection ends as soon as both sides have closed it. That of a socket
 * that may hibernate stays open after a close by the server until the object is removed from memory (`attachedForClose` in
 * workerd's web-socket.h).
 */
export function acceptWithoutHibernation(socket: WebSocket, { message, gone }: SocketCallbacks): void {
  socket.accept()
  socket.addEventListener('message', ({ data }) => message(socket, data))
  socket.addEventListener('close', () => gone(socket))
  socket.addEventListener('error', () => gone(socket))
}

/** The state that was stored with a socket; null when there is none. */
export function storedAttachment(socket: WebSocket): SocketAttachment | null {
  const kept: unknown = socket.deserializeAttachment()
  return typeof kept === 'object' && kept !== null && 'interest' in kept ? (kept as SocketAttachment) : null
}
