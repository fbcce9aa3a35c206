import type { DeliveryCounts } from './delivery.ts'
import type { BucketCount } from './latency-buckets.ts'

/** How far the pushes of one entry (a run) have come, in counts. Times are in milliseconds since 1970. */
export type RunProgress = {
  readonly seq: number
  readonly state: 'open' | 'done' | 'stopped' | 'expired'
  /** How many readers the entry was for when it was opened. */
  readonly due: number
  readonly accepted: number
  readonly gone: number
  readonly failed: number
  readonly startedMs: number | null
  readonly finishedMs: number | null
}

/** Counts for editors: a push that is neither accepted, gone nor failed is waiting, stopped or too late. */
export function deliveryCountsOf(
  run: RunProgress,
  times: readonly BucketCount[],
  services: DeliveryCounts['services'],
): DeliveryCounts {
  const finished = run.accepted + run.gone + run.failed
  // Readers leave and change their interests while a push runs: results win over the count that was made before.
  const due = run.state === 'done' ? finished : Math.max(run.due, finished)
  const rest = due - finished
  return {
    seq: run.seq,
    due,
    accepted: run.accepted,
    gone: run.gone,
    failed: run.failed + (run.state === 'expired' ? rest : 0),
    waiting: run.state === 'open' ? rest : 0,
    stopped: run.state === 'stopped' ? rest : 0,
    startedAt: timeOf(run.startedMs),
    finishedAt: timeOf(run.finishedMs),
    times,
    services,
  }
}

function timeOf(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString()
}
