import type { Schema, Sql } from '../../sql.ts'

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
