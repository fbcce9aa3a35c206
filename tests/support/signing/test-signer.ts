import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import type { Signer } from '../../../src/signing/signer.ts'

const seeds = new WeakMap<Signer, Uint8Array>()

/** The private key of a signer that was made here: 32 bytes. */
export function seedOf(signer: Signer): Uint8Array {
  const seed = seeds.get(signer)
  if (seed === undefined) throw new Error('it was not made here')
  return seed
}

/** A new key, and what signs with it. */
export function testSigner(): { readonly signer: Signer; readonly publicKey: KeyObject } {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest()
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)
  const keyId = sha256(raw).subarray(0, 8).toString('base64url')
  const signer: Signer = { keyId, sha256, sign: (bytes) => sign(null, bytes, privateKey) }
  // The last 32 bytes of PKCS #8 (RFC 8410 §7).
  seeds.set(signer, privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32))
  return { publicKey, signer }
}
