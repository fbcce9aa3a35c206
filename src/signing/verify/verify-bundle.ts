import { kinds, levels } from '../../domain/alert-types.ts'
import { languageTagOf } from '../../domain/parsing/language-tag.ts'
import { bundleFormat, bundleLimits, bundleReadBytesMax } from '../bundle-format.ts'
import type { BundleStatement, Head, MirrorList } from '../statements.ts'
import { followKeys, isWholeChain, type TrustedKeys } from './key-trust.ts'
import { bytesOf, type Verifier } from './verifier.ts'
import { verifyEntry } from './verify-entries.ts'
import { isEpoch, verifyBundleStatement, verifyHead, verifyMirrors } from './verify-statements.ts'

/** An entry of a bundle that the newsroom signed. */
export type GenuineEntry = {
  readonly seq: number
  readonly cursor: string
  readonly kind: (typeof kinds)[number]
  readonly at: string
  readonly alert: GenuineAlert
}

/** An alert in one language, as far as it is checked that these fields are what they should be. */
export type GenuineAlert = {
  readonly id: string
  readonly level: (typeof levels)[number]
  readonly audience: 'public'
  readonly topics: readonly string[]
  readonly language: string
  readonly headline: string
  readonly summary?: string
  readonly url?: string
  readonly note?: string
}

/**
 * What is wrong with a bundle as a whole. `cut`: it is no whole JSON. `other-version`: of a format that this program does not know.
 * `keys-changed`: its keys do not follow from the one that is known. `held-back`: the newest entry is not the one that was signed.
 * `altered`: the bytes are not those of the fields that are verified, so something stands in it that nobody signed.
 * `count`: entries are missing or too many.
 */
export type WholeFault =
  | ('too-big' | 'not-utf8' | 'cut' | 'not-a-bundle' | 'other-version')
  | (
      | 'keys-forged'
      | 'keys-changed'
      | 'statement-forged'
      | 'head-forged'
      | 'mirrors-forged'
      | 'held-back'
      | 'count'
      | 'altered'
    )

/**
 * What is wrong with an entry. `not-public`: a test. `other-language`: not of the bundle's. `out-of-order`: not newer than the one before
 * it, so it may be a copy of it. `gap`: genuine, but an entry before it is missing. `malformed`: signed, but nothing that can be shown.
 */
export type EntryFault =
  | ('unsigned' | 'unknown-key' | 'forged')
  | ('malformed' | 'not-public' | 'other-language' | 'out-of-order' | 'gap')

export type BundleFault =
  | { readonly kind: WholeFault }
  /** `nth`: its place in the file, from 1. `seq`: what it says of itself. */
  | { readonly kind: EntryFault; readonly nth: number; readonly seq: unknown }

/** What came of a bundle: it is what the newsroom signed, all of it, only where there are no faults. */
export type BundleReport = {
  readonly faults: readonly BundleFault[]
  /** The entries that are genuine each, oldest first: they may be shown, whatever else is wrong. */
  readonly entries: readonly GenuineEntry[]
  /** The cursor of the last entry before the first fault; null: nothing before it is known to be whole. */
  readonly unbroken: string | null
  /** Null where it is not genuine, as all below. */
  readonly statement: BundleStatement | null
  readonly head: Head | null
  readonly mirrors: MirrorList | null
  /** The keys that were followed, newest first. */
  readonly keys: TrustedKeys | null
}

/** A cursor has at most 15 digits. */
const seqEnd = 1e15
const uuidPattern = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

type Fields = Readonly<Record<string, unknown>>

/**
 * Verifies a file that came by any way. `known`: the keys that the reader trusts; null at first sight, when the file's own are
 * taken. Never rejects for wrong input.
 */
export async function verifyBundle(
  verifier: Verifier,
  bytes: Uint8Array,
  known: TrustedKeys | null,
): Promise<BundleReport> {
  const bundle = fieldsIn(bytes)
  if (typeof bundle === 'string') return refused(bundle)
  const followed = await followKeys(verifier, known, bundle.keys)
  if (followed.kind !== 'followed') return refused(followed.kind === 'forged' ? 'keys-forged' : 'keys-changed')
  const { keys } = followed
  const statement = await verifyBundleStatement(verifier, keys, bundle.statement)
  const isOfFile = statement?.language === bundle.language && statement?.epoch === bundle.epoch
  const head = await verifyHead(verifier, keys, bundle.head)
  const mirrors = await verifyMirrors(verifier, keys, bundle.mirrors)
  const judged = await judgeEntries(verifier, keys, bundle)
  const isHead = head !== null && (statement === null || isSame(head, statement))
  const count = (bundle.entries as readonly unknown[]).length
  // The newest is here, each entry follows the one before it, and still some are missing: those before the first.
  const isWhole = judged.faults.length === 0 && judged.last === statement?.newest
  const isCutBefore = isWhole && count < (statement?.count ?? 0)
  const faults: readonly (BundleFault | false)[] = [
    (statement === null || !isOfFile) && { kind: 'statement-forged' },
    !isHead && { kind: 'head-forged' },
    mirrors === null && { kind: 'mirrors-forged' },
    ...judged.faults,
    statement !== null && statement.count !== count && { kind: 'count' },
    statement !== null && judged.last !== statement.newest && { kind: 'held-back' },
    (!isAsMade(bytes, bundle) || !(await isWholeChain(verifier, bundle.keys))) && { kind: 'altered' },
  ]
  return {
    ...{ entries: judged.entries, unbroken: isCutBefore ? null : judged.unbroken, keys, mirrors },
    faults: faults.filter((fault) => fault !== false),
    statement: isOfFile ? statement : null,
    head: isHead ? head : null,
  }
}

const headFields = ['epoch', 'head', 'at', 'key', 'sig']
const keyFields = ['id', 'publicKey', 'since', 'signedBy', 'sig', 'crossSig']
const statementFields = [...headFields, 'newsroom', 'language', 'newest', 'count', 'leftOut']

/**
 * Whether a file is the canonical JSON of the fields that a bundle has, white space after it aside: else a name stands in it twice, or
 * one more.
 */
function isAsMade(bytes: Uint8Array, bundle: Fields): boolean {
  const { tocsin, language, epoch, head, keys, mirrors, statement } = bundle
  const entries = (bundle.entries as readonly unknown[]).map((entry) => ({
    ...fieldsNamed(entry, ['seq', 'kind', 'at', 'alert']),
    cursor: `${epoch}.${String(Object(entry).seq)}`,
  }))
  const made = bytesOf({
    ...{
      tocsin,
      language,
      epoch,
      entries,
      head: fieldsNamed(head, headFields),
      statement: fieldsNamed(statement, statementFields),
    },
    ...{ keys: (keys as readonly unknown[]).map((key) => fieldsNamed(key, keyFields)) },
    mirrors: fieldsNamed(mirrors, ['urls', 'at', 'key', 'sig']),
  })
  if (made === null || bytes.length < made.length) return false
  return bytes.every((byte, at) => (at < made.length ? byte === made[at] : ' \r\n'.includes(String.fromCharCode(byte))))
}

function fieldsNamed(value: unknown, names: readonly string[]): Fields {
  const fields = Object(value) as Fields
  return Object.fromEntries(names.filter((name) => fields[name] !== undefined).map((name) => [name, fields[name]]))
}

function isSame(one: Head, other: Head): boolean {
  return one.epoch === other.epoch && one.head === other.head && one.at === other.at
}

function refused(kind: WholeFault): BundleReport {
  return { faults: [{ kind }], entries: [], unbroken: null, statement: null, head: null, mirrors: null, keys: null }
}

/** The fields of a bundle, whose `entries` are a list, `language` a tag and `epoch` that of a log; else what is wrong. */
function fieldsIn(bytes: Uint8Array): (Fields & { readonly epoch: string }) | WholeFault {
  if (bytes.length > bundleReadBytesMax) return 'too-big'
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes)
  } catch {
    return 'not-utf8'
  }
  let fields: unknown
  try {
    fields = JSON.parse(text)
  } catch {
    return /^\s*\{/.test(text) || text.trim() === '' ? 'cut' : 'not-a-bundle'
  }
  const { tocsin, language, epoch, entries } = Object(fields) as Fields
  if (typeof tocsin !== 'string' || !tocsin.startsWith('bundle/')) return 'not-a-bundle'
  if (tocsin !== bundleFormat) return 'other-version'
  if (typeof language !== 'string' || languageTagOf(language) === null || !Array.isArray(entries)) return 'not-a-bundle'
  if (!isEpoch(epoch)) return 'not-a-bundle'
  return entries.length > bundleLimits.entriesMax ? 'not-a-bundle' : { ...(fields as Fields), epoch }
}

async function judgeEntries(verifier: Verifier, keys: TrustedKeys, { epoch, language, entries }: Fields) {
  const faults: BundleFault[] = []
  const genuine: GenuineEntry[] = []
  // Of the newest genuine entry: its hash, and its seq.
  let last = ''
  let seq = 0
  let nth = 0
  let unbroken: string | null = null
  for (const one of entries as readonly unknown[]) {
    nth += 1
    const entry = Object(one) as GenuineEntry
    const fault = (kind: EntryFault) => void faults.push({ kind, nth, seq: entry.seq })
    const verdict = await verifyEntry(verifier, keys, String(epoch), entry)
    if (verdict.kind !== 'genuine') {
      fault(verdict.kind)
      continue
    }
    const unfit = unfitness(entry, language)
    if (unfit !== null || entry.seq <= seq) {
      fault(unfit ?? 'out-of-order')
      continue
    }
    // What is before the first is not known, except where it is the first of all.
    if (nth > 1 && verdict.prev !== last) fault('gap')
    last = verdict.hash
    seq = entry.seq
    const cursor = `${epoch}.${seq}`
    const { kind, at, alert } = entry
    genuine.push({ seq, cursor, kind, at, alert })
    if (faults.length === 0) unbroken = cursor
  }
  return { faults, entries: genuine, last, unbroken }
}

/** Why a signed entry is none that may be shown. */
function unfitness({ seq, kind, alert }: GenuineEntry, language: unknown): EntryFault | null {
  const { audience, language: own, id, level, topics, headline, summary = '', url = '', note = '' } = alert
  const texts: readonly unknown[] = [id, headline, summary, url, note, ...(Array.isArray(topics) ? topics : [null])]
  const isWhole = Number.isSafeInteger(seq) && seq > 0 && seq < seqEnd && kinds.includes(kind)
  if (!isWhole || !levels.includes(level) || texts.some((it) => typeof it !== 'string')) return 'malformed'
  if (!uuidPattern.test(id)) return 'malformed'
  if (audience !== 'public') return 'not-public'
  return own === language ? null : 'other-language'
}
