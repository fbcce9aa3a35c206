import { type Item, waitingStates } from '../../../desk/items/item.ts'
import { endedByRetraction } from '../../../desk/items/retracted-alert.ts'
import type { Entry } from '../../../log/log.ts'
import type { Schema } from '../../sql.ts'
import type { PostgresStatements } from '../postgres-database.ts'
import { sendAct } from './postgres-audit-table.ts'

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

const upsertItem = `insert into tocsin.items (id, state, changed_at, release_at, item) values ($1, $2, $3, $4, $5)
  on conflict (id) do update set state = excluded.state, changed_at = excluded.changed_at,
  release_at = excluded.release_at, item = excluded.item`
const selectWaiting = `select item from tocsin.items where state = any($1) and item ->> 'alertId' = $2`
const selectName = 'select name from tocsin.editors where id = $1'

export function sendItem(statements: Pick<PostgresStatements, 'send'>, item: Item): void {
  statements.send(upsertItem, item.id, item.state, item.changedAt, item.releaseAt, JSON.stringify(item))
}

/**
 * Refuses what waits with changes of an alert that is retracted by this entry. To be called inside the transaction that appends
 * it, with the head locked: every act on an item locks it first. `by`: the id of who retracted it.
 */
export async function endWaitingItems(
  statements: Pick<PostgresStatements, 'all' | 'send'>,
  entry: Entry,
  key: string,
  by: string,
): Promise<void> {
  const [waiting, names] = await Promise.all([
    statements.all<{ item: Item }>(selectWaiting, waitingStates, entry.alert.id),
    statements.all<{ name: string }>(selectName, by),
  ])
  const items = waiting.map(({ item }) => item)
  for (const { item, audit } of endedByRetraction(items, entry, key, names[0]?.name ?? null)) {
    sendItem(statements, item)
    for (const line of audit) sendAct(statements, line)
  }
}
