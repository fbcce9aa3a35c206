import { type Bytes, fromBase64url, utf8 } from '../../domain/parsing/base64url.ts'
import type { PushAddress } from '../subscriptions/subscription.ts'
import { deriveSharedSecret, exportPublicKey, generateKeyPair, type KeyPair } from './ecdh.ts'
import type { Seal } from './seal.ts'

/** Encryption by RFC 8291 and RFC 8188 on WebCrypto alone, for platforms without a faster implementation. */

const saltBytes = 16
const publicKeyBytes = 65
const authBytes = 16
const tagBytes = 16
const recordSize = 4_096
/** Salt, record size, length of the key id, and the key id, which is our public key (RFC 8188 §2.1). */
const headerBytes = saltBytes + 4 + 1 + publicKeyBytes
/** The longest text that fits into one record with its delimiter (RFC 8291 §4). */
const plainBytesMax = recordSize - headerBytes - tagBytes - 1
const lastRecord = 0x02

const keyInfo = utf8('WebPush: info\0')
const contentKeyInfo = utf8('Content-Encoding: aes128gcm\0')
const nonceInfo = utf8('Content-Encoding: nonce\0')

/** Encrypts a payload for one browser with a new key pair and salt. */
export const webSeal: Seal = async (payload, address) =>
  sealUnder(payload, address, await generateKeyPair(), crypto.getRandomValues(new Uint8Array(saltBytes)))

/**
 * Encrypts with a key pair and a salt that were made for this payload alone (RFC 8291 §3.3 and §3.4). Rejects when the
 * payload is too long or the address's keys are invalid.
 */
export async function sealUnder(
  payload: Uint8Array,
  { p256dh, auth }: Pick<PushAddress, 'p256dh' | 'auth'>,
  own: KeyPair,
  salt: Bytes,
): Promise<Bytes> {
  const { length } = payload
  if (length > plainBytesMax) throw new RangeError(`a push takes ${plainBytesMax} bytes at most, not ${length}`)
  const theirs = fromBase64url(p256dh)
  const authSecret = fromBase64url(auth)
  if (theirs?.length !== publicKeyBytes || authSecret?.length !== authBytes)
    throw new RangeError('a push key of 65 bytes and a secret of 16 are wanted')
  const [shared, ours] = await Promise.all([deriveSharedSecret(own, theirs), exportPublicKey(own)])
  const [input] = await derive(authSecret, shared, [{ info: concat(keyInfo, theirs, ours), bytes: 32 }])
  const [key, iv] = await derive(salt, input, [
    { info: contentKeyInfo, bytes: 16 },
    { info: nonceInfo, bytes: 12 },
  ])
  const cipher = await crypto.subtle.importKey('raw', key, 'AES-GCM', false, ['encrypt'])
  const plain = concat(payload, Uint8Array.of(lastRecord))
  const sealed = new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, cipher, plain))
  const size = Uint8Array.of(0, 0, recordSize >> 8, recordSize & 0xff)
  return concat(salt, size, Uint8Array.of(publicKeyBytes), ours, sealed)
}

type HkdfOutput = { readonly info: Bytes; readonly bytes: number }

/** HKDF with SHA-256 (RFC 5869): several outputs from one input. */
async function derive<const All extends readonly HkdfOutput[]>(
  salt: Bytes,
  input: Bytes,
  wanted: All,
): Promise<{ [At in keyof All]: Bytes }> {
  const base = await crypto.subtle.importKey('raw', input, 'HKDF', false, ['deriveBits'])
  const derived = wanted.map(async ({ info, bytes }) => {
    const algorithm = { name: 'HKDF', hash: 'SHA-256', salt, info }
    return new Uint8Array(await crypto.subtle.deriveBits(algorithm, base, bytes * 8))
  })
  return Promise.all(derived) as Promise<{ [At in keyof All]: Bytes }>
}

function concat(...parts: readonly Uint8Array[]): Bytes {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}
