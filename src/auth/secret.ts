import { toBase64url } from '../domain/parsing/base64url.ts'

/** A new secret: 32 random bytes in base64url. */
export function newSecret(): string {
  return toBase64url(crypto.getRandomValues(new Uint8Array(32)))
}

/**
 * The SHA-256 of a secret in base64url. Our secrets have 256 random bits, so that they cannot be guessed from a plain hash,
 * and the timing of an index look-up reveals nothing.
 */
export async function secretHash(secret: string): Promise<string> {
  return toBase64url(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(secret))))
}

/** Whether two secrets are equal, in constant time: their hashes are compared to the end. */
export async function isSameSecret(given: string, wanted: string): Promise<boolean> {
  const [a, b] = await Promise.all([secretHash(given), secretHash(wanted)])
  let differing = a.length ^ b.length
  for (let at = 0; at < a.length; at += 1) differing |= a.charCodeAt(at) ^ b.charCodeAt(at)
  return differing === 0
}
