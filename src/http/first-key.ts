import type { EditorStore } from '../editor.ts'
import { newSecret, secretHash } from './secret.ts'

type House = { readonly editors: EditorStore; readonly now: () => number; readonly newId: () => string }

/**
 * Sees to it that there is an admin. With `given` (ADMIN_KEY) that key is one; else, when nobody holds a key yet, one is
 * made and given back to be shown once.
 */
export async function ensureAdmin({ editors, now, newId }: House, given: string | null): Promise<string | null> {
  if (given !== null) {
    await editors.add(admin(newId(), now()), await secretHash(given))
    return null
  }
  if ((await editors.list()).length > 0) return null
  const key = newSecret()
  await editors.add(admin(newId(), now()), await secretHash(key))
  return key
}

function admin(id: string, now: number) {
  return { id, name: 'First admin', role: 'admin', createdAt: new Date(now).toISOString() } as const
}
