import type { Socket } from 'node:net'
import type { PeerFault } from './peer-faults.ts'
import type { PeerLimits, PeerState } from './peer-limits.ts'

/** The part of libuv's stream handle that is used here: how many written bytes the kernel has not taken. */
type Handle = { readonly writeQueueSize?: number } | null

/** What the time-outs need of a connection. */
type Clocked = {
  readonly socket: Socket
  readonly state: PeerState
  /** Whether it may be idle for long: the last request was answered, or the rest of its body is still coming. */
  readonly mayIdle: boolean
  /** When the state began, or when the peer last took bytes while the connection was ending; in milliseconds. */
  since: number
  /** Null when the kernel has taken the whole response. */
  progress: AnswerProgress | null
}

/** Which time-out a peer has exceeded; null: none. */
export function exceededTimeout(peer: Clocked, now: number, limits: PeerLimits): PeerFault | null {
  const age = now - peer.since
  switch (peer.state) {
    case 'ending':
      if (peer.socket.writableLength === 0) return age >= limits.endMs ? 'half-open' : null
      peer.since = now
      return answerLatenessOf(peer, now, limits)
    case 'waiting':
      return age >= (peer.mayIdle ? limits.idleMs : limits.waitMs) ? 'late-request' : null
    case 'upgrading':
      return age >= limits.upgradeMs ? 'late-request' : null
    case 'busy':
      return answerLatenessOf(peer, now, limits)
    case 'reader':
      return null
  }
}

function answerLatenessOf(peer: Clocked, now: number, limits: PeerLimits): PeerFault | null {
  const { socket, progress } = peer
  if (socket.writableLength === 0) peer.progress = null
  else if (progress === null) peer.progress = new AnswerProgress(socket, now)
  else if (progress.isLate(socket, now, limits)) return 'untaken-answer'
  return null
}

/** How fast a peer reads a response that the kernel did not take at once. */
export class AnswerProgress {
  readonly #since: number
  readonly #takenBefore: number
  #taken: number
  #takenAt: number

  constructor(socket: Socket, now: number) {
    this.#since = now
    this.#takenBefore = takenOf(socket)
    this.#taken = this.#takenBefore
    this.#takenAt = now
  }

  /** Whether the peer reads nothing for too long, or too slowly on average. */
  isLate(socket: Socket, now: number, { takeMs, rateFromMs, bytesPerSecondMin }: PeerLimits): boolean {
    const taken = takenOf(socket)
    if (taken !== this.#taken) this.#takenAt = now
    this.#taken = taken
    const lastedMs = now - this.#since
    const isSlow = lastedMs >= rateFromMs && taken - this.#takenBefore < (lastedMs / 1_000) * bytesPerSecondMin
    return isSlow || now - this.#takenAt >= takeMs
  }
}

/** Bytes that the kernel has taken. */
function takenOf(socket: Socket): number {
  const handle = (socket as Socket & { readonly _handle?: Handle })._handle ?? null
  return socket.bytesWritten - (handle?.writeQueueSize ?? socket.writableLength)
}
