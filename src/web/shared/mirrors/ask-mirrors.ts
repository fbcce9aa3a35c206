import type { MirrorAttempts } from '../../../client/mirrors/mirror-attempts.ts'
import type { BundleStatement } from '../../../signing/statements.ts'
import type { BundleReport } from '../../../signing/verify/verify-bundle.ts'
import { ageOf, isFarAhead, isFromBefore, oldMs, type Seen } from '../../../signing/verify/verify-statements.ts'
import type { MirrorNews } from './mirror-news.ts'

type Deps = {
  readonly urls: readonly string[]
  readonly language: string
  readonly attempts: MirrorAttempts
  /** Which page asks, where several do. */
  readonly page: string
  /** What the device has seen by now, also in other rounds: what is staler is passed over. */
  readonly seen: () => Seen | null
  /** Null: it has no such file, or gives none. `came` is called for the bytes of each piece. */
  readonly read: (
    mirror: string,
    language: string,
    came: (bytes: number) => void,
    ended: AbortSignal,
  ) => Promise<Uint8Array | null>
  /** Null: nothing can be verified. */
  readonly verify: (bytes: Uint8Array) => Promise<BundleReport | null>
  /** Called for what is genuine, and again for what is newer than that. */
  readonly found: (news: MirrorNews, report: BundleReport) => void
  readonly now: () => number
}

/**
 * Asks all mirrors, whatever has become of the round before. None ends it, not one with news either. Each may be some minutes behind, or
 * give an old copy, and only another one shows that.
 */
export function askMirrors(deps: Deps): Promise<void> {
  let newest: BundleStatement | null = null
  const take = async (mirror: string, came: (bytes: number) => void, ended: AbortSignal): Promise<void> => {
    const bytes = await deps.read(mirror, deps.language, came, ended)
    const report = bytes === null ? null : await deps.verify(bytes)
    const statement = report === null ? null : wholeOf(report, deps.language)
    if (report === null || statement === null || ended.aborted || isStale(statement, deps.seen(), deps.now())) return
    const isAfter = newest === null || hasMore(statement, newest) || isNewer(statement, newest, deps.now())
    if (!isAfter || (newest !== null && hasMore(newest, statement))) return
    newest = statement
    deps.found({ host: new URL(mirror).hostname, statement, entries: report.entries }, report)
  }
  return deps.attempts.round(deps.urls, take, new AbortController().signal, `${deps.page} ${deps.language} `)
}

/** Whether it has entries where the other one of the same head has none: those were left out there. */
function hasMore(one: BundleStatement, other: BundleStatement): boolean {
  return one.epoch === other.epoch && one.head === other.head && one.count > 0 && other.count === 0
}

/** What a bundle is, where nothing is wrong with it. */
function wholeOf({ faults, statement }: BundleReport, language: string): BundleStatement | null {
  return faults.length === 0 && statement?.language === language ? statement : null
}

function isStale({ epoch, head, at }: Seen, seen: Seen | null, nowMs: number): boolean {
  if (seen === null) return false
  if (isFromBefore(at, seen.at, nowMs)) return true
  const olderMs = Date.parse(seen.at) - Date.parse(at)
  // A log that began anew is later than the one before it. A time that a wrong clock has signed once says nothing of that.
  if (epoch !== seen.epoch)
    return isFarAhead(seen.at, nowMs) ? ageOf({ epoch, head, at }, null, nowMs) !== 'fresh' : olderMs >= 0
  return head < seen.head || (head === seen.head && olderMs > oldMs)
}

/** Within a log the longer one, where it is not from long before the other; else the later one. */
export function isNewer(one: Seen, other: Seen, nowMs = Date.now()): boolean {
  if (one.epoch !== other.epoch || one.head === other.head) return Date.parse(one.at) > Date.parse(other.at)
  if (isFromBefore(one.at, other.at, nowMs)) return false
  return one.head > other.head || isFromBefore(other.at, one.at, nowMs)
}
