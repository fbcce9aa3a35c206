import { type Bytes, toBase64url, utf8 } from '../../domain/parsing/base64url.ts'
import type { PushAddress } from '../subscriptions/subscription.ts'
import { deriveKey, type KeyedHash, keyedHash, sha256 } from './hmac.ts'

const nonceBytes = 12
const tokenBytes = 32
const keyBits = 256

/**
 * The cryptography that `AddressEncryption` needs. Every platform has WebCrypto; a platform may pass a faster
 * implementation with the same results: keys by HKDF with `tocsin <purpose>` as info, hashes by HMAC-SHA-256 or plain
 * SHA-256, ciphertext by AES-256-GCM with its tag last.
 */
export type AddressCrypto = {
  hash(purpose: 'endpoint hash' | 'address hash'): KeyedHash | Promise<KeyedHash>
  sha256(text: string): Bytes | Promise<Bytes>
  /** This many new random bytes. */
  random(length: number): Bytes
  seal(nonce: Bytes, bound: Bytes, plain: Bytes): Uint8Array | Promise<Uint8Array>
  /** Decrypts. Throws when key, nonce, additional data or ciphertext do not match. */
  open(nonce: Bytes, bound: Bytes, closed: Bytes): Uint8Array | Promise<Uint8Array>
}

/**
 * Encrypts push addresses at rest: AES-256-GCM under a key that is not in the database. A row is found by a keyed hash
 * of the endpoint. A keyed hash of the whole address shows whether a request has the same keys.
 */
export class AddressEncryption {
  readonly #crypto: AddressCrypto
  /** The keyed hash of the endpoint, by which a row is found. */
  readonly endpointHash: KeyedHash
  readonly #addressHash: KeyedHash

  private constructor(crypto: AddressCrypto, endpointHash: KeyedHash, addressHash: KeyedHash) {
    this.#crypto = crypto
    this.endpointHash = endpointHash
    this.#addressHash = addressHash
  }

  /** Derives its keys from a secret of at least 32 bytes. `quicker` computes under the same secret. */
  static async make(secret: Uint8Array, quicker?: AddressCrypto): Promise<AddressEncryption> {
    if (secret.length < keyBits / 8) throw new RangeError(`the secret needs at least ${keyBits / 8} secret bytes`)
    const made = quicker ?? (await webVaultCrypto(secret))
    return new AddressEncryption(made, await made.hash('endpoint hash'), await made.hash('address hash'))
  }

  /** A new random token. */
  newToken(): string {
    return toBase64url(this.#crypto.random(tokenBytes))
  }

  /** The stored hash of a token. The token is random, so a hash without a key reveals nothing. */
  async tokenHash(token: string): Promise<Bytes> {
    return this.#crypto.sha256(token)
  }

  /** A keyed hash of endpoint and keys. A requester who has all of them may claim the row. */
  addressHash({ endpoint, p256dh, auth }: PushAddress): Promise<Bytes> {
    return this.#addressHash(JSON.stringify([endpoint, p256dh, auth]))
  }

  /**
   * Nonce and ciphertext, bound to the row's endpoint hash: an address that was copied to another row does not decrypt.
   */
  async close({ endpoint, p256dh, auth }: PushAddress, endpointHash: Uint8Array): Promise<Bytes> {
    const nonce = this.#crypto.random(nonceBytes)
    const plain = utf8(JSON.stringify([endpoint, p256dh, auth]))
    const closed = await this.#crypto.seal(nonce, Uint8Array.from(endpointHash), plain)
    const bytes = new Uint8Array(nonceBytes + closed.byteLength)
    bytes.set(nonce)
    bytes.set(closed, nonceBytes)
    return bytes
  }

  /** Decrypts a row's address. Throws when it was encrypted under another secret or for another row. */
  async open(closed: Uint8Array, endpointHash: Uint8Array): Promise<PushAddress> {
    const bytes = Uint8Array.from(closed)
    const bound = Uint8Array.from(endpointHash)
    const plain = await this.#crypto.open(bytes.subarray(0, nonceBytes), bound, bytes.subarray(nonceBytes))
    const [endpoint, p256dh, auth] = JSON.parse(new TextDecoder().decode(plain)) as [string, string, string]
    return { endpoint, p256dh, auth }
  }
}

async function webVaultCrypto(secret: Uint8Array): Promise<AddressCrypto> {
  const key = await deriveKey(secret, 'address', { name: 'AES-GCM', length: keyBits }, ['encrypt', 'decrypt'])
  const how = (iv: Bytes, additionalData: Bytes) => ({ name: 'AES-GCM', iv, additionalData })
  return {
    hash: (purpose) => keyedHash(secret, purpose),
    sha256,
    random: (length) => crypto.getRandomValues(new Uint8Array(length)),
    seal: async (nonce, bound, plain) => new Uint8Array(await crypto.subtle.encrypt(how(nonce, bound), key, plain)),
    open: async (nonce, bound, closed) => new Uint8Array(await crypto.subtle.decrypt(how(nonce, bound), key, closed)),
  }
}
