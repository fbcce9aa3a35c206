/** What an editor may do: `writer` drafts, `editor` publishes and approves, `admin` keeps keys besides. */
export const roles = ['writer', 'editor', 'admin'] as const
export type Role = (typeof roles)[number]

/** Someone who holds a key. Only the key's hash is stored. */
export type Editor = { readonly id: string; readonly name: string; readonly role: Role; readonly createdAt: string }

export interface EditorStore {
  add(editor: Editor, keyHash: string): Promise<void>
  list(): Promise<readonly Editor[]>
  /** Ends a key and every session made with it; false when there is none with that id. */
  revoke(id: string, at: string): Promise<boolean>
  byKey(keyHash: string): Promise<Editor | null>
  /** Begins a session that lasts until a time; those that have ended are forgotten. */
  openSession(tokenHash: string, editorId: string, now: string, until: string): Promise<void>
  /** The editor of a session that has not ended. */
  bySession(tokenHash: string, now: string): Promise<Editor | null>
  closeSession(tokenHash: string): Promise<void>
}

/** Whether a role may do what another is needed for: an admin all, an editor what a writer may. */
export function mayAs(role: Role, needed: Role): boolean {
  return roles.indexOf(role) >= roles.indexOf(needed)
}
