import type { Editor, EditorStore, Role } from '../editor.ts'
import { migrate, type Schema, type Sql } from './sql.ts'

const schema: Schema = {
  room: 'editors',
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
  ],
}

type EditorRow = { id: string; name: string; role: string; created_at: string }

const insertEditor = `insert into editors (id, name, role, key_hash, created_at) values (?, ?, ?, ?, ?)
  on conflict (key_hash) do nothing`
const selectEditors = 'select id, name, role, created_at from editors where revoked_at is null order by created_at, id'
const selectByKey = 'select id, name, role, created_at from editors where key_hash = ? and revoked_at is null'
const selectBySession = `select editors.id, editors.name, editors.role, editors.created_at from sessions
  join editors on editors.id = sessions.editor_id
  where sessions.token_hash = ? and sessions.until > ? and editors.revoked_at is null`
const revokeEditor = 'update editors set revoked_at = ? where id = ? and revoked_at is null'
const endSessions = 'delete from sessions where editor_id = ?'
const endOldSessions = 'delete from sessions where until <= ?'
const insertSession = 'insert into sessions (token_hash, editor_id, until) values (?, ?, ?)'
const endSession = 'delete from sessions where token_hash = ?'

/** Editors' keys and sessions in SQLite: hashes only. */
export class SqliteEditors implements EditorStore {
  readonly #sql: Sql

  constructor(sql: Sql) {
    this.#sql = sql
    migrate(sql, schema)
  }

  async add({ id, name, role, createdAt }: Editor, keyHash: string): Promise<void> {
    await this.#sql.retryBusy(() => this.#sql.run(insertEditor, id, name, role, keyHash, createdAt))
  }

  async list(): Promise<readonly Editor[]> {
    return this.#sql.all<EditorRow>(selectEditors).map(editorOf)
  }

  async revoke(id: string, at: string): Promise<boolean> {
    return this.#sql.retryBusy(() =>
      this.#sql.transaction(() => {
        this.#sql.run(endSessions, id)
        return this.#sql.run(revokeEditor, at, id) > 0
      }),
    )
  }

  async byKey(keyHash: string): Promise<Editor | null> {
    return first(this.#sql.all<EditorRow>(selectByKey, keyHash))
  }

  async openSession(tokenHash: string, editorId: string, now: string, until: string): Promise<void> {
    await this.#sql.retryBusy(() =>
      this.#sql.transaction(() => {
        this.#sql.run(endOldSessions, now)
        this.#sql.run(insertSession, tokenHash, editorId, until)
      }),
    )
  }

  async bySession(tokenHash: string, now: string): Promise<Editor | null> {
    return first(this.#sql.all<EditorRow>(selectBySession, tokenHash, now))
  }

  async closeSession(tokenHash: string): Promise<void> {
    await this.#sql.retryBusy(() => this.#sql.run(endSession, tokenHash))
  }
}

function first(rows: readonly EditorRow[]): Editor | null {
  const [row] = rows
  return row === undefined ? null : editorOf(row)
}

function editorOf({ id, name, role, created_at }: EditorRow): Editor {
  return { id, name, role: role as Role, createdAt: created_at }
}
