import type { Sql } from '../../sql.ts'

/** The counts of a delivery are kept so long. */
export const deliveryKeptMs = 90 * 24 * 60 * 60_000
/** More than come between two: the table shrinks also after a long while. */
const entriesEach = 100

// Retries, slices, times and services go with their entry.
const pruneEntries = `delete from push_entries where seq in
  (select seq from push_entries where at_ms < ? and state <> 'open' order by at_ms limit ${entriesEach})`
// A stop is for entries that are in the log and not yet here; of what is opened the entry itself says how it stands.
const pruneStops = 'delete from push_stops where through <= (select opened from push_log where only_row = 1)'

// What was lent of an entry that is over and never came back: it will not be lent again.
const dropLost = `delete from push_slices where lease_until_ms <= ?
  and seq in (select seq from push_entries where state in ('stopped', 'expired'))`
const dropLostRetries = `delete from push_retries where not_before_ms <= ?
  and seq in (select seq from push_entries where state in ('stopped', 'expired'))`

/** Forgets what an outbox need not know any more: deliveries of long ago, and stops of what is opened. In a transaction. */
export function pruneDeliveries(sql: Sql, nowMs: number): void {
  sql.run(dropLost, nowMs)
  sql.run(dropLostRetries, nowMs)
  sql.run(pruneEntries, nowMs - deliveryKeptMs)
  sql.run(pruneStops)
}
