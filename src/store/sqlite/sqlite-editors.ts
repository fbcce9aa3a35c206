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
import { type AuditLine, deskLine } from '../../desk/audit.ts'
import { Problem } from '../../domain/problem.ts'
import { migrate, type Schema, type Sql } from '../sql.ts'
import { auditSchema, noteAct } from './desk/audit-table.ts'
import { keyedRequestsStep, madeBefore } from './desk/keyed-requests.ts'
import { endBrowsers, noticeSchema } from './desk/notice-tables.ts'
import {
  endOfToken,
  endThose,
  insertOpened,
  insertRenewed,
  listOpen,
  noteTokenUse,
  sessionStep,
} from './sqlite-sessions.ts'

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
    `${sessionStep};
     alter table editors add column levels text;
     alter table editors add column used_on text`,
    'alter table editors add column expires_at text',
    keyedRequestsStep,
  ],
}

type EditorRow = {
  id: string
  name: string
  role: string
  created_at: string
  levels: string | null
  expires_at: string | null
}
type ListedRow = EditorRow & { used_on: string | null }
type HolderRow = ListedRow & { until: string | null; origin: string | null; issued_at: string | null }

const columns = 'editors.id, editors.name, editors.role, editors.created_at, editors.levels, editors.expires_at'
const isActive = 'revoked_at is null and (expires_at is null or expires_at > ?)'
const insertEditor = `insert into editors (id, name, role, key_hash, created_at, levels, expires_at)
  values (?, ?, ?, ?, ?, ?, ?)
  on conflict (key_hash) do nothing`
const selectEditors = `select ${columns}, used_on from editors where revoked_at is null order by created_at, id`
const selectActive = `select ${columns} from editors where id = ? and ${isActive}`
/** One whose key expires will not be there one day. */
const selectAdmins = "select id from editors where role = 'admin' and revoked_at is null and expires_at is null"
const selectRoleByKey = 'select role, revoked_at, expires_at from editors where key_hash = ?'
const selectExpired = 'select id, name, role from editors where revoked_at is null and expires_at <= ?'
/** Also one that was revoked since because it had expired. */
const selectExpiredKey = `select 1 from editors where key_hash = ? and expires_at <= ?
  and (revoked_at is null or revoked_at >= expires_at)`
const selectByKey = `select ${columns}, used_on, expires_at as until, null as origin, null as issued_at from editors
  where key_hash = ? and ${isActive}`
const selectBySession = `select ${columns}, sessions.used_on, sessions.until, sessions.origin, sessions.issued_at from sessions
  join editors on editors.id = sessions.editor_id
  where sessions.token_hash = ? and sessions.until > ? and editors.revoked_at is null`
const revokeEditor = 'update editors set revoked_at = ? where id = ? and revoked_at is null'
const endSessions = 'delete from sessions where editor_id = ?'
const selectEditor = 'select name, role from editors where id = ?'
const updateUsedByKey = 'update editors set used_on = ? where key_hash = ? and (used_on is null or used_on < ?)'
const updateUsed = 'update editors set used_on = ? where id = ? and (used_on is null or used_on < ?)'

/** Who holds a credential, in a database that has `editorSchema`. */
function readHolder(sql: Pick<Sql, 'all'>, { by, hash }: Credential, at: string): KeyHolder | null {
  const [row] = by === 'key' ? sql.all<HolderRow>(selectByKey, hash, at) : sql.all<HolderRow>(selectBySession, hash, at)
  if (row === undefined) return null
  const { until, origin, used_on: usedOn, issued_at: issuedAt } = row
  return { editor: editorOf(row), until, origin, usedOn, issuedAt }
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

/** An editor as their key is at a time (RFC 3339); null: it has ended. */
export function activeEditor(sql: Pick<Sql, 'all'>, id: string, at: string): Editor | null {
  const [row] = sql.all<EditorRow>(selectActive, id, at)
  return row === undefined ? null : editorOf(row)
}

/** Editors' keys and sessions in SQLite: hashes only. */
export class SqliteEditors implements EditorStore, SessionStore {
  readonly #sql: Sql
  readonly #deleteOwned: (editorId: string) => void
  readonly #listeners = new Set<() => void>()

  /** `alsoEnds`: deletes what else an editor has in this database, in the transaction that revokes the key. */
  constructor(sql: Sql, alsoEnds: (editorId: string) => void = () => {}) {
    this.#sql = sql
    this.#deleteOwned = alsoEnds
    for (const schema of [editorSchema, auditSchema, noticeSchema]) migrate(sql, schema)
  }

  async add(editor: Editor, keyHash: string, by?: Authority, request?: KeyedRequest): Promise<void> {
    await this.#write(() => {
      const admin = by === undefined ? null : authorise(this.#sql, by)
      if (admin !== null) permitKey(admin, editor)
      const before = by === undefined ? null : madeBefore(this.#sql, request, by, editor.id)
      if (before !== null) {
        const isActive = activeEditor(this.#sql, before, editor.createdAt) !== null
        throw keyMadeBefore({ ...editor, id: before }, isActive ? 'active' : 'ended')
      }
      this.#insert(editor, keyHash, admin)
    })
  }

  async addAdmin(editor: Editor, keyHash: string, when?: 'always' | 'no-admin'): Promise<AddedAdmin> {
    return this.#write(() => {
      type Given = { role: string; revoked_at: string | null; expires_at: string | null }
      const [row] = this.#sql.all<Given>(selectRoleByKey, keyHash)
      if (row === undefined) {
        if (when === 'no-admin' && this.#sql.all(selectAdmins).length > 0) return 'needless'
        this.#insert(editor, keyHash, null)
        return 'added'
      }
      const { createdAt: now } = editor
      if (row.revoked_at !== null || (row.expires_at !== null && row.expires_at <= now)) return 'revoked'
      return row.role === 'admin' ? 'known' : 'lower'
    })
  }

  async list(): Promise<readonly ListedEditor[]> {
    return this.#sql.all<ListedRow>(selectEditors).map((row) => ({ ...editorOf(row), lastUsedOn: row.used_on }))
  }

  async revoke(id: string, at: string, by?: Authority): Promise<boolean> {
    return this.#sql.retryBusy(() => {
      const revoked = this.#sql.transaction(() => {
        const admin = by === undefined ? null : authorise(this.#sql, by)
        const admins = this.#sql.all<{ id: string }>(selectAdmins).map((row) => row.id)
        refuseLastAdmin(admins, id)
        if (!this.#revoke(id, at)) return false
        const [revoked] = this.#sql.all<{ name: string; role: string }>(selectEditor, id)
        noteAct(this.#sql, deskLine('key-revoked', at, admin, { editor: { id, ...revoked } }))
        return true
      })
      if (revoked) this.#ended()
      return revoked
    })
  }

  /** Inside a transaction. False: there is no editor with that id. */
  #revoke(id: string, at: string): boolean {
    this.#sql.run(endSessions, id)
    endBrowsers(this.#sql, 'editor_id = ?', id)
    this.#deleteOwned(id)
    return this.#sql.run(revokeEditor, at, id) > 0
  }

  async isExpired(keyHash: string, at: string): Promise<boolean> {
    return this.#sql.all(selectExpiredKey, keyHash, at).length > 0
  }

  async endExpired(at: string): Promise<number> {
    type Expired = { id: string; name: string; role: string }
    if (this.#sql.all(selectExpired, at).length === 0) return 0
    const ended = await this.#write(() => {
      const expired = this.#sql.all<Expired>(selectExpired, at)
      for (const editor of expired) {
        this.#revoke(editor.id, at)
        noteAct(this.#sql, deskLine('key-expired', at, null, { editor }))
      }
      return expired.length
    })
    if (ended > 0) this.#ended()
    return ended
  }

  async holder(credential: Credential, at: string): Promise<KeyHolder | null> {
    return readHolder(this.#sql, credential, at)
  }

  async noteUse({ by, hash }: Credential, day: string): Promise<void> {
    await this.#write(() => {
      if (by === 'key') return this.#sql.run(updateUsedByKey, day, hash, day)
      const editorId = noteTokenUse(this.#sql, hash, day)
      return editorId === null ? 0 : this.#sql.run(updateUsed, day, editorId, day)
    })
  }

  async openSession(keyHash: string, session: NewSession): Promise<Editor | null> {
    return this.#write(() => {
      const holder = readHolder(this.#sql, { by: 'key', hash: keyHash }, session.now)
      if (holder === null) return null
      insertOpened(this.#sql, holder.editor, session)
      this.#sql.run(updateUsedByKey, dayOf(session.now), keyHash, dayOf(session.now))
      return holder.editor
    })
  }

  async renewSession(tokenHash: string, renewal: SessionRenewal): Promise<boolean> {
    return this.#write(() => insertRenewed(this.#sql, tokenHash, renewal))
  }

  async closeSession(tokenHash: string, at: string): Promise<void> {
    await this.#sql.retryBusy(() => {
      this.#sql.transaction(() => endOfToken(this.#sql, tokenHash, at))
      this.#ended()
    })
  }

  async sessions(by: Authority): Promise<readonly OpenSession[]> {
    return listOpen(this.#sql, authorise(this.#sql, by), by)
  }

  async endSessions(id: string | null, by: Authority): Promise<number> {
    return this.#sql.retryBusy(() => {
      const ended = this.#sql.transaction(() => endThose(this.#sql, id, authorise(this.#sql, by), by))
      if (ended > 0) this.#ended()
      return ended
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

  /** `by`: null for the operator. */
  #insert({ id, name, role, createdAt, levels, expiresAt }: Editor, keyHash: string, by: AuditLine['by']): void {
    const stored = levels === undefined ? null : JSON.stringify(levels)
    if (this.#sql.run(insertEditor, id, name, role, keyHash, createdAt, stored, expiresAt ?? null) === 0) return
    noteAct(this.#sql, deskLine('key-made', createdAt, by, { editor: { id, name, role, levels, expiresAt } }))
  }
}

function editorOf({ id, name, role, created_at, levels, expires_at }: EditorRow): Editor {
  return {
    ...{ id, name, role: role as Role, createdAt: created_at },
    ...(levels === null ? {} : { levels: JSON.parse(levels) }),
    ...(expires_at === null ? {} : { expiresAt: expires_at }),
  }
}
