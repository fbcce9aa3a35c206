import { render, renderingInputs } from '../domain/alert.ts'
import type { Audience, Rendered } from '../domain/alert-types.ts'
import type { Newsroom } from '../domain/newsroom.ts'
import { toBase64url } from '../domain/parsing/base64url.ts'
import { hasTextIn, kindIn, renderWith } from '../domain/rendering/in-language.ts'
import { sentAlert } from '../domain/rendering/sent-alert.ts'
import type { EntryProof, EntryProofs } from '../signing/entry-proof.ts'
import { type Proof, type SignedEntry, signedBytes } from '../signing/signed-form.ts'
import type { Signer } from '../signing/signer.ts'
import type { Bounds, Entry, Seq } from './log.ts'

/** What a log signs its entries with. */
export type SigningDeps = { readonly signer: Signer; readonly newsroom: Pick<Newsroom, 'languages'> }

/** Of each audience and language: base64url SHA-256 of the signed bytes of the newest entry that says something there. */
type Chains = Readonly<Record<Audience, Readonly<Record<string, string>>>>

/** How far a log is signed: under which epoch, up to which entry, and where the chains have come to. */
export type SignedThrough = { readonly epoch: string; readonly seq: Seq; readonly chains: Chains }

/** The signing of a log's entries: when they are appended, and, where they were not, later. */
export interface EntrySigning {
  /** From now on entries are signed in the transaction that appends them. */
  begin(signing: SigningDeps): void
  /** Signs up to `limit` of the oldest entries that are not signed under the log's epoch. Gives how many are left. */
  signMore(limit: number): Promise<number>
  /** The id of the key of the newest proof, under whichever epoch it was made; null where no entry has one. */
  newestKey(): Promise<string | null>
}

/** How many entries that nobody has signed an append signs first: those of another version of the program. More wait for `signMore`. */
export const signedAtAppendMax = 20

/**
 * How far a log is signed, from what is stored; from the beginning where that is of another epoch, or ahead of the log.
 */
export function signedThrough(stored: SignedThrough | undefined, { epoch, floor, head }: Bounds): SignedThrough {
  if (stored?.epoch === epoch && stored.seq <= head && stored.seq >= floor - 1) return stored
  return { epoch, seq: floor - 1, chains: { public: {}, test: {} } }
}

/** Entries as they are stored with their proofs: those of another epoch are no proofs of this log's. */
export type StoredProofs = { readonly epoch: string; readonly proofs: EntryProofs }

export function proofsOf(stored: StoredProofs | null, epoch: string): Pick<Entry, 'proofs'> {
  return stored?.epoch === epoch ? { proofs: stored.proofs } : {}
}

/** The id of the key that made stored proofs. */
export function keyIn(stored: StoredProofs | null): string | null {
  return Object.values(stored?.proofs ?? {})[0]?.key ?? null
}

/**
 * Signs the entry after the newest that is signed, in each language of its alert. In a language in which it says nothing it
 * is signed too, because a list of the newest alerts shows it, but it is not in the chain: the next entry's `prev` is its own.
 * Throws an Error for another entry: a chain has no gaps.
 */
export function signEntry(
  entry: Entry,
  signed: SignedThrough,
  { signer, newsroom }: SigningDeps,
): { readonly proofs: EntryProofs; readonly signed: SignedThrough } {
  if (entry.seq !== signed.seq + 1) throw new Error(`entry ${entry.seq} is to be signed after ${signed.seq}`)
  const { audience, texts } = entry.alert
  const chain = new Map(Object.entries(signed.chains[audience]))
  const proofs = Object.keys(texts).map((language): [string, EntryProof] => {
    const prev = chain.get(language) ?? ''
    const inputs = renderingInputs(entry.alert, language, newsroom)
    const bytes = signedBytes(formOf(entry, language, signed.epoch, prev, inputs))
    if (hasTextIn(entry, language)) chain.set(language, toBase64url(signer.sha256(bytes)))
    return [language, { key: signer.keyId, prev, sig: toBase64url(signer.sign(bytes)), ...inputs }]
  })
  const chains = { ...signed.chains, [audience]: Object.fromEntries(chain) }
  return { proofs: Object.fromEntries(proofs), signed: { ...signed, seq: entry.seq, chains } }
}

/** What is signed of an entry in one language. `inputs`: as they were when it was signed (`EntryProof`). */
export function formOf(
  entry: Entry,
  language: string,
  epoch: string,
  prev: string,
  inputs: Pick<EntryProof, 'dir' | 'notice'>,
): SignedEntry {
  const { seq, at, alert } = entry
  return { epoch, seq, kind: kindIn(entry, language), at, alert: renderWith(sentAlert(alert), language, inputs), prev }
}

/** An alert in one language as it was signed, with its proof; without one where the entry has none. */
export function renderEntry(
  entry: Entry,
  language: string,
  newsroom: Pick<Newsroom, 'languages'>,
): Rendered & { readonly proof?: Proof } {
  const { alert, proofs } = entry
  const found = proofs !== undefined && Object.hasOwn(proofs, language) ? proofs[language] : undefined
  if (found === undefined) return render(alert, language, newsroom)
  const { key, prev, sig } = found
  return { ...renderWith(sentAlert(alert), language, found), proof: { key, prev, sig } }
}
