import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import type { Verifier } from '../../../src/signing/verify/verifier.ts'
import { verifyBundle } from '../../../src/signing/verify/verify-bundle.ts'
import { ringOf } from './signed-logs.ts'
import { alertIn, bundleOf, bundleText } from './test-bundles.ts'

/** How many bundles were tried of each sort, and which the verifier got wrong. */
export type BundleTally = { genuine: number; forged: number; readonly wrong: string[] }

const ring = ringOf(2)
const stranger = ringOf(0)
const headline = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }).filter((it) => it.isWellFormed())
const whole = fc.array(headline, { minLength: 2, maxLength: 6 }).map((texts) =>
  bundleOf(
    ring,
    texts.map((it) => alertIn('en', it)),
  ),
)
type Whole = ReturnType<typeof bundleOf>

/** What somebody on the way does to a bundle; `nth` and `other` choose where. */
const acts: readonly ((bundle: Whole, old: Whole, nth: number, other: number) => object | string)[] = [
  (it, _, nth) => ({ ...it, entries: it.entries.toSpliced(nth % it.entries.length, 1) }),
  (it, _, nth) => ({ ...it, entries: it.entries.toSpliced(nth % it.entries.length, 0, ...it.entries.slice(-1)) }),
  (it, _, nth) => ({
    ...it,
    entries: [
      ...it.entries.slice(1 + (nth % it.entries.length)),
      ...it.entries.slice(0, 1 + (nth % it.entries.length)),
    ],
  }),
  (it, old) => ({ ...it, entries: old.entries }),
  (it, old) => ({ ...it, statement: old.statement }),
  (it, old) => ({ ...it, head: old.head }),
  (it) => ({ ...it, head: it.statement }),
  (it) => ({ ...it, mirrors: { ...it.mirrors, urls: ['https://evil.example/'] } }),
  (it) => ({ ...it, language: 'fa' }),
  (it) => ({ ...it, epoch: 'k3fa' }),
  (it) =>
    bundleOf(
      stranger,
      it.entries.map(({ alert: { proof: _, ...alert } }) => alert),
    ),
  (it) => ({ ...it, keys: stranger.keys }),
  (it) => ({ ...it, keys: [...stranger.keys, ...it.keys] }),
  (it, _, nth, other) => flipped(bundleText(it), nth, other),
  (it, _, nth, other) => bundleText(it).slice(0, (nth * 64 + other) % bundleText(it).length),
  (it, _, nth, other) =>
    bundleText(it).replaceAll(/\d/g, (digit, at: number) => (at % 97 === nth % 97 ? String(other % 10) : digit)),
]

function flipped(text: string, nth: number, other: number): string {
  const at = (nth * 1_021 + other) % text.length
  return text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ (1 << (other % 7))) + text.slice(at + 1)
}

/** What of a bundle is signed, or is a key itself. Nobody signs since when the oldest key is. */
function signedParts({ keys, ...bundle }: Whole): object {
  return { ...bundle, keys: keys.map((it) => (it.signedBy === undefined ? [it.id, it.publicKey] : it)) }
}

/** The same answers as a verifier's: each of many bundles with the same entries asks for them again. */
function remembering({ verify, hash }: Verifier): Verifier {
  const known = new Map<string, Promise<boolean>>()
  return {
    hash,
    verify(publicKey, sig, bytes) {
      const key = `${publicKey} ${sig} ${Buffer.from(bytes).toString('base64')}`
      const answer = known.get(key) ?? verify(publicKey, sig, bytes)
      known.set(key, answer)
      return answer
    },
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** Mutates bundles `count` times, and tells what the verifier said of each to a reader who knows the first key. */
export async function mutateBundles(verifier: Verifier, count: number): Promise<BundleTally> {
  const tally: BundleTally = { genuine: 0, forged: 0, wrong: [] }
  const known = ring.keys[2]
  if (known === undefined) throw new Error('the ring was rotated twice')
  const place = fc.nat({ max: 2 ** 20 })
  await fc.assert(
    fc.asyncProperty(
      whole,
      whole,
      fc.array(fc.tuple(fc.nat({ max: acts.length - 1 }), place, place), { minLength: 10, maxLength: 10 }),
      async (bundle, old, draws) => {
        const remembered = remembering(verifier)
        const check = (text: string) => verifyBundle(remembered, new TextEncoder().encode(text), [known])
        tally.genuine += 1
        const genuine = await check(bundleText(bundle))
        if (genuine.faults.length > 0) tally.wrong.push(`refused ${JSON.stringify(genuine.faults)}`)
        for (const [act, nth, other] of draws) {
          const made = acts[act]?.(bundle, old, nth, other) ?? ''
          const text = typeof made === 'string' ? made : bundleText(made)
          await judge(tally, bundle, old, text, await check(text))
        }
      },
    ),
    { numRuns: Math.ceil(count / 10) },
  )
  return tally
}

async function judge(
  tally: BundleTally,
  bundle: Whole,
  old: Whole,
  text: string,
  report: Awaited<ReturnType<typeof verifyBundle>>,
) {
  const received = Object(parsed(text)) as Whole
  const isSame = Array.isArray(received.keys) && isSameBundle(received, bundle)
  tally[isSame ? 'genuine' : 'forged'] += 1
  // A time that is none is refused, though nobody signed it.
  const isEither = isSame && !isDeepStrictEqual(received.keys, bundle.keys)
  if (!isEither && (report.faults.length === 0) !== isSame) tally.wrong.push(`${isSame ? 'refused' : 'taken'} ${text}`)
  // Whatever is wrong with the file, each entry that is shown is one that was signed.
  const signed = [...bundle.entries, ...old.entries].map(({ alert: { proof, ...alert } }) =>
    JSON.stringify([alert.headline, proof.sig]),
  )
  for (const { alert } of report.entries) {
    const { headline: shown, proof } = alert as unknown as Whole['entries'][number]['alert']
    if (!signed.includes(JSON.stringify([shown, proof.sig]))) tally.wrong.push(`shown ${JSON.stringify(alert)}`)
  }
}

/** Whether all that is read of a bundle is what was signed: further fields, and those of an entry that nobody reads, do not count. */
function isSameBundle(received: Whole, bundle: Whole): boolean {
  return isDeepStrictEqual(signedParts(received), signedParts(bundle))
}
