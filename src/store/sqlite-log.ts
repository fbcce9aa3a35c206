import type { Kind } from '../alert.ts'
import { applyChange, type Change, intention } from '../change.ts'
import { type Interest, matches } from '../interest.ts'
import { type AlertLog, type Bounds, type Entry, keyReused, type Refuse, type Seq } from '../log.ts'
import { migrate, type Schema, type Sql } from './sql.ts'

const schema: Schema = {
  room: 'log',
  steps: [
    `create table log (one integer primary key check (one = 1), epoch text not null) strict;
     create table entries (
       seq integer primary key,
       at text not null,
       kind text not null,
       alert_id text not null,
       alert text not null,
       key text not null unique,
       intention text not null,
       editor_id text not null
     ) strict;
     create index entries_of_alert on entries (alert_id, seq);
     create table alerts (id text primary key, seq integer not null) strict;
     create index alerts_by_seq on alerts (seq)`,
  ],
}

type EntryRow = { seq: number; at: string; kind: string; alert: string }

const insertEpoch = 'insert into log (one, epoch) values (1, ?) on conflict (one) do nothing'
const selectEpoch = 'select epoch from log'
const selectBounds = 'select min(seq) as floor, max(seq) as head from entries'
const selectByKey = 'select seq, at, kind, alert, intention from entries where key = ?'
const selectAfter = 'select seq, at, kind, alert from entries where seq > ? order by seq limit ?'
const selectHistory = 'select seq, at, kind, alert from entries where alert_id = ? order by seq'
const selectLatest = 'select seq, at, kind, alert from entries where seq = (select seq from alerts where id = ?)'
const selectRecent = `select entries.seq, entries.at, entries.kind, entries.alert from alerts
  join entries on entries.seq = alerts.seq where alerts.seq < ? order by alerts.seq desc limit ?`
const insertEntry = `insert into entries (seq, at, kind, alert_id, alert, key, intention, editor_id)
  values (?, ?, ?, ?, ?, ?, ?, ?)`
const upsertAlert = 'insert into alerts (id, seq) values (?, ?) on conflict (id) do update set seq = excluded.seq'

const recentPage = 200
/** How many alerts back a search for a narrow interest looks. */
const recentAlertsMax = 10_000

/** The log in SQLite: the same code under Node and in a Durable Object. `newEpoch` is used when the file is new. */
export class SqliteLog implements AlertLog {
  readonly #sql: Sql
  readonly #epoch: string
  readonly #rings = new Set<() => void>()

  constructor(sql: Sql, newEpoch: string) {
    this.#sql = sql
    migrate(sql, schema)
    sql.run(insertEpoch, newEpoch)
    this.#epoch = sql.all<{ epoch: string }>(selectEpoch)[0]?.epoch ?? newEpoch
  }

  async append(change: Change, key: string, refuse: Refuse = () => undefined): Promise<Entry> {
    const asked = intention(change)
    const { entry, fresh } = this.#sql.transaction(() => {
      const [first] = this.#sql.all<EntryRow & { intention: string }>(selectByKey, key)
      if (first === undefined) return { entry: this.#write(change, key, asked, refuse), fresh: true }
      if (first.intention !== asked) throw keyReused()
      return { entry: entryOf(first), fresh: false }
    })
    if (fresh) for (const ring of this.#rings) ring()
    return entry
  }

  /** Inside the transaction: the lock is held, so the head and the alert cannot move in between. */
  #write(change: Change, key: string, asked: string, refuse: Refuse): Entry {
    const alert = applyChange(change, this.#latest(change.id)?.alert ?? null)
    refuse({ kind: change.kind, alert })
    const seq = this.#bounds().head + 1
    this.#sql.run(insertEntry, seq, change.at, change.kind, alert.id, JSON.stringify(alert), key, asked, change.by)
    this.#sql.run(upsertAlert, alert.id, seq)
    return { seq, at: change.at, kind: change.kind, alert }
  }

  async after(cursor: Seq, limit: number): Promise<readonly Entry[]> {
    if (!(limit >= 1)) throw new RangeError(`a limit of at least 1 is wanted, not ${limit}`)
    return this.#sql.all<EntryRow>(selectAfter, cursor, limit).map(entryOf)
  }

  async latest(alertId: string): Promise<Entry | null> {
    return this.#latest(alertId)
  }

  #latest(alertId: string): Entry | null {
    const [row] = this.#sql.all<EntryRow>(selectLatest, alertId)
    return row === undefined ? null : entryOf(row)
  }

  async history(alertId: string): Promise<readonly Entry[]> {
    return this.#sql.all<EntryRow>(selectHistory, alertId).map(entryOf)
  }

  async recent(interest: Interest, limit: number): Promise<readonly Entry[]> {
    const found: Entry[] = []
    let before = Number.MAX_SAFE_INTEGER
    for (let seen = 0; seen < recentAlertsMax && found.length < limit; seen += recentPage) {
      const page = this.#sql.all<EntryRow>(selectRecent, before, recentPage).map(entryOf)
      found.push(...page.filter((entry) => matches(interest, entry.alert) !== null))
      if (page.length < recentPage) break
      before = page.at(-1)?.seq ?? 0
    }
    return found.slice(0, limit)
  }

  async bounds(): Promise<Bounds> {
    return this.#bounds()
  }

  #bounds(): Bounds {
    const [row] = this.#sql.all<{ floor: number | null; head: number | null }>(selectBounds)
    return { epoch: this.#epoch, floor: row?.floor ?? 1, head: row?.head ?? 0 }
  }

  onAppend(ring: () => void): () => void {
    this.#rings.add(ring)
    return () => void this.#rings.delete(ring)
  }
}

function entryOf({ seq, at, kind, alert }: EntryRow): Entry {
  return { seq, at, kind: kind as Kind, alert: JSON.parse(alert) }
}
