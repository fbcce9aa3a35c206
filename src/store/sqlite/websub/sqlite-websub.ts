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
import { migrate, type Sql } from '../../sql.ts'
import { websubSchema } from './websub-tables.ts'

type SubscriberRow = {
  readonly key: string
  readonly host: string
  readonly topic: string
  readonly callback: Uint8Array
  readonly secret: Uint8Array | null
  readonly hash: string
  readonly attempts: number
}
type RequestRow = SubscriberRow & {
  readonly mode: WebSubRequest['mode']
  readonly lease_seconds: number
  readonly seq: number
}

const selectKnown = `select key from websub_subscriptions where key = ?1 union select key from websub_requests where key = ?1`
/** Both tables may have the same subscription: it counts once. */
const selectCounts = `select count(*) as "all", count(*) filter (where host = ?) as "ofHost" from (
  select key, host from websub_subscriptions union select key, host from websub_requests)`
const upsertRequest = `insert into websub_requests
    (key, host, topic, callback, secret, mode, lease_seconds, seq, hash, attempts, not_before_ms, lease, lease_until_ms)
  values (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, null, 0)
  on conflict (key) do update set callback = excluded.callback, secret = excluded.secret, mode = excluded.mode,
    lease_seconds = excluded.lease_seconds, seq = excluded.seq, hash = excluded.hash, attempts = 0, not_before_ms = 0,
    lease = null, lease_until_ms = 0`

const isFree = 'not_before_ms <= ?1 and lease_until_ms <= ?1 and host not in (select value from json_each(?2))'
/** `?3`: how many of a host at once, `?4`: in all. The longest due first. */
const dueOf = (table: string, isDue: string) => `select * from (select *,
    row_number() over (partition by host order by not_before_ms, key) as place from ${table} where ${isFree} and ${isDue})
  where place <= ?3 order by place, not_before_ms, key limit ?4`
const selectDueRequests = dueOf('websub_requests', 'true')
const selectDueDeliveries = dueOf('websub_subscriptions', '(seq < ?5 or seq > ?5) and expires_ms > ?1')
const selectNext = `select min(next) as next from (
  select max(not_before_ms, lease_until_ms) as next from websub_requests
    where host not in (select value from json_each(?1))
  union all select max(not_before_ms, lease_until_ms) from websub_subscriptions
    where (seq < ?2 or seq > ?2) and expires_ms > ?3 and host not in (select value from json_each(?1)))`
const lease = (table: string) => `update ${table} set lease = ?, lease_until_ms = ? where key = ?`
const leaseRequest = lease('websub_requests')
const leaseDelivery = lease('websub_subscriptions')

const selectLeasedRequest = 'select mode from websub_requests where key = ? and lease = ?'
const deleteRequest = 'delete from websub_requests where key = ?'
/** What a renewed subscription was told of stays. */
const subscribe = `insert into websub_subscriptions
    (key, host, topic, callback, secret, expires_ms, seq, hash, attempts, not_before_ms, lease, lease_until_ms)
  select key, host, topic, callback, secret, ?2 + lease_seconds * 1000, seq, hash, 0, 0, null, 0
  from websub_requests where key = ?1
  on conflict (key) do update set callback = excluded.callback, secret = excluded.secret, expires_ms = excluded.expires_ms,
    attempts = 0, not_before_ms = 0`
const unsubscribe = 'delete from websub_subscriptions where key = ?'
const requestAgain = `update websub_requests set attempts = attempts + 1, not_before_ms = ?, lease = null, lease_until_ms = 0
  where key = ?`
const told = `update websub_subscriptions set seq = ?, hash = ?, attempts = 0, not_before_ms = 0, lease = null,
  lease_until_ms = 0 where key = ? and lease = ?`
const deliverAgain = `update websub_subscriptions set attempts = attempts + 1, not_before_ms = ?, lease = null,
  lease_until_ms = 0 where key = ? and lease = ?`
const end = 'delete from websub_subscriptions where key = ? and lease = ?'
const selectOver = 'select 1 from websub_subscriptions where expires_ms <= ? limit 1'
const deleteOver = 'delete from websub_subscriptions where expires_ms <= ?'
const countBoth = `select (select count(*) from websub_subscriptions) as subscriptions,
  (select count(*) from websub_requests) as requests`

/** Subscriptions to feeds in SQLite. */
export class SqliteWebSub implements WebSubStore {
  readonly #sql: Sql

  constructor(sql: Sql) {
    this.#sql = sql
    migrate(sql, websubSchema)
  }

  ask(request: WebSubRequest, limits: WebSubLimits): Promise<'kept' | 'host-full' | 'full'> {
    const { key, host, topic, callback, secret, mode, leaseSeconds, seq, hash } = request
    return this.#write(() => {
      if (this.#sql.all(selectKnown, key).length === 0) {
        const [counts] = this.#sql.all<{ all: number; ofHost: number }>(selectCounts, host)
        if ((counts?.ofHost ?? 0) >= limits.perHostMax) return 'host-full'
        if ((counts?.all ?? 0) >= limits.allMax) return 'full'
      }
      this.#sql.run(upsertRequest, key, host, topic, callback, secret, mode, leaseSeconds, seq, hash)
      return 'kept'
    })
  }

  async claim(claim: WebSubClaim) {
    const due = this.#due(claim)
    const isAnyDue = due.requests.length + due.deliveries.length > 0
    const { requests, deliveries } = isAnyDue ? await this.#write(() => this.#leased(claim)) : due
    const busy = [...claim.busy, ...[...requests, ...deliveries].map(({ host }) => host)]
    const leased = <Row extends SubscriberRow>(row: Row) => ({ ...row, lease: claim.lease })
    return {
      requests: requests.map((row): LeasedRequest => ({ ...leased(row), leaseSeconds: row.lease_seconds })),
      deliveries: deliveries.map((row): LeasedDelivery => leased(row)),
      nextMs: this.#nextMs(claim, busy),
    }
  }

  #leased(claim: WebSubClaim) {
    const due = this.#due(claim)
    const until = claim.now + claim.leaseMs
    for (const { key } of due.requests) this.#sql.run(leaseRequest, claim.lease, until, key)
    for (const { key } of due.deliveries) this.#sql.run(leaseDelivery, claim.lease, until, key)
    return due
  }

  #due({ now, busy, perHostMax, most, head }: WebSubClaim) {
    const hosts = JSON.stringify(busy)
    const requests = this.#sql.all<RequestRow>(selectDueRequests, now, hosts, perHostMax, most)
    const left = most - requests.length
    const deliveries = this.#sql.all<SubscriberRow>(selectDueDeliveries, now, hosts, perHostMax, left, head)
    return { requests, deliveries }
  }

  #nextMs({ head, now }: WebSubClaim, busy: readonly string[]): number | null {
    const [row] = this.#sql.all<{ next: number | null }>(selectNext, JSON.stringify(busy), head, now)
    const next = row?.next ?? null
    return next === null ? null : Math.max(0, next - now)
  }

  settleRequest({ key, lease: name }: LeasedRequest, outcome: RequestOutcome, now: number): Promise<void> {
    return this.#write(() => {
      const [row] = this.#sql.all<{ mode: string }>(selectLeasedRequest, key, name)
      if (row === undefined) return
      if (outcome.kind === 'again') {
        this.#sql.run(requestAgain, now + outcome.afterMs, key)
        return
      }
      if (outcome.kind === 'confirmed') {
        if (row.mode === 'subscribe') this.#sql.run(subscribe, key, now)
        else this.#sql.run(unsubscribe, key)
      }
      this.#sql.run(deleteRequest, key)
    })
  }

  settleDelivery({ key, lease: name }: LeasedDelivery, outcome: DeliveryOutcome, now: number): Promise<void> {
    return this.#write(() => {
      if (outcome.kind === 'told') this.#sql.run(told, outcome.seq, outcome.hash, key, name)
      else if (outcome.kind === 'again') this.#sql.run(deliverAgain, now + outcome.afterMs, key, name)
      else this.#sql.run(end, key, name)
    })
  }

  async prune(now: number): Promise<void> {
    if (this.#sql.all(selectOver, now).length > 0) await this.#write(() => void this.#sql.run(deleteOver, now))
  }

  async counts(): Promise<WebSubCounts> {
    return this.#sql.all<{ subscriptions: number; requests: number }>(countBoth)[0] ?? { subscriptions: 0, requests: 0 }
  }

  #write<Result>(act: () => Result): Promise<Result> {
    return this.#sql.retryBusy(() => this.#sql.transaction(act))
  }
}
