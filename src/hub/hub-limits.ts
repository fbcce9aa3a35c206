import { streamLimits } from '../protocol/live-streams.ts'

/** The maxima of a hub. */
export const hubLimits = {
  ...streamLimits,
  /** Entries in the frame cache. */
  hotEntriesMax: 4_096,
  /** Subscribers written to in one time slice. */
  sliceReadersMax: 1_000,
  /** How long a time slice may last at most, where other work took as long before it. */
  sliceMsMax: 200,
  /** Entries of one subscriber's replay written in one step. */
  replaySliceEntriesMax: 256,
  /** Entries of a replay read from the log in one step. */
  readEntriesMax: 256,
  /** Size of one joined replay from the cache. Between two, the hub notices whether the connection is full. */
  runBytesMax: 64 * 1_024,
  /** How exactly heartbeats of a subscriber's own interval are timed. */
  heartbeatTickMs: 50,
  /** How long a connection may stay full before it is closed. */
  fullMsMax: 30_000,
} as const

export type HubLimits = { readonly [Name in keyof typeof hubLimits]: number }
