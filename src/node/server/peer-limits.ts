import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { PeerFault } from './peer-faults.ts'

/** Limits on one connection. Names end in their unit. */
export type PeerLimits = {
  /** From the last byte written to the end of the connection. */
  readonly endMs: number
  /** How long it may be without its first request, and how long the headers of a request may take. */
  readonly waitMs: number
  /** How long it may be idle after a response. Longer than Node keeps a connection. */
  readonly idleMs: number
  /** How long an upgrade may take. */
  readonly upgradeMs: number
  /** Within this time the kernel must have taken at least one more byte of a response. */
  readonly takeMs: number
  /** From this time on, the average rate below is required for a response. */
  readonly rateFromMs: number
  readonly bytesPerSecondMin: number
  /** Bytes that a peer may send while its response is unread. One read from the kernel has up to 64 KiB. */
  readonly aheadBytesMax: number
  /** Bytes of refused bodies that are read and discarded on one connection. */
  readonly discardBytesMax: number
}

/**
 * `waiting`: for a request, or for the rest of its headers. `busy`: a request is being read or answered. `upgrading`:
 * between the request and the end of the WebSocket handshake. `reader`: a live stream, which the hub bounds. `ending`:
 * the last byte is written.
 */
export type PeerState = 'waiting' | 'busy' | 'upgrading' | 'reader' | 'ending'

/** Takes a connection by a request's first bytes. `left`: for Node's parser; `incomplete`: more bytes are needed. */
export type Take<Peer> = (bytes: Buffer, peer: Peer) => 'taken' | 'left' | 'incomplete'

/** What a connection needs of its server. */
export type World<Peer> = {
  readonly limits: PeerLimits
  readonly now: () => number
  readonly fault: (kind: PeerFault) => void
  /** Never rejects. */
  readonly handle: (incoming: IncomingMessage, outgoing: ServerResponse) => Promise<void>
  readonly changed: (peer: Peer) => void
  /** Gives a connection to Node's parser. */
  readonly attach: (socket: Socket) => void
  readonly take: Take<Peer>
  /** The peer has ended in the middle of a request's head. Answers as Node's parser would have it answered. */
  readonly brokeOff: (socket: Socket) => void
}
