import type { BucketCount } from '../../../push/outbox/latency-buckets.ts'
import { type OutboxStats, secondsOf, statsEntriesMax, statsWindowMs } from '../../../push/outbox/stats.ts'
import type { Sql } from '../../sql.ts'

const selectOpen = `select count(*) as open, coalesce(sum(max(due - accepted - gone - failed, 0)), 0) as waiting
  from push_entries where state = 'open'`
const selectLeased = `select (select count(*) from push_slices where lease_until_ms > ?)
  + (select count(distinct batch_id) from push_retries where batch_id is not null and not_before_ms > ?) as leased`
const selectTimes = `select bucket, sum(count) as count from push_times
  where seq in (select seq from push_entries where at_ms >= ? order by seq desc limit ${statsEntriesMax})
  group by bucket order by bucket`

/** Reads the state of the outbox in a database. */
export function outboxStats(sql: Sql, nowMs: number): OutboxStats {
  const [counts] = sql.all<{ open: number; waiting: number }>(selectOpen)
  const [leases] = sql.all<{ leased: number }>(selectLeased, nowMs, nowMs)
  const times = sql.all<BucketCount>(selectTimes, nowMs - statsWindowMs)
  return {
    open: counts?.open ?? 0,
    waiting: counts?.waiting ?? 0,
    leased: leases?.leased ?? 0,
    seconds: secondsOf(times),
  }
}
