import { type Authority, type Editor, permitLevelAt } from '../../../auth/editor.ts'
import { publicationLine } from '../../../desk/audit.ts'
import { refusePaused } from '../../../desk/pause.ts'
import { applyChange, type Change } from '../../../domain/change.ts'
import { Problem } from '../../../domain/problem.ts'
import { type Entry, keyReused, type Seq } from '../../../log/log.ts'
import { sendAct } from '../desk/postgres-audit-table.ts'
import { endWaitingItems, selectItemKeys } from '../desk/postgres-item-tables.ts'
import type { PostgresStatements } from '../postgres-database.ts'
import { authorise } from '../postgres-editors.ts'
import type { KnownEntry } from './known-entry.ts'
import { type BegunAppend, begunAppends, sendFinishedAppend, timeOf } from './log-append.ts'
import type { HeadRow } from './log-head.ts'
import { type PostgresEntrySigning, withStoredProofs } from './postgres-entry-signing.ts'

/**
 * How appends that wait are put together. One transaction at once: they would wait for each other's lock of the head
 * anyway. None waits for others to come, so that a single append costs what it costs alone.
 */
export const appendGroups = { itemsMax: 32, groupsMax: 1, collectMs: 0 }

/** `key`: the idempotency key as it is stored. `asked`: what is compared when the key comes again. */
export type Append = {
  readonly change: Change
  readonly key: string
  readonly asked: string
  readonly by: Authority | undefined
}

/** What became of an append; a refusal is a result, because others share its transaction. */
export type Appended = { readonly entry: Entry; readonly fresh: boolean } | { readonly refusal: Problem }

/** Appends inside a transaction of the caller. No two may have a key or an alert in common. */
export type AppendWithin = (appends: readonly Append[]) => Promise<readonly Appended[]>

type Begun = {
  readonly append: Append
  readonly begun: BegunAppend
  readonly permission: Permission
  readonly isItemKey: boolean
}
type Permission = PromiseSettledResult<Editor> | null
type Deps = {
  readonly known: KnownEntry
  readonly clockDifferenceMsMax: number
  /** Throws where the head is not that of the log that was opened. */
  readonly heed: (head: HeadRow | null) => HeadRow
  readonly signing: PostgresEntrySigning
}

/** What two appends of one group must not have in common: what is read for all of them before any is written. */
export function groupKeys({ key, change }: Append): readonly string[] {
  return [`key ${key}`, `alert ${change.id}`]
}

/**
 * Appends to the log in one transaction, in order, and resolves with the results in that order. No two may have a key or an
 * alert in common. Two round trips, however many they are: all reads, with the head locked by the first; then all writes,
 * with the commit behind them. Retractions take one more, for what waits with changes of their alerts.
 */
export async function appendAll(
  statements: PostgresStatements,
  appends: readonly Append[],
  deps: Deps,
): Promise<readonly Appended[]> {
  const wanted = appends.map(({ key, change }) => ({ key, alertId: change.id }))
  const [begun, permissions, itemKeys, signed] = await Promise.all([
    begunAppends(statements, wanted, deps.known),
    // A known key is answered all the same: a refusal is thrown only after it was looked up.
    Promise.all(appends.map(({ by }) => (by === undefined ? null : settled(authorise(statements, by))))),
    statements.all<{ key: string }>(
      selectItemKeys,
      appends.map(({ key }) => key),
    ),
    deps.signing.stored(statements),
  ])
  const found = deps.heed(begun[0]?.head ?? null)
  let { head, newest_at: newestAt } = found
  const differenceMsMax = deps.clockDifferenceMsMax
  const results = appends.map((append, nth) => {
    const read = begun[nth]
    if (read === undefined) throw new Error('a row for each append is wanted')
    const isItemKey = itemKeys.some(({ key }) => key === append.key)
    const one = { append, begun: read, permission: permissions[nth] ?? null, isItemKey }
    const next = nextEntry(one, { seq: head + 1, newestAt, differenceMsMax })
    if (!('entry' in next) || !next.fresh) return next
    const { entry } = next
    const { key, asked, change } = append
    sendFinishedAppend(statements, entry, { key, asked, by: change.by, superseded: read.latest?.seq ?? null })
    // An item writes its own line.
    if (one.permission?.status === 'fulfilled') sendAct(statements, publicationLine(entry, one.permission.value))
    head = entry.seq
    newestAt = entry.at
    return next
  })
  for (const [nth, { change, key }] of appends.entries()) {
    const result = results[nth]
    if (result === undefined || !('entry' in result) || !result.fresh || change.kind !== 'retraction') continue
    await endWaitingItems(statements, result.entry, key, change.by)
  }
  return withProofs(
    statements,
    results,
    (entries) => deps.signing.sign(statements, signed, found, entries),
    found.epoch,
  )
}

/** The results with the proofs of their entries: new ones are signed. */
async function withProofs(
  statements: PostgresStatements,
  results: readonly Appended[],
  sign: (entries: readonly Entry[]) => Promise<readonly Entry[]>,
  epoch: string,
): Promise<readonly Appended[]> {
  const entries = (isFresh: boolean) =>
    results.flatMap((it) => ('entry' in it && it.fresh === isFresh ? [it.entry] : []))
  const known = await withStoredProofs(statements, epoch, entries(false))
  const made = new Map([...known, ...(await sign(entries(true)))].map((entry) => [entry.seq, entry]))
  return results.map((it) => ('entry' in it ? { ...it, entry: made.get(it.entry.seq) ?? it.entry } : it))
}

type Place = { readonly seq: Seq; readonly newestAt: string | null; readonly differenceMsMax: number }

/** The entry that an append makes or has made. Throws what is no refusal. */
function nextEntry(
  { append, begun, permission, isItemKey }: Begun,
  { seq, newestAt, differenceMsMax }: Place,
): Appended {
  const { change, asked } = append
  const { first, latest, pause, now } = begun
  try {
    if (first !== null) {
      const { intention: firstAsked, ...entry } = first
      if (firstAsked !== asked) throw keyReused()
      return { entry, fresh: false }
    }
    if (isItemKey) throw keyReused()
    if (permission?.status === 'rejected') throw permission.reason
    const dated = { ...change, at: timeOf(change.at, now, differenceMsMax) }
    const alert = applyChange(dated, latest?.alert ?? null, newestAt ?? undefined)
    if (permission !== null) {
      // Whoever waited for the head may have been in time when they asked.
      const isOwnTime = Number.isFinite(differenceMsMax)
      const at = isOwnTime && now > alert.changedAt ? now : alert.changedAt
      permitLevelAt(permission.value, at, alert.level, change.kind)
    }
    refusePaused(pause, { kind: change.kind, alert })
    return { entry: { seq, at: alert.changedAt, kind: change.kind, alert }, fresh: true }
  } catch (error) {
    if (error instanceof Problem) return { refusal: error }
    throw error
  }
}

/** The result as a value, so that a refusal can be thrown later. */
async function settled<Value>(promise: Promise<Value>): Promise<PromiseSettledResult<Value>> {
  const [result] = await Promise.allSettled([promise])
  return result
}
