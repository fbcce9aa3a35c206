/**
 * Signs with one Ed25519 key (RFC 8032). Synchronous, because a store signs inside the transaction that appends.
 * Each platform makes its own: this folder knows neither the module `crypto` of Node nor Web Crypto.
 */
export interface Signer {
  /** Base64url of the first 8 bytes of the public key's SHA-256: 11 characters. */
  readonly keyId: string
  /** The signature of `bytes`: 64 bytes. */
  sign(bytes: Uint8Array): Uint8Array
  /** 32 bytes. */
  sha256(bytes: Uint8Array): Uint8Array
}
