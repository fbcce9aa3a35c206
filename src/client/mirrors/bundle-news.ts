import { epochOf, seqOf } from '../../protocol/cursor.ts'
import type { BundleStatement, Head } from '../../signing/statements.ts'
import type { GenuineAlert, GenuineEntry } from '../../signing/verify/verify-bundle.ts'
import { ageOf, isFromBefore, oldMs } from '../../signing/verify/verify-statements.ts'
import type { Interest } from '../listen-options.ts'
import { isSeen } from '../verified/seen-cursor.ts'
import { isOfLevelAndTopics } from '../wanted-alerts.ts'

/** A bundle in which nothing is wrong. */
export type GenuineBundle = { readonly statement: BundleStatement; readonly entries: readonly GenuineEntry[] }

/**
 * What a listener has seen: its cursor, by what is signed; up to where the service says of itself that it was read (`read`), which decides
 * only whether a gap is told; the newest time of anything signed (RFC 3339), and since when it listens (ms since 1970). `isClaimed`: the
 * cursor is what the app has kept, which may be a service's word: nothing that is signed has reached it yet.
 */
export type SeenSoFar = {
  readonly cursor?: string | undefined
  readonly isClaimed?: boolean | undefined
  /** What the app has kept, where that is of another log than `cursor`: which of both is false is not known. */
  readonly rival?: string | undefined
  readonly read?: string | undefined
  readonly at?: string | undefined
  readonly sinceMs: number
}

/** What bundles bring a listener that is new. */
export type News = {
  /** As of when. */
  readonly at: string
  /** All up to here is seen once `entries` are. */
  readonly cursor: string
  /** Oldest first. */
  readonly entries: readonly GenuineEntry[]
  /** Entries up to `head` may be missing. Those of `entries` up to it are to be given on before it is told. */
  readonly gap: { readonly reason: 'cursor-too-old' | 'cursor-ahead' | 'log-changed'; readonly head: string } | null
}

/** To who has seen nothing yet a bundle brings what is not older than this by its own clock, because the device's may be ahead. */
const newMsMin = 10 * 60_000

/**
 * What bundles, one for each language of an interest, bring a listener that is new; null where they are staler than what it has, or of
 * different logs. A device's clock counts only where nothing else shows which of two logs is the later one. Of two positions that of their
 * log counts; where none is of it, they are news where they are for one of both.
 */
export function newsIn(
  bundles: readonly GenuineBundle[],
  interest: Interest,
  seen: SeenSoFar,
  nowMs: number,
): News | null {
  const { cursor, rival } = seen
  const isOfThis = (position: string) => bundles[0]?.statement.epoch === epochOf(position)
  if (cursor === undefined || rival === undefined || isOfThis(cursor)) return newsSince(bundles, interest, seen, nowMs)
  const byRival = () => newsSince(bundles, interest, { ...seen, cursor: rival, isClaimed: true }, nowMs)
  return isOfThis(rival) ? byRival() : (newsSince(bundles, interest, seen, nowMs) ?? byRival())
}

function newsSince(bundles: readonly GenuineBundle[], interest: Interest, seen: SeenSoFar, nowMs: number): News | null {
  const statements = bundles.map(({ statement }) => statement)
  const oldest = statements.reduce((one, other) => (one.head <= other.head ? one : other))
  const { epoch, head } = oldest
  if (statements.some((it) => it.epoch !== epoch)) return null
  const cursor = `${epoch}.${head}`
  // The last that all of them reach: what one of them has after it comes with the next bundles.
  const at = statements.map((it) => it.at).reduce((one, other) => (Date.parse(one) <= Date.parse(other) ? one : other))
  const standing = standingOf({ epoch, head, at }, seen, nowMs)
  if (standing === 'stale') return null
  if (statements.some((it) => isFromBefore(it.at, seen.at, nowMs))) return null
  const since = Math.min(seen.sinceMs, Date.parse(at) - newMsMin)
  const isNew = (entry: GenuineEntry) => {
    if (standing === 'start') return Date.parse(entry.at) >= since
    return standing !== 'known' || !isSeen(entry.cursor, seen.cursor)
  }
  const entries = merged(bundles, interest).filter((entry) => entry.seq <= head && isNew(entry))
  // The service may have said that nothing more is for this interest: heartbeats move that on.
  const counts = standing === 'known' || standing === 'start'
  if (entries.length === 0 && counts && isOlder(cursor, seen.read)) return null
  const known = counts ? Math.max(...[seen.cursor, seen.read].map((it) => seqIn(epoch, it))) : 0
  const from = standing === 'start' && known === 0 ? 0 : gapEnd(bundles, known)
  const reason = counts ? 'cursor-too-old' : standing
  return {
    at,
    cursor,
    entries,
    gap: counts && from <= known ? null : { reason, head: `${epoch}.${Math.min(from, head)}` },
  }
}

/**
 * How what a listener has seen stands to a bundle's head. `start`: it has seen nothing; `known`: a place of the log, not past the head;
 * `stale`: a later one, or a later log. What it was given to begin with counts for nothing where it is another log (`log-changed`) or past
 * a head of the present (`cursor-ahead`).
 */
function standingOf(
  { epoch, head, at }: Head,
  seen: SeenSoFar,
  nowMs: number,
): 'start' | 'known' | 'stale' | 'log-changed' | 'cursor-ahead' {
  if (seen.cursor === undefined) return 'start'
  if (epochOf(seen.cursor) !== epoch) return isLater({ epoch, head, at }, seen, nowMs) ? 'log-changed' : 'stale'
  if (!isOlder(`${epoch}.${head}`, seen.cursor)) return 'known'
  // The newsroom has signed lately that its log is shorter. A mirror is some minutes behind.
  return seen.isClaimed && Math.abs(nowMs - Date.parse(at)) <= oldMs ? 'cursor-ahead' : 'stale'
}

function seqIn(epoch: string, cursor: string | undefined): number {
  return cursor !== undefined && epochOf(cursor) === epoch ? seqOf(cursor) : 0
}

function isOlder(cursor: string, known: string | undefined): boolean {
  return cursor !== known && isSeen(cursor, known)
}

/** Whether a bundle of another log than the one that is known is of a later one. */
function isLater(head: Head, { at }: SeenSoFar, nowMs: number): boolean {
  return at === undefined ? ageOf(head, null, nowMs) === 'fresh' : Date.parse(head.at) > Date.parse(at)
}

/** The seq up to which entries may be missing that are not seen yet; `seq` itself where none may. */
function gapEnd(bundles: readonly GenuineBundle[], seq: number): number {
  const ends = bundles.map(({ entries: [first], statement: { head, leftOut } }) => {
    // It says itself that there are some of which it has none.
    if (first === undefined) return leftOut > 0 ? head : 0
    return isFirstOfAll(first) ? 0 : first.seq - 1
  })
  return Math.max(seq, ...ends)
}

/** Whether no entry of the language is before it: its proof, which is genuine, names none. */
function isFirstOfAll({ alert }: { readonly alert: GenuineAlert & { readonly proof?: unknown } }): boolean {
  return Object(alert.proof).prev === ''
}

/**
 * The entries of all bundles that an interest wants, oldest first, each in the language that is preferred most. A change that says nothing
 * in the language in which its alert is read comes in no other, as on a stream.
 */
function merged(bundles: readonly GenuineBundle[], interest: Interest): GenuineEntry[] {
  const bySeq = new Map<number, GenuineEntry>()
  /** The seq since which an alert is read in a language that is preferred. */
  const readSince = new Map<string, number>()
  for (const { entries } of bundles) {
    for (const entry of entries) {
      const since = readSince.get(entry.alert.id)
      if (since === undefined || entry.seq < since) bySeq.set(entry.seq, entry)
    }
    for (const { seq, alert } of entries) readSince.set(alert.id, Math.min(seq, readSince.get(alert.id) ?? seq))
  }
  return [...bySeq.values()]
    .filter(({ alert }) => isOfLevelAndTopics(interest, alert))
    .sort((one, other) => one.seq - other.seq)
}
