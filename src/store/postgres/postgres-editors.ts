import {
  type AddedAdmin,
  type Authority,
  type Credential,
  type Editor,
  type EditorStore,
  type KeyHolder,
  type NewSession,
  permit,
  type Role,
  refuseLastAdmin,
} from '../../auth/editor.ts'
import { Problem } from '../../domain/problem.ts'
import type { Schema } from '../sql.ts'
import type { PostgresDatabase, PostgresStatements } from './postgres-database.ts'
import { sendWakeUp } from './wake-ups.ts'

/** Editors' keys and their sessions. Other stores look up here on whose authority a write is made. */
export const postgresEditorSchema: Schema = {
  store: 'editors',
  steps: [
    `create table tocsin.editors (
       id text collate "C" primary key,
       name text not null,
       role text not null,
       key_hash text collate "C" not null unique,
       created_at timestamptz not null,
       revoked_at timestamptz
     );
     create table tocsin.sessions (
       token_hash text collate "C" primary key,
       editor_id text collate "C" not null references tocsin.editors (id),
       until timestamptz not null,
       origin text
     );
     create index sessions_of_editor on tocsin.sessions (editor_id)`,
  ],
}

type EditorRow = { id: string; name: string; role: Role; created_at: string }
type HolderRow = EditorRow & { until: string | null; origin: string | null }

const insertEditor = `insert into tocsin.editors (id, name, role, key_hash, created_at) values ($1, $2, $3, $4, $5)
  on conflict (key_hash) do nothing`
const selectEditors = `select id, name, role, created_at from tocsin.editors where revoked_at is null
  order by created_at, id`
const selectActive = 'select 1 from tocsin.editors where id = $1 and revoked_at is null for share'
const selectAdmins = `select id from tocsin.editors where role = 'admin' and revoked_at is null`
const selectGiven = 'select role, revoked_at from tocsin.editors where key_hash = $1'
const selectByKey = `select id, name, role, created_at, null as until, null as origin from tocsin.editors
  where key_hash = $1 and revoked_at is null`
const selectBySession = `select editors.id, editors.name, editors.role, editors.created_at, sessions.until, sessions.origin
  from tocsin.sessions join tocsin.editors on editors.id = sessions.editor_id
  where sessions.token_hash = $1 and sessions.until > $2 and editors.revoked_at is null`
/** Waits for those who write to the table. Reading goes on, and so does the check of an authority. */
const lockEditors = 'lock table tocsin.editors in share row exclusive mode'
const revokeEditor = 'update tocsin.editors set revoked_at = $2 where id = $1 and revoked_at is null'
const endSessions = 'delete from tocsin.sessions where editor_id = $1'
const endOldSessions = 'delete from tocsin.sessions where until <= $1'
const insertSession = 'insert into tocsin.sessions (token_hash, editor_id, until, origin) values ($1, $2, $3, $4)'
const endSession = 'delete from tocsin.sessions where token_hash = $1'

/** Who holds a credential. */
async function readHolder(
  statements: Pick<PostgresStatements, 'all'>,
  { by, hash }: Credential,
  at: string,
  lock: 'for share' | '' = '',
): Promise<KeyHolder | null> {
  const [row] =
    by === 'key'
      ? await statements.all<HolderRow>(`${selectByKey} ${lock}`, hash)
      : await statements.all<HolderRow>(`${selectBySession} ${lock}`, hash, at)
  return row === undefined ? null : { editor: editorOf(row), until: row.until, origin: row.origin }
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

/** Whether an editor's key is valid; it stays so until the transaction ends. */
export async function isActiveEditor(statements: Pick<PostgresStatements, 'all'>, id: string): Promise<boolean> {
  return (await statements.all(selectActive, id)).length > 0
}

/** Editors' keys and sessions in PostgreSQL: hashes only. */
export class PostgresEditors implements EditorStore {
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

  async add(editor: Editor, keyHash: string, by?: Authority): Promise<void> {
    await this.#database.transaction(
      async (statements) => {
        statements.send(lockEditors)
        if (by !== undefined) await authorise(statements, by)
        insert(statements, editor, keyHash)
      },
      { isIdempotent: true },
    )
  }

  async addAdmin(editor: Editor, keyHash: string, when?: 'always' | 'no-admin'): Promise<AddedAdmin> {
    return this.#database.transaction(async (statements) => {
      statements.send(lockEditors)
      const [row] = await statements.all<{ role: Role; revoked_at: string | null }>(selectGiven, keyHash)
      if (row === undefined) {
        if (when === 'no-admin' && (await statements.all(selectAdmins)).length > 0) return 'needless'
        insert(statements, editor, keyHash)
        return 'added'
      }
      if (row.revoked_at !== null) return 'revoked'
      return row.role === 'admin' ? 'known' : 'lower'
    })
  }

  async list(): Promise<readonly Editor[]> {
    return (await this.#database.all<EditorRow>(selectEditors)).map(editorOf)
  }

  async revoke(id: string, at: string, by?: Authority): Promise<boolean> {
    const revoked = await this.#database.transaction(async (statements) => {
      statements.send(lockEditors)
      if (by !== undefined) await authorise(statements, by)
      const admins = await statements.all<{ id: string }>(selectAdmins)
      refuseLastAdmin(
        admins.map((row) => row.id),
        id,
      )
      // First the key: a session that is being opened with it waits for the lock, or is found by the next statement.
      const count = await statements.run(revokeEditor, id, at)
      statements.send(endSessions, id)
      await this.#alsoEnds(statements, id)
      if (count > 0) sendWakeUp(statements, 'editors')
      return count > 0
    })
    if (revoked) this.#ended()
    return revoked
  }

  async holder(credential: Credential, at: string): Promise<KeyHolder | null> {
    return readHolder(this.#database, credential, at)
  }

  async openSession(keyHash: string, { tokenHash, now, until, origin }: NewSession): Promise<Editor | null> {
    return this.#database.transaction(async (statements) => {
      const holder = await readHolder(statements, { by: 'key', hash: keyHash }, now, 'for share')
      if (holder === null) return null
      statements.send(endOldSessions, now)
      statements.send(insertSession, tokenHash, holder.editor.id, until, origin)
      return holder.editor
    })
  }

  async closeSession(tokenHash: string): Promise<void> {
    const end = async (statements: PostgresStatements) => {
      statements.send(endSession, tokenHash)
      sendWakeUp(statements, 'editors')
    }
    await this.#database.transaction(end, { isIdempotent: true })
    this.#ended()
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

function insert(statements: PostgresStatements, { id, name, role, createdAt }: Editor, keyHash: string): void {
  statements.send(insertEditor, id, name, role, keyHash, createdAt)
}

function editorOf({ id, name, role, created_at }: EditorRow): Editor {
  return { id, name, role, createdAt: created_at }
}
