import { nodeSigner } from '../../../src/node/signing/node-signer.ts'
import { bundleFormat } from '../../../src/signing/bundle-format.ts'
import { type KeyRing, signingOf } from '../../../src/signing/key-ring.ts'
import { signedBytes } from '../../../src/signing/signed-form.ts'
import { signedBundle, signedHead, signedMirrors } from '../../../src/signing/statements.ts'
import { hourMs, noon, type SignedTestEntry, signedEntries, timeOf } from './signed-logs.ts'

export const bundleEpoch = 'k3f9'
const afterRotations = noon + 3 * hourMs

/** An alert in one language as a reader gets it, with what a test gives. */
export const alertIn = (language: string, headline: string, more: object = {}) => ({
  ...{ id: '01932f6e-0000-7000-8000-000000000001', version: 1, level: 'urgent', audience: 'public', topics: [] },
  ...{ status: 'live', language, dir: 'ltr', headline, summary: '', ...more },
})

/** A bundle of entries of a log that a ring has signed, as an object that a test may change. */
export function bundleOf(ring: KeyRing, alerts: readonly object[], language = 'en', signed: Partial<Signed> = {}) {
  const { epoch = bundleEpoch, entryAt } = signed
  const atOf = entryAt === undefined ? undefined : () => entryAt
  const entries = signedEntries(ring, epoch, alerts as readonly Record<string, unknown>[], afterRotations, atOf)
  return { ...wrapped(ring, entries, language, signed), entries: withCursors(entries, signed.epoch) }
}

/** A bundle of entries that are signed already: the newest of a log. */
export function bundleFrom(
  ring: KeyRing,
  entries: readonly SignedTestEntry[],
  language = 'en',
  signed: Partial<Signed> = {},
) {
  return { ...wrapped(ring, entries, language, signed), entries: withCursors(entries, signed.epoch) }
}

/** What a bundle's maker signs, whatever it is: those who make one with keys of their own may sign anything. */
export type Signed = {
  readonly epoch: string
  readonly entryAt: string
  readonly statementAt: string
  readonly headAt: string
  readonly mirrorsAt: string
  readonly mirrors: readonly string[]
  /** How far the log is, where that is not the newest entry. */
  readonly head: number
  readonly leftOut: number
}

const withCursors = (entries: readonly SignedTestEntry[], epoch = bundleEpoch) =>
  entries.map((entry) => ({ ...entry, cursor: `${epoch}.${entry.seq}` }))

function wrapped(ring: KeyRing, entries: readonly SignedTestEntry[], language: string, signed: Partial<Signed>) {
  const at = timeOf(afterRotations + hourMs)
  const { epoch = bundleEpoch, statementAt = at, headAt = at, mirrorsAt = at } = signed
  const { mirrors: urls = ['https://m.example/'], leftOut = 0 } = signed
  const { signer } = signingOf(nodeSigner, ring)
  const newest = entries.at(-1)
  const about = { epoch, head: signed.head ?? newest?.seq ?? 0 }
  return {
    ...{ tocsin: bundleFormat, language, epoch, keys: ring.keys },
    head: signedHead(signer, { ...about, at: headAt }),
    mirrors: signedMirrors(signer, { urls, at: mirrorsAt }),
    statement: signedBundle(signer, {
      ...{ ...about, at: statementAt, newsroom: 'Radio Example', language, count: entries.length, leftOut },
      newest: newest === undefined ? '' : hashOf(epoch, newest),
    }),
  }
}

function hashOf(epoch: string, { seq, kind, at, alert: { proof, ...alert } }: SignedTestEntry): string {
  const bytes = signedBytes({ epoch, seq, kind, at, alert, prev: proof.prev })
  return Buffer.from(nodeSigner(new Uint8Array(32)).sha256(bytes)).toString('base64url')
}

/** A bundle as a service writes it; where it is nothing that can be canonical JSON, as JSON. */
export function bundleText(bundle: object): string {
  try {
    return new TextDecoder().decode(signedBytes(bundle))
  } catch {
    return JSON.stringify(bundle)
  }
}
