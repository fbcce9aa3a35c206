import { type Authority, permitLevelAt } from '../../auth/editor.ts'
import { publicationLine } from '../../desk/audit.ts'
import { refusePaused } from '../../desk/pause.ts'
import type { Kind } from '../../domain/alert-types.ts'
import { applyChange, type Change, intention } from '../../domain/change.ts'
import { type Interest, matches } from '../../domain/interest.ts'
import type { Published } from '../../domain/newsroom-dropped.ts'
import {
  type AlertLog,
  type Bounds,
  type Entry,
  type HistoryEntry,
  type HistoryPart,
  keyReused,
  type Seq,
} from '../../log/log.ts'
import { proofsOf } from '../../log/sign-entry.ts'
import { migrate, type Sql, type SqlValue } from '../sql.ts'
import { auditSchemas, noteAct } from './desk/audit-table.ts'
import { endWaitingItems, isItemKey, itemSchema } from './desk/item-tables.ts'
import { SqliteEntrySigning } from './entry-signing.ts'
import { LogIndex } from './log-index.ts'
import { logSchema } from './log-tables.ts'
import { authorise, editorSchema } from './sqlite-editors.ts'
import { pauseSchema, readPause } from './sqlite-pause.ts'

type EntryRow = { seq: number; at: string; kind: string; alert: string; proofs: string | null }
type HistoryRow = EntryRow & { readonly editor_id: string }
type KeyedRow = HistoryRow & { readonly intention: string }
type UnindexedRow = { seq: number; alert: string; superseded: number }

const insertEpoch = 'insert into log (one, epoch) values (1, ?) on conflict (one) do nothing'
const selectEpoch = 'select epoch from log'
// Two selects: SQLite finds one end of a table at once, but reads all of it for both (https://sqlite.org/optoverview.html#minmax).
const selectBounds = 'select (select min(seq) from entries) as floor, (select max(seq) from entries) as head'
const selectByKey = 'select seq, at, kind, alert, proofs, intention, editor_id from entries where key = ?'
const selectAfter = 'select seq, at, kind, alert, proofs from entries where seq > ? order by seq limit ?'
const selectHistory = `select seq, at, kind, alert, proofs, editor_id from entries where alert_id = ? and seq > ?
  order by seq limit ? offset ?`
const selectHistoryBefore = `select seq, at, kind, alert, proofs, editor_id from entries where alert_id = ? and seq < ?
  order by seq desc limit ?`
const selectNewestAt = 'select at from entries where seq = (select max(seq) from entries)'
const selectLatest =
  'select seq, at, kind, alert, proofs from entries where seq = (select seq from alerts where id = ?)'
const selectNewestSeq = 'select seq from alerts where id = ?'
const selectRecent = `select entries.seq, entries.at, entries.kind, entries.alert, entries.proofs from alerts
  join entries on entries.seq = alerts.seq where alerts.seq < ? order by alerts.seq desc limit ?`
const insertEntry = `insert into entries (seq, at, kind, alert_id, alert, key, intention, editor_id)
  values (?, ?, ?, ?, ?, ?, ?, ?)`
const upsertAlert = 'insert into alerts (id, seq) values (?, ?) on conflict (id) do update set seq = excluded.seq'

const selectOne = 'select seq, at, kind, alert, proofs from entries where seq = ?'
const selectUnindexed = `select entries.seq, entries.alert, alerts.seq <> entries.seq as superseded from entries
  join alerts on alerts.id = entries.alert_id where entries.seq < ? order by entries.seq desc limit ?`

const recentPage = 200
/** To SQLite (https://sqlite.org/lang_select.html#limitoffset). */
const noLimit = -1
/** How many alerts a search reads among entries that are not in the index yet. */
const unindexedAlertsMax = 10_000

/** Appends inside a transaction; throws a Problem before it has written anything. */
export type AppendWithin = (change: Change, key: string, by?: Authority) => Entry

/** The log in SQLite: the same code under Node and in a Durable Object. `newEpoch` is used when the file is new. */
export class SqliteLog implements AlertLog {
  readonly signing: SqliteEntrySigning
  readonly #sql: Sql
  readonly #epoch: string
  readonly #index: LogIndex
  readonly #wakes = new Set<() => void>()

  constructor(sql: Sql, newEpoch: string) {
    this.#sql = sql
    for (const each of [logSchema, editorSchema, pauseSchema, ...auditSchemas, itemSchema]) migrate(sql, each)
    // Without anything new to write, a start begins no write transaction and waits for no other connection.
    if (sql.all(selectEpoch).length === 0) sql.run(insertEpoch, newEpoch)
    this.#index = new LogIndex(sql)
    this.#epoch = sql.all<{ epoch: string }>(selectEpoch)[0]?.epoch ?? newEpoch
    const after = (seq: Seq, limit: number) => this.#entries(selectAfter, seq, limit)
    this.signing = new SqliteEntrySigning({ sql, bounds: () => this.#bounds(), after })
  }

  async append(change: Change, key: string, by?: Authority): Promise<Entry> {
    const asked = intention(change)
    return this.transact((append) => {
      const first = this.storedUnder(change.by, key)
      if (first === undefined && !isItemKey(this.#sql, change.by, key)) return append(change, key, by)
      if (first?.intention !== asked) throw keyReused()
      return first.entry
    })
  }

  /** Runs `act` in a write transaction, in which it may append. Durable when it resolves. */
  async transact<Result>(act: (append: AppendWithin) => Result): Promise<Result> {
    return this.#sql.retryBusy(() => {
      this.#index.loadScopes()
      let isAppended = false
      const result = this.#sql.transaction(() =>
        act((change, key, by) => {
          const entry = this.#write(change, key, intention(change), by)
          isAppended = true
          return entry
        }),
      )
      if (isAppended) for (const wake of this.#wakes) wake()
      return result
    })
  }

  /** The entry stored under an editor's idempotency key. Older entries were stored under the key without the editor. */
  storedUnder(editorId: string, key: string): { readonly entry: Entry; readonly intention: string } | undefined {
    const rows = [ownKey(editorId, key), key].flatMap((it) => this.#sql.all<KeyedRow>(selectByKey, it))
    const row = rows.find((it) => it.editor_id === editorId)
    return row === undefined ? undefined : { entry: this.#entryOf(row), intention: row.intention }
  }

  /** Inside the write transaction: what is read here cannot change before the write. */
  #write(change: Change, key: string, asked: string, by?: Authority): Entry {
    const editor = by === undefined ? null : authorise(this.#sql, by)
    const latest = this.latestWithin(change.id)
    const [newest] = this.#sql.all<{ at: string }>(selectNewestAt)
    const alert = applyChange(change, latest?.alert ?? null, newest?.at)
    if (editor !== null) permitLevelAt(editor, alert.changedAt, alert.level, change.kind)
    refusePaused(readPause(this.#sql), { kind: change.kind, alert })
    const seq = this.#bounds().head + 1
    const at = alert.changedAt
    const stored = [alert.id, JSON.stringify(alert), ownKey(change.by, key), asked, change.by] as const
    this.#sql.run(insertEntry, seq, at, change.kind, ...stored)
    this.#sql.run(upsertAlert, alert.id, seq)
    if (latest !== null) this.#index.supersede(latest.seq, latest.alert)
    this.#index.add(seq, alert, false)
    const entry = this.signing.sign({ seq, at, kind: change.kind, alert })
    // An item writes its own line.
    if (editor !== null) noteAct(this.#sql, publicationLine(entry, editor))
    if (change.kind === 'retraction') endWaitingItems(this.#sql, entry, key, change.by)
    return entry
  }

  async after(cursor: Seq, limit: number, interest?: Interest): Promise<readonly Entry[]> {
    if (!(limit >= 1)) throw new RangeError(`a limit of at least 1 is wanted, not ${limit}`)
    if (interest === undefined) return this.#entries(selectAfter, cursor, limit)
    return this.#sql.snapshot(() => {
      if (cursor < this.#index.indexedFrom - 1) return this.#entries(selectAfter, cursor, limit)
      return this.#matching(interest, cursor, limit, (from, most) => this.#index.after(interest, from, most))
    })
  }

  /**
   * The entries that the index names. Each is matched again, and one that is not for the interest is skipped: also with a
   * damaged index, no reader gets another audience's alert.
   */
  #matching(interest: Interest, from: Seq, limit: number, read: (from: Seq, most: number) => readonly Seq[]): Entry[] {
    const found: Entry[] = []
    for (let at = from; ; ) {
      const most = limit - found.length
      const seqs = read(at, most)
      const entries = seqs.flatMap((seq) => this.#entries(selectOne, seq))
      found.push(...entries.filter(({ alert }) => matches(interest, alert) !== null))
      at = seqs.at(-1) ?? at
      if (found.length >= limit || seqs.length < most) return found
    }
  }

  async latest(alertId: string): Promise<Entry | null> {
    return this.latestWithin(alertId)
  }

  /** The same, for who is inside a transaction. */
  latestWithin(alertId: string): Entry | null {
    return this.#entries(selectLatest, alertId)[0] ?? null
  }

  /** The entry of a seq; null: there is none. */
  entryAt(seq: Seq): Entry | null {
    return this.#entries(selectOne, seq)[0] ?? null
  }

  async history(alertId: string, part: HistoryPart = { after: 0, limit: noLimit }): Promise<readonly HistoryEntry[]> {
    const read = (statement: string, ...bound: readonly number[]) =>
      this.#sql
        .all<HistoryRow>(statement, alertId, ...bound)
        .map((row) => ({ ...this.#entryOf(row), by: row.editor_id }))
    if ('after' in part) return read(selectHistory, part.after, part.limit, part.skip ?? 0)
    return read(selectHistoryBefore, part.before, part.limit).toReversed()
  }

  async recent(interest: Interest, limit: number, before = Number.MAX_SAFE_INTEGER): Promise<readonly Entry[]> {
    return this.#sql.snapshot(() => {
      const { indexedFrom } = this.#index
      const found = this.#matching(interest, before, limit, (below, most) =>
        this.#index.newest(interest, below, most).filter((seq) => seq >= indexedFrom),
      )
      if (indexedFrom > 1 && found.length < limit)
        found.push(...this.#unindexed(interest, Math.min(before, indexedFrom)))
      return found.slice(0, limit)
    })
  }

  /** The newest entry of each alert below a seq, read one by one. */
  #unindexed(interest: Interest, from: Seq): readonly Entry[] {
    const found: Entry[] = []
    let before = from
    for (let seen = 0; seen < unindexedAlertsMax; seen += recentPage) {
      const page = this.#entries(selectRecent, before, recentPage)
      found.push(...page.filter((entry) => matches(interest, entry.alert) !== null))
      if (page.length < recentPage || found.length >= recentPage) break
      before = page.at(-1)?.seq ?? 0
    }
    return found
  }

  /** The languages and topics of public alerts, as far as they are in the index. */
  get published(): Published {
    return this.#index.published
  }

  /** Whether every entry is in the index. */
  get isIndexed(): boolean {
    return this.#index.indexedFrom <= 1
  }

  /**
   * Indexes up to `limit` entries that are older than the index, newest first; true when none is left. Until then, `after`
   * returns old entries whatever the interest, and `recent` reads a limited number of old alerts. `lasts` is called after
   * each entry and says whether to go on: other connections cannot write meanwhile, and an entry of many languages and
   * topics takes a hundred times as long as another.
   */
  async indexMore(limit: number, mayContinue: () => boolean = () => true): Promise<boolean> {
    if (this.isIndexed) return true
    return this.#sql.retryBusy(() => {
      this.#index.loadScopes()
      return this.#sql.transaction(() => {
        let reached = this.#index.indexedFrom
        for (let count = 0; count < limit && reached > 1; count += 1) {
          if (count > 0 && !mayContinue()) break
          const [row] = this.#sql.all<UnindexedRow>(selectUnindexed, reached, 1)
          if (row !== undefined) this.#index.add(row.seq, JSON.parse(row.alert), row.superseded === 1)
          reached = row?.seq ?? 1
        }
        this.#index.setIndexedFrom(reached)
        return reached <= 1
      })
    })
  }

  async bounds(): Promise<Bounds> {
    return this.#bounds()
  }

  #bounds(): Bounds {
    const [row] = this.#sql.all<{ floor: number | null; head: number | null }>(selectBounds)
    return { epoch: this.#epoch, floor: row?.floor ?? 1, head: row?.head ?? 0 }
  }

  #entries(statement: string, ...values: readonly SqlValue[]): readonly Entry[] {
    return this.#sql.all<EntryRow>(statement, ...values).map((row) => this.#entryOf(row))
  }

  #entryOf({ seq, at, kind, alert, proofs }: EntryRow): Entry {
    const stored = proofs === null ? null : JSON.parse(proofs)
    return { seq, at, kind: kind as Kind, alert: JSON.parse(alert), ...proofsOf(stored, this.#epoch) }
  }

  onAppend(wake: () => void): () => void {
    this.#wakes.add(wake)
    return () => void this.#wakes.delete(wake)
  }
}

/** The newest seq; 0 in a log without entries. */
export function headOf(sql: Sql): Seq {
  migrate(sql, logSchema)
  return sql.all<{ head: number | null }>(selectBounds)[0]?.head ?? 0
}

/** The epoch of a log that was opened before; null in a new database. */
export function epochOf(sql: Sql): string | null {
  migrate(sql, logSchema)
  return sql.all<{ epoch: string }>(selectEpoch)[0]?.epoch ?? null
}

/** Gives the log a new epoch, before it is opened: entries may have been lost, and their seqs will be used again. */
export function renewEpoch(sql: Sql, epoch: string): void {
  migrate(sql, logSchema)
  sql.run('update log set epoch = ?', epoch)
}

/** The seq of an alert's newest entry, in a database that has the log; null when there is no such alert. */
export function newestSeqOf(sql: Pick<Sql, 'all'>, alertId: string): Seq | null {
  return sql.all<{ seq: number }>(selectNewestSeq, alertId)[0]?.seq ?? null
}

/** An editor's idempotency key as it is stored. No key holds a space, so that it equals no other editor's and no bare key. */
function ownKey(editorId: string, key: string): string {
  return `${editorId} ${key}`
}
