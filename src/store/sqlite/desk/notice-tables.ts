import type { Role } from '../../../auth/editor.ts'
import type { Level } from '../../../domain/alert-types.ts'
import type { Notice } from '../../../push/editors/notice.ts'
import type { Schema, Sql } from '../../sql.ts'

/** The browsers in which editors are told what waits for them, and the notices that wait to be sent there. */
export const noticeSchema: Schema = {
  store: 'notices',
  steps: [
    `create table editor_browsers (
       row_id integer primary key autoincrement,
       id text not null unique,
       editor_id text not null,
       session_id text,
       endpoint_hash blob not null unique,
       address blob not null,
       vapid_key_id text not null,
       language text not null,
       created_at text not null
     ) strict;
     create index editor_browsers_by_editor on editor_browsers (editor_id);
     create table editor_notices (
       n integer primary key,
       browser_id text not null,
       kind text not null,
       item_id text,
       at_ms integer not null,
       attempts integer not null,
       looked_gone integer not null,
       not_before_ms integer not null,
       lease text,
       lease_until_ms integer not null
     ) strict`,
  ],
}

type BrowserRow = { id: string; editor_id: string; role: Role; levels: string | null }

const selectBrowsers = `select editor_browsers.id, editors.id as editor_id, editors.role, editors.levels
  from editor_browsers join editors on editors.id = editor_browsers.editor_id where editors.revoked_at is null
  and (editors.expires_at is null or editors.expires_at > ?)`
const insertNotice = `insert into editor_notices
  (browser_id, kind, item_id, at_ms, attempts, looked_gone, not_before_ms, lease_until_ms) values (?, ?, ?, ?, 0, 0, 0, 0)`
const deleteNotices = (which: string) =>
  `delete from editor_notices where browser_id in (select id from editor_browsers where ${which})`

/**
 * Makes the notices for whoever is to be told. To be called inside the transaction of what it tells of, in a database that has
 * `noticeSchema` and the editors.
 */
export function noteNotice(sql: Pick<Sql, 'all' | 'run'>, { kind, itemId, at, isFor }: Notice): void {
  for (const row of sql.all<BrowserRow>(selectBrowsers, at)) {
    const levels = row.levels === null ? {} : { levels: JSON.parse(row.levels) as readonly Level[] }
    if (isFor({ id: row.editor_id, role: row.role, ...levels }))
      sql.run(insertNotice, row.id, kind, itemId, Date.parse(at))
  }
}

/** Ends the browsers of an editor, of a session, or one. Inside a transaction; how many they were. */
export function endBrowsers(
  sql: Pick<Sql, 'run'>,
  which: 'editor_id = ?' | 'session_id = ?' | 'id = ?' | 'id = ? and editor_id = ?',
  ...values: readonly string[]
): number {
  sql.run(deleteNotices(which), ...values)
  return sql.run(`delete from editor_browsers where ${which}`, ...values)
}
