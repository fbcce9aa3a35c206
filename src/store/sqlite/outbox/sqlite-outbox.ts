import type { Authority } from '../../../auth/editor.ts'
import type { Delivery } from '../../../desk/delivery-schema.ts'
import { holds } from '../../../desk/pause.ts'
import { type Level, levels } from '../../../domain/alert-types.ts'
import type { Bounds, Entry, Seq } from '../../../log/log.ts'
import type { AddressEncryption } from '../../../push/crypto/address-encryption.ts'
import { type DeliveryPart, deliveryOf } from '../../../push/outbox/delivery.ts'
import { openedEntry } from '../../../push/outbox/entry-matches.ts'
import type { Batch, DeliveryState, Due, Outcome, PushOutbox, Unreadable } from '../../../push/outbox/outbox.ts'
import { leaseMs } from '../../../push/outbox/outbox.ts'
import { type OutboxAlarm, reportAlarms, unreadableAlarm } from '../../../push/outbox/run-alarms.ts'
import { migrate, type Sql } from '../../sql.ts'
import { authorisedStop } from '../desk/authorised-stop.ts'
import { InterestMatches } from '../interest-matches.ts'
import { subscriptionColumns, subscriptionSchema, withoutEnded } from '../push-tables.ts'
import { editorSchema } from '../sqlite-editors.ts'
import { pauseSchema, readPause } from '../sqlite-pause.ts'
import { type DueRow, dueOf } from './due-row.ts'
import { adjustToClockSetBack, recordClock } from './outbox-clock.ts'
import { expiryAlarms } from './outbox-failures.ts'
import { saveDue } from './outbox-languages.ts'
import { batchIdOf } from './outbox-leases.ts'
import { pruneDeliveries } from './outbox-prune.ts'
import { settleOutcomes } from './outbox-settle.ts'
import { type EntryRow, entryColumns, outboxSchema, readDeliveryCounts } from './outbox-tables.ts'
import { type RowRange, sliceEnd, sliceRows } from './slice-rows.ts'
import { StoredEntries } from './stored-entries.ts'

const selectLog = 'select epoch, opened from push_log where only_row = 1'
const insertLog = 'insert into push_log (only_row, epoch, opened) values (1, ?, ?) on conflict (only_row) do nothing'
const updateLog = 'update push_log set epoch = ?, opened = ? where only_row = 1'
const updateOpened = 'update push_log set opened = max(opened, ?) where only_row = 1'
const deleteAfter = 'delete from push_entries where seq > ?'
const highestRow = 'select coalesce(max(row_id), 0) as target from subscriptions'
const insertEntry = `insert into push_entries
  (seq, alert_id, rank, entry, state, at_ms, expires_ms, position, target, due, finished_ms)
  values (?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?) on conflict (seq) do nothing`
const saveStop = `insert into push_stops (alert_id, through) values (?, ?)
  on conflict (alert_id) do update set through = max(through, excluded.through)`
const selectStop = 'select through from push_stops where alert_id = ? and through >= ?'
const selectState = 'select state from push_entries where seq = ?'
const stopOlder = `update push_entries set state = 'stopped', finished_ms = ?
  where alert_id = ? and seq <= ? and state = 'open' returning seq`
const deleteRetries = 'delete from push_retries where seq = ? and batch_id is null'
const selectOpen = `select ${entryColumns} from push_entries where state = 'open' and rank <= ? order by rank, seq`
const expire = `update push_entries set state = 'expired', finished_ms = ? where seq = ?`
const finish = `update push_entries set state = 'done', finished_ms = ? where seq = ? and state = 'open'`
const advance = 'update push_entries set position = ?, started_ms = coalesce(started_ms, ?) where seq = ?'
const selectExpiredSlice = 'select batch_id, low, high from push_slices where seq = ? and lease_until_ms <= ? limit 1'
const updateSlice = 'update push_slices set batch_id = ?, lease_until_ms = ? where batch_id = ?'
const insertSlice = 'insert into push_slices (batch_id, seq, low, high, lease_until_ms) values (?, ?, ?, ?, ?)'
const selectRetries = `select ${subscriptionColumns}, r.sealed, r.attempts, r.looked_gone from push_retries r
  join subscriptions s on s.row_id = r.row_id
  where r.seq = ? and r.not_before_ms <= ? order by r.not_before_ms limit ?`
// While a retry is leased its time is the lease's end, so that it is due again if the owner dies.
const leaseRetry = 'update push_retries set batch_id = ?, not_before_ms = ? where seq = ? and row_id = ?'
const unsettled = `select (select count(*) from push_slices where seq = ?) + (select count(*) from push_retries where seq = ?) as work`
const selectByAlert = `select ${entryColumns} from push_entries where alert_id = ? order by seq`

/** The rows of a lease, or a range of row ids, which are read after the transaction. */
type Leased = readonly DueRow[] | RowRange
type Lease = { readonly id: string; readonly row: EntryRow; readonly leased: Leased; readonly untilMs: number }
type Deps = {
  readonly sql: Sql
  readonly addressEncryption: Pick<AddressEncryption, 'decryptNow'>
  readonly now: () => number
  readonly newId: () => string
  /** Owner of the leases: a name for each thread of each process, without a slash. */
  readonly owner?: string
  /** Raises an alarm, such as that too many subscriptions looked gone and none is deleted. */
  readonly report: (error: unknown, doing: string) => void
}

/** The outbox in the database of the subscriptions: leases slices of their table. */
export class SqliteOutbox implements PushOutbox {
  readonly #deps: Deps
  readonly #matches: InterestMatches
  readonly #entries = new StoredEntries()

  /** Creates the tables where they are missing. */
  constructor(deps: Deps) {
    for (const schema of [subscriptionSchema, outboxSchema, pauseSchema, editorSchema]) migrate(deps.sql, schema)
    this.#deps = deps
    this.#matches = new InterestMatches(deps.sql)
  }

  /** Begins with an existing log: its present entries are not pushed. A second call changes nothing. */
  begin({ epoch, head }: Pick<Bounds, 'epoch' | 'head'>): void {
    this.#deps.sql.run(insertLog, epoch, head)
  }

  async opened({ epoch, head }: Pick<Bounds, 'epoch' | 'head'>): Promise<Seq> {
    const { sql } = this.#deps
    const find = () => {
      const [log] = sql.all<{ epoch: string; opened: number }>(selectLog)
      if (log === undefined) {
        sql.run(insertLog, epoch, 0)
        return 0
      }
      if (log.epoch === epoch) return log.opened
      const opened = Math.min(log.opened, head)
      sql.run(deleteAfter, opened)
      sql.run(updateLog, epoch, opened)
      return opened
    }
    return sql.retryBusy(() => sql.transaction(find))
  }

  async open(opened: Entry): Promise<void> {
    const { sql, now } = this.#deps
    const open = () => {
      const { alert, seq } = opened
      const superseded = this.#stop(alert.id, seq - 1)
      const entry = openedEntry(opened, superseded)
      const { due, dueByLanguage } = this.#matches.readers(entry)
      const target = sql.all<{ target: number }>(highestRow)[0]?.target ?? 0
      const times = [Date.parse(entry.at), Date.parse(alert.expiresAt)]
      const state = due === 0 ? 'done' : sql.all(selectStop, alert.id, seq).length > 0 ? 'stopped' : 'open'
      const rest = [state, ...times, target, due, state === 'open' ? null : now()] as const
      if (sql.run(insertEntry, seq, alert.id, levels.indexOf(alert.level), JSON.stringify(entry), ...rest) === 0) return
      saveDue(sql, seq, dueByLanguage)
      sql.run(updateOpened, seq)
      pruneDeliveries(sql, now())
    }
    await sql.retryBusy(() => sql.transaction(open))
  }

  async stop(alertId: string, through: Seq): Promise<void> {
    const { sql } = this.#deps
    await sql.retryBusy(() => sql.transaction(() => this.#storeStop(alertId, through)))
  }

  /** Stops an alert's pushes up to its newest entry in this database's log. False: no such alert. Throws a Problem (401, 403). */
  async stopNewest(alertId: string, by: Authority): Promise<boolean> {
    const { sql } = this.#deps
    const stop = () => {
      const newest = authorisedStop(sql, alertId, by)
      if (newest !== null) this.#storeStop(alertId, newest)
      return newest !== null
    }
    return sql.retryBusy(() => sql.transaction(stop))
  }

  #storeStop(alertId: string, through: Seq): void {
    // Stored, because the entry may be in the log and not yet in the outbox.
    this.#deps.sql.run(saveStop, alertId, through)
    this.#stop(alertId, through)
  }

  async claim(limit: number, lowest: Level = 'routine'): Promise<Batch | null> {
    const { sql } = this.#deps
    const rankMax = levels.indexOf(lowest)
    if (sql.all(selectOpen, rankMax).length === 0) return null
    const expired: OutboxAlarm[] = []
    const leased = sql.transaction(() => {
      const lease = this.#leaseNext(limit, rankMax, expired)
      if (lease === null) return null
      const entry = this.#entries.of(lease.row)
      return { ...lease, entry, languages: this.#matches.languages(entry) }
    })
    reportAlarms(this.#deps.report, expired)
    if (leased === null) return null
    const { entry, languages, ...lease } = leased
    const unreadable: Unreadable[] = []
    const matched = { languages, interests: this.#matches, addressEncryption: this.#deps.addressEncryption }
    const found = withoutEnded(this.#deps.sql, this.#rowsOf(lease), entry.alert.audience, this.#deps.now()).map((row) =>
      dueOf(row, matched, unreadable),
    )
    const isAsync = found.some((it) => it instanceof Promise)
    const due = (isAsync ? await Promise.all(found) : (found as readonly (Due | null)[])).filter((it) => it !== null)
    if (unreadable.length > 0) reportAlarms(this.#deps.report, [unreadableAlarm])
    const deliveryState = async () => this.#deliveryState(entry)
    return { id: lease.id, entry, due, unreadable, leaseUntilMs: lease.untilMs, deliveryState }
  }

  async settle(batch: Batch, outcomes: readonly Outcome[], underWay?: ReadonlySet<string>): Promise<void> {
    const { sql, now } = this.#deps
    const alarms = sql.transaction(() => settleOutcomes(sql, batch, outcomes, now(), underWay))
    reportAlarms(this.#deps.report, alarms)
  }

  async delivery(alertId: string): Promise<readonly Delivery[]> {
    return this.part(alertId).counts.map(deliveryOf)
  }

  /** The deliveries of this outbox, to be joined with those of others. */
  part(alertId: string): DeliveryPart {
    const { sql } = this.#deps
    return {
      opened: sql.all<{ opened: number }>(selectLog)[0]?.opened ?? 0,
      counts: sql.all<EntryRow>(selectByAlert, alertId).map((row) => readDeliveryCounts(sql, row)),
    }
  }

  /** Returns how many entries were open. */
  #stop(alertId: string, through: Seq): number {
    const { sql, now } = this.#deps
    const stopped = sql.all<{ seq: number }>(stopOlder, now(), alertId, through)
    for (const { seq } of stopped) sql.run(deleteRetries, seq)
    return stopped.length
  }

  #deliveryState(entry: Entry): DeliveryState {
    const { sql } = this.#deps
    const [row] = sql.all<{ state: string }>(selectState, entry.seq)
    if (row?.state !== 'open') return 'over'
    return holds(readPause(sql), entry) ? 'paused' : 'due'
  }

  #leaseNext(limit: number, rankMax: number, expired: OutboxAlarm[]): Lease | null {
    const { sql, now } = this.#deps
    adjustToClockSetBack(sql, now())
    const pause = readPause(sql)
    const withoutNewPushes: EntryRow[] = []
    let rank = 0
    for (const row of sql.all<EntryRow>(selectOpen, rankMax)) {
      if (row.expires_ms <= now()) {
        sql.run(expire, now(), row.seq)
        sql.run(deleteRetries, row.seq)
        // No alarm for pushes that the kill switch held until they expired: that was intended.
        if (pause === null || !holds(pause, this.#entries.of(row))) expired.push(...expiryAlarms(sql, row))
        continue
      }
      if (pause !== null && holds(pause, this.#entries.of(row))) continue
      if (row.rank > rank) {
        const retries = this.#leaseFirstRetries(withoutNewPushes.splice(0), limit)
        if (retries !== null) return retries
        rank = row.rank
      }
      const lease = this.#leaseExpiredSlice(row) ?? this.#leaseNewSlice(row, limit)
      if (lease !== null) return lease
      withoutNewPushes.push(row)
    }
    return this.#leaseFirstRetries(withoutNewPushes, limit)
  }

  /** Retries come after new pushes of the same level: a slow service's retries must not delay a newer alert. */
  #leaseFirstRetries(rows: readonly EntryRow[], limit: number): Lease | null {
    const { sql, now } = this.#deps
    for (const row of rows) {
      const lease = this.#leaseRetries(row, limit)
      if (lease !== null) return lease
      if (sql.all<{ work: number }>(unsettled, row.seq, row.seq)[0]?.work === 0) sql.run(finish, now(), row.seq)
    }
    return null
  }

  #leaseExpiredSlice(row: EntryRow): Lease | null {
    const { sql, now } = this.#deps
    const [lost] = sql.all<RowRange & { batch_id: string }>(selectExpiredSlice, row.seq, now())
    if (lost === undefined) return null
    const lease = this.#newLease(row, lost)
    sql.run(updateSlice, lease.id, lease.untilMs, lost.batch_id)
    return lease
  }

  #leaseNewSlice(row: EntryRow, limit: number): Lease | null {
    const { sql, now } = this.#deps
    if (row.position >= row.target) return null
    const ids = this.#interestIds(row)
    const left = { low: row.position, high: row.target }
    const end = sliceEnd(sql, ids, left, limit)
    // Where fewer are left, there may be none, and then there is no slice.
    const rest = end === null ? sliceRows(sql, ids, left) : null
    const high = end ?? row.target
    sql.run(advance, high, now(), row.seq)
    if (rest?.length === 0) return null
    const lease = this.#newLease(row, rest ?? { ...left, high })
    sql.run(insertSlice, lease.id, row.seq, row.position, high, lease.untilMs)
    return lease
  }

  #leaseRetries(row: EntryRow, limit: number): Lease | null {
    const { sql, now } = this.#deps
    const rows = sql.all<DueRow>(selectRetries, row.seq, now(), limit)
    if (rows.length === 0) return null
    const lease = this.#newLease(row, rows)
    for (const { row_id } of rows) sql.run(leaseRetry, lease.id, lease.untilMs, row.seq, row_id)
    return lease
  }

  #interestIds(row: EntryRow): readonly number[] {
    return this.#matches.interestIds(this.#entries.of(row))
  }

  /**
   * Reading a batch's rows takes most of a claim's time, so it is not done in the write transaction, for which the other
   * threads wait. Who has unsubscribed since is not in the batch.
   */
  #rowsOf({ row, leased }: Pick<Lease, 'row' | 'leased'>): readonly DueRow[] {
    return 'low' in leased ? sliceRows(this.#deps.sql, this.#interestIds(row), leased) : leased
  }

  #newLease(row: EntryRow, leased: Leased): Lease {
    const { sql, owner, newId, now } = this.#deps
    recordClock(sql, now())
    return { id: batchIdOf(owner ?? '', newId()), row, leased, untilMs: now() + leaseMs }
  }
}
