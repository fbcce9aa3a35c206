import { alertIdOf } from '../../../domain/alert.ts'
import type { Interest } from '../../../domain/interest.ts'
import { Problem } from '../../../domain/problem.ts'
import type { AlertLog, Entry, Seq } from '../../../log/log.ts'

/** A part of the alerts of an interest, newest first. */
export type AlertsPart = {
  readonly entries: readonly Entry[]
  /** The alert before which there are more, for `before`; null: these are the oldest. */
  readonly next: string | null
}

type Log = Pick<AlertLog, 'recent' | 'history'>

/**
 * At most `max` alerts of an interest: the newest, or those that changed last before the alert `before` did. An alert's id
 * stays a place in the list whatever becomes of the log: one that has changed since has moved up, so that nothing is left
 * out after it. `fitting`: how many of those found are taken, where not all. Throws a Problem (404 `no-such-alert`) where `before` is not the id of a public alert.
 */
export async function alertsBefore(
  log: Log,
  interest: Interest,
  before: string | null | undefined,
  max: number,
  fitting = (found: readonly Entry[]): number => found.length,
): Promise<AlertsPart> {
  const from = before ? await seqOf(log, before) : undefined
  const found = await log.recent(interest, max + 1, from)
  const entries = found.slice(0, fitting(found.slice(0, max)))
  return { entries, next: found.length > entries.length ? (entries.at(-1)?.alert.id ?? null) : null }
}

/** The seq of an alert's newest entry. */
async function seqOf(log: Log, id: string): Promise<Seq> {
  const [newest] = await log.history(alertIdOf(id), { before: Number.MAX_SAFE_INTEGER, limit: 1 })
  if (newest === undefined || newest.alert.audience !== 'public')
    throw new Problem(
      404,
      'no-such-alert',
      `before is the id of an alert, and there is none with ${JSON.stringify(id.slice(0, 60))}. Leave it out to begin with the newest.`,
    )
  return newest.seq
}
