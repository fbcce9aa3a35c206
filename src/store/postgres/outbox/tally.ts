import { type BucketCount, bucketOf } from '../../../push/outbox/latency-buckets.ts'
import type { Outcome } from '../../../push/outbox/outbox.ts'

/** How many tallies an entry has: more than settlements usually run at once. */
export const stripes = 16

type Counts = Readonly<Record<string, number>>

/** Results of pushes, added up; absent is 0. Stored as JSON. */
export type Tally = {
  /** By result: `accepted`, `gone`, `failed`. */
  readonly counts: Counts
  /** Accepted pushes by latency bucket. */
  readonly times: Counts
  /** By the push service's host: pushes with a result, and of these the gone and the failed. */
  readonly tried: Counts
  readonly gone: Counts
  readonly failed: Counts
}

export const emptyTally: Tally = { counts: {}, times: {}, tried: {}, gone: {}, failed: {} }

/** A result that ends a push, with its service's host (null: unknown). */
export type Ended = {
  readonly result: Exclude<Outcome['result'], 'again'>
  readonly host: string | null
  /** The milliseconds from the change to acceptance; null for other results. */
  readonly latencyMs: number | null
}

export function tallyOf(ended: readonly Ended[]): Tally {
  const tally = { counts: new Map(), times: new Map(), tried: new Map(), gone: new Map(), failed: new Map() }
  const count = (counts: Map<string, number>, name: string) => counts.set(name, (counts.get(name) ?? 0) + 1)
  for (const { result, host, latencyMs } of ended) {
    count(tally.counts, result)
    if (latencyMs !== null) count(tally.times, String(bucketOf(latencyMs)))
    if (host === null) continue
    count(tally.tried, host)
    if (result !== 'accepted') count(tally[result], host)
  }
  const { counts, times, tried, gone, failed } = tally
  return {
    counts: Object.fromEntries(counts),
    times: Object.fromEntries(times),
    tried: Object.fromEntries(tried),
    gone: Object.fromEntries(gone),
    failed: Object.fromEntries(failed),
  }
}

export function addedTallies(tallies: readonly Tally[]): Tally {
  return {
    counts: addedCounts(tallies.map(({ counts }) => counts)),
    times: addedCounts(tallies.map(({ times }) => times)),
    tried: addedCounts(tallies.map(({ tried }) => tried)),
    gone: addedCounts(tallies.map(({ gone }) => gone)),
    failed: addedCounts(tallies.map(({ failed }) => failed)),
  }
}

function addedCounts(all: readonly Counts[]): Counts {
  const sums = new Map<string, number>()
  for (const counts of all)
    for (const [name, count] of Object.entries(counts)) sums.set(name, (sums.get(name) ?? 0) + count)
  return Object.fromEntries(sums)
}

/** The latency buckets, in order. */
export function timesOf({ times }: Tally): readonly BucketCount[] {
  return Object.entries(times)
    .map(([bucket, count]) => ({ bucket: Number(bucket), count }))
    .sort((a, b) => a.bucket - b.bucket)
}

/** The results by push service. */
export function servicesOf({ tried, gone, failed }: Tally): readonly {
  readonly host: string
  readonly accepted: number
  readonly gone: number
  readonly failed: number
}[] {
  return Object.entries(tried).map(([host, count]) => {
    const ended = { gone: gone[host] ?? 0, failed: failed[host] ?? 0 }
    return { host, accepted: count - ended.gone - ended.failed, ...ended }
  })
}
