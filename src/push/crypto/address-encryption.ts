import { type Bytes, toBase64url, utf8 } from '../../domain/parsing/base64url.ts'
import type { PushAddress } from '../subscriptions/subscription.ts'
import { deriveKey, type KeyedHash, keyedHash, sha256 } from './hmac.ts'

const nonceBytes = 12
const tokenBytes = 32
const keyBits = 256
const decoder = new TextDecoder()

/**
 * The cryptography that `AddressEncryption` needs. Every platform has WebCrypto; a platform may pass a faster
 * implementation with the same results: keys by HKDF with `tocsin <purpose>` as info, hashes by HMAC-SHA-256 or plain
 * SHA-256, ciphertext by AES-256-GCM with its tag last.
 */
export type AddressCrypto = {
  hash(purpose: 'endpoint hash' | 'address hash'): KeyedHash | Promise<KeyedHash>
  sha256(text: string): Bytes | Promise<Bytes>
  /** So many new random bytes. */
  random(length: number): Bytes
  encrypt(nonce: Bytes, additionalData: Bytes, plain: Bytes): Uint8Array | Promise<Uint8Array>
  /** Decrypts. Throws when key, nonce, additional data or ciphertext do not match. */
  decrypt(nonce: Bytes, additionalData: Bytes, ciphertext: Bytes): Uint8Array | Promise<Uint8Array>
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

  /** Derives its keys from a secret of at least 32 bytes. `implementation`: the platform's own, under the same secret. */
  static async make(secret: Uint8Array, implementation?: AddressCrypto): Promise<AddressEncryption> {
    if (secret.length < keyBits / 8) throw new RangeError(`the secret needs at least ${keyBits / 8} secret bytes`)
    const crypto = implementation ?? (await webAddressCrypto(secret))
    return new AddressEncryption(crypto, await crypto.hash('endpoint hash'), await crypto.hash('address hash'))
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
   * Nonce and ciphertext. The row's endpoint hash is the additional data (RFC 5116 §2.1), so that an address that was
   * copied to another row cannot be decrypted.
   */
  async encrypt({ endpoint, p256dh, auth }: PushAddress, endpointHash: Uint8Array): Promise<Bytes> {
    const nonce = this.#crypto.random(nonceBytes)
    const plain = utf8(JSON.stringify([endpoint, p256dh, auth]))
    const ciphertext = await this.#crypto.encrypt(nonce, Uint8Array.from(endpointHash), plain)
    const bytes = new Uint8Array(nonceBytes + ciphertext.byteLength)
    bytes.set(nonce)
    bytes.set(ciphertext, nonceBytes)
    return bytes
  }

  /** Decrypts a row's address. Rejects when it was encrypted with another secret or for another row. */
  async decrypt(encrypted: Uint8Array, endpointHash: Uint8Array): Promise<PushAddress> {
    return this.decryptNow(encrypted, endpointHash)
  }

  /**
   * The same without a promise where the platform decrypts synchronously; then it throws. Waiting for what is there
   * already would cost each reader of an alert several promises.
   */
  decryptNow(encrypted: Uint8Array, endpointHash: Uint8Array): PushAddress | Promise<PushAddress> {
    // Stores give bytes of their own, never of shared memory, which alone WebCrypto refuses.
    const [bytes, additionalData] = [encrypted as Bytes, endpointHash as Bytes]
    const plain = this.#crypto.decrypt(bytes.subarray(0, nonceBytes), additionalData, bytes.subarray(nonceBytes))
    return plain instanceof Promise ? plain.then(parsed) : parsed(plain)
  }
}

function parsed(plain: Uint8Array): PushAddress {
  const [endpoint, p256dh, auth] = JSON.parse(decoder.decode(plain)) as [string, string, string]
  return { endpoint, p256dh, auth }
}

async function webAddressCrypto(secret: Uint8Array): Promise<AddressCrypto> {
  const key = await deriveKey(secret, 'address', { name: 'AES-GCM', length: keyBits }, ['encrypt', 'decrypt'])
  const algorithm = (iv: Bytes, additionalData: Bytes) => ({ name: 'AES-GCM', iv, additionalData })
  return {
    hash: (purpose) => keyedHash(secret, purpose),
    sha256,
    random: (length) => crypto.getRandomValues(new Uint8Array(length)),
    encrypt: async (nonce, data, plain) =>
      new Uint8Array(await crypto.subtle.encrypt(algorithm(nonce, data), key, plain)),
    decrypt: async (nonce, data, ciphertext) =>
      new Uint8Array(await crypto.subtle.decrypt(algorithm(nonce, data), key, ciphertext)),
  }
}
