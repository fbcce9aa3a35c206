import { streamLimits } from '../protocol/stream-limits.ts'

/** What a hub may use, at most. */
export const hubLimits = {
  ...streamLimits,
  /** Entries kept framed in memory. */
  hotEntriesMax: 4_096,
  /** Readers handled before others get their turn. */
  sliceReadersMax: 1_000,
  /** How long they may be handled at most, when others have taken as long before. */
  sliceMsMax: 200,
  /** Entries of one reader's replay written in one go. */
  replaySliceEntriesMax: 256,
  /** Entries of a replay read from the log in one go. */
  readEntriesMax: 256,
  /** The longest joined replay out of memory, so that a reader's fullness is noticed between two. */
  runBytesMax: 64 * 1_024,
  /** How long a reader may stay full. */
  fullMsMax: 30_000,
} as const

export type HubLimits = { readonly [Name in keyof typeof hubLimits]: number }
