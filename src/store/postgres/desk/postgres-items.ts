import { type Editor, isActiveAt, refuseExpired } from '../../../auth/editor.ts'
import type { NamedChange } from '../../../desk/alert-races.ts'
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
import type { Alert } from '../../../domain/alert-types.ts'
import { type Change, intention } from '../../../domain/change.ts'
import { type Entry, keyReused } from '../../../log/log.ts'
import { noticeOf } from '../../../push/editors/notice.ts'
import type { AppendWithin } from '../log/append-group.ts'
import { lockHead } from '../log/log-head.ts'
import type { PostgresLog } from '../log/postgres-log.ts'
import type { PostgresDatabase, PostgresStatements } from '../postgres-database.ts'
import { activeEditors, authorise } from '../postgres-editors.ts'
import { readPause } from '../postgres-pause.ts'
import { deletionOf, sendAct } from './postgres-audit-table.ts'
import { lockItem, readItem, selectItemKeys, sendItem } from './postgres-item-tables.ts'
import { sendNotice } from './postgres-notice-tables.ts'
import { locksOf, PostgresPresence } from './postgres-presence.ts'

type ChangedRow = { readonly last: number; readonly id: string | null; readonly item: Item | null }
type KeyRow = { readonly intention: string; readonly item: Item | null; readonly seq: number | null }
type PublishedRow = EntryRow & { readonly intention: string }
type EntryRow = { readonly seq: number; readonly at: string; readonly kind: Entry['kind']; readonly alert: Alert }

const deleteItem = 'delete from tocsin.items where id = $1'
/** Until the end of the transaction: of two requests with one key, the second finds the answer of the first. */
const lockName = 'select pg_advisory_xact_lock(hashtextextended($1, 0))'
const selectKey = 'select intention, item, seq from tocsin.item_keys where key = $1'
const insertKey = 'insert into tocsin.item_keys (key, intention, item, seq, at) values ($1, $2, $3, $4, $5)'
const selectNow = 'select clock_timestamp() as now'
const selectDue = `select id from tocsin.items where release_at <= coalesce($1::timestamptz, clock_timestamp())
  order by release_at, id limit $2`
const selectNext = `select min(release_at) as at from tocsin.items
  where release_at > coalesce($1::timestamptz, clock_timestamp())`
/** In one statement: `last` and the changes are of one moment. Acts on items commit in the order of their numbers. */
const selectChanges = `select newest.last, changed.item_id as id, items.item
  from (select coalesce(max(id), 0) as last from tocsin.audit where item_id is not null) as newest
  left join (select item_id, max(id) as at from tocsin.audit where id > $1 and item_id is not null group by item_id) as changed
    on true
  left join tocsin.items on items.id = changed.item_id
  order by changed.at limit $2`
/** Each state is read in the order of the index, so that of thousands of drafts only a page is read. */
const selectListed = `select items.item from unnest($1::text[]) as wanted(state)
  cross join lateral (select id, changed_at from tocsin.items where state = wanted.state and (changed_at, id) < ($2, $3)
    order by changed_at desc, id desc limit $4) as found
  join tocsin.items on items.id = found.id
  order by found.changed_at desc, found.id desc limit $4`
const selectPublished = 'select seq, at, kind, alert, intention from tocsin.entries where key = $1'
const selectEntry = 'select seq, at, kind, alert from tocsin.entries where seq = $1'
const selectLatest = `select entries.alert, entries.kind, entries.at, editors.name as by from tocsin.entries
  left join tocsin.editors on editors.id = entries.editor_id where alert_id = $1 order by seq desc limit 1`

/** Later than any time and id. */
const end = { changedAt: '9999', id: '' }

/**
 * `clock`: whose time counts. The database's, because a node whose clock is ahead would release early; tests give times with
 * their requests.
 */
type Options = { readonly clock?: 'database' | 'request' }

/** The desk's items in PostgreSQL, beside the log that they are appended to. */
export class PostgresItems implements ItemStore {
  readonly #database: PostgresDatabase
  readonly #log: Pick<PostgresLog, 'transact'>
  readonly #clock: 'database' | 'request'
  readonly presence: PostgresPresence

  constructor(database: PostgresDatabase, log: Pick<PostgresLog, 'transact'>, { clock = 'database' }: Options = {}) {
    this.#database = database
    this.#log = log
    this.#clock = clock
    this.presence = new PostgresPresence(database, clock)
  }

  async act(request: ItemRequest): Promise<ItemResult | null> {
    return this.#log.transact((statements, append) => this.#act(statements, request, append))
  }

  async #act(statements: PostgresStatements, request: ItemRequest, append: AppendWithin): Promise<ItemResult | null> {
    const { itemId, key, intention, by } = request
    const ownKey = key === null || by === null ? null : `${by.editorId} ${key}`
    // The head first, as every append does; then one request with a key, and one act on an item at a time.
    await lockHead(statements)
    if (ownKey !== null) await statements.all(lockName, `item key ${ownKey}`)
    await lockItem(statements, itemId)
    const first = ownKey === null ? undefined : (await statements.all<KeyRow>(selectKey, ownKey))[0]
    if (first !== undefined) return this.#first(statements, first, intention)
    const [published] = ownKey === null ? [] : await statements.all<PublishedRow>(selectPublished, ownKey)
    if (published !== undefined) {
      const { intention: stored, ...entry } = published
      if (stored !== request.logIntention) throw keyReused()
      return { item: null, entry }
    }
    const editor = by === null ? null : await authorise(statements, by)
    const before = await readItem(statements, itemId)
    if (before === null && request.acts[0]?.act !== 'create') throw noSuchItem(await deletionOf(statements, itemId))
    const context = await this.#context(statements, request, before, editor)
    const outcome = runActs(before, request.acts, itemId, context)
    if (outcome === null) return null
    const done = await this.#publish(outcome, context, append)
    const { item, entry } = done
    if (item === null) statements.send(deleteItem, itemId)
    else sendItem(statements, item)
    for (const line of done.audit) sendAct(statements, line)
    const notice = noticeOf(before, item, context.latest, context.now)
    if (notice !== null) await sendNotice(statements, notice)
    const stored = item === null ? null : JSON.stringify(item)
    if (ownKey !== null) statements.send(insertKey, ownKey, intention, stored, entry?.seq ?? null, context.now)
    return { item, entry }
  }

  /** Appends the change, if there is one. */
  async #publish(outcome: RunOutcome, context: ActContext, append: AppendWithin): Promise<StoredOutcome> {
    const { item, change, audit } = outcome
    if (item === null || change === null) return { item, entry: null, audit }
    try {
      return appendedOutcome(outcome, await appendOne(change, item.id, append), context)
    } catch (error) {
      return unappendedOutcome(outcome, error, context)
    }
  }

  async #context(
    statements: PostgresStatements,
    { acts, at, newsroom }: ItemRequest,
    item: Item | null,
    editor: Editor | null,
  ): Promise<ActContext> {
    const [first] = acts
    const revised = item ?? (first?.act === 'create' ? first : null)
    const isRevision = revised !== null && revised.kind !== 'alert'
    // Whoever acts now is known: their key was looked up just before.
    const people = item === null ? [] : peopleOf(item).filter((id) => id !== editor?.id)
    const [latest, active, time, pause, locks] = await Promise.all([
      isRevision ? statements.all<NamedChange & { readonly alert: Alert }>(selectLatest, revised.alertId) : [],
      people.length === 0 ? [] : activeEditors(statements, people, at),
      this.#clock === 'request' ? [{ now: at }] : statements.all<{ now: string }>(selectNow),
      readPause(statements),
      item === null ? [] : locksOf(statements, item.id, this.#clock === 'request' ? at : null),
    ])
    const now = time[0]?.now ?? at
    // Whoever waited for the head may have been in time when they asked.
    if (editor !== null) refuseExpired(editor, now)
    const others = active.filter((it) => isActiveAt(it, now))
    return {
      ...{ now, editor, newsroom, latest: latest[0]?.alert ?? null, latestChange: latest[0] ?? null, pause },
      editorNow: (id) => (id === editor?.id ? editor : (others.find((it) => it.id === id) ?? null)),
      locks,
    }
  }

  async #first(statements: PostgresStatements, { intention: stored, item, seq }: KeyRow, intention: string) {
    if (stored !== intention) throw keyReused()
    const [entry = null] = seq === null ? [] : await statements.all<EntryRow>(selectEntry, seq)
    return { item, entry }
  }

  async read(id: string): Promise<Item | null> {
    // The database's text has no NUL, so that no stored id has one either.
    return id.includes('\0') ? null : readItem(this.#database, id)
  }

  async deletion(id: string): Promise<Deletion | null> {
    return deletionOf(this.#database, id)
  }

  async knows(editorId: string, key: string): Promise<boolean> {
    return (await this.#database.all(selectItemKeys, [`${editorId} ${key}`])).length > 0
  }

  async list({ states, limit, before = end }: ItemPart): Promise<readonly Item[]> {
    const position = [before.changedAt, before.id].map((it) => it.replaceAll('\0', ''))
    const rows = await this.#database.all<{ item: Item }>(selectListed, [...new Set(states)], ...position, limit)
    return rows.map(({ item }) => item)
  }

  async due(at: string, limit: number): Promise<{ ids: readonly string[]; next: string | null }> {
    const given = this.#clock === 'request' ? at : null
    const [ids, next] = await Promise.all([
      this.#database.all<{ id: string }>(selectDue, given, limit),
      this.#database.all<{ at: string | null }>(selectNext, given),
    ])
    return { ids: ids.map(({ id }) => id), next: next[0]?.at ?? null }
  }

  async changes(after: number | null, limit: number): Promise<ItemChanges> {
    const rows = await this.#database.all<ChangedRow>(selectChanges, after, limit + 1)
    const found = rows.flatMap(({ id, item }) => (id === null ? [] : [{ id, item }]))
    const shown = found.slice(0, limit)
    return {
      last: rows[0]?.last ?? 0,
      items: shown.flatMap(({ item }) => (item === null ? [] : [item])),
      deleted: shown.flatMap(({ id, item }) => (item === null ? [id] : [])),
      isAll: found.length <= limit,
    }
  }
}

/** On whose word an item waits for its time. */
function peopleOf({ submittedBy, approvals, override }: Item): readonly string[] {
  const given = [...approvals, ...(override === null ? [] : [override])].map(({ by }) => by.id)
  return [...new Set([...(submittedBy === null ? [] : [submittedBy.id]), ...given])]
}

async function appendOne(change: Change, itemId: string, append: AppendWithin): Promise<Entry> {
  const key = `${change.by} ${itemKey(itemId)}`
  const [result] = await append([{ change, key, asked: intention(change), by: undefined }])
  if (result === undefined) throw new Error('an append has a result')
  if ('refusal' in result) throw result.refusal
  return result.entry
}
