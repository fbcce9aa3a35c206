import { toBase64url } from '../../domain/parsing/base64url.ts'

/** The length of the secret that stored addresses are encrypted and hashed with. */
export const secretBytes = 32

/** A new secret, in base64url. */
export function makeSecretText(): string {
  return toBase64url(crypto.getRandomValues(new Uint8Array(secretBytes)))
}

/** Parses a secret in base64url, or in base64 as `openssl rand -base64 32` makes it. Null: it has not `secretBytes`. */
export function secretOf(text: string): Uint8Array | null {
  try {
    const binary = atob(text.trim().replaceAll('-', '+').replaceAll('_', '/'))
    return binary.length === secretBytes ? Uint8Array.from(binary, (char) => char.charCodeAt(0)) : null
  } catch {
    return null
  }
}
