import { type BucketCount, bucketOf } from '../../../push/outbox/latency-buckets.ts'
import type { Outcome } from '../../../push/outbox/outbox.ts'
import type { LanguageProgress, RunDetails } from '../../../push/outbox/run-progress.ts'

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
  /** By host, what was set aside to be sent again, less what has come of it: of one tally it may be below 0. */
  readonly waiting?: Counts
  /** By the language that was sent: results. A program of an older version keeps none of these three, nor `waiting`. */
  readonly acceptedIn?: Counts
  readonly goneIn?: Counts
  readonly failedIn?: Counts
}

export const emptyTally: Tally = { counts: {}, times: {}, tried: {}, gone: {}, failed: {} }

/** A result that ends a push, with its service's host (null: unknown). */
export type Ended = {
  readonly result: Exclude<Outcome['result'], 'again'>
  readonly host: string | null
  readonly language: string
  /** The milliseconds from the change to acceptance; null for other results. */
  readonly latencyMs: number | null
}

/** A push that is to be sent again: +1; one that was, and is not any more: -1. */
export type WaitingChange = { readonly host: string; readonly by: 1 | -1 }

export function tallyOf(ended: readonly Ended[], changes: readonly WaitingChange[] = []): Tally {
  const tally = { counts: new Map(), times: new Map(), tried: new Map(), gone: new Map(), failed: new Map() }
  const waiting = new Map<string, number>()
  const languages = { accepted: new Map(), gone: new Map(), failed: new Map() }
  const count = (counts: Map<string, number>, name: string, by = 1) => counts.set(name, (counts.get(name) ?? 0) + by)
  for (const { host, by } of changes) count(waiting, host, by)
  for (const { result, host, language, latencyMs } of ended) {
    count(tally.counts, result)
    count(languages[result], language)
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
    waiting: Object.fromEntries(waiting),
    acceptedIn: Object.fromEntries(languages.accepted),
    goneIn: Object.fromEntries(languages.gone),
    failedIn: Object.fromEntries(languages.failed),
  }
}

export function addedTallies(tallies: readonly Tally[]): Tally {
  return {
    counts: addedCounts(tallies.map(({ counts }) => counts)),
    times: addedCounts(tallies.map(({ times }) => times)),
    tried: addedCounts(tallies.map(({ tried }) => tried)),
    gone: addedCounts(tallies.map(({ gone }) => gone)),
    failed: addedCounts(tallies.map(({ failed }) => failed)),
    waiting: addedCounts(tallies.map(({ waiting = {} }) => waiting)),
    acceptedIn: addedCounts(tallies.map(({ acceptedIn = {} }) => acceptedIn)),
    goneIn: addedCounts(tallies.map(({ goneIn = {} }) => goneIn)),
    failedIn: addedCounts(tallies.map(({ failedIn = {} }) => failedIn)),
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

/** The results by push service, and what waits. */
export function servicesOf({ tried, gone, failed, waiting = {} }: Tally): RunDetails['services'] {
  const hosts = new Set([...Object.keys(tried), ...Object.keys(waiting)])
  return [...hosts].map((host) => {
    const ended = { gone: gone[host] ?? 0, failed: failed[host] ?? 0 }
    return { host, accepted: (tried[host] ?? 0) - ended.gone - ended.failed, ...ended, waiting: waiting[host] ?? 0 }
  })
}

/** The results by language; `due`: how many pushes each had at first. */
export function languagesOf(
  { acceptedIn = {}, goneIn = {}, failedIn = {} }: Tally,
  due: Counts,
): readonly LanguageProgress[] {
  const languages = new Set([due, acceptedIn, goneIn, failedIn].flatMap((counts) => Object.keys(counts)))
  return [...languages].map((language) => ({
    language,
    due: due[language] ?? 0,
    accepted: acceptedIn[language] ?? 0,
    gone: goneIn[language] ?? 0,
    failed: failedIn[language] ?? 0,
  }))
}
