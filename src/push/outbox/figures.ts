import { type Count, secondsWithin } from './latency-buckets.ts'

/** State of an outbox, for the metrics. */
export type OutboxFigures = {
  /** Entries whose pushes have not ended, or that no claim has found to be finished yet. */
  readonly open: number
  /** Pushes of open entries that have not ended. */
  readonly waiting: number
  /** Batches that are leased. */
  readonly lent: number
  /** The seconds from the change to acceptance within which a share of the last day's accepted pushes was. */
  readonly seconds: readonly (readonly [share: number, seconds: number])[]
}

/** Of how long the accepted pushes count, in milliseconds. */
export const figuresDayMs = 24 * 60 * 60 * 1_000
/** How many deliveries are read: more than a newsroom publishes in a day. */
export const figuresChangesMax = 500

const shares = [0.5, 0.9, 0.99] as const

/** The seconds of `OutboxFigures`, from latency buckets in order. */
export function secondsOf(times: readonly Count[]): OutboxFigures['seconds'] {
  return times.length === 0 ? [] : shares.map((share) => [share, secondsWithin(share, times)] as const)
}
