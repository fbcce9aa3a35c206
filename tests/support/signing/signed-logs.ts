import { randomBytes } from 'node:crypto'
import { nodeSigner } from '../../../src/node/signing/node-signer.ts'
import { firstRing, type KeyRing, rotatedRing, signingOf } from '../../../src/signing/key-ring.ts'
import { signedBytes } from '../../../src/signing/signed-form.ts'

export const noon = Date.parse('2026-11-28T12:00:00.000Z')
export const hourMs = 3_600_000
export const timeOf = (ms: number) => new Date(ms).toISOString()
export const newSeed = () => randomBytes(32).toString('base64url')

/** A ring that was rotated some times, an hour apart, the first time at noon. */
export function ringOf(rotations: number): KeyRing {
  let ring = firstRing(nodeSigner, newSeed(), noon)
  for (let nth = 1; nth <= rotations; nth += 1) ring = rotatedRing(nodeSigner, ring, newSeed(), noon + nth * hourMs)
  return ring
}

export type SignedTestEntry = {
  readonly seq: number
  readonly kind: string
  readonly at: string
  readonly alert: Readonly<Record<string, unknown>> & { readonly proof: { key: string; prev: string; sig: string } }
}

/** Signs alerts as entries of one language, each after the one before it. */
export function signedEntries(
  ring: KeyRing,
  epoch: string,
  alerts: readonly Readonly<Record<string, unknown>>[],
  startMs = noon,
  atOf = (nth: number) => timeOf(startMs + nth * 1_000),
): readonly SignedTestEntry[] {
  const { signer } = signingOf(nodeSigner, ring)
  let prev = ''
  return alerts.map((alert, nth) => {
    const entry = { seq: nth * 2 + 1, kind: 'alert', at: atOf(nth), alert }
    const bytes = signedBytes({ epoch, ...entry, prev })
    const proof = { key: signer.keyId, prev, sig: Buffer.from(signer.sign(bytes)).toString('base64url') }
    prev = Buffer.from(signer.sha256(bytes)).toString('base64url')
    return { ...entry, alert: { ...alert, proof } }
  })
}
