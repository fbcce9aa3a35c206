import { nodeSigner } from '../../../src/node/signing/node-signer.ts'
import { firstRing, signingOf } from '../../../src/signing/key-ring.ts'
import { publishedSigning } from '../../../src/signing/statements.ts'

const now = Date.parse('2026-03-01T12:00:00.000Z')

/** What signs in tests: always with the same key, and without mirrors. */
export const signing = signingOf(nodeSigner, firstRing(nodeSigner, 'A'.repeat(43), now))
export const signed = publishedSigning(signing, {}, now)
