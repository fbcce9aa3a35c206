import { plural } from '../../domain/plural.ts'
import { type AlarmKind, PushAlarm } from './alarms.ts'
import type { RunProgress } from './run-progress.ts'

/** What operators are notified of (an alarm) about an outbox's work. */
export type OutboxAlarm = { readonly kind: AlarmKind; readonly host: string | null; readonly detail: string }

/** The detail has no number, because alarms with the same detail are one. */
export const unreadableAlarm: OutboxAlarm = {
  kind: 'unreadable',
  host: null,
  detail:
    'Stored push addresses cannot be decrypted (damaged rows, or another secret): nothing can be sent to them, and they count as failed.',
}

/** Raises alarms. */
export function reportAlarms(report: (error: unknown, doing: string) => void, alarms: readonly OutboxAlarm[]): void {
  for (const { kind, host, detail } of alarms) report(new PushAlarm(kind, host, detail), 'sending pushes')
}

/** A run of at least this many pushes, of which more than this share looks gone, deletes no subscription. */
export const breakerRunMin = 200
export const breakerGoneShareMax = 0.05

/** The alarm that no subscription is deleted, because too many look gone: at one service, or (host null) in all. */
export function goneAlarm(seq: number, host: string | null, tried: number, gone: number): OutboxAlarm {
  const detail = `Of ${tried} pushes of entry ${seq}, ${gone} were answered with "gone": more than ${breakerGoneShareMax * 100} %. No subscription is deleted in this run; check the VAPID keys and the push services.`
  return { kind: 'gone', host, detail }
}

/** If at least so many pushes were tried at one service and all failed, the cause is the service and not a subscription. */
export const serviceTriedMin = 3
/** How many services are named for one delivery: anybody can subscribe with made-up hosts. */
export const servicesReportedMax = 3
/** If at least so many subscriptions are gone and none is left, there is an alarm: fewer may be readers who left. */
const allGoneMin = 5

/** How many of an entry's pushes wait to be tried again, and how many of these were tried less than twice. */
export type Retries = { readonly retries: number; readonly early: number }

/**
 * The alarm about a run whose pushes were all tried at least once: none was accepted (as soon as that is certain), or,
 * once it is finished, more failed than were accepted. Null: there is no cause for one.
 */
export function failureAlarm(run: RunProgress, { retries, early }: Retries, isFinished: boolean): OutboxAlarm | null {
  const { accepted, gone, failed } = run
  const open = failed + retries
  // No alarm after one failure: the second attempt follows within seconds.
  const reachedNobody = accepted === 0 && early === 0 && (open > 0 || gone >= allGoneMin)
  return reachedNobody || (isFinished && failed > accepted) ? failedAlarm(run, retries) : null
}

/** The same for a run that has just expired: pushes that were not settled have failed. */
export function expiryAlarm(run: RunProgress): OutboxAlarm | null {
  const failed = Math.max(run.failed, run.due - run.accepted - run.gone)
  return failed > run.accepted ? failedAlarm({ ...run, failed }, 0) : null
}

/** The alarm that all pushes of a finished run failed at one service. */
export function serviceAlarm(seq: number, { host, tried }: { host: string; tried: number }): OutboxAlarm {
  const detail = `Of ${tried} ${plural(tried, 'push', 'pushes')} of entry ${seq} there, none was accepted: all failed.`
  return { kind: 'failed', host, detail }
}

function failedAlarm({ seq, accepted, gone, failed }: RunProgress, retries: number): OutboxAlarm {
  const reached = accepted === 0 ? 'none was' : `only ${accepted} ${plural(accepted, 'was', 'were')}`
  const again = retries > 0 ? `, ${retries} ${plural(retries, 'is', 'are')} being tried again` : ''
  const tried = accepted + gone + failed + retries
  const detail = `Of ${tried} ${plural(tried, 'push', 'pushes')} of entry ${seq}, ${reached} accepted: ${failed} failed, ${gone} ${plural(gone, 'was', 'were')} gone${again}.`
  return { kind: 'failed', host: null, detail }
}
