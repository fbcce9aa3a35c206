import { createCipheriv, createECDH, createSecretKey, type ECDH, hash, randomFillSync } from 'node:crypto'
import type { Seal } from '../../push/crypto/seal.ts'
import type { PushAddress } from '../../push/subscriptions/subscription.ts'

/**
 * Encryption by RFC 8291 and RFC 8188 on node:crypto alone. It needs a record (salt, our public key, key and nonce),
 * which does not depend on the text, so it can be prepared before there is one. A record encrypts one text, once.
 */

const saltBytes = 16
const publicKeyBytes = 65
const keyBytes = 16
const nonceBytes = 12
const tagBytes = 16
const authBytes = 16

/** The size of a record in bytes. */
export const recordBytes = saltBytes + publicKeyBytes + keyBytes + nonceBytes

const recordSize = 4_096
/** Salt, record size, length of the key id, and the key id, which is our public key (RFC 8188 §2.1). */
const headerBytes = saltBytes + 4 + 1 + publicKeyBytes
/** The longest text that fits into one record with its delimiter (RFC 8291 §4). */
export const plainBytesMax = recordSize - headerBytes - tagBytes - 1

const keyAt = saltBytes + publicKeyBytes
const nonceAt = keyAt + keyBytes
const lastRecord = 0x02

const keyInfo = Buffer.from('WebPush: info\0')
const contentKeyInfo = Buffer.from('Content-Encoding: aes128gcm\0\x01')
const nonceInfo = Buffer.from('Content-Encoding: nonce\0\x01')

const lastBlock = Buffer.from([1])

// One object that gets a new pair for each record: creating one for each costs a tenth more (measured).
const ownPair = createECDH('prime256v1')
const saltScratch = Buffer.alloc(saltBytes)
const gcm = { authTagLength: tagBytes }
const plainScratch = Buffer.alloc(recordSize)

/** Encrypts a payload for one browser with a new key pair and salt. */
export const nodeSeal: Seal = async (payload, address) => {
  const record = Buffer.alloc(recordBytes)
  makeRecord(address, record)
  return sealWith(record, payload)
}

/**
 * Makes a record of 109 bytes for an address, with a new key pair and salt. Throws when the address's keys are invalid.
 */
export function makeRecord(address: Pick<PushAddress, 'p256dh' | 'auth'>, record: Uint8Array): void {
  ownPair.generateKeys()
  deriveRecord(address, ownPair, randomFillSync(saltScratch), record)
}

/**
 * Derives a record from our key pair and a salt, both made for it alone (RFC 8291 §3.3 and §3.4). Throws when the
 * address's keys are invalid.
 */
export function deriveRecord(
  { p256dh, auth }: Pick<PushAddress, 'p256dh' | 'auth'>,
  own: ECDH,
  salt: Uint8Array,
  record: Uint8Array,
): void {
  const theirs = Buffer.from(p256dh, 'base64url')
  const authSecret = Buffer.from(auth, 'base64url')
  if (theirs.length !== publicKeyBytes || authSecret.length !== authBytes)
    throw new RangeError('a push key of 65 bytes and a secret of 16 are wanted')
  const publicKey = own.getPublicKey()
  const shared = own.computeSecret(theirs)
  const pseudoRandom = hmac(authSecret, shared)
  const input = hmac(pseudoRandom, Buffer.concat([keyInfo, theirs, publicKey, lastBlock]))
  const content = hmac(salt, input)
  record.set(salt, 0)
  record.set(publicKey, saltBytes)
  record.set(hmac(content, contentKeyInfo).subarray(0, keyBytes), keyAt)
  record.set(hmac(content, nonceInfo).subarray(0, nonceBytes), nonceAt)
  for (const secret of [shared, pseudoRandom, input, content]) secret.fill(0)
}

/**
 * Encrypts with a record and zeroes it in one synchronous step, so that it cannot encrypt a second text. Throws when
 * the payload is longer than `plainBytesMax`, before it touches the record.
 */
export function sealWith(record: Uint8Array, payload: Uint8Array): Uint8Array {
  const { length } = payload
  if (length > plainBytesMax) throw new RangeError(`a push takes ${plainBytesMax} bytes at most, not ${length}`)
  const body = Buffer.allocUnsafe(headerBytes + length + 1 + tagBytes)
  body.set(record.subarray(0, saltBytes), 0)
  body.writeUInt32BE(recordSize, saltBytes)
  body[saltBytes + 4] = publicKeyBytes
  body.set(record.subarray(saltBytes, keyAt), saltBytes + 5)
  // A key object takes a third of the time that bare bytes take.
  const key = createSecretKey(record.subarray(keyAt, nonceAt))
  const cipher = createCipheriv('aes-128-gcm', key, record.subarray(nonceAt, recordBytes), gcm)
  record.fill(0)
  plainScratch.set(payload, 0)
  plainScratch[length] = lastRecord
  body.set(cipher.update(plainScratch.subarray(0, length + 1)), headerBytes)
  cipher.final()
  body.set(cipher.getAuthTag(), headerBytes + length + 1)
  return body
}

const blockBytes = 64
const digestBytes = 32
const innerScratch = Buffer.alloc(blockBytes + 256)
const outerScratch = Buffer.alloc(blockBytes + digestBytes)

/**
 * HMAC-SHA-256 (RFC 2104) by two one-shot hashes. Each message needs five of them, and `createHmac` or `hkdfSync` take
 * two to five times as long. For keys of at most 64 bytes and messages of at most 256.
 */
function hmac(key: Uint8Array, message: Uint8Array): Buffer {
  innerScratch.fill(0x36, 0, blockBytes)
  outerScratch.fill(0x5c, 0, blockBytes)
  for (let at = 0; at < key.length; at += 1) {
    const byte = key[at] ?? 0
    innerScratch[at] = byte ^ 0x36
    outerScratch[at] = byte ^ 0x5c
  }
  innerScratch.set(message, blockBytes)
  outerScratch.set(hash('sha256', innerScratch.subarray(0, blockBytes + message.length), 'buffer'), blockBytes)
  const digest = hash('sha256', outerScratch, 'buffer')
  innerScratch.fill(0)
  outerScratch.fill(0)
  return digest
}
