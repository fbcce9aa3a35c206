import type { Authority } from '../../../auth/editor.ts'
import type { Kind } from '../../../domain/alert-types.ts'
import { type Change, intention } from '../../../domain/change.ts'
import { type Interest, matches } from '../../../domain/interest.ts'
import type { Published } from '../../../domain/newsroom-dropped.ts'
import type { AlertLog, Bounds, Entry, HistoryEntry, HistoryPart, Seq } from '../../../log/log.ts'
import { proofsOf, type StoredProofs } from '../../../log/sign-entry.ts'
import type { Schema } from '../../sql.ts'
import { StorageFault } from '../../storage-fault.ts'
import type { PostgresDatabase, PostgresStatements, PostgresValue } from '../postgres-database.ts'
import { sendWakeUp } from '../wake-ups.ts'
import { WriteGroups } from '../write-groups.ts'
import { type Append, type Appended, type AppendWithin, appendAll, appendGroups, groupKeys } from './append-group.ts'
import { hasKnown, KnownEntry } from './known-entry.ts'
import { appendFunctionsStep, clockDifferenceMsUsual } from './log-append.ts'
import {
  checkNotHidden,
  type HeadRow,
  logHeadStep,
  presentIdentity,
  readHead,
  readHeadAsKnown,
  renewed,
  renewHead,
} from './log-head.ts'
import { PostgresEntrySigning, signedStep } from './postgres-entry-signing.ts'
import { interestValues, logIndexStep, newestSeqs, onwardSeqs, readPublished } from './postgres-log-index.ts'

/** `alert` is `json` and not `jsonb`: what was written comes back with its fields in the same order. */
export const postgresLogSchema: Schema = {
  store: 'log',
  steps: [
    `${logHeadStep};
     create table tocsin.entries (
       seq bigint primary key,
       at timestamptz not null,
       kind text not null,
       alert_id text collate "C" not null,
       alert json not null,
       key text collate "C" not null unique,
       intention text not null,
       editor_id text collate "C" not null
     );
     create index entries_of_alert on tocsin.entries (alert_id, seq);
     ${logIndexStep}`,
    appendFunctionsStep,
    signedStep,
  ],
}

/**
 * `clockDifferenceMsMax`: how far the time of a change may be from the database's clock; five seconds when absent. Infinity
 * where changes have times of their own, as in tests.
 */
type LogOptions = {
  readonly clockDifferenceMsMax?: number
  /** Called when the log was replaced before it was opened here, and was given a new epoch for that. */
  readonly renewed?: () => void
}

type EntryRow = { seq: Seq; at: string; kind: string; alert: Entry['alert']; proofs: StoredProofs | null }
type ReadRow = Pick<HeadRow, 'epoch' | 'is_same'> & (EntryRow | { readonly seq: null })

const columns = 'seq, at, kind, alert, proofs'
const selectLatest = `select ${columns} from tocsin.entries where alert_id = $1 order by seq desc limit 1`
const selectNewestSeq = 'select max(seq) as seq from tocsin.entries where alert_id = $1'
const selectAfter = `select ${columns} from tocsin.entries where seq > $1 order by seq limit $2`
const selectHistory = `select ${columns}, editor_id from tocsin.entries where alert_id = $1 and seq > $2
  order by seq limit $3 offset $4`
const selectHistoryBefore = `select ${columns}, editor_id from tocsin.entries where alert_id = $1 and seq < $2
  order by seq desc limit $3`
const selectNewest = `select ${columns} from tocsin.entries join (${newestSeqs}) as found using (seq)`
const selectOnward = `select ${columns} from tocsin.entries join (${onwardSeqs}) as found using (seq)`

/**
 * The log in PostgreSQL. Many programs append to it at once, each through its own instance.
 *
 * An instance belongs to one epoch. When the database is not the one that it was opened on (a standby was promoted, a
 * backup restored), or lacks an entry that the instance knows, entries may be lost, and their seqs would be used again. The
 * first instance that notices gives the log a new epoch. From then on every instance of the old one throws StorageFault
 * (`replaced`) until it is opened again: nobody reads on from a seq that means another entry now.
 */
export class PostgresLog implements AlertLog {
  readonly signing: PostgresEntrySigning
  readonly #database: PostgresDatabase
  readonly #epoch: string
  /** Null: others give the log its new epoch. */
  readonly #newEpoch: (() => string) | null
  readonly #clockDifferenceMsMax: number
  readonly #known = new KnownEntry()
  readonly #wakes = new Set<() => void>()
  readonly #groups: WriteGroups<Append, Appended>

  private constructor(
    database: PostgresDatabase,
    epoch: string,
    newEpoch: (() => string) | null,
    { clockDifferenceMsMax = clockDifferenceMsUsual }: LogOptions = {},
  ) {
    this.#database = database
    this.#epoch = epoch
    this.#newEpoch = newEpoch
    this.#clockDifferenceMsMax = clockDifferenceMsMax
    this.signing = new PostgresEntrySigning(database, (head) => this.#heed(head))
    this.#groups = new WriteGroups((appends) => this.transact((_, append) => append(appends)), groupKeys, {
      ...appendGroups,
      waitMsMax: database.limitMs,
    })
  }

  /** Opens the log of a migrated database. `newEpoch`: makes the epoch of a new log, or of one that was replaced. */
  static async open(database: PostgresDatabase, newEpoch: () => string, options?: LogOptions): Promise<PostgresLog> {
    await checkNotHidden(database)
    const former = await readHead(database)
    const isSame = former !== null && former.is_same === true
    const head = isSame ? former : await renewed(database, newEpoch())
    if (former !== null && head.epoch !== former.epoch) options?.renewed?.()
    return new PostgresLog(database, head.epoch, newEpoch, options)
  }

  /**
   * Another instance of a log that is open in this process already, under the epoch that it has there. It gives the log no
   * new epoch: when the log is replaced, all it does is to throw.
   */
  static openAgain(database: PostgresDatabase, epoch: string): PostgresLog {
    return new PostgresLog(database, epoch, null)
  }

  async append(change: Change, key: string, by?: Authority): Promise<Entry> {
    const asked = intention(change)
    const result = await this.#groups.run({ change, key: keyOf(change.by, key), asked, by })
    if ('refusal' in result) throw result.refusal
    return result.entry
  }

  /**
   * Runs `act` in a transaction in which it may append. Running it twice must have the effect of running it once. Durable when
   * it resolves.
   */
  async transact<Result>(
    act: (statements: PostgresStatements, append: AppendWithin) => Promise<Result>,
  ): Promise<Result> {
    const deps = {
      ...{ known: this.#known, clockDifferenceMsMax: this.#clockDifferenceMsMax, signing: this.signing },
      heed: (head: HeadRow | null) => this.#heed(head),
    }
    const results: Appended[] = []
    const attempt = (statements: PostgresStatements) => {
      results.length = 0
      return act(statements, async (appends) => {
        const appended = await appendAll(statements, appends, deps)
        results.push(...appended)
        return appended
      })
    }
    const result = await this.#heeding('store', () => this.#database.transaction(attempt, { isIdempotent: true }))
    this.#known.note(results.flatMap((it) => ('entry' in it ? [it.entry] : [])))
    if (results.some((it) => 'entry' in it && it.fresh)) for (const wake of this.#wakes) wake()
    return result
  }

  async after(cursor: Seq, limit: number, interest?: Interest): Promise<readonly Entry[]> {
    if (!(limit >= 1)) throw new RangeError(`a limit of at least 1 is wanted, not ${limit}`)
    if (interest === undefined)
      return (await this.#read(selectAfter, 'asc', cursor, limit)).map((row) => this.#entryOf(row))
    return this.#those(interest, cursor, limit, (from, most) =>
      this.#read(selectOnward, 'asc', ...interestValues(interest), from, most),
    )
  }

  async recent(interest: Interest, limit: number, before = Number.MAX_SAFE_INTEGER): Promise<readonly Entry[]> {
    return this.#those(interest, before, limit, (below, most) =>
      this.#read(selectNewest, 'desc', ...interestValues(interest), below, most),
    )
  }

  /**
   * The entries that the index names. Each is matched again, and one that is not for the interest is skipped: also with a
   * damaged index, no reader gets another audience's alert.
   */
  async #those(
    interest: Interest,
    from: Seq,
    limit: number,
    read: (from: Seq, most: number) => Promise<readonly EntryRow[]>,
  ): Promise<readonly Entry[]> {
    const found: Entry[] = []
    for (let at = from; ; ) {
      const most = limit - found.length
      const entries = (await read(at, most)).map((row) => this.#entryOf(row))
      found.push(...entries.filter(({ alert }) => matches(interest, alert) !== null))
      at = entries.at(-1)?.seq ?? at
      if (found.length >= limit || entries.length < most) return found
    }
  }

  async latest(alertId: string): Promise<Entry | null> {
    // The database's text has no NUL, so that no stored id has one either.
    if (alertId.includes('\0')) return null
    const [row] = await this.#read(selectLatest, 'asc', alertId)
    return row === undefined ? null : this.#entryOf(row)
  }

  async history(alertId: string, part?: HistoryPart): Promise<readonly HistoryEntry[]> {
    if (alertId.includes('\0')) return []
    const read = async (statement: string, ...bound: readonly (number | null)[]) =>
      (await this.#read<EntryRow & { editor_id: string }>(statement, 'asc', alertId, ...bound)).map((row) => ({
        ...this.#entryOf(row),
        by: row.editor_id,
      }))
    if (part !== undefined && 'before' in part) return read(selectHistoryBefore, part.before, part.limit)
    // Without a limit: null.
    return read(selectHistory, part?.after ?? 0, part?.limit ?? null, part?.skip ?? 0)
  }

  async bounds(): Promise<Bounds> {
    return this.#heeding('read', async () => {
      const head = await readHeadAsKnown(this.#database, this.#known)
      this.#heed(head)
      return { epoch: this.#epoch, floor: head?.floor ?? 1, head: head?.head ?? 0 }
    })
  }

  /** The languages and topics of public alerts. */
  async published(): Promise<Published> {
    return readPublished(this.#database)
  }

  onAppend(wake: () => void): () => void {
    this.#wakes.add(wake)
    return () => void this.#wakes.delete(wake)
  }

  /** Reads entries, and in the same statement whether they are of the log that was opened. */
  async #read<Row extends EntryRow = EntryRow>(
    statement: string,
    order: 'asc' | 'desc',
    ...values: readonly PostgresValue[]
  ): Promise<readonly Row[]> {
    const isSame = `log_head.identity = ${presentIdentity} and ${hasKnown(values.length + 1)}`
    const withHead = `select log_head.epoch, ${isSame} as is_same, entry.*
      from tocsin.log_head left join lateral (${statement}) as entry on true order by entry.seq ${order}`
    return this.#heeding('read', async () => {
      const rows = await this.#database.all<ReadRow>(withHead, ...values, ...this.#known.values)
      this.#heed(rows[0] ?? null)
      const entries = rows.filter((row): row is ReadRow & Row => row.seq !== null)
      this.#known.note(entries)
      return entries
    })
  }

  #entryOf({ seq, at, kind, alert, proofs }: EntryRow): Entry {
    return { seq, at, kind: kind as Kind, alert, ...proofsOf(proofs, this.#epoch) }
  }

  #heed<Head extends Pick<HeadRow, 'epoch' | 'is_same'>>(head: Head | null): Head {
    if (head === null || head.epoch !== this.#epoch || head.is_same !== true) throw new LogReplaced()
    return head
  }

  /** Gives a replaced log its new epoch, so that the other instances notice as well. */
  async #heeding<Result>(kind: 'store' | 'read', act: () => Promise<Result>): Promise<Result> {
    try {
      return await act()
    } catch (error) {
      if (!(error instanceof LogReplaced)) throw error
      const former = { epoch: this.#epoch, known: this.#known }
      if (this.#newEpoch === null) await checkNotHidden(this.#database)
      else await renewed(this.#database, this.#newEpoch(), former)
      throw new StorageFault('replaced', kind, { cause: error })
    }
  }
}

class LogReplaced extends Error {
  constructor() {
    super('the log is not the one that was opened: its database was restored, or a standby was promoted')
    this.name = 'LogReplaced'
  }
}

/** Gives the log a new epoch: entries may have been lost, and their seqs will be used again. */
export async function renewEpoch(database: PostgresDatabase, epoch: string): Promise<void> {
  const renew = async (statements: PostgresStatements) => {
    renewHead(statements, epoch)
    sendWakeUp(statements, 'log')
  }
  await database.transaction(renew, { isIdempotent: true })
}

/** The seq of an alert's newest entry; null when there is no such alert. */
export async function newestSeqOf(statements: Pick<PostgresStatements, 'all'>, alertId: string): Promise<Seq | null> {
  return (await statements.all<{ seq: Seq | null }>(selectNewestSeq, alertId))[0]?.seq ?? null
}

/** An editor's idempotency key as it is stored. No key holds a space, so that it equals no other editor's. */
function keyOf(editorId: string, key: string): string {
  return `${editorId} ${key}`
}
