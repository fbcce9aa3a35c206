import type { Bytes } from '../../domain/parsing/base64url.ts'
import type { Key } from './hmac.ts'

/** A key pair on the curve P-256. */
export type KeyPair = { readonly publicKey: Key; readonly privateKey: Key }

const curve = { name: 'ECDH', namedCurve: 'P-256' }
const secretBits = 256

/** Makes a new key pair whose private key cannot be exported. */
export async function generateKeyPair(): Promise<KeyPair> {
  // The platforms' types differ in the name of this type. For this curve it is a pair on each.
  return (await crypto.subtle.generateKey(curve, false, ['deriveBits'])) as KeyPair
}

/** The public key: 65 bytes, uncompressed. */
export async function exportPublicKey({ publicKey }: KeyPair): Promise<Bytes> {
  return new Uint8Array((await crypto.subtle.exportKey('raw', publicKey)) as ArrayBuffer)
}

/** The shared secret: 32 bytes. Rejects when `theirs` is not a point on the curve. */
export async function deriveSharedSecret(own: KeyPair, theirs: Bytes): Promise<Bytes> {
  const peer = await crypto.subtle.importKey('raw', theirs, curve, false, [])
  const algorithm = { name: 'ECDH', public: peer }
  return new Uint8Array(await crypto.subtle.deriveBits(algorithm, own.privateKey, secretBits))
}
