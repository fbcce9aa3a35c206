import {
  expiryAlarm,
  failureAlarm,
  type OutboxAlarm,
  type Retries,
  serviceAlarm,
  servicesReportedMax,
  serviceTriedMin,
} from '../../../push/outbox/run-alarms.ts'
import type { Sql } from '../../sql.ts'
import { type EntryRow, progressOf } from './outbox-tables.ts'

const setFailureAlarmed = 'update push_entries set failed_told = 1 where seq = ?'
const selectFailedServices = `select host, tried from push_services where seq = ? and failed = tried and tried >= ?
  order by tried desc limit ?`

/**
 * Alarms about an entry whose pushes were all tried at least once: none was accepted, hardly any was, or none at one
 * service. Inside the caller's transaction.
 */
export function failureAlarms(
  sql: Sql,
  entry: EntryRow,
  retries: Retries,
  isFinished: boolean,
): readonly OutboxAlarm[] {
  if (entry.failure_alarmed === 1) return []
  const alarm = failureAlarm(progressOf(entry), retries, isFinished)
  if (alarm !== null) {
    sql.run(setFailureAlarmed, entry.seq)
    return [alarm]
  }
  if (!isFinished) return []
  return sql
    .all<{ host: string; tried: number }>(selectFailedServices, entry.seq, serviceTriedMin, servicesReportedMax)
    .map((service) => serviceAlarm(entry.seq, service))
}

/** The same for an entry that has just expired: pushes that were not settled have failed. Inside the caller's transaction. */
export function expiryAlarms(sql: Sql, entry: EntryRow): readonly OutboxAlarm[] {
  const alarm = entry.failure_alarmed === 1 ? null : expiryAlarm(progressOf(entry))
  if (alarm === null) return []
  sql.run(setFailureAlarmed, entry.seq)
  return [alarm]
}
