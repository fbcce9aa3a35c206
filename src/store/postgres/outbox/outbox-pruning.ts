import type { PostgresStatements } from '../postgres-database.ts'
import { isLost } from './outbox-leasing.ts'

/** How long the counts of a delivery are kept, in days. */
const deliveryKept = '90 days'
/** How many rows one call deletes: more than are added between two calls, so that the table shrinks. */
const entriesEach = 100
const children = ['push_lanes', 'push_slices', 'push_tallies', 'push_retries', 'push_gone', 'push_shut_hosts'] as const

const selectOld = (now: string) => `select entry_id from tocsin.push_entries
  where at < ${now} - interval '${deliveryKept}' and state <> 'open' order by at limit ${entriesEach}`
const selectAfter = 'select entry_id from tocsin.push_entries where seq > $1'
const deleteEntries = 'delete from tocsin.push_entries where entry_id = any($1::bigint[])'
const deleteOf = (table: (typeof children)[number]) => `delete from tocsin.${table} where entry_id = any($1::bigint[])`
// A stop concerns entries that are in the log and not yet in the outbox; an opened entry has a state of its own.
const pruneStops =
  'delete from tocsin.push_stops where through <= (select opened from tocsin.push_log where only_row = 1)'
const selectFinished = `select entry_id from tocsin.push_entries where state <> 'open'
  and entry_id in (select entry_id from tocsin.push_lanes)
  and not exists (select from tocsin.push_slices s where s.entry_id = push_entries.entry_id)
  order by entry_id limit ${entriesEach}`
// Leases of stopped and expired entries that were never settled: they will not be leased again.
const dropLost = (now: string) => `delete from tocsin.push_slices s using tocsin.push_entries e
  where e.entry_id = s.entry_id and e.state in ('stopped', 'expired') and ${isLost(now)}`
const dropLostRetries = (now: string) => `delete from tocsin.push_retries r using tocsin.push_entries e
  where e.entry_id = r.entry_id and e.state in ('stopped', 'expired') and r.not_before <= ${now}`

/** Deletes old deliveries, stops of opened entries, and what finished entries do not need any more. Only inside a transaction. */
export async function pruneOutbox(statements: PostgresStatements, now: string): Promise<void> {
  statements.send(dropLost(now))
  statements.send(dropLostRetries(now))
  type Row = { readonly entry_id: number }
  const old = await statements.all<Row>(selectOld(now))
  const finished = await statements.all<Row>(selectFinished)
  sendDelete(
    statements,
    old.map(({ entry_id }) => entry_id),
  )
  if (finished.length > 0)
    statements.send(
      deleteOf('push_lanes'),
      finished.map(({ entry_id }) => entry_id),
    )
  statements.send(pruneStops)
}

/** Deletes the entries after a seq with all that belongs to them. Only inside a transaction. */
export async function deleteEntriesAfter(statements: PostgresStatements, seq: number): Promise<void> {
  const rows = await statements.all<{ entry_id: number }>(selectAfter, seq)
  sendDelete(
    statements,
    rows.map(({ entry_id }) => entry_id),
  )
}

function sendDelete(statements: PostgresStatements, entryIds: readonly number[]): void {
  if (entryIds.length === 0) return
  for (const table of children) statements.send(deleteOf(table), entryIds)
  statements.send(deleteEntries, entryIds)
}
