import { type Bytes, fromBase64url, toBase64url } from '../../domain/parsing/base64url.ts'
import { keyBytes, keyIdOf } from '../ed25519-signer.ts'
import { signedBytes } from '../signed-form.ts'

/** Checks signatures on this platform. */
export type Verifier = {
  /** Whether `sig` is the signature of `bytes` by the key; both in base64url. Never rejects for wrong input. */
  verify(publicKey: string, sig: string, bytes: Uint8Array): Promise<boolean>
  /** Base64url of the SHA-256. */
  hash(bytes: Uint8Array): Promise<string>
}

const signatureBytes = 64

/**
 * What verifies here: Web Crypto, or a package where Web Crypto has no Ed25519 (Chrome before 137, Firefox before 129, Safari
 * before 17). Null where there is no Web Crypto at all, as on a page that came by plain http. `load`: how that package is had.
 */
export async function openVerifier(load = loadEd25519): Promise<Verifier | null> {
  // Not on every platform, whatever the types say.
  if ((crypto as Partial<typeof crypto>).subtle === undefined) return null
  const check = (await hasEd25519()) ? checkByWebCrypto : await checkByPackage(load)
  return {
    async verify(publicKey, sig, bytes) {
      const [key, signature] = [fromBase64url(publicKey), fromBase64url(sig)]
      if (key?.length !== keyBytes || signature?.length !== signatureBytes) return false
      return check(key, signature, bytes as Bytes)
    },
    hash: async (bytes) => toBase64url(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as Bytes))),
  }
}

/** The bytes of a form that somebody else wrote; null where it is nothing that can have been signed. */
export function bytesOf(form: object): Uint8Array | null {
  try {
    return signedBytes(form)
  } catch {
    // Such as half a surrogate pair, or nesting that exhausts the stack.
    return null
  }
}

/** Whether a text is a public key: 32 bytes in canonical base64url. */
export function isPublicKey(text: string): boolean {
  return fromBase64url(text)?.length === keyBytes
}

/** The id of a public key; null where it is none. */
export async function idOfKey(publicKey: string): Promise<string | null> {
  const bytes = fromBase64url(publicKey)
  if (bytes?.length !== keyBytes) return null
  return keyIdOf(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)))
}

type Check = (key: Bytes, signature: Bytes, bytes: Bytes) => Promise<boolean>

const algorithm = { name: 'Ed25519' } as const

const checkByWebCrypto: Check = async (key, signature, bytes) => {
  try {
    return await crypto.subtle.verify(algorithm, await importKey(key), signature, bytes)
  } catch {
    // Bytes that are no point on the curve.
    return false
  }
}

function importKey(key: Bytes) {
  return crypto.subtle.importKey('raw', key, algorithm, false, ['verify'])
}

/** A point on the curve: the public key of RFC 8032 §7.1, test 1. */
const knownKey = '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo'

async function hasEd25519(): Promise<boolean> {
  try {
    await importKey(fromBase64url(knownKey) ?? new Uint8Array())
    return true
  } catch {
    return false
  }
}

/** Loads the package; a page has a way of its own to load what this imports. */
export const loadEd25519 = () => import('@noble/ed25519')

/** Loaded only where it is needed. */
export async function checkByPackage(load = loadEd25519): Promise<Check> {
  const { verifyAsync } = await load()
  return async (key, signature, bytes) => {
    try {
      // As strict as RFC 8032 §5.1.7 asks, which is what Web Crypto is.
      return await verifyAsync(signature, bytes, key, { zip215: false })
    } catch {
      return false
    }
  }
}
