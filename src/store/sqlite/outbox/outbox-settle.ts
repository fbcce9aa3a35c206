import { bucketOf } from '../../../push/outbox/latency-buckets.ts'
import type { Batch, Due, Outcome } from '../../../push/outbox/outbox.ts'
import { breakerGoneShareMax, breakerRunMin, goneAlarm, type OutboxAlarm } from '../../../push/outbox/run-alarms.ts'
import type { Sql } from '../../sql.ts'
import { deleteSubscription, updateVapidKey } from '../push-tables.ts'
import { recordClock } from './outbox-clock.ts'
import { failureAlarms } from './outbox-failures.ts'
import { addLanguages, type LanguageResults } from './outbox-languages.ts'
import { type EntryRow, entryColumns } from './outbox-tables.ts'

const selectEntry = `select ${entryColumns} from push_entries where seq = ?`
const deleteSlice = 'delete from push_slices where batch_id = ?'
const leasedRetries = `select r.row_id, s.host from push_retries r join subscriptions s on s.row_id = r.row_id
  where r.batch_id = ?`
const addresseesOf = `select id, row_id, host from subscriptions
  where id in (select value from json_each(?))`
const deleteRetry = 'delete from push_retries where seq = ? and row_id = ?'
const deleteRetries = 'delete from push_retries where seq = ? and row_id in (select value from json_each(?))'
const saveRetry = `insert into push_retries (seq, row_id, not_before_ms, attempts, looked_gone, sealed, batch_id)
  values (?, ?, ?, ?, ?, ?, null) on conflict (seq, row_id) do update set not_before_ms = excluded.not_before_ms,
  attempts = excluded.attempts, looked_gone = excluded.looked_gone, sealed = excluded.sealed, batch_id = null`
// Until its lease ends, as the slice's: after that it is due, if its owner has died.
const saveUnderWay = `insert into push_retries (seq, row_id, not_before_ms, attempts, looked_gone, sealed, batch_id)
  values (?, ?, ?, ?, ?, ?, ?) on conflict (seq, row_id) do nothing`
const addCounts = 'update push_entries set accepted = accepted + ?, gone = gone + ?, failed = failed + ? where seq = ?'
const addTimes = `insert into push_times (seq, bucket, count) values (?, ?, ?)
  on conflict (seq, bucket) do update set count = count + excluded.count`
const addService = `insert into push_services (seq, host, tried, gone, failed, waiting) values (?, ?, ?, ?, ?, ?)
  on conflict (seq, host) do update set tried = tried + excluded.tried, gone = gone + excluded.gone,
  failed = failed + excluded.failed, waiting = waiting + excluded.waiting`
// After the alarm (column `told`), nothing is deleted in this run, whatever the share becomes.
const selectMostlyGone = `select host, tried, gone, told as alarmed from push_services
  where seq = ? and (told = 1 or (tried >= ? and gone > tried * ?))`
const setServiceAlarmed = 'update push_services set told = 1 where seq = ? and host = ?'
const deleteGoneAt = `delete from push_gone where seq = ?
  and row_id in (select row_id from subscriptions where host = ?)`
const saveGone = 'insert into push_gone (seq, row_id) values (?, ?) on conflict do nothing'
const selectGone = 'select row_id from push_gone where seq = ?'
// At a service with few results, deletions wait until there are enough results, or until the run's end.
const selectGoneWithEnoughResults = `select g.row_id from push_gone g join subscriptions s on s.row_id = g.row_id
  join push_services p on p.seq = g.seq and p.host = s.host where g.seq = ? and p.tried >= ?`
const deleteGone = 'delete from push_gone where seq = ?'
const unsettled = `select (select count(*) from push_slices where seq = ?) as slices,
  (select count(*) from push_retries where seq = ?) as retries,
  (select count(*) from push_retries where seq = ? and attempts = 0) as unsent,
  (select count(*) from push_retries where seq = ? and attempts < 2) as early`
const setAlarmed = 'update push_entries set alarmed = 1 where seq = ?'
const finish = `update push_entries set state = 'done', finished_ms = ? where seq = ? and state = 'open'`

/**
 * Settles a batch, inside the caller's transaction. Does nothing when its lease has expired. What is under way of a slice
 * is leased as retries from then on. Returns alarms, each once a run.
 */
export function settleOutcomes(
  sql: Sql,
  batch: Batch,
  outcomes: readonly Outcome[],
  nowMs: number,
  underWay: ReadonlySet<string> = new Set(),
): readonly OutboxAlarm[] {
  recordClock(sql, nowMs)
  const { seq } = batch.entry
  const isSlice = sql.run(deleteSlice, batch.id) > 0
  const leased = new Map(sql.all<LeasedRetry>(leasedRetries, batch.id).map(({ row_id, host }) => [row_id, host]))
  const [entry] = sql.all<EntryRow>(selectEntry, seq)
  if (entry === undefined || (!isSlice && leased.size === 0)) return []
  const outcomeById = new Map(outcomes.map((outcome) => [outcome.subscriptionId, outcome]))
  const counts: SettledCounts = {
    accepted: 0,
    gone: 0,
    failed: 0,
    times: new Map(),
    services: new Map(),
    languages: new Map(),
    ended: [],
  }
  const hosts = new HostsByEndpoint()
  const addressees = addresseesById(sql, batch, isSlice ? outcomeById : null)
  for (const { id, language } of batch.unreadable ?? []) {
    const row = addressees.get(id)
    if (!isSlice && (row === undefined || !leased.delete(row.row_id))) continue
    settleOne(sql, entry, { row, host: row?.host, language, isSlice }, { subscriptionId: id, result: 'failed' }, counts)
  }
  for (const due of batch.due) {
    const { id, endpoint } = due.subscription
    const row = addressees.get(id)
    const rowId = row?.row_id
    if (!isSlice && (rowId === undefined || !leased.delete(rowId))) continue
    if (underWay.has(id)) {
      const { attempts, lookedGone, sealed } = due
      // Who has unsubscribed since has no row, and is not counted.
      if (!isSlice || row === undefined) continue
      sql.run(saveUnderWay, seq, row.row_id, batch.leaseUntilMs, attempts, lookedGone ? 1 : 0, sealed, batch.id)
      serviceOf(counts, row.host).waiting += 1
      continue
    }
    // A push without an outcome was not sent: it is due again at once.
    const outcome = outcomeById.get(id) ?? { subscriptionId: id, result: 'again' as const, notBeforeMs: nowMs, ...due }
    const addressee = { row, host: row?.host ?? hosts.of(endpoint), language: due.language, isSlice }
    settleOne(sql, entry, addressee, outcome, counts)
  }
  // A leased push that is not in the batch is not wanted any more or cannot be decrypted. Without this, it would be leased again for ever.
  sql.run(deleteRetries, seq, JSON.stringify([...leased.keys(), ...counts.ended]))
  for (const host of leased.values()) serviceOf(counts, host).waiting -= 1
  sql.run(addCounts, counts.accepted, counts.gone, counts.failed, seq)
  for (const [bucket, count] of counts.times) sql.run(addTimes, seq, bucket, count)
  for (const [host, { tried, gone, failed, waiting }] of counts.services)
    sql.run(addService, seq, host, tried, gone, failed, waiting)
  addLanguages(sql, seq, counts.languages)
  return conclude(sql, seq, nowMs)
}

/**
 * The rows of a batch's subscriptions that are still there, by subscription id: one statement for all of them. With
 * `outcomeById`, only of those whose row is needed: an accepted push of a slice, as nearly all are, changes only counts.
 */
function addresseesById(
  sql: Sql,
  { due, unreadable = [] }: Batch,
  outcomeById: ReadonlyMap<string, Outcome> | null,
): ReadonlyMap<string, Addressee> {
  const needsRow = ({ subscription }: Due): boolean => {
    const outcome = outcomeById?.get(subscription.id)
    return outcome?.result !== 'accepted' || outcome.vapidKeyId !== undefined
  }
  const ids = [...due.filter(needsRow).map(({ subscription }) => subscription.id), ...unreadable.map(({ id }) => id)]
  if (ids.length === 0) return new Map()
  return new Map(sql.all<Addressee>(addresseesOf, JSON.stringify(ids)).map((row) => [row.id, row]))
}

/** Hosts of endpoints, each parsed once for all endpoints that begin alike. */
class HostsByEndpoint {
  readonly #hosts = new Map<string, string>()

  of(endpoint: string): string {
    const start = endpoint.slice(0, endpoint.indexOf('/', 'https://'.length))
    const known = this.#hosts.get(start)
    if (known !== undefined) return known
    const { hostname } = new URL(endpoint)
    this.#hosts.set(start, hostname)
    return hostname
  }
}

type Addressee = { readonly id: string; readonly row_id: number; readonly host: string }
type LeasedRetry = { row_id: number; host: string }
/** `row`: undefined where it was not needed, or is not there any more. `isSlice`: the push is no retry. */
type Settled = {
  readonly row: Addressee | undefined
  readonly host: string | undefined
  readonly language: string
  readonly isSlice: boolean
}
type ServiceCounts = { tried: number; gone: number; failed: number; waiting: number }
type SettledCounts = {
  accepted: number
  gone: number
  failed: number
  readonly times: Map<number, number>
  /** By host. */
  readonly services: Map<string, ServiceCounts>
  readonly languages: Map<string, LanguageResults>
  /** The row ids of those who are not sent this entry again. */
  readonly ended: number[]
}

function serviceOf({ services }: SettledCounts, host: string): ServiceCounts {
  const known = services.get(host)
  if (known !== undefined) return known
  const service = { tried: 0, gone: 0, failed: 0, waiting: 0 }
  services.set(host, service)
  return service
}

function settleOne(
  sql: Sql,
  entry: EntryRow,
  { row, host, language, isSlice }: Settled,
  outcome: Outcome,
  counts: SettledCounts,
): void {
  const { seq } = entry
  if (outcome.result === 'again') {
    if (row === undefined) return
    if (entry.state !== 'open') sql.run(deleteRetry, seq, row.row_id)
    else {
      const { notBeforeMs, attempts, lookedGone, sealed } = outcome
      sql.run(saveRetry, seq, row.row_id, notBeforeMs, attempts, lookedGone ? 1 : 0, sealed)
      if (isSlice) serviceOf(counts, row.host).waiting += 1
    }
    return
  }
  counts[outcome.result] += 1
  const results = counts.languages.get(language) ?? { accepted: 0, gone: 0, failed: 0 }
  counts.languages.set(language, results)
  results[outcome.result] += 1
  if (outcome.result === 'accepted') {
    const bucket = bucketOf(outcome.atMs - entry.at_ms)
    counts.times.set(bucket, (counts.times.get(bucket) ?? 0) + 1)
  }
  if (row !== undefined) counts.ended.push(row.row_id)
  if (host === undefined) return
  const service = serviceOf(counts, host)
  service.tried += 1
  if (!isSlice) service.waiting -= 1
  if (outcome.result === 'failed') service.failed += 1
  if (row === undefined) return
  if (outcome.result === 'accepted' && outcome.vapidKeyId !== undefined)
    updateVapidKey(sql, row.row_id, outcome.vapidKeyId)
  if (outcome.result !== 'gone') return
  service.gone += 1
  sql.run(saveGone, seq, row.row_id)
}

/** Finishes the entry when all is settled, and deletes subscriptions that are gone, unless they are too many. */
function conclude(sql: Sql, seq: number, nowMs: number): readonly OutboxAlarm[] {
  const [entry] = sql.all<EntryRow>(selectEntry, seq)
  const [left] = sql.all<Left>(unsettled, seq, seq, seq, seq)
  if (entry === undefined || left === undefined) return []
  const allLeased = entry.state !== 'open' || entry.position >= entry.target
  const allSent = allLeased && left.slices === 0 && left.unsent === 0
  const isFinished = allSent && left.retries === 0 && sql.run(finish, nowMs, seq) > 0
  const failures = allSent && entry.state === 'open' ? failureAlarms(sql, entry, left, isFinished) : []
  // Pushes that were returned unsent do not count for the share that looks gone.
  const tried = entry.accepted + entry.gone + entry.failed + left.retries - left.unsent
  const hasEnoughResults = tried >= breakerRunMin || (allSent && entry.due >= breakerRunMin)
  // As for a single service: after the alarm, nothing is deleted in this run.
  const isReported = entry.alarmed === 1
  if (isReported || (hasEnoughResults && entry.gone / tried > breakerGoneShareMax)) {
    sql.run(deleteGone, seq)
    if (isReported) return failures
    sql.run(setAlarmed, seq)
    return [goneAlarm(seq, null, tried, entry.gone), ...failures]
  }
  const alarms = [...mostlyGoneServices(sql, seq), ...failures]
  if (!allSent && !hasEnoughResults) return alarms
  const gone = allSent ? sql.all<Gone>(selectGone, seq) : sql.all<Gone>(selectGoneWithEnoughResults, seq, breakerRunMin)
  for (const { row_id } of gone) deleteSubscription(sql, row_id)
  return alarms
}

type Gone = { row_id: number }
type Left = { slices: number; retries: number; unsent: number; early: number }

/** Keeps the subscriptions of services where too many look gone: of all services together the share may be small. */
function mostlyGoneServices(sql: Sql, seq: number): readonly OutboxAlarm[] {
  type Service = { host: string; tried: number; gone: number; alarmed: number }
  return sql
    .all<Service>(selectMostlyGone, seq, breakerRunMin, breakerGoneShareMax)
    .flatMap(({ host, tried, gone, alarmed }) => {
      sql.run(deleteGoneAt, seq, host)
      if (alarmed === 1) return []
      sql.run(setServiceAlarmed, seq, host)
      return [goneAlarm(seq, host, tried, gone)]
    })
}
