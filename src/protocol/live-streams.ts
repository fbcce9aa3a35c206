import type { StreamTerms } from './terms/stream-terms.ts'

/** The WebSocket of alerts. */
export const socketPath = '/v1/socket'

/** The event stream of alerts. */
export const eventsPath = '/v1/events'

/** The WebSocket sub-protocol (RFC 6455 §1.9): JSON messages in text frames. Offering none means the same. */
export const subprotocol = 'tocsin.v1.json'

/** The limits of a live stream, as its welcome says them. */
export const streamLimits = {
  /** The longest replay; further back is a reset. */
  replayEntriesMax: 10_000,
  /** How often each reader is sent a heartbeat, in seconds. */
  heartbeatSeconds: 25,
  /** The longest message from a reader. */
  messageBytesMax: 4_096,
} as const

/** How often the service may be set to send heartbeats at least, in seconds. */
export const heartbeatSecondsMax = 300
/** The longest time over which a `goodbye` spreads the readers' returns, in milliseconds: an hour. */
export const reconnectAfterMsMax = 3_600_000

export type StreamLimits = { readonly [Name in keyof typeof streamLimits]: number }

/** The interval of heartbeats that holds: what was asked for, but never more than the usual one. */
export function heartbeatSecondsOf(terms: StreamTerms | undefined, usual: number): number {
  return Math.min(terms?.heartbeatSeconds ?? usual, usual)
}
