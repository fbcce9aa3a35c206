import type {
  DeliveryOutcome,
  LeasedDelivery,
  LeasedRequest,
  RequestOutcome,
  WebSubClaim,
  WebSubCounts,
  WebSubLimits,
  WebSubRequest,
  WebSubStore,
} from '../../../push/websub/websub-store.ts'
import type { PostgresDatabase, PostgresStatements } from '../postgres-database.ts'

type RequestRow = Omit<LeasedRequest, 'lease' | 'leaseSeconds'> & { readonly lease_seconds: number }
type DeliveryRow = Omit<LeasedDelivery, 'lease'>

/** The present time; the first value is null, or the time of a test. */
const now = 'coalesce($1::float8, extract(epoch from clock_timestamp())::float8 * 1000)::bigint'
/** One at a time, so that the limits hold. */
const lockRequests = 'lock table tocsin.websub_requests in share row exclusive mode'
const selectKnown = `select key from tocsin.websub_subscriptions where key = $1
  union select key from tocsin.websub_requests where key = $1`
/** Both tables may have the same subscription: it counts once. */
const selectCounts = `select count(*) as "all", count(*) filter (where host = $1) as "ofHost" from (
  select key, host from tocsin.websub_subscriptions union select key, host from tocsin.websub_requests) as both_tables`
const upsertRequest = `insert into tocsin.websub_requests
    (key, host, topic, callback, secret, mode, lease_seconds, seq, hash, attempts, not_before_ms, lease, lease_until_ms)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, 0, null, 0)
  on conflict (key) do update set callback = excluded.callback, secret = excluded.secret, mode = excluded.mode,
    lease_seconds = excluded.lease_seconds, seq = excluded.seq, hash = excluded.hash, attempts = 0, not_before_ms = 0,
    lease = null, lease_until_ms = 0`

const isFree = `not_before_ms <= ${now} and lease_until_ms <= ${now} and host <> all($2::text[])`
/**
 * `$3`: how many of a host at once, `$4`: in all. A row that another node has leased meanwhile is read again before it is
 * locked, and is due no more.
 */
const claimOf = (table: string, isDue: string, lease: string) => `with ranked as (
    select key, row_number() over (partition by host order by not_before_ms, key) as place, not_before_ms
    from tocsin.${table} where ${isFree} and ${isDue}),
  chosen as (select key from ranked where place <= $3 order by place, not_before_ms, key limit $4),
  due as (select key from tocsin.${table} where key in (select key from chosen) and ${isFree} and ${isDue}
    for update skip locked)
  update tocsin.${table} as leased set lease = ${lease}
  from due where leased.key = due.key
  returning leased.key, host, topic, callback, secret, hash, attempts`
const claimRequests = `${claimOf('websub_requests', 'true', `$5, lease_until_ms = ${now} + $6`)}, mode, lease_seconds, seq`
const isChanged = `(seq < $5 or seq > $5) and expires_ms > ${now}`
const claimDeliveries = claimOf('websub_subscriptions', isChanged, `$6, lease_until_ms = ${now} + $7`)
const selectNext = `select min(next) - ${now} as next from (
  select greatest(not_before_ms, lease_until_ms) as next from tocsin.websub_requests where host <> all($2::text[])
  union all select greatest(not_before_ms, lease_until_ms) from tocsin.websub_subscriptions
    where (seq < $3 or seq > $3) and expires_ms > ${now} and host <> all($2::text[])) as waiting`

const selectLeasedRequest = `select mode, ${now} as now from tocsin.websub_requests where key = $2 and lease = $3 for update`
const deleteRequest = 'delete from tocsin.websub_requests where key = $1'
/** What a renewed subscription was told of stays. */
const subscribe = `insert into tocsin.websub_subscriptions as known
    (key, host, topic, callback, secret, expires_ms, seq, hash, attempts, not_before_ms, lease, lease_until_ms)
  select key, host, topic, callback, secret, $2 + lease_seconds * 1000::bigint, seq, hash, 0, 0, null, 0
  from tocsin.websub_requests where key = $1
  on conflict (key) do update set callback = excluded.callback, secret = excluded.secret, expires_ms = excluded.expires_ms,
    attempts = 0, not_before_ms = 0`
const unsubscribe = 'delete from tocsin.websub_subscriptions where key = $1'
const requestAgain = `update tocsin.websub_requests set attempts = attempts + 1, not_before_ms = $2::bigint + $3::bigint, lease = null,
  lease_until_ms = 0 where key = $1`
const told = `update tocsin.websub_subscriptions set seq = $3, hash = $4, attempts = 0, not_before_ms = 0, lease = null,
  lease_until_ms = 0 where key = $1 and lease = $2`
const deliverAgain = `update tocsin.websub_subscriptions set attempts = attempts + 1, not_before_ms = ${now} + $4,
  lease = null, lease_until_ms = 0 where key = $2 and lease = $3`
const end = 'delete from tocsin.websub_subscriptions where key = $1 and lease = $2'
const selectOver = `select 1 from tocsin.websub_subscriptions where expires_ms <= ${now} limit 1`
const deleteOver = `delete from tocsin.websub_subscriptions where expires_ms <= ${now}`
const countBoth = `select (select count(*) from tocsin.websub_subscriptions) as subscriptions,
  (select count(*) from tocsin.websub_requests) as requests`

/** `clock`: whose time counts; tests give times with their calls. */
type Options = { readonly clock?: 'database' | 'request' }

/** Subscriptions to feeds in PostgreSQL, told by any node. */
export class PostgresWebSub implements WebSubStore {
  readonly #database: PostgresDatabase
  readonly #clock: 'database' | 'request'

  constructor(database: PostgresDatabase, { clock = 'database' }: Options = {}) {
    this.#database = database
    this.#clock = clock
  }

  async ask(request: WebSubRequest, limits: WebSubLimits): Promise<'kept' | 'host-full' | 'full'> {
    const { key, host, topic, callback, secret, mode, leaseSeconds, seq, hash } = request
    const keep = async (statements: PostgresStatements) => {
      await statements.run(lockRequests)
      if ((await statements.all(selectKnown, key)).length === 0) {
        const [counts] = await statements.all<{ all: number; ofHost: number }>(selectCounts, host)
        if ((counts?.ofHost ?? 0) >= limits.perHostMax) return 'host-full'
        if ((counts?.all ?? 0) >= limits.allMax) return 'full'
      }
      statements.send(upsertRequest, key, host, topic, callback, secret, mode, leaseSeconds, seq, hash)
      return 'kept'
    }
    return this.#database.transaction(keep, { isIdempotent: true })
  }

  async claim({ head, lease, leaseMs, busy, perHostMax, most, now: present }: WebSubClaim) {
    const time = this.#time(present)
    const nextOf = async (hosts: readonly string[]) => {
      const [row] = await this.#database.all<{ next: number | null }>(selectNext, time, hosts, head)
      return row?.next === null || row?.next === undefined ? null : Math.max(0, row.next)
    }
    const next = await nextOf(busy)
    if (next === null || next > 0) return { requests: [], deliveries: [], nextMs: next }
    const { requests, deliveries } = await this.#database.transaction(async (statements) => {
      const values = [time, busy, perHostMax] as const
      const asked = await statements.all<RequestRow>(claimRequests, ...values, most, lease, leaseMs)
      const left = most - asked.length
      const due = await statements.all<DeliveryRow>(claimDeliveries, ...values, left, head, lease, leaseMs)
      return { requests: asked, deliveries: due }
    })
    const hosts = [...busy, ...[...requests, ...deliveries].map(({ host }) => host)]
    return {
      requests: requests.map(
        ({ lease_seconds, ...row }): LeasedRequest => ({ ...row, lease, leaseSeconds: lease_seconds }),
      ),
      deliveries: deliveries.map((row): LeasedDelivery => ({ ...row, lease })),
      nextMs: await nextOf(hosts),
    }
  }

  async settleRequest({ key, lease }: LeasedRequest, outcome: RequestOutcome, present: number): Promise<void> {
    const settle = async (statements: PostgresStatements) => {
      const [row] = await statements.all<{ mode: string; now: number }>(
        selectLeasedRequest,
        this.#time(present),
        key,
        lease,
      )
      if (row === undefined) return
      if (outcome.kind === 'again') {
        statements.send(requestAgain, key, row.now, outcome.afterMs)
        return
      }
      if (outcome.kind === 'confirmed') {
        if (row.mode === 'subscribe') await statements.run(subscribe, key, row.now)
        else await statements.run(unsubscribe, key)
      }
      statements.send(deleteRequest, key)
    }
    // A second time its lease is not there any more.
    await this.#database.transaction(settle, { isIdempotent: true })
  }

  async settleDelivery({ key, lease }: LeasedDelivery, outcome: DeliveryOutcome, present: number): Promise<void> {
    const settle = async (statements: PostgresStatements) => {
      if (outcome.kind === 'told') await statements.run(told, key, lease, outcome.seq, outcome.hash)
      else if (outcome.kind === 'again')
        await statements.run(deliverAgain, this.#time(present), key, lease, outcome.afterMs)
      else await statements.run(end, key, lease)
    }
    await this.#database.transaction(settle, { isIdempotent: true })
  }

  async prune(present: number): Promise<void> {
    const time = this.#time(present)
    if ((await this.#database.all(selectOver, time)).length === 0) return
    await this.#database.transaction((statements) => statements.run(deleteOver, time), { isIdempotent: true })
  }

  async counts(): Promise<WebSubCounts> {
    return (await this.#database.all<WebSubCounts>(countBoth))[0] ?? { subscriptions: 0, requests: 0 }
  }

  #time(present: number): number | null {
    return this.#clock === 'request' ? present : null
  }
}
