import { plural } from '../../../domain/plural.ts'
import { type AlarmKind, PushAlarm } from '../../../push/outbox/alarms.ts'
import type { Sql } from '../../sql.ts'
import type { EntryRow } from './outbox-tables.ts'

/** What operators are notified of (an alarm) about an outbox's work. */
export type OutboxAlarm = { readonly kind: AlarmKind; readonly host: string | null; readonly detail: string }

/** Without a number, so that all are one alarm. */
export const unreadableAlarm: OutboxAlarm = {
  kind: 'unreadable',
  host: null,
  detail:
    'Stored push addresses do not open (damaged rows, or another secret): nothing can be sent to them, and they count as failed.',
}

/** Raises an alarm. */
export function reportAlarms(report: (error: unknown, doing: string) => void, alarms: readonly OutboxAlarm[]): void {
  for (const { kind, host, detail } of alarms) report(new PushAlarm(kind, host, detail), 'sending pushes')
}

/** Where at least so many pushes were tried at one service and all failed, the cause is the service and not a subscription. */
const serviceTriedMin = 3
/** How many services are named for one delivery: anybody can subscribe with made-up hosts. */
const servicesToldMax = 3
/** Where at least so many subscriptions are gone and none is left, it is not that single readers left. */
const allGoneMin = 5

const setFailedTold = 'update push_entries set failed_told = 1 where seq = ?'
const selectFailedServices = `select host, tried from push_services where seq = ? and failed = tried and tried >= ?
  order by tried desc limit ?`

/** How many of an entry's pushes wait to be tried again, and how many of these were tried less than twice. */
type Retries = { readonly retries: number; readonly early: number }

/**
 * Alarms about an entry whose pushes were all tried at least once: none was accepted (as soon as that is certain), or once
 * it is finished, hardly any was, or none at one service. Inside the caller's transaction.
 */
export function failureAlarms(
  sql: Sql,
  entry: EntryRow,
  { retries, early }: Retries,
  isFinished: boolean,
): readonly OutboxAlarm[] {
  const { seq, accepted, gone, failed } = entry
  if (entry.failed_told === 1) return []
  const open = failed + retries
  // No alarm after one failure: the second attempt follows within seconds.
  const reachedNobody = accepted === 0 && early === 0 && (open > 0 || gone >= allGoneMin)
  if (reachedNobody || (isFinished && failed > accepted)) {
    sql.run(setFailedTold, seq)
    return [{ kind: 'failed', host: null, detail: failureOf(entry, retries) }]
  }
  if (!isFinished) return []
  type Failed = { host: string; tried: number }
  return sql.all<Failed>(selectFailedServices, seq, serviceTriedMin, servicesToldMax).map(({ host, tried }) => ({
    kind: 'failed',
    host,
    detail: `Of ${tried} ${plural(tried, 'push', 'pushes')} of entry ${seq} there, none was accepted: all failed.`,
  }))
}

/** The same for an entry that has just expired: pushes that were not settled have failed. Inside the caller's transaction. */
export function expiryAlarms(sql: Sql, entry: EntryRow): readonly OutboxAlarm[] {
  const failed = Math.max(entry.failed, entry.due - entry.accepted - entry.gone)
  if (entry.failed_told === 1 || failed <= entry.accepted) return []
  sql.run(setFailedTold, entry.seq)
  return [{ kind: 'failed', host: null, detail: failureOf({ ...entry, failed }, 0) }]
}

function failureOf({ seq, accepted, gone, failed }: EntryRow, retries: number): string {
  const reached = accepted === 0 ? 'none was' : `only ${accepted} ${plural(accepted, 'was', 'were')}`
  const again = retries > 0 ? `, ${retries} ${plural(retries, 'is', 'are')} being tried again` : ''
  const tried = accepted + gone + failed + retries
  return `Of ${tried} ${plural(tried, 'push', 'pushes')} of entry ${seq}, ${reached} accepted: ${failed} failed, ${gone} ${plural(gone, 'was', 'were')} gone${again}.`
}
