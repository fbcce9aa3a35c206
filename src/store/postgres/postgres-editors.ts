import {
  type AddedAdmin,
  type Authority,
  type Credential,
  type Editor,
  type EditorStore,
  type KeyHolder,
  type ListedEditor,
  permit,
  permitKey,
  type Role,
  refuseLastAdmin,
} from '../../auth/editor.ts'
import { type KeyedRequest, keyMadeBefore } from '../../auth/keyed-request.ts'
import {
  dayOf,
  type NewSession,
  type OpenSession,
  type SessionRenewal,
  type SessionStore,
} from '../../auth/sessions.ts'
import { deskLine } from '../../desk/audit.ts'
import { Problem } from '../../domain/problem.ts'
import { sendAct } from './desk/postgres-audit-table.ts'
import { madeBefore } from './desk/postgres-keyed-requests.ts'
import { sendEndOfBrowsers } from './desk/postgres-notice-tables.ts'
import type { PostgresDatabase, PostgresStatements } from './postgres-database.ts'
import { columns, type EditorRow, editorOf, insertEditor, isActive } from './postgres-editor-tables.ts'
import { endOfToken, endThose, insertRenewed, listOpen, sendOpened } from './postgres-sessions.ts'
import { sendWakeUp } from './wake-ups.ts'

type ListedRow = EditorRow & { used_on: string | null }
type HolderRow = ListedRow & { until: string | null; origin: string | null; issued_at: string | null }

const selectEditors = `select ${columns}, used_on from tocsin.editors where revoked_at is null
  order by created_at, id`
const selectActive = `select ${columns} from tocsin.editors where id = any($1) and ${isActive}
  order by id for share`
/** One whose key expires will not be there one day. */
const selectAdmins = `select id from tocsin.editors
  where role = 'admin' and revoked_at is null and expires_at is null`
const selectGiven = `select role, revoked_at is not null or coalesce(expires_at <= $2, false) as ended
  from tocsin.editors where key_hash = $1`
const selectExpired = 'select id from tocsin.editors where revoked_at is null and expires_at <= $1 order by id'
/** Also one that was revoked since because it had expired. */
const selectExpiredKey = `select 1 from tocsin.editors where key_hash = $1 and expires_at <= $2
  and (revoked_at is null or revoked_at >= expires_at)`
const selectByKey = `select ${columns}, used_on, expires_at as until, null as origin, null as issued_at from tocsin.editors
  where key_hash = $1 and ${isActive}`
const selectBySession = `select ${columns}, sessions.used_on, sessions.until, sessions.origin, sessions.issued_at
  from tocsin.sessions join tocsin.editors on editors.id = sessions.editor_id
  where sessions.token_hash = $1 and sessions.until > $2 and editors.revoked_at is null`
/** Waits for those who write to the table. Reading goes on, and so does the check of an authority. */
const lockEditors = 'lock table tocsin.editors in share row exclusive mode'
const revokeEditor = `update tocsin.editors set revoked_at = $2 where id = $1 and revoked_at is null
  returning name, role`
const endSessions = 'delete from tocsin.sessions where editor_id = $1'
const updateUsedByKey = `update tocsin.editors set used_on = $1
  where key_hash = $2 and (used_on is null or used_on < $1)`
const updateUsed = 'update tocsin.editors set used_on = $1 where id = $2 and (used_on is null or used_on < $1)'
const updateTokenUsed = `update tocsin.sessions set used_on = $1
  where token_hash = $2 and (used_on is null or used_on < $1) returning editor_id`

/** Who holds a credential. */
async function readHolder(
  statements: Pick<PostgresStatements, 'all'>,
  { by, hash }: Credential,
  at: string,
  lock: 'for share' | 'for no key update' | '' = '',
): Promise<KeyHolder | null> {
  const [row] =
    by === 'key'
      ? await statements.all<HolderRow>(`${selectByKey} ${lock}`, hash, at)
      : await statements.all<HolderRow>(`${selectBySession} ${lock}`, hash, at)
  if (row === undefined) return null
  const { until, origin, used_on: usedOn, issued_at: issuedAt } = row
  return { editor: editorOf(row), until, origin, usedOn, issuedAt }
}

/**
 * Throws a Problem (401, 403) when the authority is not valid any more. To be called inside the transaction of the write.
 * A revocation or a sign-out waits until that transaction has ended, because the rows of the key and of the session are
 * locked: then nothing is written after the response to it.
 */
export async function authorise(
  statements: Pick<PostgresStatements, 'all'>,
  { credential, role, at }: Authority,
): Promise<Editor> {
  return permit((await readHolder(statements, credential, at, 'for share'))?.editor ?? null, role)
}

/** Why the authority is not valid any more; null: it is. For groups of writes, where a throw would undo the others. */
export async function invalidReason(
  statements: Pick<PostgresStatements, 'all'>,
  by: Authority,
): Promise<Problem | null> {
  try {
    await authorise(statements, by)
    return null
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
}

/** Those of some editors whose keys are valid at a time (RFC 3339), as they are now; they stay so until the transaction ends. */
export async function activeEditors(
  statements: Pick<PostgresStatements, 'all'>,
  ids: readonly string[],
  at: string,
): Promise<readonly Editor[]> {
  return (await statements.all<EditorRow>(selectActive, ids, at)).map(editorOf)
}

/** Editors' keys and sessions in PostgreSQL: hashes only. */
export class PostgresEditors implements EditorStore, SessionStore {
  readonly #database: PostgresDatabase
  readonly #alsoEnds: (statements: PostgresStatements, editorId: string) => Promise<void>
  readonly #listeners = new Set<() => void>()

  /** `alsoEnds`: deletes what else an editor has in this database, in the transaction that revokes the key. */
  constructor(
    database: PostgresDatabase,
    alsoEnds: (statements: PostgresStatements, editorId: string) => Promise<void> = async () => {},
  ) {
    this.#database = database
    this.#alsoEnds = alsoEnds
  }

  async add(editor: Editor, keyHash: string, by?: Authority, request?: KeyedRequest): Promise<void> {
    await this.#database.transaction(
      async (statements) => {
        statements.send(lockEditors)
        const admin = by === undefined ? null : await authorise(statements, by)
        if (admin !== null) permitKey(admin, editor)
        const before = by === undefined ? null : await madeBefore(statements, request, by, editor.id)
        if (before !== null) {
          const isActive = (await activeEditors(statements, [before], editor.createdAt)).length > 0
          throw keyMadeBefore({ ...editor, id: before }, isActive ? 'active' : 'ended')
        }
        await insertEditor(statements, editor, keyHash, admin)
      },
      { isIdempotent: true },
    )
  }

  async addAdmin(editor: Editor, keyHash: string, when?: 'always' | 'no-admin'): Promise<AddedAdmin> {
    return this.#database.transaction(async (statements) => {
      statements.send(lockEditors)
      const [row] = await statements.all<{ role: Role; ended: boolean }>(selectGiven, keyHash, editor.createdAt)
      if (row === undefined) {
        if (when === 'no-admin' && (await statements.all(selectAdmins)).length > 0) return 'needless'
        await insertEditor(statements, editor, keyHash, null)
        return 'added'
      }
      if (row.ended) return 'revoked'
      return row.role === 'admin' ? 'known' : 'lower'
    })
  }

  async list(): Promise<readonly ListedEditor[]> {
    const rows = await this.#database.all<ListedRow>(selectEditors)
    return rows.map((row) => ({ ...editorOf(row), lastUsedOn: row.used_on }))
  }

  async revoke(id: string, at: string, by?: Authority): Promise<boolean> {
    const revoked = await this.#database.transaction(async (statements) => {
      statements.send(lockEditors)
      const admin = by === undefined ? null : await authorise(statements, by)
      const admins = await statements.all<{ id: string }>(selectAdmins)
      refuseLastAdmin(
        admins.map((row) => row.id),
        id,
      )
      const editor = await this.#revoke(statements, id, at)
      if (editor === undefined) return false
      sendAct(statements, deskLine('key-revoked', at, admin, { editor: { id, ...editor } }))
      sendWakeUp(statements, 'editors')
      return true
    })
    if (revoked) this.#ended()
    return revoked
  }

  /** Undefined: there is no editor with that id. */
  async #revoke(statements: PostgresStatements, id: string, at: string) {
    // First the key: a session that is being opened with it waits for the lock, or is found by the next statement.
    const [editor] = await statements.all<Pick<Editor, 'name' | 'role'>>(revokeEditor, id, at)
    statements.send(endSessions, id)
    sendEndOfBrowsers(statements, 'editor_id', id)
    await this.#alsoEnds(statements, id)
    return editor
  }

  async isExpired(keyHash: string, at: string): Promise<boolean> {
    return (await this.#database.all(selectExpiredKey, keyHash, at)).length > 0
  }

  async endExpired(at: string): Promise<number> {
    if ((await this.#database.all(selectExpired, at)).length === 0) return 0
    const ended = await this.#database.transaction(async (statements) => {
      statements.send(lockEditors)
      const expired = await statements.all<{ id: string }>(selectExpired, at)
      for (const { id } of expired) {
        const editor = await this.#revoke(statements, id, at)
        sendAct(statements, deskLine('key-expired', at, null, { editor: { id, ...editor } }))
      }
      if (expired.length > 0) sendWakeUp(statements, 'editors')
      return expired.length
    })
    if (ended > 0) this.#ended()
    return ended
  }

  async holder(credential: Credential, at: string): Promise<KeyHolder | null> {
    return readHolder(this.#database, credential, at)
  }

  async noteUse({ by, hash }: Credential, day: string): Promise<void> {
    if (by === 'key') return void (await this.#database.once(updateUsedByKey, day, hash))
    // One transaction each: who holds one of the rows waits for nothing.
    const [session] = await this.#database.once<{ editor_id: string }>(updateTokenUsed, day, hash)
    if (session !== undefined) await this.#database.once(updateUsed, day, session.editor_id)
  }

  async openSession(keyHash: string, session: NewSession): Promise<Editor | null> {
    return this.#database.transaction(async (statements) => {
      // Not `for share`: of two sign-ins with one key, each would wait for the other before it notes the day.
      const holder = await readHolder(statements, { by: 'key', hash: keyHash }, session.now, 'for no key update')
      if (holder === null) return null
      sendOpened(statements, holder.editor, session)
      statements.send(updateUsedByKey, dayOf(session.now), keyHash)
      return holder.editor
    })
  }

  async renewSession(tokenHash: string, renewal: SessionRenewal): Promise<boolean> {
    return this.#database.transaction((statements) => insertRenewed(statements, tokenHash, renewal))
  }

  async closeSession(tokenHash: string, at: string): Promise<void> {
    const end = async (statements: PostgresStatements) => {
      await endOfToken(statements, tokenHash, at)
      sendWakeUp(statements, 'editors')
    }
    await this.#database.transaction(end, { isIdempotent: true })
    this.#ended()
  }

  async sessions(by: Authority): Promise<readonly OpenSession[]> {
    const holder = await readHolder(this.#database, by.credential, by.at)
    return listOpen(this.#database, permit(holder?.editor ?? null, by.role), by)
  }

  async endSessions(id: string | null, by: Authority): Promise<number> {
    const ended = await this.#database.transaction(async (statements) => {
      const count = await endThose(statements, id, await authorise(statements, by), by)
      if (count > 0) sendWakeUp(statements, 'editors')
      return count
    })
    if (ended > 0) this.#ended()
    return ended
  }

  /** Calls `listener` when a key is revoked or a session closed through this store. Returns a function that unsubscribes. */
  onEnd(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  #ended(): void {
    for (const listener of this.#listeners) listener()
  }
}
