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

/** Results of the pushes in one language; `due` as in `RunProgress`. */
export type LanguageProgress = Pick<RunProgress, 'due' | 'accepted' | 'gone' | 'failed'> & { readonly language: string }

/** What is known of a run besides its counts. */
export type RunDetails = {
  readonly times: readonly BucketCount[]
  /** `waiting` is what was set aside to be sent again, less what has come of it; the reader may have left since. */
  readonly services: DeliveryCounts['services']
  readonly languages: readonly LanguageProgress[]
}

/** Nothing is known of a run besides its counts. */
export const noDetails: RunDetails = { times: [], services: [], languages: [] }

/** Counts for editors: a push that is neither accepted, gone nor failed is waiting, stopped or too late. */
export function deliveryCountsOf(run: RunProgress, { times, services, languages }: RunDetails): DeliveryCounts {
  const { stopped, ...counts } = countsOf(run.state, run)
  return {
    seq: run.seq,
    ...counts,
    stopped,
    startedAt: timeOf(run.startedMs),
    finishedAt: timeOf(run.finishedMs),
    times,
    services: services
      .map((service) => ({ ...service, waiting: run.state === 'open' ? Math.max(0, service.waiting) : 0 }))
      .filter(({ accepted, gone, failed, waiting }) => accepted + gone + failed + waiting > 0),
    languages: languages
      .map(({ language, ...progress }) => {
        const { due, accepted, gone, failed, waiting } = countsOf(run.state, progress)
        return { language, due, accepted, gone, failed, waiting }
      })
      .filter(({ due }) => due > 0),
  }
}

function countsOf(state: RunProgress['state'], run: Pick<RunProgress, 'due' | 'accepted' | 'gone' | 'failed'>) {
  const { accepted, gone, failed } = run
  const finished = accepted + gone + failed
  // Readers leave and change their interests while a push runs: results win over the count that was made before.
  const due = state === 'done' ? finished : Math.max(run.due, finished)
  const rest = due - finished
  return {
    due,
    accepted,
    gone,
    failed: failed + (state === 'expired' ? rest : 0),
    waiting: state === 'open' ? rest : 0,
    stopped: state === 'stopped' ? rest : 0,
  }
}

function timeOf(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString()
}
