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
import { sendAct } from './desk/postgres-audit-table.ts'
import { sendEndOfBrowsers } from './desk/postgres-notice-tables.ts'
import type { PostgresStatements } from './postgres-database.ts'

// A session has a row for each token that is still good. Versions before tokens were renewed know one row a session, without
// an id and without the columns that were added: they look up tokens as this version does, so that both may run at once.

export const postgresSessionStep = `alter table tocsin.sessions add column session_id text collate "C",
    add column opened_at timestamptz, add column ends_at timestamptz, add column issued_at timestamptz,
    add column replaced_at timestamptz, add column used_on text collate "C"`

/** The id of a session: in the rows of older versions that of its one token. */
const idOf = 'coalesce(sessions.session_id, sessions.token_hash)'
const withEditor = `from tocsin.sessions
  join tocsin.editors on editors.id = sessions.editor_id and editors.revoked_at is null`

const deleteOld = 'delete from tocsin.sessions where until <= $1'
const insertSession = `insert into tocsin.sessions
  (token_hash, editor_id, until, origin, session_id, opened_at, ends_at, issued_at, used_on)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`
/** Of two requests that renew one token, the second waits, and finds it replaced. */
const selectToRenew = `select sessions.editor_id, sessions.until, sessions.origin, ${idOf} as session_id,
  sessions.opened_at, sessions.ends_at, sessions.replaced_at, sessions.used_on
  ${withEditor} where sessions.token_hash = $1 and sessions.until > $2 for update of sessions for share of editors`
const updateReplaced = `update tocsin.sessions set replaced_at = $1, until = least(until, $2::timestamptz)
  where token_hash = $3`
const selectOpen = `select ${idOf} as id, editors.id as editor_id, editors.name, min(sessions.opened_at) as opened_at,
  max(sessions.used_on) as used_on, bool_or(sessions.token_hash = $1) as is_current
  ${withEditor} where sessions.until > $2 group by 1, 2, 3 order by opened_at nulls first, id`
const deleteSession = `delete from tocsin.sessions where ${idOf} = $1`
const deleteOfToken = `delete from tocsin.sessions using tocsin.editors
  where editors.id = sessions.editor_id
    and ${idOf} = (select ${idOf} from tocsin.sessions where token_hash = $1)
  returning ${idOf} as id, editors.id as editor_id, editors.name`

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
  readonly is_current: boolean
}

/** For the holder of a key. */
export function sendOpened(statements: PostgresStatements, editor: Editor, session: NewSession): void {
  const { tokenHash, now, origin, id = tokenHash } = session
  const { until, endsAt } = sessionTimes(session, editor)
  statements.send(deleteOld, now)
  statements.send(insertSession, tokenHash, editor.id, until, origin, id, now, endsAt, now, dayOf(now))
  sendAct(statements, deskLine('session-opened', now, editor, { session: id, endsAt }))
}

/** False: there is nothing to renew, or another request has done it. */
export async function insertRenewed(
  statements: PostgresStatements,
  hash: string,
  { tokenHash, now, until, overlapUntil }: SessionRenewal,
): Promise<boolean> {
  const [row] = await statements.all<ToRenew>(selectToRenew, hash, now)
  if (row === undefined) return false
  if (row.replaced_at !== null && Date.parse(now) - Date.parse(row.replaced_at) < renewAgainMs) return false
  const endsAt = row.ends_at ?? row.until
  const ends = until < endsAt ? until : endsAt
  const kept = [row.session_id, row.opened_at, endsAt, now, row.used_on] as const
  statements.send(insertSession, tokenHash, row.editor_id, ends, row.origin, ...kept)
  statements.send(updateReplaced, now, overlapUntil, hash)
  return true
}

export async function listOpen(
  statements: Pick<PostgresStatements, 'all'>,
  editor: Editor,
  { credential, at }: Authority,
): Promise<readonly OpenSession[]> {
  const rows = await statements.all<OpenRow>(selectOpen, credential.hash, at)
  return rows
    .filter((row) => editor.role === 'admin' || row.editor_id === editor.id)
    .map((row) => ({
      id: row.id,
      editor: { id: row.editor_id, name: row.name },
      openedOn: row.opened_at === null ? null : dayOf(row.opened_at),
      lastUsedOn: row.used_on,
      isCurrent: row.is_current,
    }))
}

export async function endThose(
  statements: PostgresStatements,
  id: string | null,
  editor: Editor,
  by: Authority,
): Promise<number> {
  const open = await listOpen(statements, editor, by)
  const ended = open.filter((it) => (id === null ? it.editor.id === editor.id : it.id === id))
  for (const session of ended) {
    statements.send(deleteSession, session.id)
    sendEndOfBrowsers(statements, 'session_id', session.id)
  }
  if (id === null) sendEndOfBrowsers(statements, 'editor_id', editor.id)
  if (id === null) sendAct(statements, deskLine('sessions-ended', by.at, editor, { sessions: ended.length }))
  else
    for (const session of ended)
      sendAct(statements, deskLine('session-ended', by.at, editor, { session: session.id, editor: session.editor }))
  return ended.length
}

export async function endOfToken(statements: PostgresStatements, tokenHash: string, at: string): Promise<void> {
  const [row] = await statements.all<OpenRow>(deleteOfToken, tokenHash)
  if (row === undefined) return
  const editor = { id: row.editor_id, name: row.name }
  sendEndOfBrowsers(statements, 'session_id', row.id)
  sendAct(statements, deskLine('session-ended', at, editor, { session: row.id, editor }))
}
