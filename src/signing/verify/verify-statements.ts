import { mirrorListFault, mirrorUrlFault } from '../../domain/parsing/mirror-url.ts'
import { isUtcTime } from '../../domain/parsing/utc-time.ts'
import type { BundleStatement, Head, MirrorList } from '../statements.ts'
import { type TrustedKeys, trustedKey } from './key-trust.ts'
import { bytesOf, type Verifier } from './verifier.ts'

/** Gives a signed head that the newsroom signed, else null. `received` may be anything. */
export async function verifyHead(verifier: Verifier, keys: TrustedKeys, received: unknown): Promise<Head | null> {
  const { epoch, head, at, key, sig } = Object(received) as Record<string, unknown>
  if (!isEpoch(epoch) || !isCount(head) || !isUtcTime(at)) return null
  return (await isSigned(verifier, keys, { epoch, head, at }, key, sig)) ? { epoch, head, at } : null
}

/**
 * Gives a signed list of mirrors that the newsroom signed, else null. Its addresses are checked again: a reader's device asks what
 * stands there.
 */
export async function verifyMirrors(
  verifier: Verifier,
  keys: TrustedKeys,
  received: unknown,
): Promise<MirrorList | null> {
  const { urls, at, key, sig } = Object(received) as Record<string, unknown>
  if (!isTexts(urls) || !isUtcTime(at)) return null
  if (mirrorListFault(urls) !== null || urls.some((url) => mirrorUrlFault(url) !== null)) return null
  return (await isSigned(verifier, keys, { urls, at }, key, sig)) ? { urls, at } : null
}

/** Gives what a bundle says that it is where the newsroom signed it, else null. */
export async function verifyBundleStatement(
  verifier: Verifier,
  keys: TrustedKeys,
  received: unknown,
): Promise<BundleStatement | null> {
  const { at, epoch, head, newsroom, language, newest, count, leftOut, key, sig } = Object(received) as Record<
    string,
    unknown
  >
  const form = { at, epoch, head, newsroom, language, newest, count, leftOut }
  if (!isUtcTime(at) || !isEpoch(epoch) || !isTexts([newsroom, language, newest])) return null
  if (![head, count, leftOut].every(isCount)) return null
  const statement = form as BundleStatement
  return (await isSigned(verifier, keys, statement, key, sig)) ? statement : null
}

/** Whether a value may be the epoch of a log: what stands before the point of its cursors. */
export function isEpoch(value: unknown): value is string {
  return typeof value === 'string' && /^[a-z0-9]{1,32}$/.test(value)
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0
}

function isTexts(list: unknown): list is readonly string[] {
  return Array.isArray(list) && list.every((it) => typeof it === 'string')
}

async function isSigned<Form extends { readonly at: string }>(
  verifier: Verifier,
  keys: TrustedKeys,
  form: Form,
  key: unknown,
  sig: unknown,
): Promise<boolean> {
  const publicKey = trustedKey(keys, key, form.at)
  const bytes = bytesOf(form)
  return publicKey !== null && bytes !== null && typeof sig === 'string' && verifier.verify(publicKey, sig, bytes)
}

/** What a reader has seen that is genuine: the newest time of all of it, and the newest head of the present log. */
export type Seen = { readonly at: string; readonly epoch: string; readonly head: number }

/** What was seen, whatever a page or a storage says. */
export function seenIn(value: unknown): Seen | null {
  const { epoch, head, at } = Object(value) as Partial<Record<keyof Seen, unknown>>
  return isEpoch(epoch) && isCount(head) && isUtcTime(at) ? { epoch, head, at } : null
}

/** A copy whose head is older than this is called old. */
export const oldMs = 15 * 60 * 1_000
/** A device's clock may be wrong by this. */
const clockErrorMs = 24 * 60 * 60 * 1_000

/**
 * Whether a signed time is more than two days ahead of the device's clock: made by a clock that was wrong. Nothing that is signed later
 * would replace what has it.
 */
export function isFarAhead(at: string, nowMs: number): boolean {
  return Date.parse(at) - nowMs > 2 * clockErrorMs
}

/**
 * Whether a bundle is from before something signed that was seen (`newest`, its time), however long it says that the log is: by more than a
 * day and `oldMs`. A key that was rotated away may still sign a longer log, but none of a later time; the clocks of a newsroom's nodes differ
 * by less. A time counts up to a day ahead of the device's clock: one that is further ahead may be of a clock that was wrong.
 */
export function isFromBefore(at: string, newest: string | undefined, nowMs: number): boolean {
  if (newest === undefined) return false
  const newestMs = Math.min(Date.parse(newest), nowMs + clockErrorMs)
  return newestMs - Date.parse(at) > clockErrorMs + oldMs
}

/**
 * How a genuine head stands to what was seen. `rolled-back`: the log was longer already. `old`: something newer was seen by more than
 * `oldMs`, or it is older than a day by the device's clock, which alone is no proof. A clock that is wrong by a day makes no fresh
 * head old.
 */
export function ageOf(head: Head, seen: Seen | null, nowMs: number): 'fresh' | 'old' | 'rolled-back' {
  const atMs = Date.parse(head.at)
  if (seen !== null && seen.epoch === head.epoch && head.head < seen.head) return 'rolled-back'
  if (seen !== null && Date.parse(seen.at) - atMs > oldMs) return 'old'
  return nowMs - atMs > clockErrorMs + oldMs ? 'old' : 'fresh'
}
