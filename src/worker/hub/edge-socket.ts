import type { Interest } from '../../domain/interest.ts'
import type { Connection, Subscriber } from '../../hub/subscriber.ts'
import type { Bounds, Seq } from '../../log/log.ts'
import type { Frame } from '../../protocol/messages.ts'
import { SocketBudget } from '../../protocol/socket-budget.ts'
import { socketEncoding, textsOf } from './edge-encoding.ts'

/** What a sleeping socket keeps of its reader: enough to go on without a word when the object wakes. */
export type SocketAttachment = {
  readonly interest: Interest
  readonly seq: Seq
  readonly epoch: string
  readonly floor: Seq
}

/**
 * A reader's socket on the platform. It says nothing of how full it is, so nobody is ever `full` here: the platform
 * buffers, and cuts whoever does not read.
 */
export class EdgeSocket implements Connection {
  readonly wire = socketEncoding
  readonly #socket: WebSocket
  readonly #sleeps: boolean
  #kept: SocketAttachment | null
  subscriber: Subscriber | null = null
  readonly budget = new SocketBudget()

  /** `sleeps`: the object may be dropped from memory while nothing happens, and the socket goes on. */
  constructor(
    socket: WebSocket,
    kept: SocketAttachment | null = null,
    { sleeps }: { readonly sleeps: boolean } = { sleeps: true },
  ) {
    this.#socket = socket
    this.#kept = kept
    this.#sleeps = sleeps
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
      // Closed meanwhile: its close event is on the way.
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
    // Its head is told by the hub, and a silent peer is the platform's to cut.
  }

  /** Keeps how far the reader is, and what they want, for after a sleep. */
  keep({ epoch, floor }: Bounds): void {
    if (this.subscriber === null || !this.#sleeps) return
    const { seq, group } = this.subscriber
    if (this.#kept?.seq === seq && this.#kept.interest === group.interest) return
    this.#kept = { interest: group.interest, seq, epoch, floor }
    this.#socket.serializeAttachment(this.#kept)
  }
}

/** What becomes of an awake socket. */
type SocketCallbacks = {
  readonly message: (socket: WebSocket, data: string | ArrayBuffer) => void
  readonly gone: (socket: WebSocket) => void
}

/**
 * Accepts a socket that keeps its object awake. Its connection ends as soon as both sides have said so: that of one that
 * may sleep stays open after a close of ours until the object is dropped from memory (`attachedForClose` in workerd's
 * web-socket.h).
 */
export function acceptWithoutHibernation(socket: WebSocket, { message, gone }: SocketCallbacks): void {
  socket.accept()
  socket.addEventListener('message', ({ data }) => message(socket, data))
  socket.addEventListener('close', () => gone(socket))
  socket.addEventListener('error', () => gone(socket))
}

/** What was kept with a socket; null when nothing was. */
export function storedAttachment(socket: WebSocket): SocketAttachment | null {
  const kept: unknown = socket.deserializeAttachment()
  return typeof kept === 'object' && kept !== null && 'interest' in kept ? (kept as SocketAttachment) : null
}
