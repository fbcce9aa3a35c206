import { type Bytes, utf8 } from '../../domain/parsing/base64url.ts'
import { deriveKey, type Key } from './hmac.ts'

const nonceBytes = 12
const keyBits = 256
const decoder = new TextDecoder()

/** Encrypts texts at rest: AES-256-GCM under a key for one purpose, derived from the service's secret (HKDF). */
export class TextEncryption {
  readonly #secret: Uint8Array
  readonly #purpose: string
  #key: Promise<Key> | null = null

  constructor(secret: Uint8Array, purpose: string) {
    this.#secret = secret
    this.#purpose = purpose
  }

  /** Nonce and ciphertext. `boundTo` is the additional data (RFC 5116 §2.1): moved to another row, it cannot be decrypted. */
  async encrypt(text: string, boundTo: string): Promise<Bytes> {
    const iv = crypto.getRandomValues(new Uint8Array(nonceBytes))
    const algorithm = { name: 'AES-GCM', iv, additionalData: utf8(boundTo) }
    const ciphertext = await crypto.subtle.encrypt(algorithm, await this.#made(), utf8(text))
    const bytes = new Uint8Array(nonceBytes + ciphertext.byteLength)
    bytes.set(iv)
    bytes.set(new Uint8Array(ciphertext), nonceBytes)
    return bytes
  }

  /** Rejects when it was encrypted under another secret, or for something else. */
  async decrypt(encrypted: Uint8Array, boundTo: string): Promise<string> {
    const bytes = Uint8Array.from(encrypted)
    const algorithm = { name: 'AES-GCM', iv: bytes.subarray(0, nonceBytes), additionalData: utf8(boundTo) }
    return decoder.decode(await crypto.subtle.decrypt(algorithm, await this.#made(), bytes.subarray(nonceBytes)))
  }

  /** Derived at the first use: most newsrooms have nothing to encrypt. */
  #made(): Promise<Key> {
    this.#key ??= deriveKey(this.#secret, this.#purpose, { name: 'AES-GCM', length: keyBits }, ['encrypt', 'decrypt'])
    return this.#key
  }
}
