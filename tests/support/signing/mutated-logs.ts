import { isDeepStrictEqual } from 'node:util'
import canonicalize from 'canonicalize'
import fc from 'fast-check'
import { nodeSigner } from '../../../src/node/signing/node-signer.ts'
import { type SigningKey, signingOf } from '../../../src/signing/key-ring.ts'
import { signedHead, signedMirrors } from '../../../src/signing/statements.ts'
import { followKeys, type TrustedKeys } from '../../../src/signing/verify/key-trust.ts'
import type { Verifier } from '../../../src/signing/verify/verifier.ts'
import { type ReceivedEntry, verifyChain, verifyEntry } from '../../../src/signing/verify/verify-entries.ts'
import { verifyHead, verifyMirrors } from '../../../src/signing/verify/verify-statements.ts'
import { hourMs, noon, ringOf, type SignedTestEntry, signedEntries, timeOf } from './signed-logs.ts'

/** How many of each were tried, and which the verifier got wrong. */
export type Tally = { genuine: number; forged: number; readonly wrong: string[] }

const ring = ringOf(2)
const trusted: TrustedKeys = ring.keys
const stranger = ringOf(0)
const epoch = 'k3f9'
const startMs = noon + 3 * hourMs

/** Alerts as a reader might get them, with texts in any script, and more than we write. */
const alert = fc
  .record({
    id: fc.uuid(),
    version: fc.integer({ min: 1, max: 9 }),
    headline: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }),
    summary: fc.string({ unit: 'binary', maxLength: 20 }),
    topics: fc.array(fc.string({ maxLength: 5 }), { maxLength: 3 }),
    more: fc.jsonValue({ maxDepth: 2 }),
  })
  // Only what JSON can hold comes over the wire, and only that is signed.
  .filter((it) => it.summary.isWellFormed() && canonicalize(it) !== undefined)
  .map((it) => JSON.parse(JSON.stringify(it)) as Readonly<Record<string, unknown>>)

const log = fc.array(alert, { minLength: 2, maxLength: 6 })
const draws = fc.infiniteStream(fc.nat({ max: 2 ** 31 - 1 }))

type Draw = (below: number) => number

/** One wrong thing that may happen to a text on its way. */
function damaged(text: string, draw: Draw): string {
  const at = draw(text.length)
  const other = text.charCodeAt(draw(text.length))
  switch (draw(5)) {
    case 0:
      return text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ (1 << draw(7))) + text.slice(at + 1)
    case 1:
      return text.slice(0, at) + text.slice(at + 1)
    case 2:
      return text.slice(0, at)
    case 3:
      return text.slice(0, at) + String.fromCharCode(other) + text.slice(at)
    default:
      return text.replace(/\d/, () => String(draw(10)))
  }
}

/** A field of an entry taken from another one, changed, or taken away. */
function forgedEntry(entry: SignedTestEntry, other: SignedTestEntry, draw: Draw): unknown {
  const { proof, ...bare } = entry.alert
  switch (draw(8)) {
    case 0:
      return { ...entry, seq: entry.seq + 1 + draw(5) }
    case 1:
      return { ...entry, kind: 'retraction' }
    case 2:
      return { ...entry, at: timeOf(Date.parse(entry.at) + 1) }
    case 3:
      return { ...entry, alert: { ...entry.alert, proof: other.alert.proof } }
    case 4:
      return { ...entry, alert: { ...other.alert, proof } }
    case 5:
      return { ...entry, alert: { ...entry.alert, proof: { ...proof, prev: other.alert.proof.prev } } }
    case 6:
      return { ...entry, alert: { ...bare, note: 'x', proof } }
    default:
      return signedEntries(stranger, epoch, [bare])[0]
  }
}

/** Whether both are the same JSON: whatever the order of names. */
const same = (one: unknown, other: unknown) => isDeepStrictEqual(one, other)

/** What of a key is signed, or is the key itself. Nobody signs since when the first key is. */
const signedPart = ({ id, publicKey, since, signedBy, sig, crossSig }: SigningKey) =>
  signedBy === undefined ? { id, publicKey } : { id, publicKey, since, signedBy, sig, crossSig }

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Mutates signed logs, lists, heads and keys `count` times each, and tells what the verifier said of each. */
export async function mutate(verifier: Verifier, count: number): Promise<Tally> {
  const tally: Tally = { genuine: 0, forged: 0, wrong: [] }
  const judge = (what: string, isGenuine: boolean, isTaken: boolean) => {
    tally[isGenuine ? 'genuine' : 'forged'] += 1
    if (isGenuine !== isTaken) tally.wrong.push(what)
  }
  await fc.assert(
    fc.asyncProperty(log, draws, async (alerts, numbers) => {
      const draw: Draw = (below) => (numbers.next().value ?? 0) % Math.max(1, below)
      const entries = signedEntries(ring, epoch, alerts, startMs)
      await judgeEntry(verifier, entries, draw, judge)
      await judgeLog(verifier, entries, draw, judge)
      await judgeStatements(verifier, draw, judge)
    }),
    { numRuns: count },
  )
  return tally
}

type Judge = (what: string, isGenuine: boolean, isTaken: boolean) => void

async function judgeEntry(verifier: Verifier, entries: readonly SignedTestEntry[], draw: Draw, judge: Judge) {
  const entry = entries[draw(entries.length)]
  const other = entries[draw(entries.length)]
  if (entry === undefined || other === undefined) return
  const isTaken = async (received: unknown, of = epoch) =>
    (await verifyEntry(verifier, trusted, of, Object(received) as ReceivedEntry)).kind === 'genuine'
  judge(`genuine ${JSON.stringify(entry)}`, true, await isTaken(entry))
  judge('another epoch', false, await isTaken(entry, 'k3fa'))
  const text = damaged(JSON.stringify(entry), draw)
  const received = parsed(text)
  judge(`damaged ${text}`, same(received, entry), await isTaken(received))
  const forged = forgedEntry(entry, other, draw)
  const { proof: own } = Object(Object(forged).alert)
  judge(`forged ${JSON.stringify(forged)}`, same(forged, entry) && own !== undefined, await isTaken(forged))
}

/** Whether entries are a run of the log without a gap. */
function isRun(entries: readonly unknown[], all: readonly unknown[]): boolean {
  const begin = all.indexOf(entries[0])
  return entries.every((entry, nth) => begin !== -1 && all[begin + nth] === entry)
}

async function judgeLog(verifier: Verifier, entries: readonly SignedTestEntry[], draw: Draw, judge: Judge) {
  const verdictOf = (run: readonly ReceivedEntry[], after?: string) => verifyChain(verifier, trusted, epoch, run, after)
  const whole = await verdictOf(entries, '')
  judge('whole', true, whole.kind === 'whole')
  const last = whole.kind === 'whole' ? whole.last : null
  const run = [...entries]
  const [from, to] = [draw(run.length), draw(run.length)]
  const act = draw(4)
  if (act === 0) run.splice(from, 1)
  else if (act === 1) run.splice(to, 0, ...run.splice(from, 1))
  else if (act === 2) run.splice(to, 0, ...run.slice(from, from + 1))
  else run.splice(from)
  const after = draw(2) === 0 ? '' : undefined
  const verdict = await verdictOf(run, after)
  const isWhole = verdict.kind === 'whole'
  const isFromStart = after === undefined || run.length === 0 || run[0] === entries[0]
  judge(`run ${act} ${from} ${to} ${after}`, isRun(run, entries) && isFromStart, isWhole)
  // A log that was cut at its end, or rolled back, shows by the hash of its newest entry.
  const isToEnd = run.length > 0 && run.at(-1) === entries.at(-1)
  judge(`end ${act} ${from} ${to}`, isRun(run, entries) && isFromStart && isToEnd, isWhole && verdict.last === last)
}

async function judgeStatements(verifier: Verifier, draw: Draw, judge: Judge) {
  const { signer } = signingOf(nodeSigner, ring)
  const head = signedHead(signer, { epoch, head: draw(1_000), at: timeOf(startMs + draw(1_000_000)) })
  const mirrors = signedMirrors(signer, { urls: [`https://m${draw(99)}.example/`], at: timeOf(startMs) })
  const keys = ring.keys
  /** The keys that a reader who knows the first one holds after all; null where the list is refused. */
  const heldAfter = async (offered: unknown) => {
    const verdict = await followKeys(verifier, [keys[2] ?? keys[0]], offered)
    return verdict.kind === 'followed' ? verdict.keys.map(signedPart) : null
  }
  const held = keys.map(signedPart)
  const takes = {
    head: async (it: unknown) => (await verifyHead(verifier, trusted, it)) !== null,
    mirrors: async (it: unknown) => (await verifyMirrors(verifier, trusted, it)) !== null,
    keys: async (it: unknown) => (await heldAfter(it)) !== null,
  }
  for (const [what, value] of Object.entries({ head, mirrors, keys })) {
    const take = takes[what as keyof typeof takes]
    judge(`genuine ${what}`, true, await take(value))
    const text = damaged(JSON.stringify(value), draw)
    const received = parsed(text)
    const isUnchanged = what === 'keys' ? same(await heldAfter(received), held) : same(received, value)
    judge(`damaged ${what} ${text}`, isUnchanged, await take(received))
  }
  // One statement's signature under another's fields.
  judge('a head for mirrors', false, await takes.mirrors({ ...mirrors, sig: head.sig }))
  judge('mirrors for a head', false, await takes.head({ ...head, sig: mirrors.sig }))
}
