import { holds, type PauseStore } from '../../../desk/pause.ts'
import type { PushEntry } from '../../../push/outbox/entry-matches.ts'
import type { BucketCount } from '../../../push/outbox/latency-buckets.ts'
import { type OutboxStats, secondsOf, statsEntriesMax, statsWindowMs } from '../../../push/outbox/stats.ts'
import type { PostgresDatabase } from '../postgres-database.ts'
import { isLost } from './outbox-leasing.ts'

const ended = ['accepted', 'gone', 'failed']
  .map((result) => `coalesce((t.tally->'counts'->>'${result}')::bigint, 0)`)
  .join(' + ')
const selectCounts = (now: string) => `select
  (select count(*) from tocsin.push_entries where state = 'open') as open,
  (select coalesce(sum(greatest(open.due - open.ended, 0)), 0)::bigint from (
    select e.due, (select coalesce(sum(${ended}), 0) from tocsin.push_tallies t where t.entry_id = e.entry_id) as ended
    from tocsin.push_entries e where e.state = 'open') as open) as waiting,
  (select count(*) from tocsin.push_slices where not ${isLost(now)})
    + (select count(distinct token) from tocsin.push_retries where token is not null and not_before > ${now}) as leased`
const selectTimes = (now: string) => `select times.key::integer as bucket, sum(times.value::bigint)::bigint as count
  from (select entry_id from tocsin.push_entries where at >= ${now} - interval '${statsWindowMs} milliseconds'
    order by at desc limit ${statsEntriesMax}) as recent
  join tocsin.push_tallies t using (entry_id) cross join json_each_text(t.tally->'times') as times
  group by 1 order by 1`

// The delay until something is to be done: at an expiry, at a lease's end, at a retry's time; 0 for what was never leased,
// and for an open entry without any work, which the next claim finishes.
const msUntil = (time: string, now: string) => `(extract(epoch from ${time} - ${now}) * 1000)::float8`
const selectOpen = (now: string) => `select e.entry, ${msUntil('e.expires_at', now)} as expires_in_ms,
  case when exists (select from tocsin.push_lanes l where l.entry_id = e.entry_id and l.position < l.target) then 0
    else coalesce((select min(work.in_ms) from (
      select case when ${isLost(now)} then 0 else ${msUntil('lease_until', now)} end as in_ms
        from tocsin.push_slices s where s.entry_id = e.entry_id
      union all (select ${msUntil('not_before', now)} from tocsin.push_retries r where r.entry_id = e.entry_id
        order by not_before limit 1)) as work), 0) end as work_in_ms
  from tocsin.push_entries e where e.state = 'open'`

type OpenRow = { readonly entry: string; readonly expires_in_ms: number; readonly work_in_ms: number }

const databaseTime = 'statement_timestamp()'

/** Reads the state of the outbox, of all nodes together. `now`: the database's time as an SQL expression, in tests. */
export async function postgresOutboxStats(
  database: Pick<PostgresDatabase, 'all'>,
  now: string = databaseTime,
): Promise<OutboxStats> {
  const [[counts], times] = await Promise.all([
    database.all<{ open: number; waiting: number; leased: number }>(selectCounts(now)),
    database.all<BucketCount>(selectTimes(now)),
  ])
  const { open = 0, waiting = 0, leased = 0 } = counts ?? {}
  return { open, waiting, leased, seconds: secondsOf(times) }
}

type Deps = {
  readonly database: Pick<PostgresDatabase, 'all'>
  readonly pauses: Pick<PauseStore, 'current'>
  /** This process's clock, in milliseconds since 1970. Only differences to it come from the database. */
  readonly now: () => number
  /** The database's time, as an SQL expression; only tests give another. */
  readonly databaseNow?: () => string
}

/**
 * When the outbox has work to be claimed, in milliseconds since 1970 by this process's clock: 0: now; null: none. Paused
 * work is due at its expiry; when the pause ends, call this again.
 */
export async function postgresNextDueMs({
  database,
  pauses,
  now,
  databaseNow = () => databaseTime,
}: Deps): Promise<number | null> {
  const nowMs = now()
  const [rows, pause] = await Promise.all([database.all<OpenRow>(selectOpen(databaseNow())), pauses.current()])
  const delays = rows.map(({ entry, expires_in_ms, work_in_ms }) =>
    holds(pause, JSON.parse(entry) as PushEntry) ? expires_in_ms : Math.min(expires_in_ms, work_in_ms),
  )
  if (delays.length === 0) return null
  const delayMs = Math.min(...delays)
  return delayMs <= 0 ? 0 : nowMs + Math.ceil(delayMs)
}
