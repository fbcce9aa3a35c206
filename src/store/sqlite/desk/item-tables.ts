import { type Item, waitingStates } from '../../../desk/items/item.ts'
import { endedByRetraction } from '../../../desk/items/retracted-alert.ts'
import type { Entry } from '../../../log/log.ts'
import type { Schema, Sql } from '../../sql.ts'
import { noteAct } from './audit-table.ts'

/** The desk's items, and what was answered to their idempotency keys. */
export const itemSchema: Schema = {
  store: 'items',
  steps: [
    `create table items (
       id text primary key,
       state text not null,
       changed_at text not null,
       release_at text,
       item text not null
     ) strict;
     create index items_by_change on items (state, changed_at, id);
     create index items_by_release on items (release_at) where release_at is not null;
     create table item_keys (key text primary key, intention text not null, item text, seq integer, at text not null) strict`,
    // Who has which item open.
    `create table item_presence (
       item_id text not null,
       editor_id text not null,
       editor_name text not null,
       doing text not null,
       since text not null,
       until text not null,
       primary key (item_id, editor_id)
     ) strict, without rowid`,
  ],
}

const selectKnown = 'select 1 from item_keys where key = ?'

/** Whether an editor has used an idempotency key for an item, in a database that has `itemSchema`. */
export function isItemKey(sql: Pick<Sql, 'all'>, editorId: string, key: string): boolean {
  return sql.all(selectKnown, `${editorId} ${key}`).length > 0
}

const upsertItem = `insert into items (id, state, changed_at, release_at, item) values (?, ?, ?, ?, ?)
  on conflict (id) do update set state = excluded.state, changed_at = excluded.changed_at,
  release_at = excluded.release_at, item = excluded.item`
const selectWaiting = `select item from items where state in (${waitingStates.map((state) => `'${state}'`).join(', ')})
  and json_extract(item, '$.alertId') = ?`
const selectName = 'select name from editors where id = ?'

export function writeItem(sql: Pick<Sql, 'run'>, item: Item): void {
  sql.run(upsertItem, item.id, item.state, item.changedAt, item.releaseAt, JSON.stringify(item))
}

/**
 * Refuses what waits with changes of an alert that is retracted by this entry. To be called inside the transaction that appends
 * it, in a database that has the editors and `auditSchemas` too. `by`: the id of who retracted it.
 */
export function endWaitingItems(sql: Pick<Sql, 'all' | 'run'>, entry: Entry, key: string, by: string): void {
  const waiting = sql.all<{ item: string }>(selectWaiting, entry.alert.id)
  if (waiting.length === 0) return
  const name = sql.all<{ name: string }>(selectName, by)[0]?.name ?? null
  const items = waiting.map(({ item }): Item => JSON.parse(item))
  for (const { item, audit } of endedByRetraction(items, entry, key, name)) {
    writeItem(sql, item)
    for (const line of audit) noteAct(sql, line)
  }
}
