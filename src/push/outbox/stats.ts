import { type BucketCount, secondsWithin } from './latency-buckets.ts'

/** State of an outbox, for the metrics. */
export type OutboxStats = {
  /** Entries whose pushes have not ended, or that no claim has found to be finished yet. */
  readonly open: number
  /** Pushes of open entries that have not ended. */
  readonly waiting: number
  /** Batches that are leased. */
  readonly leased: number
  /** The seconds from the change to acceptance within which a share of the last day's pushes was accepted. */
  readonly seconds: readonly (readonly [share: number, seconds: number])[]
}

/** The age of the oldest accepted pushes that are counted, in milliseconds. */
export const statsWindowMs = 24 * 60 * 60 * 1_000
/** How many entries are read: more than a newsroom publishes in a day. */
export const statsEntriesMax = 500

const quantiles = [0.5, 0.9, 0.99] as const

/** The seconds of `OutboxStats`, from latency buckets in order. */
export function secondsOf(times: readonly BucketCount[]): OutboxStats['seconds'] {
  return times.length === 0 ? [] : quantiles.map((share) => [share, secondsWithin(share, times)] as const)
}
