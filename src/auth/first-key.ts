import type { EditorStore } from './editor.ts'
import { newSecret, secretHash } from './secret.ts'

type Deps = {
  readonly editors: Pick<EditorStore, 'addAdmin' | 'list'>
  readonly now: () => number
  readonly newId: () => string
}

/** A key that was made, to be shown once, and what the operator must be told besides. */
export type FirstKey = { readonly key: string | null; readonly warnings: readonly string[] }

/**
 * Sees to it that there is an admin. With `given` (ADMIN_KEY) that key is one, unless it is known to be none: then the
 * operator is told. When nobody at all could keep the keys, a new admin key is made.
 */
export async function ensureAdmin(deps: Deps, given: string | null): Promise<FirstKey> {
  const { editors, now, newId } = deps
  const admin = () => ({ id: newId(), name: 'First admin', role: 'admin', createdAt: at(now()) }) as const
  const warnings: string[] = []
  if (given !== null) {
    const result = await editors.addAdmin(admin(), await secretHash(given))
    if (result === 'revoked' || result === 'lower') warnings.push(uselessKey[result])
    // RFC 9110 §5.5: a header carries nothing else, and a key ends at white space.
    else if (/[^\x21-\x7e]/.test(given)) warnings.push(unsendableKey)
  }
  const known = await editors.list()
  if (known.some(({ role }) => role === 'admin')) return { key: null, warnings }
  if (known.length > 0 || warnings.length > 0)
    warnings.push(
      'There was no admin: nobody could have added or revoked keys. A new admin key was made; it is shown once.',
    )
  const key = newSecret()
  await editors.addAdmin(admin(), await secretHash(key))
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
