import type { Authority } from '../auth/editor.ts'
import type { Kind, StoredAlert } from '../domain/alert-types.ts'
import type { Change } from '../domain/change.ts'
import type { Interest } from '../domain/interest.ts'
import { Problem } from '../domain/problem.ts'
import type { EntryProofs } from '../signing/entry-proof.ts'

/** Sequence number of an entry: 1 for the first, without gaps. 0 stands for the position before the first. */
export type Seq = number

/** One line of the log: the kind of change, when it was made (RFC 3339, UTC), and the alert as it stands after it. */
export type Entry = {
  readonly seq: Seq
  readonly at: string
  readonly kind: Kind
  readonly alert: StoredAlert
  /** Proofs of it under the log's epoch, for each language of the alert. Absent where it is not signed, or not yet. */
  readonly proofs?: EntryProofs | undefined
}

/** An entry with the id of the editor who made it. Readers are never sent that id. */
export type HistoryEntry = Entry & { readonly by: string }

/**
 * A part of an alert's history: at most `limit` entries, either the oldest after a seq (without the first `skip` of them)
 * or the newest before one.
 */
export type HistoryPart = { readonly limit: number } & (
  | { readonly after: Seq; readonly skip?: number }
  | { readonly before: Seq }
)

/** The last seq a reader has seen, and of which log. On the wire `<epoch>.<seq>`. */
export type Cursor = { readonly epoch: string; readonly seq: Seq }

/** A log's identity, the seq of its oldest entry and of its newest. An empty log has floor 1 and head 0. */
export type Bounds = { readonly epoch: string; readonly floor: Seq; readonly head: Seq }

/**
 * The log's port. All methods return promises, because a store may wait for another process. The SQLite store runs its
 * statements synchronously in the caller's thread; only waiting for another connection's write leaves it.
 */
export interface AlertLog {
  /**
   * Applies a change to its alert and appends the result; durable when it resolves. `key`: the idempotency key, of this
   * editor. The same key again returns the first entry and appends nothing. Throws a Problem: 409
   * `idempotency-key-reused` when the key was used for another request, and what `applyChange` throws.
   *
   * The conditions are checked in the transaction that appends: the alert as it stands, the kill switch (423 `paused`),
   * and whether `by` may still publish (401, 403). A known key is not refused by them: its change is published already,
   * and the editor who lost the response must get it.
   */
  append(change: Change, key: string, by?: Authority): Promise<Entry>
  /**
   * Entries after a seq, oldest first; fewer than `limit` only at the head. With an interest, entries that are not for it
   * may be left out, but need not be: the caller still calls `matches`. Throws a RangeError for a limit below 1.
   */
  after(cursor: Seq, limit: number, interest?: Interest): Promise<readonly Entry[]>
  /** The newest entry of an alert; null: there is no such alert. */
  latest(alertId: string): Promise<Entry | null>
  /** The entries of one alert, oldest first: all, or a part of them. */
  history(alertId: string, part?: HistoryPart): Promise<readonly HistoryEntry[]>
  /** The newest entry of each alert that the interest matches, newest first; only those whose seq is below `before`. */
  recent(interest: Interest, limit: number, before?: Seq): Promise<readonly Entry[]>
  bounds(): Promise<Bounds>
  /**
   * Calls `wake` after an append. A call may come late, twice or without a new entry, but never not at all. Returns a
   * function that unsubscribes.
   */
  onAppend(wake: () => void): () => void
}

/** The time of a log's newest entry; '' when there is none. No later entry has an earlier time. */
export async function newestTime(log: Pick<AlertLog, 'bounds' | 'after'>): Promise<string> {
  const { head } = await log.bounds()
  const [newest] = head === 0 ? [] : await log.after(head - 1, 1)
  return newest?.at ?? ''
}

/** The Problem (409) for an idempotency key that was used for another request. */
export function keyReused(): Problem {
  return new Problem(
    409,
    'idempotency-key-reused',
    'You have used this Idempotency-Key for another request. Nothing was published; send a new key for a new intention.',
  )
}

const epochChances = 36 ** 4

/** A new log's epoch: lower-case letters and digits, made of a random number (0 to 1) and the time, so that logs differ. */
export function newEpoch(chance: number, nowMs: number): string {
  const drawn = Math.floor(chance * epochChances)
  return drawn.toString(36).padStart(4, '0') + Math.floor(nowMs / 1_000).toString(36)
}

/** Why a reader cannot go on from a cursor. */
export const resetReasons = ['cursor-too-old', 'log-changed', 'cursor-ahead', 'replay-limit'] as const
export type ResetReason = (typeof resetReasons)[number]

/** Where a stream begins: `seq` is the last entry that the reader has seen, or is taken to have seen. */
export type Start =
  | { readonly resume: 'live'; readonly seq: Seq }
  | { readonly resume: 'replay'; readonly seq: Seq }
  | { readonly resume: 'reset'; readonly seq: Seq; readonly reason: ResetReason }

/** Where a stream with this cursor begins: everything after the cursor, or an explicit reset to the head; never a part. */
export function startOf(cursor: Cursor | 'now' | undefined, bounds: Bounds, replayMax: number): Start {
  const { epoch, floor, head } = bounds
  if (cursor === undefined || cursor === 'now') return { resume: 'live', seq: head }
  const reset = (reason: ResetReason): Start => ({ resume: 'reset', seq: head, reason })
  if (cursor.epoch !== epoch) return reset('log-changed')
  if (cursor.seq > head) return reset('cursor-ahead')
  if (cursor.seq < floor - 1) return reset('cursor-too-old')
  if (head - cursor.seq > replayMax) return reset('replay-limit')
  return { resume: cursor.seq === head ? 'live' : 'replay', seq: cursor.seq }
}
