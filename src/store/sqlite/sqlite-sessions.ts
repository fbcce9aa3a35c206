import type { Authority, Editor } from '../../auth/editor.ts'
import {
  dayOf,
  type NewSession,
  type OpenSession,
  renewAgainMs,
  type SessionRenewal,
  sessionTimes,
} from '../../auth/sessions.ts'
import { deskLine } from '../../desk/audit.ts'
import type { Sql } from '../sql.ts'
import { noteAct } from './desk/audit-table.ts'
import { endBrowsers } from './desk/notice-tables.ts'

// A session has a row for each token that is still good. Versions before tokens were renewed know one row a session, without
// an id and without the columns that were added: they look up tokens as this version does, so that both may run at once.

export const sessionStep = `alter table sessions add column session_id text;
  alter table sessions add column opened_at text;
  alter table sessions add column ends_at text;
  alter table sessions add column issued_at text;
  alter table sessions add column replaced_at text;
  alter table sessions add column used_on text`

/** The id of a session: in the rows of older versions that of its one token. */
const idOf = 'coalesce(sessions.session_id, sessions.token_hash)'
const withEditor = 'from sessions join editors on editors.id = sessions.editor_id and editors.revoked_at is null'

const deleteOld = 'delete from sessions where until <= ?'
const insertSession = `insert into sessions
  (token_hash, editor_id, until, origin, session_id, opened_at, ends_at, issued_at, used_on)
  values (?, ?, ?, ?, ?, ?, ?, ?, ?)`
const selectToRenew = `select sessions.editor_id, sessions.until, sessions.origin, ${idOf} as session_id,
  sessions.opened_at, sessions.ends_at, sessions.replaced_at, sessions.used_on
  ${withEditor} where sessions.token_hash = ? and sessions.until > ?`
const updateReplaced = 'update sessions set replaced_at = ?, until = min(until, ?) where token_hash = ?'
const selectOpen = `select ${idOf} as id, editors.id as editor_id, editors.name, min(sessions.opened_at) as opened_at,
  max(sessions.used_on) as used_on, max(sessions.token_hash = ?) as is_current
  ${withEditor} where sessions.until > ? group by ${idOf}, editors.id, editors.name order by opened_at, id`
const selectOfToken = `select ${idOf} as id, editors.id as editor_id, editors.name ${withEditor}
  where sessions.token_hash = ?`
const deleteSession = `delete from sessions where ${idOf} = ?`
const updateUsed = `update sessions set used_on = ?
  where token_hash = ? and (used_on is null or used_on < ?) returning editor_id`

type ToRenew = {
  readonly editor_id: string
  readonly until: string
  readonly origin: string | null
  readonly session_id: string
  readonly opened_at: string | null
  readonly ends_at: string | null
  readonly replaced_at: string | null
  readonly used_on: string | null
}
type OpenRow = {
  readonly id: string
  readonly editor_id: string
  readonly name: string
  readonly opened_at: string | null
  readonly used_on: string | null
  readonly is_current: number
}

/** Inside a transaction, for the holder of a key. */
export function insertOpened(sql: Sql, editor: Editor, session: NewSession): void {
  const { tokenHash, now, origin, id = tokenHash } = session
  const { until, endsAt } = sessionTimes(session, editor)
  sql.run(deleteOld, now)
  sql.run(insertSession, tokenHash, editor.id, until, origin, id, now, endsAt, now, dayOf(now))
  noteAct(sql, deskLine('session-opened', now, editor, { session: id, endsAt }))
}

/** Inside a transaction. False: there is nothing to renew, or another request has done it. */
export function insertRenewed(
  sql: Sql,
  hash: string,
  { tokenHash, now, until, overlapUntil }: SessionRenewal,
): boolean {
  const [row] = sql.all<ToRenew>(selectToRenew, hash, now)
  if (row === undefined || isJustReplaced(row.replaced_at, now)) return false
  const endsAt = row.ends_at ?? row.until
  const ends = until < endsAt ? until : endsAt
  const kept = [row.session_id, row.opened_at, endsAt, now, row.used_on] as const
  sql.run(insertSession, tokenHash, row.editor_id, ends, row.origin, ...kept)
  sql.run(updateReplaced, now, overlapUntil, hash)
  return true
}

/** Whether another request has renewed a token so recently that its answer may still be on its way. */
export function isJustReplaced(replacedAt: string | null, now: string): boolean {
  return replacedAt !== null && Date.parse(now) - Date.parse(replacedAt) < renewAgainMs
}

export function listOpen(sql: Sql, editor: Editor, { credential, at }: Authority): readonly OpenSession[] {
  return sql
    .all<OpenRow>(selectOpen, credential.hash, at)
    .filter((row) => editor.role === 'admin' || row.editor_id === editor.id)
    .map((row) => ({
      id: row.id,
      editor: { id: row.editor_id, name: row.name },
      openedOn: row.opened_at === null ? null : dayOf(row.opened_at),
      lastUsedOn: row.used_on,
      isCurrent: row.is_current === 1,
    }))
}

/** Inside a transaction. */
export function endThose(sql: Sql, id: string | null, editor: Editor, by: Authority): number {
  const ended = listOpen(sql, editor, by).filter((it) => (id === null ? it.editor.id === editor.id : it.id === id))
  for (const session of ended) {
    sql.run(deleteSession, session.id)
    endBrowsers(sql, 'session_id = ?', session.id)
  }
  if (id === null) endBrowsers(sql, 'editor_id = ?', editor.id)
  if (id === null) noteAct(sql, deskLine('sessions-ended', by.at, editor, { sessions: ended.length }))
  else
    for (const session of ended)
      noteAct(sql, deskLine('session-ended', by.at, editor, { session: session.id, editor: session.editor }))
  return ended.length
}

/** Inside a transaction. */
export function endOfToken(sql: Sql, tokenHash: string, at: string): void {
  const [row] = sql.all<OpenRow>(selectOfToken, tokenHash)
  if (row === undefined) return
  const editor = { id: row.editor_id, name: row.name }
  sql.run(deleteSession, row.id)
  endBrowsers(sql, 'session_id = ?', row.id)
  noteAct(sql, deskLine('session-ended', at, editor, { session: row.id, editor }))
}

/** Notes the day of a token's use. The id of its editor; null: it is noted already. */
export function noteTokenUse(sql: Sql, tokenHash: string, day: string): string | null {
  return sql.all<{ editor_id: string }>(updateUsed, day, tokenHash, day)[0]?.editor_id ?? null
}
