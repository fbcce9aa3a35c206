/** What one connection may take. */
export type PeerLimits = {
  /** From the end of what we say to the end of the connection. */
  readonly endMs: number
  /** How long it may be without a request, and how long a request's headers may take. */
  readonly waitMs: number
  /** How long an upgrade may take. */
  readonly upgradeMs: number
  /** Within this the kernel must have taken some more of an answer. */
  readonly takeMs: number
  /** From this on an answer must have been taken at the rate below, on average. */
  readonly rateFromMs: number
  readonly bytesPerSecondMin: number
  /** What it may send while an answer is still to be taken; a read from the kernel is up to 64 KiB. */
  readonly aheadBytesMax: number
}

/**
 * `waiting`: for a request, or for the rest of its headers. `busy`: a request is being read or answered. `upgrading`: between
 * the request and the socket's handshake. `reader`: a live stream, which the hub looks after. `ending`: we have said all.
 */
export type PeerState = 'waiting' | 'busy' | 'upgrading' | 'reader' | 'ending'
