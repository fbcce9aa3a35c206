import type { Batch, Outcome } from '../push/outbox.ts'
import { bucketOf } from '../push/times.ts'
import { type EntryRow, entryColumns } from './outbox-tables.ts'
import { deleteSubscription } from './push-tables.ts'
import type { Sql } from './sql.ts'

/** A run of at least this many pushes, of which more than this share looks gone, deletes nobody. */
export const breakerRunMin = 200
export const breakerGoneShareMax = 0.05

const selectEntry = `select ${entryColumns} from push_entries where seq = ?`
const deleteSlice = 'delete from push_slices where batch_id = ?'
const lentRetries = 'select row_id from push_retries where batch_id = ?'
const rowOf = 'select row_id from subscriptions where id = ?'
const deleteRetry = 'delete from push_retries where seq = ? and row_id = ?'
const saveRetry = `insert into push_retries (seq, row_id, not_before_ms, attempts, looked_gone, sealed, batch_id)
  values (?, ?, ?, ?, ?, ?, null) on conflict (seq, row_id) do update set not_before_ms = excluded.not_before_ms,
  attempts = excluded.attempts, looked_gone = excluded.looked_gone, sealed = excluded.sealed, batch_id = null`
const addCounts = 'update push_entries set accepted = accepted + ?, gone = gone + ?, failed = failed + ? where seq = ?'
const addTimes = `insert into push_times (seq, bucket, count) values (?, ?, ?)
  on conflict (seq, bucket) do update set count = count + excluded.count`
const saveGone = 'insert into push_gone (seq, row_id) values (?, ?) on conflict do nothing'
const selectGone = 'select row_id from push_gone where seq = ?'
const forgetGone = 'delete from push_gone where seq = ?'
const unsettled = `select (select count(*) from push_slices where seq = ?) as slices,
  (select count(*) from push_retries where seq = ?) as retries,
  (select count(*) from push_retries where seq = ? and attempts = 0) as unsent`
const setAlarmed = 'update push_entries set alarmed = 1 where seq = ?'
const finish = `update push_entries set state = 'done', finished_ms = ? where seq = ? and state = 'open'`

/**
 * Settles a batch, inside the caller's transaction. Nothing happens when its lease was lost. Gives a sentence for a
 * person when the run has just shown so many gone that nobody is deleted, else null.
 */
export function settleOutcomes(sql: Sql, batch: Batch, outcomes: readonly Outcome[], nowMs: number): string | null {
  const { seq } = batch.entry
  const isSlice = sql.run(deleteSlice, batch.id) > 0
  const lent = new Set(sql.all<{ row_id: number }>(lentRetries, batch.id).map((row) => row.row_id))
  const [entry] = sql.all<EntryRow>(selectEntry, seq)
  if (entry === undefined || (!isSlice && lent.size === 0)) return null
  const told = new Map(outcomes.map((outcome) => [outcome.subscriptionId, outcome]))
  const tally = { accepted: 0, gone: 0, failed: 0, times: new Map<number, number>() }
  for (const due of batch.due) {
    const { id } = due.subscription
    const rowId = sql.all<{ row_id: number }>(rowOf, id)[0]?.row_id
    if (!isSlice && (rowId === undefined || !lent.has(rowId))) continue
    // A push nobody speaks of was not sent: it is due again at once, as it was.
    const outcome = told.get(id) ?? { subscriptionId: id, result: 'again' as const, notBeforeMs: nowMs, ...due }
    settleOne(sql, entry, rowId, outcome, tally)
  }
  sql.run(addCounts, tally.accepted, tally.gone, tally.failed, seq)
  for (const [bucket, count] of tally.times) sql.run(addTimes, seq, bucket, count)
  return conclude(sql, seq, nowMs)
}

type Tally = { accepted: number; gone: number; failed: number; readonly times: Map<number, number> }

function settleOne(sql: Sql, entry: EntryRow, rowId: number | undefined, outcome: Outcome, tally: Tally): void {
  if (outcome.result === 'again') {
    if (rowId === undefined) return
    if (entry.state !== 'open') sql.run(deleteRetry, entry.seq, rowId)
    else {
      const { notBeforeMs, attempts, lookedGone, sealed } = outcome
      sql.run(saveRetry, entry.seq, rowId, notBeforeMs, attempts, lookedGone ? 1 : 0, sealed)
    }
    return
  }
  if (rowId !== undefined) sql.run(deleteRetry, entry.seq, rowId)
  tally[outcome.result] += 1
  if (outcome.result === 'gone' && rowId !== undefined) sql.run(saveGone, entry.seq, rowId)
  if (outcome.result === 'accepted') {
    const bucket = bucketOf(outcome.atMs - entry.at_ms)
    tally.times.set(bucket, (tally.times.get(bucket) ?? 0) + 1)
  }
}

/** Finishes the entry when all is settled, and says goodbye to those who are gone, unless they are too many. */
function conclude(sql: Sql, seq: number, nowMs: number): string | null {
  const [entry] = sql.all<EntryRow>(selectEntry, seq)
  const [left] = sql.all<{ slices: number; retries: number; unsent: number }>(unsettled, seq, seq, seq)
  if (entry === undefined || left === undefined) return null
  const allLent = entry.state !== 'open' || entry.position >= entry.target
  const allSent = allLent && left.slices === 0 && left.unsent === 0
  if (allSent && left.retries === 0) sql.run(finish, nowMs, seq)
  // What was given back unsent must not thin out those who look gone.
  const tried = entry.accepted + entry.gone + entry.failed + left.retries - left.unsent
  const judged = tried >= breakerRunMin || (allSent && entry.due >= breakerRunMin)
  if (judged && entry.gone / tried > breakerGoneShareMax) {
    sql.run(forgetGone, seq)
    if (entry.alarmed === 1) return null
    sql.run(setAlarmed, seq)
    return `Of ${tried} pushes of entry ${seq}, ${entry.gone} were answered with "gone": more than ${breakerGoneShareMax * 100} %. No subscription is deleted in this run; check the VAPID keys and the push services.`
  }
  if (!allSent && !judged) return null
  for (const { row_id } of sql.all<{ row_id: number }>(selectGone, seq)) deleteSubscription(sql, row_id)
  return null
}
