import type { Sql } from '../../sql.ts'

/** Smaller steps of the clock are ignored: a lease or retry may end so much later without harm. */
const stepMsMin = 60_000
/** How far the clock advances before it is stored again. */
const seenEveryMs = 1_000

const selectSeen = 'select seen_ms from push_clock where only_row = 1'
const saveSeen = `insert into push_clock (only_row, seen_ms) values (1, ?)
  on conflict (only_row) do update set seen_ms = excluded.seen_ms`
const moveSlices = 'update push_slices set lease_until_ms = max(?, lease_until_ms - ?) where lease_until_ms > ?'
const moveRetries = 'update push_retries set not_before_ms = max(?, not_before_ms - ?) where not_before_ms > ?'

/** Stores the clock when times are written by it. In a transaction. */
export function recordClock(sql: Sql, nowMs: number): void {
  const seenMs = seenOf(sql)
  if (seenMs === null || nowMs >= seenMs + seenEveryMs) sql.run(saveSeen, nowMs)
}

/**
 * If the clock was set back since the last times were stored, moves leases and retry times back by the same span. Without
 * that, all pushes would wait for as long as the clock was ahead. In a transaction.
 */
export function adjustToClockSetBack(sql: Sql, nowMs: number): void {
  const stepMs = (seenOf(sql) ?? nowMs) - nowMs
  if (stepMs < stepMsMin) return
  sql.run(moveSlices, nowMs, stepMs, nowMs)
  sql.run(moveRetries, nowMs, stepMs, nowMs)
  sql.run(saveSeen, nowMs)
}

function seenOf(sql: Sql): number | null {
  return sql.all<{ seen_ms: number }>(selectSeen)[0]?.seen_ms ?? null
}
