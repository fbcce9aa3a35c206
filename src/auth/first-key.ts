import type { EditorStore } from './editor.ts'
import { newSecret, secretHash } from './secret.ts'

type Deps = {
  readonly editors: Pick<EditorStore, 'addAdmin' | 'list'>
  readonly now: () => number
  readonly newId: () => string
}

/** A new admin key, to be shown once (null: none was needed), and warnings for the operator. */
export type FirstKey = { readonly key: string | null; readonly warnings: readonly string[] }

/**
 * Makes sure that there is an admin. `given` (ADMIN_KEY): becomes an admin's key; if it was revoked or has a lower role,
 * there is a warning instead. When there is no admin at all, a new key is made: one, also by several services that start
 * on one database at once. An admin who is added beside editors is named “Recovery admin”, to be told from the first one
 * in lists.
 */
export async function ensureAdmin(deps: Deps, given: string | null): Promise<FirstKey> {
  const { editors, now, newId } = deps
  const known = await editors.list()
  const name = known.length === 0 ? 'First admin' : 'Recovery admin'
  const admin = () => ({ id: newId(), name, role: 'admin', createdAt: at(now()) }) as const
  const warnings: string[] = []
  if (given !== null) {
    const result = await editors.addAdmin(admin(), await secretHash(given))
    if (result === 'revoked' || result === 'lower') warnings.push(uselessKey[result])
    // A header field holds no other characters, and a bearer token ends at white space (RFC 9110 §5.5).
    else if (/[^\x21-\x7e]/.test(given)) warnings.push(unsendableKey)
  }
  if ((await editors.list()).some(({ role }) => role === 'admin')) return { key: null, warnings }
  const key = newSecret()
  // Another service on this database may have made one meanwhile.
  if ((await editors.addAdmin(admin(), await secretHash(key), 'no-admin')) === 'needless')
    return { key: null, warnings }
  if (known.length > 0 || warnings.length > 0)
    warnings.push(
      'There was no admin: nobody could have added or revoked keys. A new admin key was made; it is shown once.',
    )
  return { key, warnings }
}

const unsendableKey =
  'ADMIN_KEY holds white space or a character beyond ASCII, which no request header carries: it opens the desk page, but neither the commands nor the API. Set ADMIN_KEY to a key of letters and digits.'

const uselessKey = {
  revoked:
    'ADMIN_KEY is a key that was revoked: it opens nothing. Set ADMIN_KEY to a new key of your own and start again, or leave it out.',
  lower:
    'ADMIN_KEY is the key of an editor who is no admin: it makes no admin. Set ADMIN_KEY to a new key of your own and start again, or leave it out.',
} as const

function at(ms: number): string {
  return new Date(ms).toISOString()
}
