import canonicalize from 'canonicalize'
import type { Kind, Rendered } from '../domain/alert-types.ts'

/** Proof that the newsroom wrote an entry, in one language. It stands in the rendered alert as `proof`. */
export type Proof = {
  /** The id of the key that signed (`Signer.keyId`). */
  readonly key: string
  /**
   * Base64url SHA-256 of the signed bytes of the entry before it in this language and audience; '' where there is none.
   * An entry that says nothing in a language (`hasTextIn`) is not in that language's chain.
   */
  readonly prev: string
  /** Base64url, without padding. */
  readonly sig: string
}

/** What is signed of an entry: what a reader of one language sees. `kind` is that of the language (`kindIn`). */
export type SignedEntry = {
  readonly epoch: string
  readonly seq: number
  readonly kind: Kind
  readonly at: string
  readonly alert: Rendered
  readonly prev: string
}

const encoder = new TextEncoder()

/** The bytes that are signed: the JSON Canonicalization Scheme (RFC 8785), in UTF-8. Throws an Error for what is no JSON. */
export function signedBytes(form: object): Uint8Array {
  const text = canonicalize(form)
  if (text === undefined) throw new Error('what is signed is an object of JSON')
  return encoder.encode(text)
}
