import { type Count, secondsWithin } from '../../../push/outbox/latency-buckets.ts'
import type { Sql } from '../../sql.ts'

const dayMs = 24 * 60 * 60 * 1_000
/** How many deliveries are read: more than a newsroom publishes in a day. */
const changesMax = 500
const shares = [0.5, 0.9, 0.99] as const

const selectWaiting = `select coalesce(sum(max(due - accepted - gone - failed, 0)), 0) as waiting from push_entries
  where state = 'open'`
const selectLent = `select (select count(*) from push_slices where lease_until_ms > ?)
  + (select count(distinct batch_id) from push_retries where batch_id is not null and not_before_ms > ?) as lent`
const selectTimes = `select bucket, sum(count) as count from push_times
  where seq in (select seq from push_entries where at_ms >= ? order by seq desc limit ${changesMax})
  group by bucket order by bucket`

/** State of an outbox, for the metrics. */
export type OutboxFigures = {
  /** Pushes of open entries that have not ended. */
  readonly waiting: number
  /** Batches that are leased. */
  readonly lent: number
  /** The seconds from the change to acceptance within which a share of the last day's accepted pushes was. */
  readonly seconds: readonly (readonly [share: number, seconds: number])[]
}

/** Reads the state of the outbox in a database. */
export function outboxFigures(sql: Sql, nowMs: number): OutboxFigures {
  const [open] = sql.all<{ waiting: number }>(selectWaiting)
  const [loans] = sql.all<{ lent: number }>(selectLent, nowMs, nowMs)
  const times = sql.all<Count>(selectTimes, nowMs - dayMs)
  return {
    waiting: open?.waiting ?? 0,
    lent: loans?.lent ?? 0,
    seconds: times.length === 0 ? [] : shares.map((share) => [share, secondsWithin(share, times)] as const),
  }
}
