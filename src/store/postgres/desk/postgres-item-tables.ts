import type { Item } from '../../../desk/items/item.ts'
import type { Schema } from '../../sql.ts'
import type { PostgresStatements } from '../postgres-database.ts'

/** The desk's items, and what was answered to their idempotency keys. `json` keeps the order of fields. */
export const postgresItemSchema: Schema = {
  store: 'items',
  steps: [
    `create table tocsin.items (
       id text collate "C" primary key,
       state text not null,
       changed_at text collate "C" not null,
       release_at timestamptz,
       item json not null
     );
     create index items_by_change on tocsin.items (state, changed_at, id);
     create index items_by_release on tocsin.items (release_at) where release_at is not null;
     create table tocsin.item_keys (
       key text collate "C" primary key,
       intention text not null,
       item json,
       seq bigint,
       at timestamptz not null
     )`,
    // Who has which item open.
    `create table tocsin.item_presence (
       item_id text collate "C" not null,
       editor_id text collate "C" not null,
       editor_name text not null,
       doing text not null,
       since timestamptz not null,
       until timestamptz not null,
       primary key (item_id, editor_id)
     )`,
  ],
}

/** Which of these idempotency keys have been used for items; each with its editor's id before it. */
export const selectItemKeys = 'select key from tocsin.item_keys where key = any($1)'

const selectItem = 'select item from tocsin.items where id = $1'

export async function readItem(statements: Pick<PostgresStatements, 'all'>, id: string): Promise<Item | null> {
  return (await statements.all<{ item: Item }>(selectItem, id))[0]?.item ?? null
}

/** Until the end of the transaction: one act on an item at a time. */
export async function lockItem(statements: Pick<PostgresStatements, 'all'>, id: string): Promise<void> {
  await statements.all('select pg_advisory_xact_lock(hashtextextended($1, 0))', `item ${id}`)
}
