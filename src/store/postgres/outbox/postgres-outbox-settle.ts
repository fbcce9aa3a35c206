import type { Batch, Due, Outcome } from '../../../push/outbox/outbox.ts'
import type { OutboxAlarm } from '../../../push/outbox/run-alarms.ts'
import type { PostgresStatements } from '../postgres-database.ts'
import { moveToKeys } from '../subscriptions/subscription-removal.ts'
import { type Lease, leaseOf } from './lease-id.ts'
import { concludeRun, lockEntry } from './run-conclusion.ts'
import { addedTallies, type Ended, type Tally, tallyOf, type WaitingChange } from './tally.ts'

const locked = `t.tally, e.state,
    exists (select from tocsin.push_lanes l where l.entry_id = e.entry_id and l.position < l.target) as fresh,
    exists (select from tocsin.push_gone g where g.entry_id = e.entry_id) as gone
  from tocsin.push_entries e join tocsin.push_tallies t on t.entry_id = e.entry_id
  where e.entry_id = $1 and t.stripe = $2 for update of t`
const endSlice = `with ended as (
    delete from tocsin.push_slices where slice_id = $3 and token = $4 returning slice_id)
  select (select count(*) from ended) as ended, ${locked}`
const endRetries = `delete from tocsin.push_retries r using tocsin.subscriptions s
  where r.token = $1 and s.row_id = r.row_id and s.id <> all($2::uuid[]) returning s.id, s.host`
const lockTally = `select ${locked}`
const updateTally = 'update tocsin.push_tallies set tally = $3 where entry_id = $1 and stripe = $2'
const selectHosts = 'select id, host from tocsin.subscriptions where id = any($1::uuid[])'
const insertGone = `insert into tocsin.push_gone (entry_id, row_id)
  select $1, s.row_id from tocsin.subscriptions s where s.id = any($2::uuid[]) on conflict do nothing`
const insertRetries = (now: string) => `insert into tocsin.push_retries
  (entry_id, row_id, not_before, attempts, looked_gone, sealed, host, owner, token)
  select $1, s.row_id, ${now} + again.delay_ms * interval '1 millisecond', again.attempts, again.looked_gone, again.sealed, s.host,
    $7::text, $8::uuid
  from unnest($2::uuid[], $3::bigint[], $4::integer[], $5::boolean[], $6::bytea[])
    as again (id, delay_ms, attempts, looked_gone, sealed)
  join tocsin.subscriptions s on s.id = again.id on conflict do nothing`

const scheme = 'https://'

type Again = { readonly id: string; readonly host: string; readonly delayMs: number } & Pick<
  Due,
  'sealed' | 'attempts' | 'lookedGone'
>

/** A batch to be settled: its outcomes, and the tally to add them to. */
export type Settlement = {
  readonly batch: Batch
  readonly outcomes: readonly Outcome[]
  /** The subscriptions whose pushes have not ended: they are leased as retries from then on. */
  readonly underWay: ReadonlySet<string>
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
  const ended = await endLease(statements, lease, stripe, settlement.underWay)
  if (ended === null) return []
  const { entry } = ended
  const { results, again, underWay, goneIds, keyIds } = await sorted(statements, settlement, ended.leased)
  // Only the last batches, and those while subscriptions look gone and are not judged yet, wait for each other.
  const mayConclude = entry.state !== 'open' || !entry.fresh || entry.gone || goneIds.length > 0
  const locked = mayConclude ? await lockEntry(statements, lease.entryId) : null
  const isOpen = (locked?.state ?? entry.state) === 'open'
  await moveToKeys(statements, keyIds)
  if (goneIds.length > 0) statements.send(insertGone, lease.entryId, goneIds)
  if (isOpen && again.length > 0) sendRetries(statements, lease.entryId, again, settlement.now)
  if (underWay.length > 0) sendRetries(statements, lease.entryId, underWay, settlement.now, lease)
  const waiting = [
    ...[...again, ...underWay].map(({ host }): WaitingChange => ({ host, by: 1 })),
    ...(ended.leased === 'all' ? [] : [...ended.leased.values()]).map((host): WaitingChange => ({ host, by: -1 })),
  ]
  const tally = addedTallies([entry.tally, tallyOf(results, waiting)])
  statements.send(updateTally, lease.entryId, stripe, JSON.stringify(tally))
  return locked === null ? [] : concludeRun(statements, locked, settlement.now)
}

type LeasedRetries = ReadonlyMap<string, string>
type Locked = { readonly tally: Tally; readonly state: string; readonly fresh: boolean; readonly gone: boolean }
/** The subscriptions of an ended lease with their hosts (`all`: a slice's), and their entry with the tally, which is locked. */
type EndedLease = { readonly leased: LeasedRetries | 'all'; readonly entry: Locked }

/** Ends the lease, but for what is under way and leased as retries already. Null: another has it by now, or the entry was deleted. */
async function endLease(
  statements: PostgresStatements,
  lease: Lease,
  stripe: number,
  underWay: ReadonlySet<string>,
): Promise<EndedLease | null> {
  const { entryId, sliceId, token } = lease
  if (sliceId !== null) {
    const [entry] = await statements.all<Locked & { ended: number }>(endSlice, entryId, stripe, sliceId, token)
    if (entry === undefined) return null
    if (entry.ended > 0) return { leased: 'all', entry }
    // It was settled before, but for what was under way.
  }
  const ending = statements.all<{ id: string; host: string }>(endRetries, token, [...underWay])
  const [rows, [entry]] = await Promise.all([ending, statements.all<Locked>(lockTally, entryId, stripe)])
  return entry === undefined || rows.length === 0
    ? null
    : { leased: new Map(rows.map(({ id, host }) => [id, host])), entry }
}

type Sorted = {
  readonly results: Ended[]
  readonly again: Again[]
  readonly underWay: Again[]
  readonly goneIds: string[]
  readonly keyIds: Map<string, string>
}

async function sorted(
  statements: PostgresStatements,
  { batch, outcomes, underWay, nowMs }: Settlement,
  leased: LeasedRetries | 'all',
): Promise<Sorted> {
  const into: Sorted = { results: [], again: [], underWay: [], goneIds: [], keyIds: new Map() }
  const isLeased = (id: string) => leased === 'all' || leased.has(id)
  const unreadable = (batch.unreadable ?? []).filter(({ id }) => isLeased(id))
  const hosts =
    unreadable.length === 0
      ? []
      : await statements.all<{ id: string; host: string }>(
          selectHosts,
          unreadable.map(({ id }) => id),
        )
  const hostById = new Map(hosts.map(({ id, host }) => [id, host]))
  for (const { id, language } of unreadable)
    into.results.push({ result: 'failed', host: hostById.get(id) ?? null, language, latencyMs: null })
  const context = {
    into,
    hosts: new Map(),
    clockAheadMs: batch.clockAheadMs ?? 0,
    changedMs: Date.parse(batch.entry.at),
    nowMs,
  }
  const outcomeById = new Map(outcomes.map((outcome) => [outcome.subscriptionId, outcome]))
  for (const due of batch.due) {
    const { id, endpoint } = due.subscription
    if (!isLeased(id)) continue
    if (underWay.has(id)) {
      const { sealed, attempts, lookedGone } = due
      // Until its lease ends: after that it is due, if its owner has died.
      into.underWay.push({
        id,
        host: hostOf(endpoint, context.hosts),
        delayMs: Math.max(0, Math.round(batch.leaseUntilMs - nowMs)),
        sealed,
        attempts,
        lookedGone,
      })
    }
    // A push without an outcome was not sent: it is due again at once.
    else
      sortOne(context, due, outcomeById.get(id) ?? { ...due, subscriptionId: id, result: 'again', notBeforeMs: nowMs })
  }
  return into
}

type SortContext = {
  readonly into: Sorted
  /** Host names by the beginnings of endpoints: parsing each would take as long as the rest. */
  readonly hosts: Map<string, string>
  readonly clockAheadMs: number
  readonly changedMs: number
  readonly nowMs: number
}

function sortOne(context: SortContext, { subscription, language }: Due, outcome: Outcome): void {
  const { into, clockAheadMs, changedMs, nowMs } = context
  const { id, endpoint } = subscription
  const host = hostOf(endpoint, context.hosts)
  if (outcome.result === 'again') {
    const { sealed, attempts, lookedGone } = outcome
    // As a delay: the database's clock need not be this process's.
    const delayMs = Math.max(0, Math.round(outcome.notBeforeMs - nowMs))
    into.again.push({ id, host, delayMs, sealed, attempts, lookedGone })
    return
  }
  const latencyMs = outcome.result === 'accepted' ? outcome.atMs - clockAheadMs - changedMs : null
  into.results.push({ result: outcome.result, host, language, latencyMs })
  if (outcome.result === 'gone') into.goneIds.push(id)
  if (outcome.result === 'accepted' && outcome.vapidKeyId !== undefined) into.keyIds.set(id, outcome.vapidKeyId)
}

function hostOf(endpoint: string, hosts: Map<string, string>): string {
  const slash = endpoint.indexOf('/', scheme.length)
  // A URL may begin in odd ways that put the host elsewhere, such as with three slashes.
  const start = endpoint.startsWith(scheme) && slash > scheme.length ? endpoint.slice(0, slash) : endpoint
  const host = hosts.get(start) ?? new URL(endpoint).hostname
  hosts.set(start, host)
  return host
}

/** `lease`: they are leased, and not due. */
function sendRetries(
  statements: PostgresStatements,
  entryId: number,
  again: readonly Again[],
  now: string,
  lease: Pick<Lease, 'owner' | 'token'> | null = null,
): void {
  statements.send(
    insertRetries(now),
    entryId,
    again.map(({ id }) => id),
    again.map(({ delayMs }) => delayMs),
    again.map(({ attempts }) => attempts),
    again.map(({ lookedGone }) => lookedGone),
    again.map(({ sealed }) => sealed),
    lease?.owner ?? null,
    lease?.token ?? null,
  )
}
