import { Problem } from '../domain/problem.ts'

/** The Problem (409) for an idempotency key of an admin that was used for another request. */
export function requestKeyReused(): Problem {
  return new Problem(
    409,
    'idempotency-key-reused',
    'You have used this Idempotency-Key for another request. Nothing was made or changed now; send a new key for a new intention.',
  )
}

/** A request with an idempotency key. `intention`: a hash of what it asks for, which is stored in its place. */
export type KeyedRequest = { readonly key: string; readonly intention: string }

/**
 * The Problem (409) for a repeated request whose first one has made a key: only the hash of a key is stored, so that it cannot
 * be shown again. `state`: of the key that was made; one that was revoked or has expired needs no revoking.
 */
export function keyMadeBefore(
  { id, name }: { readonly id: string; readonly name: string },
  state: 'active' | 'ended',
): Problem {
  const made = `A key for ${name} was made with this Idempotency-Key before, and was shown then`
  return new Problem(
    409,
    'key-made-before',
    state === 'active'
      ? `${made}. Nothing was made now. If you have not got it, revoke that key (DELETE /v1/desk/editors/${id}), and make one with a new Idempotency-Key.`
      : `${made}; it was revoked or has expired since. Nothing was made now. Make one with a new Idempotency-Key.`,
  )
}
