import { fromBase64url, toBase64url } from '../domain/parsing/base64url.ts'
import { isUtcTime } from '../domain/parsing/utc-time.ts'
import { type KeyedSigner, keyBytes, keyIdOf } from './ed25519-signer.ts'
import { signedBytes } from './signed-form.ts'

/** A public key as `GET /v1/newsroom` gives it. */
export type SigningKey = {
  readonly id: string
  /** Base64url of 32 bytes. */
  readonly publicKey: string
  /** When it was made, in RFC 3339; absent where nobody knows. */
  readonly since?: string
  /** The id of the key before it; absent for the first key, with both signatures. */
  readonly signedBy?: string
  /** That key's signature over `successionBytes`, in base64url: who knows that key can go on to this one. */
  readonly sig?: string
  /** This key's signature over the same: who knows only this key can take what the former one signed. */
  readonly crossSig?: string
}

/** The statement by which a key follows the one before it, as `SigningKey` has it; the id follows from the public key. */
export type Succession = Required<Omit<SigningKey, 'id'>>

/** All public keys: the one that signs, then the former ones. */
export type SigningKeys = readonly [SigningKey, ...SigningKey[]]

/** The private key in base64url, with all public keys. */
export type KeyRing = { readonly seed: string; readonly keys: SigningKeys }

/** What signs, its private key for threads that sign too, and the public keys that are published. */
export type Signing = Pick<KeyRing, 'seed' | 'keys'> & { readonly signer: KeyedSigner }

/** Makes the signer of a private key of 32 bytes. */
export type MakeSigner = (seed: Uint8Array) => KeyedSigner

/** The most keys that are kept and published: a further rotation forgets the oldest. All fit into a secret of Workers (5 KB). */
export const signingKeysMax = 16

/**
 * The bytes by which a key names the one that follows it. Nothing else that is signed has these fields, so that a
 * signature over one form is never good for another.
 */
export function successionBytes(publicKey: string, previous: string, at: string): Uint8Array {
  return signedBytes({ key: publicKey, previous, at })
}

/** What is wrong with a private key in base64url, in words that follow a colon, or null. */
export function seedFault(seed: string): string | null {
  return fromBase64url(seed)?.length === keyBytes
    ? null
    : `${keyBytes} bytes in base64url are wanted, as \`npx tocsin signing-key make\` prints them`
}

/** The id of a private key in base64url. Throws an Error for a wrong one. */
export function keyIdOfSeed(makeSigner: MakeSigner, seed: string): string {
  return makeSigner(seedBytes(seed)).keyId
}

/** Says that SIGNING_KEY is a former key, by its id, which is not gone back to. */
export function formerKeyWords(former: string, present: string): string {
  return `SIGNING_KEY is a former signing key (${former}). The present one (${present}) goes on signing, because readers who know it do not go back. Remove SIGNING_KEY, or set it to a new key.`
}

/** A ring with one key, which none has signed. `now` null: nobody knows since when. Throws an Error for a wrong seed. */
export function firstRing(makeSigner: MakeSigner, seed: string, now: number | null): KeyRing {
  const { keyId: id, publicKey } = makeSigner(seedBytes(seed))
  return { seed, keys: [{ id, publicKey, ...(now === null ? {} : { since: new Date(now).toISOString() }) }] }
}

/**
 * The ring after a rotation to another private key: the present key signs that. The same key again changes nothing, nor does
 * a former one: readers who hold the present key would not follow back. `now` is not before the time of any entry that a former key has
 * signed, also where a clock was wrong by then: what is signed long after a rotation is not trusted.
 */
export function rotatedRing(makeSigner: MakeSigner, ring: KeyRing, seed: string, now: number): KeyRing {
  const [present] = ring.keys
  const { keyId: id, publicKey } = makeSigner(seedBytes(seed))
  if (ring.keys.some((key) => key.id === id)) return ring
  // Never before the key that it follows, whatever the clock says.
  const since = new Date(Math.max(now, present.since === undefined ? now : Date.parse(present.since))).toISOString()
  const bytes = successionBytes(publicKey, present.id, since)
  const [sig = '', crossSig = ''] = [ring.seed, seed].map((by) => toBase64url(makeSigner(seedBytes(by)).sign(bytes)))
  const newest: SigningKey = { id, publicKey, since, signedBy: present.id, sig, crossSig }
  return { seed, keys: [newest, ...withoutForgotten(ring.keys.slice(0, signingKeysMax - 1))] }
}

/**
 * Throws an Error where a rotation would forget the key of the log's newest proof (`newestKey`): nobody could verify that, and the
 * service would not know its own log any more.
 */
export function refuseForgetting(ring: KeyRing, next: KeyRing, newestKey: string | null): void {
  const isIn = ({ keys }: KeyRing) => keys.some(({ id }) => id === newestKey)
  if (isIn(ring) && !isIn(next)) throw new Error(forgettingWords(newestKey ?? ''))
}

/** Says why a rotation is refused that would forget the key of the log's newest proof, by its id. */
export function forgettingWords(newestKey: string): string {
  return `This rotation would forget the key ${newestKey}, which signed the newest entry: the newest ${signingKeysMax} keys are kept, and nothing was published with any that followed it. Go on with the present key, publish something (a test alert is enough), and rotate after that.`
}

/** The oldest key that is kept is as the first one: the key that signed it is forgotten. */
function withoutForgotten(keys: readonly SigningKey[]): readonly SigningKey[] {
  return keys.map((key, at) => {
    if (at < keys.length - 1) return key
    const { signedBy: _, sig: __, crossSig: ___, ...bare } = key
    return bare
  })
}

/** The statement by which the key that signs follows the one before it; null: it is the first. */
export function successionOf([{ publicKey, since, signedBy, sig, crossSig }]: SigningKeys): Succession | null {
  if (since === undefined || signedBy === undefined || sig === undefined || crossSig === undefined) return null
  return { publicKey, since, signedBy, sig, crossSig }
}

/** The signer of a ring's private key, and its public keys. Throws an Error when they do not belong together. */
export function signingOf(makeSigner: MakeSigner, { seed, keys }: KeyRing): Signing {
  const signer = makeSigner(seedBytes(seed))
  if (signer.publicKey !== keys[0].publicKey) throw new Error('the private key is not that of the newest public key')
  return { signer, seed, keys }
}

/**
 * The public keys as one text without quotes or spaces, for a setting: newest first, with commas, each
 * `publicKey~since~sig~crossSig`, of which the last three may be absent.
 */
export function keyChainText(keys: SigningKeys): string {
  const texts = keys.map(({ publicKey, since = '', sig = '', crossSig = '' }) => [publicKey, since, sig, crossSig])
  return texts.map((fields) => fields.join('~').replace(/~+$/, '')).join(',')
}

/**
 * Parses that text; ids are computed. Signatures are not checked here: readers check them. Throws an Error that says
 * what is wrong.
 */
export function parseKeyChain(text: string, sha256: (bytes: Uint8Array) => Uint8Array): SigningKeys {
  const parts = text.split(',')
  if (parts.length > signingKeysMax) throw new Error(`at most ${signingKeysMax} keys are wanted`)
  const read = parts.map((part) => {
    const match = /^([\w-]{43})(?:~([\dTZ:.-]{20,30})?(?:~([\w-]{86})~([\w-]{86}))?)?$/.exec(part)
    const [, publicKey = '', since, sig, crossSig] = match ?? []
    const bytes = fromBase64url(publicKey)
    const isTime = since === undefined || isUtcTime(since)
    if (bytes?.length !== keyBytes || !isTime || (sig !== undefined && since === undefined))
      throw new Error(chainWanted)
    return { id: keyIdOf(sha256(bytes)), publicKey, since, sig, crossSig }
  })
  const keys = read.map(({ id, publicKey, since, sig, crossSig }, at): SigningKey => {
    const signedBy = sig === undefined ? undefined : read[at + 1]?.id
    // Of the oldest key that is kept, the one before it may be forgotten.
    const statement =
      signedBy === undefined || sig === undefined || crossSig === undefined ? {} : { signedBy, sig, crossSig }
    return { id, publicKey, ...(since === undefined ? {} : { since }), ...statement }
  })
  const [newest, ...former] = keys
  if (newest === undefined || new Set(keys.map(({ id }) => id)).size < keys.length) throw new Error(chainWanted)
  return [newest, ...former]
}

const chainWanted =
  'the public keys are wanted, newest first, as `npx tocsin signing-key rotate` prints them: publicKey~since~signature~signature, with commas'

/** A ring by its private key and the text of its public keys. Throws an Error when they do not belong together. */
export function givenRing(makeSigner: MakeSigner, seed: string, chain: string): KeyRing {
  const { sha256 } = makeSigner(seedBytes(seed))
  const ring = { seed, keys: parseKeyChain(chain, sha256) }
  signingOf(makeSigner, ring)
  return ring
}

/** What is wrong with SIGNING_KEY_CHAIN beside SIGNING_KEY, in words that follow a colon, or null. */
export function chainFault(makeSigner: MakeSigner, seed: string | null, chain: string): string | null {
  if (seed === null) return 'it is of use only with SIGNING_KEY'
  // What is wrong with the private key alone is said of that.
  if (seedFault(seed) !== null) return null
  try {
    givenRing(makeSigner, seed, chain)
    return null
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** The text in which a ring is stored. */
export function ringText({ seed, keys }: KeyRing): string {
  return `${JSON.stringify({ privateKey: seed, publicKeys: keyChainText(keys) }, null, 2)}\n`
}

/** Parses a stored ring. Throws an Error when the text is damaged. */
export function parseRing(makeSigner: MakeSigner, text: string): KeyRing {
  const stored = jsonOf(text.replace(/^\ufeff/, ''))
  const { privateKey, publicKeys } = (stored ?? {}) as Readonly<Record<string, unknown>>
  if (typeof privateKey !== 'string' || typeof publicKeys !== 'string')
    throw new Error('{"privateKey":"…","publicKeys":"…"} is wanted')
  return givenRing(makeSigner, privateKey, publicKeys)
}

/** Throws an Error without any of the text: what JSON.parse says would put a part of the private key into the log. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Error('it is no JSON')
  }
}

/** The bytes of a private key. Throws an Error when they are not `keyBytes`. */
export function seedBytes(seed: string): Uint8Array {
  const bytes = fromBase64url(seed)
  if (bytes?.length !== keyBytes) throw new Error(`a private key of ${keyBytes} bytes in base64url is wanted`)
  return bytes
}
