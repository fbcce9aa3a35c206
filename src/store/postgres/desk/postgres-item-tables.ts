import type { Schema } from '../../sql.ts'

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
  ],
}

/** Which of these idempotency keys have been used for items; each with its editor's id before it. */
export const selectItemKeys = 'select key from tocsin.item_keys where key = any($1)'
