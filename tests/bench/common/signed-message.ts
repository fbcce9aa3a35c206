import type { Entry } from '../../../src/log/log.ts'
import { signEntry } from '../../../src/log/sign-entry.ts'
import { testSigner } from '../../support/signing/test-signer.ts'
import { entryOf, epoch, newsroom } from './message.ts'

const signing = { signer: testSigner().signer, newsroom }

/**
 * Whether the alert with this seq is signed: by turns of four, signed first in every other one, so that what happens in
 * every second round (a collection of garbage, a timer) meets both.
 */
export const isSigned = (seq: number): boolean => (seq & 1) === ((seq >> 1) & 1)

/** The bench's alerts with seqs from 0 to `last`, those with the proof of their one language that are signed. */
export function signedEntries(last: number): readonly Entry[] {
  return Array.from({ length: last + 1 }, (_, seq) => {
    const entry = entryOf(seq)
    if (!isSigned(seq)) return entry
    const before = { epoch, seq: seq - 1, chains: { public: { en: 'A'.repeat(43) }, test: {} } }
    return { ...entry, proofs: signEntry(entry, before, signing).proofs }
  })
}
