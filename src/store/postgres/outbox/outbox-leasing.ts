import { leaseMs, leaseMsMax } from '../../../push/outbox/outbox.ts'
import type { PostgresDatabase, PostgresStatements } from '../postgres-database.ts'
import type { SubscriptionRow } from '../subscriptions/postgres-push-tables.ts'
import { stripes } from './tally.ts'

/** A leased subscription without its interest's text, which is cached; and, of a retry, what the attempts before left. */
export type DueRow = Omit<SubscriptionRow, 'interest'> & {
  readonly sealed?: Uint8Array | null
  readonly attempts?: number
  readonly looked_gone?: boolean
}
/** Leased rows: of a slice, or (null) retries. */
export type Leased = { readonly sliceId: number | null; readonly rows: readonly DueRow[] }

/** Who leases what, for how many pushes at most. */
export type Claim = {
  readonly entryId: number
  readonly interestIds: readonly number[]
  readonly limit: number
  readonly owner: string
  readonly token: string
  /** The database's time, as an SQL expression. */
  readonly now: string
}

const columns = 's.row_id, s.id, s.endpoint_hash, s.address, s.interest_id, s.discreet, s.vapid_key_id, s.created_at'
const lease = (now: string) => `${now} + interval '${leaseMs} milliseconds'`
/** A lease that ends too late was made before the database's clock was set back. */
export const isLost = (now: string) =>
  `(lease_until <= ${now} or lease_until > ${now} + interval '${leaseMsMax} milliseconds')`

// The lane that a claimer begins with depends on its owner, so that different ones seldom meet.
const lockLane = (wait: '' | 'skip locked') => `select lane, position, target from tocsin.push_lanes
  where entry_id = $1 and position < target
  order by (lane + hashtext($2)) & 1023 limit 1 for no key update ${wait}`
export const takeSlice = (now: string) => `with picked as materialized (
    select ${columns} from tocsin.subscriptions s
    where s.row_id > $2 and s.row_id <= $3 and s.interest_id = any($4::bigint[]) order by s.row_id limit $5),
  edge as (select case when count(*) < $5 then $3 else max(row_id) end as high, count(*) as size from picked),
  moved as (update tocsin.push_lanes l set position = edge.high from edge where l.entry_id = $1 and l.lane = $6),
  leased as (insert into tocsin.push_slices (entry_id, low, high, owner, token, lease_until)
    select $1, $2, edge.high, $7::text, $8::uuid, ${lease(now)} from edge where edge.size > 0 returning slice_id)
  select (select slice_id from leased) as slice_id, picked.* from picked order by picked.row_id`
const markStarted = (now: string) =>
  `update tocsin.push_entries set started_at = ${now} where entry_id = $1 and started_at is null`
const takeLost = (now: string) => `with lost as (
    select slice_id from tocsin.push_slices where entry_id = $1 and ${isLost(now)} limit 1 for update skip locked)
  update tocsin.push_slices taken set owner = $2, token = $3, lease_until = ${lease(now)}
  from lost where taken.slice_id = lost.slice_id returning taken.slice_id, taken.low, taken.high`
export const selectRange = `select ${columns} from tocsin.subscriptions s
  where s.row_id > $1 and s.row_id <= $2 and s.interest_id = any($3::bigint[]) order by s.row_id`
// While a retry is leased its time is the lease's end, so that it is due again if the owner dies.
export const takeRetries = (now: string) => `with due as (
    select entry_id, row_id from tocsin.push_retries where entry_id = $1 and not_before <= ${now}
    order by not_before limit $2 for update skip locked),
  leased as (update tocsin.push_retries r set owner = $3, token = $4, not_before = ${lease(now)}
    from due where r.entry_id = due.entry_id and r.row_id = due.row_id
    returning r.row_id, r.sealed, r.attempts, r.looked_gone)
  select ${columns}, leased.sealed, leased.attempts, leased.looked_gone from leased
  join tocsin.subscriptions s on s.row_id = leased.row_id`

type Lane = { readonly lane: number; readonly position: number; readonly target: number }

/**
 * Leases the next subscriptions of an entry that have not been leased. Null: there are none left. Lanes in which another
 * claimer is at work are passed over; where there is no other, it is waited for.
 */
export async function leaseFresh(database: PostgresDatabase, claim: Claim): Promise<Leased | null> {
  return database.transaction(async (statements) => {
    for (;;) {
      const lane = (await freeLane(statements, claim, 'skip locked')) ?? (await freeLane(statements, claim, ''))
      if (lane === null) return null
      const leased = await leaseIn(statements, claim, lane)
      if (leased !== null) {
        statements.send(markStarted(claim.now), claim.entryId)
        return leased
      }
    }
  })
}

async function freeLane(
  statements: PostgresStatements,
  { entryId, owner }: Claim,
  wait: '' | 'skip locked',
): Promise<Lane | null> {
  return (await statements.all<Lane>(lockLane(wait), entryId, owner))[0] ?? null
}

/** Null: none of the lane's other subscriptions is wanted; it is at its end. */
async function leaseIn(statements: PostgresStatements, claim: Claim, lane: Lane): Promise<Leased | null> {
  const { entryId, interestIds, limit, owner, token, now } = claim
  const from = [entryId, lane.position, lane.target, interestIds, limit, lane.lane] as const
  const rows = await statements.all<DueRow & { slice_id: number }>(takeSlice(now), ...from, owner, token)
  const [first] = rows
  return first === undefined ? null : { sliceId: first.slice_id, rows }
}

/** Leases a slice whose owner has let its lease expire. Null: there is none. */
export async function leaseLost(database: PostgresDatabase, claim: Claim): Promise<Leased | null> {
  const { entryId, owner, token, now, interestIds } = claim
  type Slice = { readonly slice_id: number; readonly low: number; readonly high: number }
  const [slice] = await database.once<Slice>(takeLost(now), entryId, owner, token)
  if (slice === undefined) return null
  return { sliceId: slice.slice_id, rows: await database.all<DueRow>(selectRange, slice.low, slice.high, interestIds) }
}

/** Leases retries that are due. Null: there are none. */
export async function leaseRetries(database: PostgresDatabase, claim: Claim): Promise<Leased | null> {
  const { entryId, limit, owner, token, now } = claim
  const rows = await database.once<DueRow>(takeRetries(now), entryId, limit, owner, token)
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

const idsEach = 20_000
const lanesMax = 64
const insertLanes = `insert into tocsin.push_lanes (entry_id, lane, position, target)
  select $1, lane, $2::bigint + ($3::bigint - $2::bigint) * lane / $4::integer,
    $2::bigint + ($3::bigint - $2::bigint) * (lane + 1) / $4::integer from generate_series(0, $4::integer - 1) as lane`
const insertTallies = `insert into tocsin.push_tallies (entry_id, stripe, tally)
  select $1, stripe, $2::json from generate_series(0, ${stripes - 1}) as stripe`

/** Cuts the row ids after `low` and up to `high` into an entry's lanes, and adds its empty tallies. */
export function sendLanes(
  statements: PostgresStatements,
  entryId: number,
  { low, high, emptyTally }: { readonly low: number; readonly high: number; readonly emptyTally: string },
): void {
  const lanes = Math.min(lanesMax, Math.max(1, Math.ceil((high - low) / idsEach)))
  statements.send(insertLanes, entryId, low, high, lanes)
  statements.send(insertTallies, entryId, emptyTally)
}
