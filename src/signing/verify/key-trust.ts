import { isUtcTime } from '../../domain/parsing/utc-time.ts'
import { type SigningKey, signingKeysMax, successionBytes } from '../key-ring.ts'
import { idOfKey, type Verifier } from './verifier.ts'

/** The keys that a reader trusts, newest first: what is remembered on the device. */
export type TrustedKeys = readonly [SigningKey, ...SigningKey[]]

/**
 * What came of keys that were offered. `followed`: these are to be remembered. `older`: a list from before a rotation that the
 * reader knows; nothing changes. `changed`: the newest key does not follow from the one that is known, so a person must decide.
 * `forged`: the list contradicts itself or a signature is wrong.
 */
export type KeyVerdict =
  | { readonly kind: 'followed'; readonly keys: TrustedKeys }
  | { readonly kind: 'older' | 'changed' | 'forged' }

/**
 * Follows the keys of `GET /v1/newsroom`. `known`: what is remembered, of which only the newest must be right; null at first sight,
 * when the newest of the offered is taken. `offered` may be anything: it came over the network.
 */
export async function followKeys(verifier: Verifier, known: TrustedKeys | null, offered: unknown): Promise<KeyVerdict> {
  const keys = await keysIn(offered)
  if (keys === null) return { kind: 'forged' }
  const [newest] = known ?? keys
  const at = keys.findIndex(({ publicKey }) => publicKey === newest.publicKey)
  if (at === -1) return { kind: known?.some(({ publicKey }) => publicKey === keys[0].publicKey) ? 'older' : 'changed' }
  // What is remembered of it stays: a list that anybody may have made says when the former keys ended.
  const pinned =
    known === null || (await isBetter(verifier, keys[at], keys[at + 1], known)) ? (keys[at] ?? newest) : newest
  for (let nth = at - 1; nth >= 0; nth -= 1)
    if (!(await follows(verifier, keys[nth], keys[nth + 1]))) return { kind: 'forged' }
  // The former keys are taken as far as each says that it follows the next; beyond that nobody vouches for them.
  const older = [pinned, ...keys.slice(at + 1)]
  let end = 1
  while (end < older.length && (await follows(verifier, older[end - 1], older[end]))) end += 1
  const former = older.slice(1, end)
  // A list that is no longer takes away none that were known.
  const kept = known !== null && known.length - 1 >= former.length ? known.slice(1) : former
  const [first = pinned, ...others] = [...keys.slice(0, at), pinned, ...kept]
  return { kind: 'followed', keys: [first, ...others.slice(0, signingKeysMax - 1)] }
}

/** Whether an offered form of the pinned key says, signed by both, how it followed the former one, and the remembered one does not. */
async function isBetter(
  verifier: Verifier,
  offered: SigningKey | undefined,
  former: SigningKey | undefined,
  [pinned, knownFormer]: TrustedKeys,
): Promise<boolean> {
  return !(await follows(verifier, pinned, knownFormer ?? former)) && follows(verifier, offered, former)
}

/** Whether both keys sign that one follows the other. */
async function follows(
  verifier: Verifier,
  newer: SigningKey | undefined,
  older: SigningKey | undefined,
): Promise<boolean> {
  if (newer?.since === undefined || newer.sig === undefined || newer.crossSig === undefined || older === undefined)
    return false
  if (newer.signedBy !== older.id) return false
  const bytes = successionBytes(newer.publicKey, older.id, newer.since)
  return (
    (await verifier.verify(older.publicKey, newer.sig, bytes)) &&
    (await verifier.verify(newer.publicKey, newer.crossSig, bytes))
  )
}

/**
 * Whether all that a list of keys says was signed: each follows the next one. The last may have followed a key that was left out, whose
 * signature nobody can check then: of its own hand is that it did. When the first key of all was made nobody has signed.
 */
export async function isWholeChain(verifier: Verifier, offered: unknown): Promise<boolean> {
  const keys = (await keysIn(offered)) ?? []
  const last = keys[keys.length - 1]
  if (last === undefined) return false
  for (const [nth, key] of keys.slice(0, -1).entries()) if (!(await follows(verifier, key, keys[nth + 1]))) return false
  const { publicKey, since, signedBy, sig, crossSig } = last
  if (signedBy === undefined && sig === undefined && crossSig === undefined) return true
  if (signedBy === undefined || sig === undefined || crossSig === undefined || since === undefined) return false
  const isId = /^[\w-]{11}$/.test(signedBy)
  const isSignature = /^[\w-]{86}$/.test(sig)
  return isId && isSignature && verifier.verify(publicKey, crossSig, successionBytes(publicKey, signedBy, since))
}

/** For how long after a rotation a node that was not started again may still sign with the former key. */
export const formerKeyGraceMs = 24 * 60 * 60 * 1_000

/**
 * The public key that a signature made at a time (RFC 3339) may be of; null: none that is trusted, or one that had been
 * rotated away long before.
 */
export function trustedKey(keys: TrustedKeys, id: unknown, at: string): string | null {
  const nth = keys.findIndex((key) => key.id === id)
  const successor = keys[nth - 1]
  // A key whose time is not known has never been rotated to.
  const endMs =
    successor?.since === undefined ? Number.POSITIVE_INFINITY : Date.parse(successor.since) + formerKeyGraceMs
  return Date.parse(at) <= endMs ? (keys[nth]?.publicKey ?? null) : null
}

/** Parses offered keys, and computes each id; null where they are no list of keys. */
async function keysIn(offered: unknown): Promise<TrustedKeys | null> {
  if (!Array.isArray(offered) || offered.length > signingKeysMax) return null
  const keys: SigningKey[] = []
  for (const one of offered as readonly unknown[]) {
    const { id, publicKey, since, signedBy, sig, crossSig } = Object(one) as Record<keyof SigningKey, unknown>
    if (typeof publicKey !== 'string' || (await idOfKey(publicKey)) !== id || typeof id !== 'string') return null
    if (since !== undefined && !isUtcTime(since)) return null
    if ([signedBy, sig, crossSig].some((it) => it !== undefined && typeof it !== 'string')) return null
    keys.push(one as SigningKey)
  }
  const [newest, ...former] = keys
  const isTwice = new Set(keys.map(({ id }) => id)).size < keys.length
  return newest === undefined || isTwice ? null : [newest, ...former]
}
