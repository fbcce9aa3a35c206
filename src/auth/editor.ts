import { Problem } from '../domain/problem.ts'

/** What an editor may do: `writer` drafts, `editor` publishes and approves, `admin` keeps keys besides. */
export const roles = ['writer', 'editor', 'admin'] as const
export type Role = (typeof roles)[number]

/** Someone who holds a key. Only the key's hash is stored. */
export type Editor = { readonly id: string; readonly name: string; readonly role: Role; readonly createdAt: string }

/** How someone has proved who they are: by a key or by a session. Only the hash of either is kept. */
export type Credential = { readonly by: 'key' | 'session'; readonly hash: string }

/**
 * Who holds a credential, when it ends by itself (RFC 3339; null: it does not), and the origin of the page at which a
 * session was opened (null: of none that said it).
 */
export type KeyHolder = { readonly editor: Editor; readonly until: string | null; readonly origin: string | null }

/** A session to begin: the hash of its token, when it is asked for and when it ends, and its page's origin. */
export type NewSession = {
  readonly tokenHash: string
  readonly now: string
  readonly until: string
  readonly origin: string | null
}

/**
 * Who asks for a write: the editor and the credential they came with, the role that the write takes, and when it was
 * asked for. A store looks the credential up again in the transaction of the write, so that nothing is written for a
 * key or a session that has ended meanwhile. Plain values: it may travel to a thread or to another object.
 */
export type Authority = {
  readonly editorId: string
  readonly credential: Credential
  readonly role: Role
  readonly at: string
}

export interface EditorStore {
  /** `by`: whoever asks for it must still be allowed to, in the same transaction (401, 403). Absent: the operator does. */
  add(editor: Editor, keyHash: string, by?: Authority): Promise<void>
  /**
   * Makes an admin of a key that the operator gives. Changes nothing when the key is known: `known` when it is an
   * admin's, `lower` when its role is another, `revoked` when it has been revoked.
   */
  addAdmin(editor: Editor, keyHash: string): Promise<'added' | 'known' | 'lower' | 'revoked'>
  list(): Promise<readonly Editor[]>
  /**
   * Ends a key and every session made with it; false when there is none with that id. In one transaction: whether `by`
   * may still do it, and whether another admin is left. Throws a Problem (409 `last-admin`, 401, 403).
   */
  revoke(id: string, at: string, by?: Authority): Promise<boolean>
  /** Who holds a key or a session that has not ended by then. */
  holder(credential: Credential, at: string): Promise<KeyHolder | null>
  /**
   * Begins a session for whoever holds a key, and forgets those that have ended. Null: nobody holds the key.
   */
  openSession(keyHash: string, session: NewSession): Promise<Editor | null>
  closeSession(tokenHash: string): Promise<void>
}

/** Whether a role may do what another is needed for: an admin all, an editor what a writer may. */
export function hasRole(role: Role, needed: Role): boolean {
  return roles.indexOf(role) >= roles.indexOf(needed)
}

/** Lets an editor pass whose role allows it. Throws a Problem: 401 when there is no editor, 403 when the role is too low. */
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

/** Throws a Problem (409 `last-admin`) when nobody would be left who can keep the keys. `admins`: the ids of all. */
export function refuseLastAdmin(admins: readonly string[], id: string): void {
  if (admins.length !== 1 || admins[0] !== id) return
  throw new Problem(
    409,
    'last-admin',
    'This is the last admin: nobody else could keep the keys. Add another admin first. Nothing was revoked.',
  )
}
