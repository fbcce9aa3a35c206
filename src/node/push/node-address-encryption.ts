import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hash,
  hkdfSync,
  randomFillSync,
} from 'node:crypto'
import type { Bytes } from '../../domain/parsing/base64url.ts'
import type { AddressCrypto } from '../../push/crypto/address-encryption.ts'

const keyBytes = 32
const tagBytes = 16
const cipherName = 'aes-256-gcm'
const drawnBytes = 4_096

/**
 * A vault's computing on node:crypto: the same bytes as with WebCrypto, in the same turn. For texts as short as an
 * address, handing the work to another thread costs ten times the work, and a surge of subscribers has thousands.
 */
export function nodeAddressCrypto(secret: Uint8Array): AddressCrypto {
  // Key objects: bare bytes are made into one at each use, which costs several times the use.
  const derive = (purpose: string) =>
    createSecretKey(Buffer.from(hkdfSync('sha256', secret, new Uint8Array(0), `tocsin ${purpose}`, keyBytes)))
  const key = derive('address')
  return {
    hash(purpose) {
      const hashKey = derive(purpose)
      return async (text) => Uint8Array.from(createHmac('sha256', hashKey).update(text).digest())
    },
    random: freshBytes,
    sha256: (text) => Uint8Array.from(hash('sha256', text, 'buffer')),
    seal(nonce, bound, plain) {
      const cipher = createCipheriv(cipherName, key, nonce, { authTagLength: tagBytes }).setAAD(bound)
      return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()])
    },
    open(nonce, bound, closed) {
      const decipher = createDecipheriv(cipherName, key, nonce, { authTagLength: tagBytes }).setAAD(bound)
      decipher.setAuthTag(closed.subarray(-tagBytes))
      return Buffer.concat([decipher.update(closed.subarray(0, -tagBytes)), decipher.final()])
    },
  }
}

const drawn = new Uint8Array(drawnBytes)
let used = drawnBytes

/** Random bytes out of many drawn at once: to draw a few costs nearly as much as to draw thousands. Each is given once. */
function freshBytes(length: number): Bytes {
  if (length > drawnBytes) return randomFillSync(new Uint8Array(length))
  if (used + length > drawnBytes) {
    randomFillSync(drawn)
    used = 0
  }
  const bytes = drawn.slice(used, used + length)
  // What was given is a secret of whom it was given to.
  drawn.fill(0, used, used + length)
  used += length
  return bytes
}
