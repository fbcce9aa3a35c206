import { figuresChangesMax, figuresDayMs, type OutboxFigures, secondsOf } from '../../../push/outbox/figures.ts'
import type { Count } from '../../../push/outbox/latency-buckets.ts'
import type { Sql } from '../../sql.ts'

const selectOpen = `select count(*) as open, coalesce(sum(max(due - accepted - gone - failed, 0)), 0) as waiting
  from push_entries where state = 'open'`
const selectLent = `select (select count(*) from push_slices where lease_until_ms > ?)
  + (select count(distinct batch_id) from push_retries where batch_id is not null and not_before_ms > ?) as lent`
const selectTimes = `select bucket, sum(count) as count from push_times
  where seq in (select seq from push_entries where at_ms >= ? order by seq desc limit ${figuresChangesMax})
  group by bucket order by bucket`

/** Reads the state of the outbox in a database. */
export function outboxFigures(sql: Sql, nowMs: number): OutboxFigures {
  const [counts] = sql.all<{ open: number; waiting: number }>(selectOpen)
  const [loans] = sql.all<{ lent: number }>(selectLent, nowMs, nowMs)
  const times = sql.all<Count>(selectTimes, nowMs - figuresDayMs)
  return {
    open: counts?.open ?? 0,
    waiting: counts?.waiting ?? 0,
    lent: loans?.lent ?? 0,
    seconds: secondsOf(times),
  }
}
