import type { Sql } from '../../sql.ts'

/** How long the counts of a delivery are kept. */
export const deliveryKeptMs = 90 * 24 * 60 * 60_000
/** How many rows one call deletes: more than are added between two calls, so that the table shrinks. */
const entriesPerCall = 100

// Retries, slices, times and services are deleted with their entry.
const pruneEntries = `delete from push_entries where seq in
  (select seq from push_entries where at_ms < ? and state <> 'open' order by at_ms limit ${entriesPerCall})`
// A stop concerns entries that are in the log and not yet in the outbox; an opened entry has a state of its own.
const pruneStops = 'delete from push_stops where through <= (select opened from push_log where only_row = 1)'

// Expired leases of finished entries that were never settled: they will not be leased again.
const deleteExpiredSlices = `delete from push_slices where lease_until_ms <= ?
  and seq in (select seq from push_entries where state in ('stopped', 'expired'))`
const deleteExpiredRetries = `delete from push_retries where not_before_ms <= ?
  and seq in (select seq from push_entries where state in ('stopped', 'expired'))`

/** Deletes old deliveries, and stops of opened entries. In a transaction. */
export function pruneDeliveries(sql: Sql, nowMs: number): void {
  sql.run(deleteExpiredSlices, nowMs)
  sql.run(deleteExpiredRetries, nowMs)
  sql.run(pruneEntries, nowMs - deliveryKeptMs)
  sql.run(pruneStops)
}
