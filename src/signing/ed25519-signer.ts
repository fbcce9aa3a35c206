import { fromBase64url, toBase64url } from '../domain/parsing/base64url.ts'
import type { Signer } from './signer.ts'

/** The part of the module `crypto` that a signer needs: Node has it, and so has workerd. */
export type SigningCrypto<Key> = {
  createPrivateKey(pem: string): Key
  createPublicKey(key: Key): { export(form: { readonly format: 'jwk' }): { readonly x?: string } }
  sign(algorithm: null, bytes: Uint8Array, key: Key): Uint8Array
  createHash(algorithm: 'sha256'): { update(bytes: Uint8Array): { digest(): Uint8Array } }
}

/** A signer with the public half of its key: 32 bytes in base64url. */
export type KeyedSigner = Signer & { readonly publicKey: string }

/** How many bytes a private key (the seed of RFC 8032 §5.1.5) has, and a public one. */
export const keyBytes = 32

/** What stands before the seed in PKCS #8 (RFC 8410 §7). */
const pkcs8Start = [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20]

/** How many bytes of a public key's hash are its id. */
export const keyIdBytes = 8

/** Makes the signer of a private key. Throws an Error when that has not `keyBytes`. */
export function ed25519Signer<Key>(crypto: SigningCrypto<Key>, seed: Uint8Array): KeyedSigner {
  if (seed.length !== keyBytes) throw new Error(`a signing key has ${keyBytes} bytes, not ${seed.length}`)
  const der = btoa(String.fromCharCode(...pkcs8Start, ...seed))
  const key = crypto.createPrivateKey(`-----BEGIN PRIVATE KEY-----\n${der}\n-----END PRIVATE KEY-----\n`)
  const publicKey = crypto.createPublicKey(key).export({ format: 'jwk' }).x ?? ''
  const publicBytes = fromBase64url(publicKey)
  if (publicBytes?.length !== keyBytes) throw new Error('the platform does not give the public half of a signing key')
  const sha256 = (bytes: Uint8Array) => new Uint8Array(crypto.createHash('sha256').update(bytes).digest())
  return {
    publicKey,
    keyId: keyIdOf(sha256(publicBytes)),
    sign: (bytes) => new Uint8Array(crypto.sign(null, bytes, key)),
    sha256,
  }
}

/** The id of a key, by the SHA-256 of its public half. */
export function keyIdOf(publicKeyHash: Uint8Array): string {
  return toBase64url(publicKeyHash.subarray(0, keyIdBytes))
}
