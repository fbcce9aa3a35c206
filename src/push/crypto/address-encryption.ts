import { type Bytes, toBase64url, utf8 } from '../../domain/parsing/base64url.ts'
import type { PushAddress } from '../subscriptions/subscription.ts'
import { deriveKey, type KeyedHash, keyedHash, sha256 } from './hmac.ts'

const nonceBytes = 12
const tokenBytes = 32
const keyBits = 256

/**
 * What a vault computes with. Every platform has WebCrypto; one may bring something quicker that gives the same bytes:
 * keys by HKDF with `tocsin <purpose>` as its info, hashes by HMAC-SHA-256 or SHA-256 alone, ciphertext by AES-256-GCM
 * with its tag last.
 */
export type AddressCrypto = {
  hash(purpose: 'endpoint hash' | 'address hash'): KeyedHash | Promise<KeyedHash>
  sha256(text: string): Bytes | Promise<Bytes>
  /** So many random bytes, never the same ones again. */
  random(length: number): Bytes
  seal(nonce: Bytes, bound: Bytes, plain: Bytes): Uint8Array | Promise<Uint8Array>
  /** Throws when it was sealed otherwise. */
  open(nonce: Bytes, bound: Bytes, closed: Bytes): Uint8Array | Promise<Uint8Array>
}

/**
 * Keeps push addresses closed at rest: AES-256-GCM under a key that is not in the database. An address is found by a
 * keyed hash of its endpoint, and told from a stranger's by a keyed hash of the whole.
 */
export class AddressEncryption {
  readonly #crypto: AddressCrypto
  /** What a row is found by. */
  readonly endpointHash: KeyedHash
  readonly #addressHash: KeyedHash

  private constructor(crypto: AddressCrypto, endpointHash: KeyedHash, addressHash: KeyedHash) {
    this.#crypto = crypto
    this.endpointHash = endpointHash
    this.#addressHash = addressHash
  }

  /** A vault under a secret of at least 32 bytes; `quicker` computes under the same secret. */
  static async make(secret: Uint8Array, quicker?: AddressCrypto): Promise<AddressEncryption> {
    if (secret.length < keyBits / 8) throw new RangeError(`a vault needs ${keyBits / 8} secret bytes`)
    const made = quicker ?? (await webVaultCrypto(secret))
    return new AddressEncryption(made, await made.hash('endpoint hash'), await made.hash('address hash'))
  }

  /** A token that nobody can guess. */
  newToken(): string {
    return toBase64url(this.#crypto.random(tokenBytes))
  }

  /** What is stored of a token: it is random, so a hash without a key tells nothing of it. */
  async tokenHash(token: string): Promise<Bytes> {
    return this.#crypto.sha256(token)
  }

  /** Equal only for the same endpoint with the same keys: who knows them may claim the row. */
  addressHash({ endpoint, p256dh, auth }: PushAddress): Promise<Bytes> {
    return this.#addressHash(JSON.stringify([endpoint, p256dh, auth]))
  }

  /** Nonce and ciphertext, bound to the row's endpoint hash: a row's address moved to another row does not open. */
  async close({ endpoint, p256dh, auth }: PushAddress, endpointHash: Uint8Array): Promise<Bytes> {
    const nonce = this.#crypto.random(nonceBytes)
    const plain = utf8(JSON.stringify([endpoint, p256dh, auth]))
    const closed = await this.#crypto.seal(nonce, Uint8Array.from(endpointHash), plain)
    const bytes = new Uint8Array(nonceBytes + closed.byteLength)
    bytes.set(nonce)
    bytes.set(closed, nonceBytes)
    return bytes
  }

  /** Throws when the bytes were closed under another secret or for another row. */
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
