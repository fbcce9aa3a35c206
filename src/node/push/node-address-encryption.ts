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
const gcm = { authTagLength: tagBytes }
const drawnBytes = 4_096

/**
 * The cryptography of `AddressEncryption` on node:crypto: the same bytes as with WebCrypto, but synchronous. For texts
 * as short as an address, passing the work to another thread costs ten times the work, and a surge of subscribers
 * brings thousands.
 */
export function nodeAddressCrypto(secret: Uint8Array): AddressCrypto {
  // Key objects: bare bytes would be turned into one at each use, which costs several times as much as the use.
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
    encrypt(nonce, bound, plain) {
      const cipher = createCipheriv(cipherName, key, nonce, gcm).setAAD(bound)
      return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()])
    },
    decrypt(nonce, bound, closed) {
      const decipher = createDecipheriv(cipherName, key, nonce, gcm).setAAD(bound)
      decipher.setAuthTag(closed.subarray(-tagBytes))
      // GCM gives all bytes at `update`; `final` only checks the tag, and throws.
      const plain = decipher.update(closed.subarray(0, -tagBytes))
      decipher.final()
      return plain
    },
  }
}

const pool = new Uint8Array(drawnBytes)
let used = drawnBytes

/** Random bytes from a large pool: drawing a few costs nearly as much as drawing thousands. Each byte is given once. */
function freshBytes(length: number): Bytes {
  if (length > drawnBytes) return randomFillSync(new Uint8Array(length))
  if (used + length > drawnBytes) {
    randomFillSync(pool)
    used = 0
  }
  const bytes = pool.slice(used, used + length)
  // The bytes may be a secret of the code that received them, so the pool does not keep them.
  pool.fill(0, used, used + length)
  used += length
  return bytes
}
