import { isUtcTime } from '../../domain/parsing/utc-time.ts'
import { type TrustedKeys, trustedKey } from './key-trust.ts'
import { bytesOf, type Verifier } from './verifier.ts'
import type { EntryVerdict } from './verify-entries.ts'

/**
 * Verifies the notification of a push, whatever stands there. `place`: the entry that its cursor names; null: it is of no entry,
 * as a test. Never rejects for wrong input.
 */
export async function verifyPush(
  verifier: Verifier,
  keys: TrustedKeys,
  place: { readonly epoch: string; readonly seq: number } | null,
  received: unknown,
): Promise<EntryVerdict> {
  const { data: given, ...shown } = Object(received) as { readonly data?: unknown }
  const { proof, ...data } = Object(given) as Readonly<Record<string, unknown>>
  if (proof === undefined) return { kind: 'unsigned' }
  const { key, prev, sig } = Object(proof) as Readonly<Record<string, unknown>>
  const { kind, at } = data
  if (!isUtcTime(at) || typeof prev !== 'string' || typeof sig !== 'string') return { kind: 'forged' }
  // What is of no entry is in no chain, and its `prev` is not signed.
  if (place === null && prev !== '') return { kind: 'forged' }
  const publicKey = trustedKey(keys, key, at)
  if (publicKey === null) return { kind: 'unknown-key' }
  const notification = { ...shown, data }
  const bytes = bytesOf(place === null ? { at, notification } : { ...place, kind, at, notification, prev })
  if (bytes === null || !(await verifier.verify(publicKey, sig, bytes))) return { kind: 'forged' }
  return { kind: 'genuine', prev, hash: await verifier.hash(bytes) }
}
