import type { Role } from '../../../auth/editor.ts'
import type { Level } from '../../../domain/alert-types.ts'
import type { Notice } from '../../../push/editors/notice.ts'
import type { Schema } from '../../sql.ts'
import type { PostgresStatements } from '../postgres-database.ts'

/** The browsers in which editors are told what waits for them, and the notices that wait to be sent there. */
export const postgresNoticeSchema: Schema = {
  store: 'notices',
  steps: [
    `create table tocsin.editor_browsers (
       row_id bigint generated always as identity primary key,
       id text collate "C" not null unique,
       editor_id text collate "C" not null,
       session_id text collate "C",
       endpoint_hash bytea not null unique,
       address bytea not null,
       vapid_key_id text not null,
       language text not null,
       created_at timestamptz not null
     );
     create index editor_browsers_by_editor on tocsin.editor_browsers (editor_id);
     create table tocsin.editor_notices (
       n bigint generated always as identity primary key,
       browser_id text collate "C" not null,
       kind text not null,
       item_id text collate "C",
       at timestamptz not null,
       attempts integer not null,
       looked_gone boolean not null,
       not_before timestamptz not null,
       lease text collate "C",
       lease_until timestamptz
     )`,
  ],
}

type BrowserRow = { id: string; editor_id: string; role: Role; levels: readonly Level[] | null }

const selectBrowsers = `select editor_browsers.id, editors.id as editor_id, editors.role, editors.levels
  from tocsin.editor_browsers join tocsin.editors on editors.id = editor_browsers.editor_id
  where editors.revoked_at is null and (editors.expires_at is null or editors.expires_at > $1)`
const insertNotice = `insert into tocsin.editor_notices
  (browser_id, kind, item_id, at, attempts, looked_gone, not_before) values ($1, $2, $3, $4, 0, false, to_timestamp(0))`

/** Makes the notices for whoever is to be told, in the transaction of what it tells of. */
export async function sendNotice(
  statements: Pick<PostgresStatements, 'all' | 'send'>,
  { kind, itemId, at, isFor }: Notice,
): Promise<void> {
  for (const row of await statements.all<BrowserRow>(selectBrowsers, at)) {
    const levels = row.levels === null ? {} : { levels: row.levels }
    if (isFor({ id: row.editor_id, role: row.role, ...levels })) statements.send(insertNotice, row.id, kind, itemId, at)
  }
}

/**
 * Ends the browsers of an editor, of a session, or one. What was being told to them meanwhile finds no browser, and is deleted
 * when it is old.
 */
export function sendEndOfBrowsers(
  statements: Pick<PostgresStatements, 'send'>,
  which: 'editor_id' | 'session_id' | 'id',
  value: string,
): void {
  statements.send(`delete from tocsin.editor_browsers where ${which} = $1`, value)
}
