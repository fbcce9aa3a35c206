import type { Batch, Due, Outcome } from '../../../push/outbox/outbox.ts'
import type { OutboxAlarm } from '../../../push/outbox/run-alarms.ts'
import type { PostgresStatements } from '../postgres-database.ts'
import { moveToKeys } from '../subscriptions/subscription-removal.ts'
import { type Lease, leaseOf } from './lease-id.ts'
import { concludeRun, lockEntry } from './run-conclusion.ts'
import { addedTallies, type Ended, type Tally, tallyOf } from './tally.ts'

const deleteSlice = 'delete from tocsin.push_slices where slice_id = $1 and token = $2'
const deleteRetries = `delete from tocsin.push_retries r using tocsin.subscriptions s
  where r.token = $1 and s.row_id = r.row_id returning s.id`
const selectEntry = `select state,
  exists (select from tocsin.push_lanes l where l.entry_id = e.entry_id and l.position < l.target) as fresh,
  exists (select from tocsin.push_gone g where g.entry_id = e.entry_id) as gone
  from tocsin.push_entries e where e.entry_id = $1`
const lockTally = 'select tally from tocsin.push_tallies where entry_id = $1 and stripe = $2 for update'
const updateTally = 'update tocsin.push_tallies set tally = $3 where entry_id = $1 and stripe = $2'
const selectHosts = 'select id, host from tocsin.subscriptions where id = any($1::uuid[])'
const insertGone = `insert into tocsin.push_gone (entry_id, row_id)
  select $1, s.row_id from tocsin.subscriptions s where s.id = any($2::uuid[]) on conflict do nothing`
const insertRetries = (now: string) => `insert into tocsin.push_retries
  (entry_id, row_id, not_before, attempts, looked_gone, sealed)
  select $1, s.row_id, ${now} + again.delay_ms * interval '1 millisecond', again.attempts, again.looked_gone, again.sealed
  from unnest($2::uuid[], $3::bigint[], $4::integer[], $5::boolean[], $6::bytea[])
    as again (id, delay_ms, attempts, looked_gone, sealed)
  join tocsin.subscriptions s on s.id = again.id on conflict do nothing`

type Again = { readonly id: string; readonly delayMs: number } & Pick<Due, 'sealed' | 'attempts' | 'lookedGone'>

/** A batch to be settled: its outcomes, and the tally to add them to. */
export type Settlement = {
  readonly batch: Batch
  readonly outcomes: readonly Outcome[]
  readonly stripe: number
  /** The time by this process's clock, which the outcomes' times are by. */
  readonly nowMs: number
  /** The database's time, as an SQL expression. */
  readonly now: string
}

/**
 * Settles a batch, inside the caller's transaction: one statement for each kind of outcome, however many there are. Does
 * nothing when its lease has expired and was given to another. Resolves with alarms, each once a run.
 */
export async function settleOutcomes(
  statements: PostgresStatements,
  settlement: Settlement,
): Promise<readonly OutboxAlarm[]> {
  const { batch, stripe } = settlement
  const lease = leaseOf(batch.id)
  if (lease === null) return []
  const ending = endLease(statements, lease)
  const selecting = statements.all<{ state: string; fresh: boolean; gone: boolean }>(selectEntry, lease.entryId)
  const locking = statements.all<{ tally: Tally }>(lockTally, lease.entryId, stripe)
  const [ended, [entry], [tallied]] = await Promise.all([ending, selecting, locking])
  if (ended === null || entry === undefined || tallied === undefined) return []
  const { results, again, goneIds, keyIds } = await sorted(statements, settlement, ended)
  // Only the last batches, and those while subscriptions look gone and are not judged yet, wait for each other.
  const mayConclude = entry.state !== 'open' || !entry.fresh || entry.gone || goneIds.length > 0
  const locked = mayConclude ? await lockEntry(statements, lease.entryId) : null
  const isOpen = (locked?.state ?? entry.state) === 'open'
  await moveToKeys(statements, keyIds)
  if (goneIds.length > 0) statements.send(insertGone, lease.entryId, goneIds)
  if (isOpen && again.length > 0) sendRetries(statements, lease.entryId, again, settlement.now)
  const tally = addedTallies([tallied.tally, tallyOf(results)])
  statements.send(updateTally, lease.entryId, stripe, JSON.stringify(tally))
  return locked === null ? [] : concludeRun(statements, locked, settlement.now)
}

/** Ends the lease. Resolves with the subscriptions that it was of (`all`: a slice's); null: another has it by now. */
async function endLease(statements: PostgresStatements, lease: Lease): Promise<ReadonlySet<string> | 'all' | null> {
  if (lease.sliceId !== null) return (await statements.run(deleteSlice, lease.sliceId, lease.token)) > 0 ? 'all' : null
  const rows = await statements.all<{ id: string }>(deleteRetries, lease.token)
  return rows.length === 0 ? null : new Set(rows.map(({ id }) => id))
}

type Sorted = {
  readonly results: Ended[]
  readonly again: Again[]
  readonly goneIds: string[]
  readonly keyIds: Map<string, string>
}

async function sorted(
  statements: PostgresStatements,
  { batch, outcomes, nowMs }: Settlement,
  leased: ReadonlySet<string> | 'all',
): Promise<Sorted> {
  const into: Sorted = { results: [], again: [], goneIds: [], keyIds: new Map() }
  const isLeased = (id: string) => leased === 'all' || leased.has(id)
  const unreadable = (batch.unreadable ?? []).filter(isLeased)
  const hosts =
    unreadable.length === 0 ? [] : await statements.all<{ id: string; host: string }>(selectHosts, unreadable)
  const hostById = new Map(hosts.map(({ id, host }) => [id, host]))
  for (const id of unreadable) into.results.push({ result: 'failed', host: hostById.get(id) ?? null, latencyMs: null })
  const outcomeById = new Map(outcomes.map((outcome) => [outcome.subscriptionId, outcome]))
  for (const due of batch.due) {
    const { id } = due.subscription
    // A push without an outcome was not sent: it is due again at once.
    if (isLeased(id))
      sortOne(
        into,
        batch,
        due,
        outcomeById.get(id) ?? { ...due, subscriptionId: id, result: 'again', notBeforeMs: nowMs },
        nowMs,
      )
  }
  return into
}

function sortOne(
  into: Sorted,
  { entry, clockAheadMs = 0 }: Batch,
  { subscription }: Due,
  outcome: Outcome,
  nowMs: number,
): void {
  const { id, endpoint } = subscription
  if (outcome.result === 'again') {
    const { sealed, attempts, lookedGone } = outcome
    // As a delay: the database's clock need not be this process's.
    into.again.push({ id, delayMs: Math.max(0, Math.round(outcome.notBeforeMs - nowMs)), sealed, attempts, lookedGone })
    return
  }
  const latencyMs = outcome.result === 'accepted' ? outcome.atMs - clockAheadMs - Date.parse(entry.at) : null
  into.results.push({ result: outcome.result, host: new URL(endpoint).hostname, latencyMs })
  if (outcome.result === 'gone') into.goneIds.push(id)
  if (outcome.result === 'accepted' && outcome.vapidKeyId !== undefined) into.keyIds.set(id, outcome.vapidKeyId)
}

function sendRetries(statements: PostgresStatements, entryId: number, again: readonly Again[], now: string): void {
  statements.send(
    insertRetries(now),
    entryId,
    again.map(({ id }) => id),
    again.map(({ delayMs }) => delayMs),
    again.map(({ attempts }) => attempts),
    again.map(({ lookedGone }) => lookedGone),
    again.map(({ sealed }) => sealed),
  )
}
