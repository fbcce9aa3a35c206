import { type Bytes, toBase64url } from '../../domain/parsing/base64url.ts'

const encoder = new TextEncoder()

/** A WebCrypto key; its type has another name on each platform. */
export type Key =
  Awaited<ReturnType<typeof crypto.subtle.generateKey>> extends infer Made
    ? Exclude<Made, { readonly privateKey: unknown }>
    : never

/** HMAC-SHA-256 of a text: 32 bytes. */
export type KeyedHash = (text: string) => Promise<Bytes>

/**
 * A keyed hash for one purpose. Its key is derived from the service's secret (HKDF, RFC 5869), so hashes for two
 * purposes are unrelated.
 */
export async function keyedHash(secret: Uint8Array, purpose: string): Promise<KeyedHash> {
  const key = await deriveKey(secret, purpose, { name: 'HMAC', hash: 'SHA-256', length: 256 }, ['sign'])
  return async (text) => new Uint8Array(await crypto.subtle.sign('HMAC', key, encoder.encode(text)))
}

/** Derives a key that cannot be exported. */
export async function deriveKey(
  secret: Uint8Array,
  purpose: string,
  kind: { readonly name: string; readonly length: number; readonly hash?: string },
  usages: ('sign' | 'encrypt' | 'decrypt')[],
): Promise<Key> {
  const base = await crypto.subtle.importKey('raw', Uint8Array.from(secret), 'HKDF', false, ['deriveKey'])
  const algorithm = {
    name: 'HKDF',
    hash: 'SHA-256',
    salt: new Uint8Array(0),
    info: encoder.encode(`tocsin ${purpose}`),
  }
  return crypto.subtle.deriveKey(algorithm, base, kind, false, usages)
}

/** SHA-256 of a text, as it is stored of a token. */
export async function sha256(text: string): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', encoder.encode(text)))
}

/** Compares two hashes in constant time. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  let difference = 0
  for (const [at, byte] of a.entries()) difference |= byte ^ (b[at] ?? 0)
  return difference === 0
}

const topicBytes = 24

/**
 * The `Topic` of an alert's pushes (RFC 8030 §5.4): 32 base64url characters of a keyed hash of its id, so that a push
 * service replaces what it has not delivered and cannot tell which alert it was.
 */
export async function topicOf(hash: KeyedHash, alertId: string): Promise<string> {
  return toBase64url((await hash(alertId)).subarray(0, topicBytes))
}
