import type { Sql } from '../../sql.ts'
import { type SubscriptionRow, subscriptionColumns } from '../push-tables.ts'

/** Subscriptions by their row ids: those after `low`, up to `high`. */
export type RowRange = { readonly low: number; readonly high: number }

// The plus makes SQLite search by row id: by the interest's index it would read and sort every row of the interest.
const inRange = `from subscriptions s
  where s.row_id > ? and s.row_id <= ? and +s.interest_id in (select value from json_each(?)) order by s.row_id`
const selectSlice = `select ${subscriptionColumns} ${inRange}`
const selectSliceEnd = `select s.row_id ${inRange} limit 1 offset ?`

/** The subscriptions of a range that have one of these interests. */
export function sliceRows(
  sql: Sql,
  interestIds: readonly number[],
  { low, high }: RowRange,
): readonly SubscriptionRow[] {
  return sql.all<SubscriptionRow>(selectSlice, low, high, JSON.stringify(interestIds))
}

/** The row id of the last of the first `count` subscriptions of a range that have one of these interests; null: fewer. */
export function sliceEnd(
  sql: Sql,
  interestIds: readonly number[],
  { low, high }: RowRange,
  count: number,
): number | null {
  const [last] = sql.all<{ row_id: number }>(selectSliceEnd, low, high, JSON.stringify(interestIds), count - 1)
  return last?.row_id ?? null
}
