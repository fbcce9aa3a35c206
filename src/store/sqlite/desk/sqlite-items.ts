import type { Editor } from '../../../auth/editor.ts'
import { type Deletion, type Item, noSuchItem } from '../../../desk/items/item.ts'
import type { ActContext } from '../../../desk/items/item-acts.ts'
import type { ItemChanges, ItemPart, ItemRequest, ItemResult, ItemStore } from '../../../desk/items/item-store.ts'
import {
  appendedOutcome,
  itemKey,
  type RunOutcome,
  runActs,
  type StoredOutcome,
  unappendedOutcome,
} from '../../../desk/items/run-acts.ts'
import { keyReused } from '../../../log/log.ts'
import { noticeOf } from '../../../push/editors/notice.ts'
import { migrate, type Sql } from '../../sql.ts'
import { activeEditor, authorise, editorSchema } from '../sqlite-editors.ts'
import type { AppendWithin, SqliteLog } from '../sqlite-log.ts'
import { pauseSchema, readPause } from '../sqlite-pause.ts'
import { auditSchemas, deletionOf, noteAct } from './audit-table.ts'
import { isItemKey, itemSchema, writeItem } from './item-tables.ts'
import { noteNotice, noticeSchema } from './notice-tables.ts'
import { locksOf, SqlitePresence } from './sqlite-presence.ts'

type ChangedRow = { readonly id: string; readonly item: string | null }
type ItemRow = { readonly item: string }
type KeyRow = { readonly intention: string; readonly item: string | null; readonly seq: number | null }
const selectItem = 'select item from items where id = ?'
const deleteItem = 'delete from items where id = ?'
const selectKey = 'select intention, item, seq from item_keys where key = ?'
const insertKey = 'insert into item_keys (key, intention, item, seq, at) values (?, ?, ?, ?, ?)'
const selectAuthor =
  'select editors.name from entries join editors on editors.id = entries.editor_id where entries.seq = ?'
const selectLast = 'select max(id) as last from audit where item_id is not null'
const selectChanged = `select changed.item_id as id, items.item from
  (select item_id, max(id) as at from audit where id > ? and item_id is not null group by item_id) as changed
  left join items on items.id = changed.item_id order by changed.at limit ?`
const selectDue = 'select id from items where release_at <= ? order by release_at, id limit ?'
const selectNext = 'select min(release_at) as at from items where release_at > ?'
const selectListed = `select item from items where state in (select value from json_each(?))
  and (changed_at, id) < (?, ?) order by changed_at desc, id desc limit ?`

function changesOf(last: number, rows: readonly ChangedRow[], isAll: boolean): ItemChanges {
  const items = rows.flatMap(({ item }) => (item === null ? [] : [JSON.parse(item)]))
  return { last, items, deleted: rows.flatMap(({ id, item }) => (item === null ? [id] : [])), isAll }
}

/** Later than any time and id. */
const end = { changedAt: '9999', id: '' }

type Log = Pick<SqliteLog, 'transact' | 'entryAt' | 'latestWithin' | 'storedUnder'>

/** The desk's items in SQLite, beside the log that they are appended to. */
export class SqliteItems implements ItemStore {
  readonly #sql: Sql
  readonly #log: Log
  readonly presence: SqlitePresence
  readonly #listeners = new Set<() => void>()

  constructor(sql: Sql, log: Log) {
    this.#sql = sql
    this.presence = new SqlitePresence(sql)
    this.#log = log
    for (const schema of [editorSchema, pauseSchema, ...auditSchemas, itemSchema, noticeSchema]) migrate(sql, schema)
  }

  async act(request: ItemRequest): Promise<ItemResult | null> {
    const result = await this.#log.transact((append) => this.#act(request, append))
    if (result?.isNew) for (const listener of this.#listeners) listener()
    return result === null ? null : { item: result.item, entry: result.entry }
  }

  /** Calls `listener` after every change of an item through this store. Returns a function that unsubscribes. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  #act(request: ItemRequest, append: AppendWithin): (ItemResult & { readonly isNew: boolean }) | null {
    const { itemId, acts, key, intention, at, by } = request
    const ownKey = key === null || by === null ? null : `${by.editorId} ${key}`
    const first = ownKey === null ? undefined : this.#sql.all<KeyRow>(selectKey, ownKey)[0]
    if (first !== undefined) return { ...this.#first(first, intention), isNew: false }
    const published = key === null || by === null ? undefined : this.#log.storedUnder(by.editorId, key)
    if (published !== undefined) {
      if (published.intention !== request.logIntention) throw keyReused()
      return { item: null, entry: published.entry, isNew: false }
    }
    const editor = by === null ? null : authorise(this.#sql, by)
    const before = this.#read(itemId)
    if (before === null && acts[0]?.act !== 'create') throw noSuchItem(deletionOf(this.#sql, itemId))
    const context = this.#context(request, before, editor)
    const outcome = runActs(before, acts, itemId, context)
    if (outcome === null) return null
    const done = this.#publish(outcome, context, append)
    if (done.item === null) this.#sql.run(deleteItem, itemId)
    else writeItem(this.#sql, done.item)
    for (const line of done.audit) noteAct(this.#sql, line)
    const item = done.item
    const notice = noticeOf(before, item, context.latest, context.now)
    if (notice !== null) noteNotice(this.#sql, notice)
    if (ownKey !== null)
      this.#sql.run(
        insertKey,
        ownKey,
        intention,
        item === null ? null : JSON.stringify(item),
        done.entry?.seq ?? null,
        at,
      )
    return { item, entry: done.entry, isNew: true }
  }

  /** Appends the change, if there is one. */
  #publish(outcome: RunOutcome, context: ActContext, append: AppendWithin): StoredOutcome {
    const { item, change, audit } = outcome
    if (item === null || change === null) return { item, entry: null, audit }
    try {
      return appendedOutcome(outcome, append(change, itemKey(item.id)), context)
    } catch (error) {
      return unappendedOutcome(outcome, error, context)
    }
  }

  #context({ acts, at, newsroom }: ItemRequest, item: Item | null, editor: Editor | null): ActContext {
    const [first] = acts
    const revised = item ?? (first?.act === 'create' ? first : null)
    const latest = revised === null || revised.kind === 'alert' ? null : this.#log.latestWithin(revised.alertId)
    return {
      ...{ now: at, editor, newsroom },
      latest: latest?.alert ?? null,
      latestChange: latest === null ? null : { kind: latest.kind, at: latest.at, by: this.#authorOf(latest.seq) },
      pause: readPause(this.#sql),
      editorNow: (id) => activeEditor(this.#sql, id, at),
      locks: item === null ? [] : locksOf(this.#sql, item.id, at),
    }
  }

  /** The name of who made an entry of the log; null: not known. */
  #authorOf(seq: number): string | null {
    return this.#sql.all<{ name: string }>(selectAuthor, seq)[0]?.name ?? null
  }

  #first({ intention: stored, item, seq }: KeyRow, intention: string): ItemResult {
    if (stored !== intention) throw keyReused()
    return { item: item === null ? null : JSON.parse(item), entry: seq === null ? null : this.#log.entryAt(seq) }
  }

  #read(id: string): Item | null {
    const [row] = this.#sql.all<ItemRow>(selectItem, id)
    return row === undefined ? null : JSON.parse(row.item)
  }

  async read(id: string): Promise<Item | null> {
    return this.#read(id)
  }

  async deletion(id: string): Promise<Deletion | null> {
    return deletionOf(this.#sql, id)
  }

  async knows(editorId: string, key: string): Promise<boolean> {
    return isItemKey(this.#sql, editorId, key)
  }

  async list({ states, limit, before = end }: ItemPart): Promise<readonly Item[]> {
    return this.#sql
      .all<ItemRow>(selectListed, JSON.stringify(states), before.changedAt, before.id, limit)
      .map(({ item }) => JSON.parse(item))
  }

  async due(at: string, limit: number): Promise<{ ids: readonly string[]; next: string | null }> {
    const ids = this.#sql.all<{ id: string }>(selectDue, at, limit).map(({ id }) => id)
    return { ids, next: this.#sql.all<{ at: string | null }>(selectNext, at)[0]?.at ?? null }
  }

  async changes(after: number | null, limit: number): Promise<ItemChanges> {
    return this.#sql.snapshot(() => {
      const last = this.#sql.all<{ last: number | null }>(selectLast)[0]?.last ?? 0
      const found = after === null ? [] : this.#sql.all<ChangedRow>(selectChanged, after, limit + 1)
      return changesOf(last, found.slice(0, limit), found.length <= limit)
    })
  }
}
