import { blockRowsOf, blocksOf, type RowRange } from '../../../push/outbox/block-homes.ts'
import { leaseMs, leaseMsMax, type ServiceRoom } from '../../../push/outbox/outbox.ts'
import type { PostgresDatabase, PostgresStatements } from '../postgres-database.ts'
import { type DueColumns, type DueRow, dueColumns, dueRowColumns, dueRowsOf } from './due-columns.ts'
import { stripes } from './tally.ts'

/** Leased rows: of a slice, or (null) retries. */
export type Leased = { readonly sliceId: number | null; readonly rows: readonly DueRow[] }

/** Who leases what, for how many pushes at most. */
export type Claim = {
  readonly entryId: number
  readonly interestIds: readonly number[]
  readonly limit: number
  /** The most retries for each of these hosts; others have room for all. */
  readonly rooms: readonly ServiceRoom[]
  readonly owner: string
  readonly token: string
  /** Whether it was noted when the entry's first push was leased. */
  readonly isStarted: boolean
  /** The lanes to lease from before others; empty: there are none. */
  readonly homeLanes: readonly number[]
  /** The database's time, as an SQL expression. */
  readonly now: string
}

const lease = (now: string) => `${now} + interval '${leaseMs} milliseconds'`
/** A lease that ends too late was made before the database's clock was set back. */
export const isLost = (now: string) =>
  `(lease_until <= ${now} or lease_until > ${now} + interval '${leaseMsMax} milliseconds')`

// The lane that a claimer begins with depends on its owner, so that different ones seldom meet. A locked row is read again,
// so that its position is the newest.
export const takeSlice = (now: string, wait: '' | 'skip locked') => `with lane as (
    select lane, position, target from tocsin.push_lanes where entry_id = $1 and position < target
      and ($6::integer[] is null or lane = any($6::integer[]))
    order by (lane + hashtext($2)) & 1023 limit 1 for no key update ${wait}),
  batch as materialized (select lane.*, counted.* from lane, lateral (
    select count(*) as size, max(s.row_id) as last, ${dueColumns} from (
      select s.row_id, ${dueRowColumns} from tocsin.subscriptions s
      where s.row_id > lane.position and s.row_id <= lane.target and s.interest_id = any($3::bigint[])
      order by s.row_id limit $4) s) counted),
  edge as (select lane, position, size, case when size < $4 then target else last end as high from batch),
  moved as (update tocsin.push_lanes l set position = edge.high from edge where l.entry_id = $1 and l.lane = edge.lane),
  leased as (insert into tocsin.push_slices (entry_id, low, high, owner, token, lease_until)
    select $1, edge.position, edge.high, $2::text, $5::uuid, ${lease(now)} from edge where edge.size > 0
    returning slice_id)
  select (select slice_id from leased) as slice_id, batch.* from batch`
const markStarted = (now: string) =>
  `update tocsin.push_entries set started_at = ${now} where entry_id = $1 and started_at is null`
const takeLost = (now: string) => `with lost as (
    select slice_id from tocsin.push_slices where entry_id = $1 and ${isLost(now)} limit 1 for update skip locked)
  update tocsin.push_slices taken set owner = $2, token = $3, lease_until = ${lease(now)}
  from lost where taken.slice_id = lost.slice_id returning taken.slice_id, taken.low, taken.high`
export const selectRange = `select ${dueColumns} from tocsin.subscriptions s
  where s.row_id > $1 and s.row_id <= $2 and s.interest_id = any($3::bigint[])`
// While a retry is leased its time is the lease's end, so that it is due again if the owner dies. The hosts are found by one
// probe of the index for each, and begin with another at each claim. What a slow service has no room for is passed over
// unread: leased and given back, each would leave two row versions.
export const takeRetries = (now: string) => `with recursive hosts as (
    (select host from tocsin.push_retries where entry_id = $1 order by host limit 1)
    union all select (select r.host from tocsin.push_retries r where r.entry_id = $1 and r.host > hosts.host order by r.host limit 1)
      from hosts where hosts.host is not null),
  rooms as (select hosts.host, least(coalesce(room.pushes, $2), $2) as pushes from hosts
    left join unnest($5::text[], $6::integer[]) as room (host, pushes) on room.host = hosts.host
    where hosts.host is not null order by hashtext(hosts.host || $4::uuid::text)),
  due as (select r.entry_id, r.row_id from rooms, lateral (
    select entry_id, row_id from tocsin.push_retries where entry_id = $1 and host = rooms.host and not_before <= ${now}
    order by not_before limit rooms.pushes for update skip locked) r limit $2),
  leased as (update tocsin.push_retries r set owner = $3, token = $4::uuid, not_before = ${lease(now)}
    from due where r.entry_id = due.entry_id and r.row_id = due.row_id
    returning r.row_id, r.sealed, r.attempts, r.looked_gone)
  select ${dueRowColumns}, leased.sealed, leased.attempts, leased.looked_gone from leased
  join tocsin.subscriptions s on s.row_id = leased.row_id`

/** `slice_id`: null when none of the lane's other subscriptions is wanted; it is at its end. */
type Taken = DueColumns & { readonly slice_id: number | null }

/**
 * Leases the next subscriptions of an entry that have not been leased; from other lanes only when the home lanes are at
 * their end, which `onHomeEnd` is told. Null: there are none left. Lanes in which another claimer is at work are passed
 * over; where there is no other, it is waited for.
 */
export async function leaseFresh(
  database: PostgresDatabase,
  claim: Claim,
  onHomeEnd: () => void,
): Promise<Leased | null> {
  if (claim.homeLanes.length > 0) {
    const leased = await leaseIn(database, claim, claim.homeLanes)
    if (leased !== null) return leased
    onHomeEnd()
  }
  return leaseIn(database, claim, null)
}

async function leaseIn(
  database: PostgresDatabase,
  claim: Claim,
  lanes: readonly number[] | null,
): Promise<Leased | null> {
  for (;;) {
    const taken =
      (await takeFresh(database, claim, lanes, 'skip locked')) ?? (await takeFresh(database, claim, lanes, ''))
    if (taken === null) return null
    const { slice_id: sliceId, ...columns } = taken
    if (sliceId !== null) return { sliceId, rows: dueRowsOf(columns) }
  }
}

/** Null: there is no lane with something left, or all of them are locked. */
async function takeFresh(
  database: PostgresDatabase,
  claim: Claim,
  lanes: readonly number[] | null,
  wait: '' | 'skip locked',
): Promise<Taken | null> {
  const { entryId, owner, interestIds, limit, token, now, isStarted } = claim
  // The statement is not waited for before the commit is sent: one round trip.
  const { taking } = await database.transaction(async (statements) => {
    const taking = statements.all<Taken>(takeSlice(now, wait), entryId, owner, interestIds, limit, token, lanes)
    // When it fails, so does the transaction.
    taking.catch(() => {})
    if (!isStarted) statements.send(markStarted(now), entryId)
    return { taking }
  })
  return (await taking)[0] ?? null
}

/** Leases a slice whose owner has let its lease expire. Null: there is none. */
export async function leaseLost(database: PostgresDatabase, claim: Claim): Promise<Leased | null> {
  const { entryId, owner, token, now, interestIds } = claim
  type Slice = { readonly slice_id: number; readonly low: number; readonly high: number }
  const [slice] = await database.once<Slice>(takeLost(now), entryId, owner, token)
  if (slice === undefined) return null
  const [columns] = await database.all<DueColumns>(selectRange, slice.low, slice.high, interestIds)
  return { sliceId: slice.slice_id, rows: columns === undefined ? [] : dueRowsOf(columns) }
}

/** Leases retries that are due. Null: there are none. */
export async function leaseRetries(database: PostgresDatabase, claim: Claim): Promise<Leased | null> {
  const { entryId, limit, owner, token, now, rooms } = claim
  const hosts = rooms.map(({ host }) => host)
  const pushes = rooms.map((room) => room.pushes)
  const rows = await database.once<DueRow>(takeRetries(now), entryId, limit, owner, token, hosts, pushes)
  return rows.length === 0 ? null : { sliceId: null, rows }
}

const selectOwners = `select owner from tocsin.push_slices where lease_until > '-infinity'
  union select owner from tocsin.push_retries where token is not null`
const endSlices = `update tocsin.push_slices set lease_until = '-infinity' where owner = any($1::text[])`
const endRetries = `update tocsin.push_retries set owner = null, token = null, not_before = '-infinity'
  where token is not null and owner = any($1::text[])`

/** Ends the leases of owners that have died; their batches are due again at once. Resolves with the owners' names. */
export async function endPostgresLeases(
  database: PostgresDatabase,
  isLostOwner: (owner: string) => boolean,
): Promise<readonly string[]> {
  return database.transaction(async (statements) => {
    const owners = await statements.all<{ owner: string }>(selectOwners)
    const lost = owners.map(({ owner }) => owner).filter(isLostOwner)
    if (lost.length === 0) return lost
    statements.send(endSlices, lost)
    statements.send(endRetries, lost)
    return lost
  })
}

const insertLanes = `insert into tocsin.push_lanes (entry_id, lane, position, target)
  select $1, lane, greatest($2::bigint, lane * $4::bigint), least($3::bigint, (lane + 1) * $4::bigint)
  from unnest($5::integer[]) as lane`
const insertTallies = `insert into tocsin.push_tallies (entry_id, stripe, tally)
  select $1, stripe, $2::json from generate_series(0, ${stripes - 1}) as stripe`

/** Cuts the row ids after `low` and up to `high` into an entry's lanes, a block each, and adds its empty tallies. */
export function sendLanes(
  statements: PostgresStatements,
  entryId: number,
  { low, high, emptyTally }: RowRange & { readonly emptyTally: string },
): void {
  const rows = blockRowsOf({ low, high })
  statements.send(insertLanes, entryId, low, high, rows, blocksOf({ low, high }, rows))
  statements.send(insertTallies, entryId, emptyTally)
}
