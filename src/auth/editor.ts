import { type Kind, type Level, levels } from '../domain/alert-types.ts'
import { Problem } from '../domain/problem.ts'
import type { KeyedRequest } from './keyed-request.ts'

/** What an editor may do: `writer` drafts, `editor` publishes and approves, `admin` keeps keys besides. */
export const roles = ['writer', 'editor', 'admin'] as const
export type Role = (typeof roles)[number]

/** Someone who holds a key. Only the key's hash is stored. */
export type Editor = {
  readonly id: string
  readonly name: string
  readonly role: Role
  readonly createdAt: string
  /** The levels that the key may publish and approve; absent: all. */
  readonly levels?: readonly Level[]
  /** When the key ends by itself (RFC 3339); absent: it does not. */
  readonly expiresAt?: string
}

/** An editor as they are listed, with the day on which the key or a session of it was last used (null: never, or unknown). */
export type ListedEditor = Editor & { readonly lastUsedOn: string | null }

/** How a requester was authenticated: by a key or by a session. `hash`: SHA-256 of its secret in base64url; the secret is not stored. */
export type Credential = { readonly by: 'key' | 'session'; readonly hash: string }

/**
 * Who holds a credential, when it expires (RFC 3339; null: it does not), the origin of the page that opened the session
 * (null: unknown), the day of its last use, and when the session's token was made (null: it has none that is renewed).
 */
export type KeyHolder = {
  readonly editor: Editor
  readonly until: string | null
  readonly origin: string | null
  readonly usedOn: string | null
  readonly issuedAt: string | null
}

/**
 * On whose authority a write is made: the editor, their credential, the role that the write needs, and when it was
 * requested (RFC 3339). A store looks the credential up again in the transaction of the write, so that nothing is written
 * for a key or session that has ended meanwhile. Only plain values, so that it can be sent to another thread or object.
 */
export type Authority = {
  readonly editorId: string
  readonly credential: Credential
  readonly role: Role
  readonly at: string
}

/** What became of the key that `addAdmin` was given. */
export type AddedAdmin = 'added' | 'known' | 'lower' | 'revoked' | 'needless'

export interface EditorStore {
  /**
   * Adds an editor. `by` is checked in the same transaction (Problem 401, 403); absent: the operator adds them. `request`: the
   * same again is refused (409 `key-made-before`), and another with its key (409 `idempotency-key-reused`).
   */
  add(editor: Editor, keyHash: string, by?: Authority, request?: KeyedRequest): Promise<void>
  /**
   * Adds an admin with a key that the operator gives. A key that is known changes nothing: `known` when it is an
   * admin's, `lower` when it has another role, `revoked` when it was revoked. With `no-admin` a new key is added only
   * when there is no admin, which is checked in the same transaction; else the result is `needless`.
   */
  addAdmin(editor: Editor, keyHash: string, when?: 'always' | 'no-admin'): Promise<AddedAdmin>
  list(): Promise<readonly ListedEditor[]>
  /**
   * Revokes a key and ends every session opened with it; false when there is no editor with that id. Checks in the same
   * transaction whether `by` may do it and whether another admin is left. Throws a Problem (409 `last-admin`, 401, 403).
   */
  revoke(id: string, at: string, by?: Authority): Promise<boolean>
  /** Who holds a key or session that is valid at a time (RFC 3339); null: nobody. */
  holder(credential: Credential, at: string): Promise<KeyHolder | null>
  /** Whether a key is one that has ended by itself by a time (RFC 3339). */
  isExpired(keyHash: string, at: string): Promise<boolean>
  /** Revokes the keys that have ended by themselves by a time (RFC 3339). How many there were. */
  endExpired(at: string): Promise<number>
  /** Notes the day (`YYYY-MM-DD`) on which a key, or a session and its key, was used. A later day stays. */
  noteUse(credential: Credential, day: string): Promise<void>
}

/** Whether a role includes another: an admin may do everything, an editor what a writer may. */
function hasRole(role: Role, needed: Role): boolean {
  return roles.indexOf(role) >= roles.indexOf(needed)
}

/** Returns the editor if their role includes `needed`. Throws a Problem: 401 without an editor, 403 when the role is too low. */
export function permit(editor: Editor | null, needed: Role): Editor {
  if (editor === null)
    throw new Problem(
      401,
      'not-signed-in',
      'Sign in at the desk, or send Authorization: Bearer <key> with a valid key. An admin makes new keys; if no admin key is left, the operator starts the service once with ADMIN_KEY=<a new key>.',
    )
  if (!hasRole(editor.role, needed))
    throw new Problem(403, 'role-too-low', `This needs the role ${needed}; yours is ${editor.role}. Ask an admin.`)
  return editor
}

/**
 * Throws a Problem (403 `level-not-allowed`) when an editor's key may not publish or approve alerts of a level. A retraction
 * passes: what is wrong must be taken back by whoever sees it.
 */
export function permitLevel({ levels: allowed = levels }: Editor, level: Level, kind: Kind): void {
  if (kind === 'retraction' || allowed.includes(level)) return
  throw new Problem(
    403,
    'level-not-allowed',
    `Your key may publish and approve only these levels: ${allowed.join(', ')}. This alert is ${level}. Nothing was published. Submit it, so that an editor who may can approve it, or ask an admin for another key.`,
  )
}

/**
 * Throws a Problem (403 `level-not-allowed`) when an admin whose key has a limit of levels would make a key that may publish
 * more: who may not send a flash could send one by a key of their own. A writer publishes nothing.
 */
export function permitKey({ levels: own = levels }: Editor, made: Pick<Editor, 'role' | 'levels'>): void {
  if (made.role === 'writer') return
  const beyond = (made.levels ?? levels).filter((level) => !own.includes(level))
  if (beyond.length === 0) return
  throw new Problem(
    403,
    'level-not-allowed',
    `Your key may publish and approve only these levels: ${own.join(', ')}. The key that you ask for could do so with ${beyond.join(' and ')} too. Nothing was made. Give "levels" with no others than yours, or ask an admin whose key has no limit.`,
  )
}

/** Whether an editor's key is valid at a time (RFC 3339). */
export function isActiveAt({ expiresAt }: Pick<Editor, 'expiresAt'>, at: string): boolean {
  return expiresAt === undefined || expiresAt > at
}

/** The Problem (401) for a key that has ended by itself. */
export function keyExpired(): Problem {
  return new Problem(401, 'key-expired', 'This key was made for a time that is over. Ask an admin for a new one.')
}

/** Throws a Problem (401 `key-expired`) when an editor's key has ended by a time (RFC 3339), such as that of what they write. */
export function refuseExpired(editor: Pick<Editor, 'expiresAt'>, at: string): void {
  if (!isActiveAt(editor, at)) throw keyExpired()
}

/** Throws a Problem (401, 403) when an editor may not make such a change at a time (RFC 3339): `refuseExpired`, `permitLevel`. */
export function permitLevelAt(editor: Editor, at: string, level: Level, kind: Kind): void {
  refuseExpired(editor, at)
  permitLevel(editor, level, kind)
}

/** Throws a Problem (409 `last-admin`) when `id` is the only admin. `admins`: the ids of all admins whose keys do not expire. */
export function refuseLastAdmin(admins: readonly string[], id: string): void {
  if (admins.length !== 1 || admins[0] !== id) return
  throw new Problem(
    409,
    'last-admin',
    'This is the last admin: nobody else could keep the keys. Add another admin first. Nothing was revoked.',
  )
}
