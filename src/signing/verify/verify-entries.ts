import { isUtcTime } from '../../domain/parsing/utc-time.ts'
import { type TrustedKeys, trustedKey } from './key-trust.ts'
import { bytesOf, type Verifier } from './verifier.ts'

/** An entry as a reader of one language gets it, whatever brought it: anything may stand there. */
export type ReceivedEntry = {
  readonly seq: unknown
  readonly kind: unknown
  readonly at: unknown
  readonly alert: unknown
}

/**
 * What came of an entry. `genuine`: the newsroom signed it; `hash` and `prev` show its place in the chain of its language. `unsigned`: it has
 * no proof. `unknown-key`: of a key that is not trusted, or not any more. `forged`: the signature is not of this entry.
 */
export type EntryVerdict =
  | { readonly kind: 'genuine'; readonly hash: string; readonly prev: string }
  | { readonly kind: 'unsigned' | 'unknown-key' | 'forged' }

/** Verifies an entry of the log with this epoch. Never rejects for wrong input. */
export async function verifyEntry(
  verifier: Verifier,
  keys: TrustedKeys,
  epoch: string,
  { seq, kind, at, alert: received }: ReceivedEntry,
): Promise<EntryVerdict> {
  const { proof, ...alert } = Object(received) as { readonly proof?: unknown }
  if (proof === undefined) return { kind: 'unsigned' }
  const { key, prev, sig, ...others } = Object(proof) as Record<string, unknown>
  // A proof is not signed itself: nothing else may stand in it.
  if (Object.keys(others).length > 0) return { kind: 'forged' }
  if (!isUtcTime(at) || typeof prev !== 'string' || typeof sig !== 'string') return { kind: 'forged' }
  const publicKey = trustedKey(keys, key, at)
  if (publicKey === null) return { kind: 'unknown-key' }
  const bytes = bytesOf({ epoch, seq, kind, at, alert, prev })
  if (bytes === null || !(await verifier.verify(publicKey, sig, bytes))) return { kind: 'forged' }
  return { kind: 'genuine', prev, hash: await verifier.hash(bytes) }
}

/**
 * What came of a run of entries, oldest first, that is to be all of one language: `gap` where one does not follow the one
 * before it. `at`: the place of the first that is wrong. `last`: the hash of the newest, '' without any.
 */
export type ChainVerdict =
  | { readonly kind: 'whole'; readonly last: string }
  | { readonly kind: 'gap' | Exclude<EntryVerdict['kind'], 'genuine'>; readonly at: number }

/** Verifies a run of entries. `after`: the hash of the entry before the first, where it is known. */
export async function verifyChain(
  verifier: Verifier,
  keys: TrustedKeys,
  epoch: string,
  entries: readonly ReceivedEntry[],
  after?: string,
): Promise<ChainVerdict> {
  let last = after
  for (const [at, entry] of entries.entries()) {
    const verdict = await verifyEntry(verifier, keys, epoch, entry)
    if (verdict.kind !== 'genuine') return { kind: verdict.kind, at }
    if (last !== undefined && verdict.prev !== last) return { kind: 'gap', at }
    last = verdict.hash
  }
  return { kind: 'whole', last: last ?? '' }
}
