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
import { migrate, type Schema, type Sql } from '../sql.ts'

/** Editors' keys and their sessions. Other stores look up here on whose authority a write is made. */
export const editorSchema: Schema = {
  store: 'editors',
  steps: [
    `create table editors (
       id text primary key,
       name text not null,
       role text not null,
       key_hash text not null unique,
       created_at text not null,
       revoked_at text
     ) strict;
     create table sessions (token_hash text primary key, editor_id text not null, until text not null) strict`,
    'alter table sessions add column origin text',
  ],
}

type EditorRow = { id: string; name: string; role: string; created_at: string }
type HolderRow = EditorRow & { until: string | null; origin: string | null }

const insertEditor = `insert into editors (id, name, role, key_hash, created_at) values (?, ?, ?, ?, ?)
  on conflict (key_hash) do nothing`
const selectEditors = 'select id, name, role, created_at from editors where revoked_at is null order by created_at, id'
const selectActive = 'select 1 from editors where id = ? and revoked_at is null'
const selectAdmins = "select id from editors where role = 'admin' and revoked_at is null"
const selectRoleByKey = 'select role, revoked_at from editors where key_hash = ?'
const selectByKey = `select id, name, role, created_at, null as until, null as origin from editors
  where key_hash = ? and revoked_at is null`
const selectBySession = `select editors.id, editors.name, editors.role, editors.created_at,
  sessions.until, sessions.origin from sessions
  join editors on editors.id = sessions.editor_id
  where sessions.token_hash = ? and sessions.until > ? and editors.revoked_at is null`
const revokeEditor = 'update editors set revoked_at = ? where id = ? and revoked_at is null'
const endSessions = 'delete from sessions where editor_id = ?'
const endOldSessions = 'delete from sessions where until <= ?'
const insertSession = 'insert into sessions (token_hash, editor_id, until, origin) values (?, ?, ?, ?)'
const endSession = 'delete from sessions where token_hash = ?'

/** Who holds a credential, in a database that has `editorSchema`. */
function readHolder(sql: Pick<Sql, 'all'>, { by, hash }: Credential, at: string): KeyHolder | null {
  const [row] = by === 'key' ? sql.all<HolderRow>(selectByKey, hash) : sql.all<HolderRow>(selectBySession, hash, at)
  return row === undefined ? null : { editor: editorOf(row), until: row.until, origin: row.origin }
}

/**
 * Throws a Problem (401, 403) when the authority is not valid any more. To be called inside the transaction of the write:
 * then nothing is written after the response to a revocation or sign-out.
 */
export function authorise(sql: Pick<Sql, 'all'>, { credential, role, at }: Authority): Editor {
  return permit(readHolder(sql, credential, at)?.editor ?? null, role)
}

/** Why the authority is not valid any more; null: it is. For group commits, where a throw would roll back other writes. */
export function invalidReason(sql: Pick<Sql, 'all'>, by: Authority): Problem | null {
  try {
    authorise(sql, by)
    return null
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
}

/** Whether an editor's key is valid. */
export function isActiveEditor(sql: Pick<Sql, 'all'>, id: string): boolean {
  return sql.all(selectActive, id).length > 0
}

/** Editors' keys and sessions in SQLite: hashes only. */
export class SqliteEditors implements EditorStore {
  readonly #sql: Sql
  readonly #deleteOwned: (editorId: string) => void
  readonly #listeners = new Set<() => void>()

  /** `alsoEnds`: deletes what else an editor has in this database, in the transaction that revokes the key. */
  constructor(sql: Sql, alsoEnds: (editorId: string) => void = () => {}) {
    this.#sql = sql
    this.#deleteOwned = alsoEnds
    migrate(sql, editorSchema)
  }

  async add(editor: Editor, keyHash: string, by?: Authority): Promise<void> {
    await this.#write(() => {
      if (by !== undefined) authorise(this.#sql, by)
      this.#insert(editor, keyHash)
    })
  }

  async addAdmin(editor: Editor, keyHash: string, when?: 'always' | 'no-admin'): Promise<AddedAdmin> {
    return this.#write(() => {
      const [row] = this.#sql.all<{ role: string; revoked_at: string | null }>(selectRoleByKey, keyHash)
      if (row === undefined) {
        if (when === 'no-admin' && this.#sql.all(selectAdmins).length > 0) return 'needless'
        this.#insert(editor, keyHash)
        return 'added'
      }
      if (row.revoked_at !== null) return 'revoked'
      return row.role === 'admin' ? 'known' : 'lower'
    })
  }

  async list(): Promise<readonly Editor[]> {
    return this.#sql.all<EditorRow>(selectEditors).map(editorOf)
  }

  async revoke(id: string, at: string, by?: Authority): Promise<boolean> {
    return this.#sql.retryBusy(() => {
      const revoked = this.#sql.transaction(() => {
        if (by !== undefined) authorise(this.#sql, by)
        const admins = this.#sql.all<{ id: string }>(selectAdmins).map((row) => row.id)
        refuseLastAdmin(admins, id)
        this.#sql.run(endSessions, id)
        this.#deleteOwned(id)
        return this.#sql.run(revokeEditor, at, id) > 0
      })
      if (revoked) this.#ended()
      return revoked
    })
  }

  async holder(credential: Credential, at: string): Promise<KeyHolder | null> {
    return readHolder(this.#sql, credential, at)
  }

  async openSession(keyHash: string, { tokenHash, now, until, origin }: NewSession): Promise<Editor | null> {
    return this.#write(() => {
      const holder = readHolder(this.#sql, { by: 'key', hash: keyHash }, now)
      if (holder === null) return null
      this.#sql.run(endOldSessions, now)
      this.#sql.run(insertSession, tokenHash, holder.editor.id, until, origin)
      return holder.editor
    })
  }

  async closeSession(tokenHash: string): Promise<void> {
    await this.#sql.retryBusy(() => {
      this.#sql.run(endSession, tokenHash)
      this.#ended()
    })
  }

  /** Calls `act` synchronously when a key is revoked or a session closed through this store. Returns a function that unsubscribes. */
  onEnd(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  #write<Result>(act: () => Result): Promise<Result> {
    return this.#sql.retryBusy(() => this.#sql.transaction(act))
  }

  #ended(): void {
    for (const listener of this.#listeners) listener()
  }

  #insert({ id, name, role, createdAt }: Editor, keyHash: string): void {
    this.#sql.run(insertEditor, id, name, role, keyHash, createdAt)
  }
}

function editorOf({ id, name, role, created_at }: EditorRow): Editor {
  return { id, name, role: role as Role, createdAt: created_at }
}
