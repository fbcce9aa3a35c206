import type { Newsroom } from '../../domain/newsroom.ts'
import { toBase64url } from '../../domain/parsing/base64url.ts'
import { Problem } from '../../domain/problem.ts'
import type { AlertLog, Entry } from '../../log/log.ts'
import { formOf } from '../../log/sign-entry.ts'
import { entryMessage } from '../../protocol/messages.ts'
import { type Bundle, bundleFormat, bundleLimits } from '../../signing/bundle-format.ts'
import type { SigningKeys } from '../../signing/key-ring.ts'
import { signedBytes } from '../../signing/signed-form.ts'
import type { Signer } from '../../signing/signer.ts'
import { type BundleStatement, type PublishedSigning, signedBundle, signedHead } from '../../signing/statements.ts'
import { trustedKey } from '../../signing/verify/key-trust.ts'
import { newestEntries } from './newest-entries.ts'

/**
 * For how long the time in a bundle is the same, and so, while no entry comes, its bytes, on every node that has the same
 * key: a download that was cut off goes on. Less than `oldMs`, so that no fresh bundle is called old.
 */
const sameTimeMs = 5 * 60 * 1_000

/** After how long to ask again for a bundle whose newest entry is not signed, or not by a key that is known here. */
const retryAfterSeconds = { unsigned: 5, unverifiable: 60 } as const

/** What a bundle is made of. */
export type BundleDeps = {
  readonly log: Pick<AlertLog, 'bounds' | 'after' | 'recent'>
  readonly newsroom: Newsroom
  readonly signer: Signer
  readonly signed: PublishedSigning
  readonly now: () => number
}

/** Which of a bundle's times (ms since 1970) it is. */
export function bundleTimeMs(nowMs: number): number {
  return Math.floor(nowMs / sameTimeMs) * sameTimeMs
}

/**
 * The bundle of a language of the newsroom: canonical JSON (RFC 8785) in UTF-8, at most `bundleLimits.bytesMax` with more than
 * one entry. It begins after the last entry that nobody can verify any more, and says how many it leaves out. Throws a Problem while the
 * newest entry is not signed, or by a key that is not published here: a bundle without it would say, signed, that it is not there.
 */
export async function makeBundle(deps: BundleDeps, language: string): Promise<Uint8Array> {
  const { log, newsroom, now } = deps
  const { epoch, head } = await log.bounds()
  const interest = { languages: [language], topics: [], level: 'routine', audience: 'public' } as const
  const found = await newestEntries(log, interest, head, bundleLimits.entriesMax)
  const newest = withProof(found, language)
  if (found.length > 0 && newest.length === 0) throw notSignedYet(language)
  const verifiable = withTrustedKey(newest, language, deps.signed.signingKeys)
  if (newest.length > 0 && verifiable.length === 0) refuseUnknown(newest.at(-1), language, deps.signed)
  const [last] = head === 0 ? [] : await log.after(head - 1, 1)
  // Never before the head that it tells of, whatever the clock says.
  const atMs = Math.max(bundleTimeMs(now()), last === undefined ? 0 : Date.parse(last.at))
  const about = { at: new Date(atMs).toISOString(), epoch, head }
  const hash = newestHash(verifiable.at(-1), language, epoch, deps.signer)
  const statement = { ...about, newsroom: newsroom.name, language, newest: hash }
  const entries = verifiable.map((entry) => {
    const { type: _, ...sent } = entryMessage(entry, language, epoch, newsroom)
    return sent
  })
  return withinSize(deps, statement, entries, found.length)
}

function notSignedYet(language: string): Problem {
  return new Problem(
    503,
    'not-signed-yet',
    `The newest entry in ${language} is not signed yet, so there is no bundle. Ask again in a moment.`,
    { retryAfterSeconds: retryAfterSeconds.unsigned },
  )
}

/**
 * Throws a Problem for a newest entry of a key that readers cannot know from here: another node may have a newer key, and the entries.
 * What a key has signed that is declared lost, or that was forgotten before the present one was made, is left out for good.
 */
function refuseUnknown(newest: Entry | undefined, language: string, { signingKeys, lostKey }: PublishedSigning): void {
  const key = newest?.proofs?.[language]?.key
  const [{ since }] = signingKeys
  const isKnown = signingKeys.some(({ id }) => id === key)
  const isForgotten =
    !isKnown && newest !== undefined && since !== undefined && Date.parse(newest.at) < Date.parse(since)
  if (key === lostKey || isForgotten) return
  const why = isKnown
    ? `the signing key ${key} long after that key was rotated away`
    : `the signing key ${key}, which this node does not have`
  throw new Problem(
    503,
    'key-not-published',
    `The newest entry in ${language} is signed by ${why}: nobody could verify it, and a bundle without it would hide it. For readers: ask again later, or another mirror. For the operator: give this node the signing keys of the others, start it again, and publish something; see “The signing key” in docs/operating.md.`,
    { retryAfterSeconds: retryAfterSeconds.unverifiable },
  )
}

/** The newest entries that are signed, without a gap: those that are not yet end the run. */
function withProof(entries: readonly Entry[], language: string): readonly Entry[] {
  const end = entries.findLastIndex(({ proofs }) => proofs === undefined || !Object.hasOwn(proofs, language))
  return entries.slice(end + 1)
}

/**
 * The newest entries that readers can verify by the keys that are published: after a key was lost, not those that it signed, nor those
 * of a former key that went on signing for too long.
 */
function withTrustedKey(entries: readonly Entry[], language: string, keys: SigningKeys): readonly Entry[] {
  const isTrusted = ({ at, proofs }: Entry) => trustedKey(keys, proofs?.[language]?.key, at) !== null
  return entries.slice(entries.findLastIndex((entry) => !isTrusted(entry)) + 1)
}

function newestHash(entry: Entry | undefined, language: string, epoch: string, signer: Signer): string {
  const proof = entry?.proofs?.[language]
  if (entry === undefined || proof === undefined) return ''
  return toBase64url(signer.sha256(signedBytes(formOf(entry, language, epoch, proof.prev, proof))))
}

/** The bundle with as many of the newest entries as fit, but at least one where there are any; `ofAll`: of so many. */
function withinSize(
  { signer, signed }: BundleDeps,
  statement: Omit<BundleStatement, 'count' | 'leftOut'>,
  entries: readonly object[],
  ofAll: number,
): Uint8Array {
  const { at, epoch, head, language } = statement
  const bundleOf = (held: readonly object[]): Bundle => ({
    tocsin: bundleFormat,
    ...{ language, epoch, entries: held, keys: signed.signingKeys },
    head: signedHead(signer, { epoch, head, at }),
    // As it is signed everywhere: with the bundle's time, a list that is no longer right would be the newest again and again.
    mirrors: signed.mirrors,
    statement: signedBundle(signer, { ...statement, count: held.length, leftOut: ofAll - held.length }),
  })
  let bytes = signedBytes(bundleOf(entries))
  // Each round leaves out as many of the oldest as the file is too long by.
  let left = entries
  while (bytes.length > bundleLimits.bytesMax && left.length > 1) {
    let over = bytes.length - bundleLimits.bytesMax
    let out = 0
    while (over > 0 && out < left.length - 1) {
      over -= signedBytes(left[out] ?? {}).length
      out += 1
    }
    left = left.slice(out)
    bytes = signedBytes(bundleOf(left))
  }
  return bytes
}
