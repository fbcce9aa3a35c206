import { jittered } from '../../../log/poll-jitter.ts'
import { NoAnswerInTime } from '../../../store/postgres/postgres-fault.ts'
import { DatabaseBusy } from '../../../store/sql.ts'
import { StorageFault, type StorageFaultKind } from '../../../store/storage-fault.ts'
import { FaultState, type NotifyOfFault } from '../fault-state.ts'

const shownByWrites: ReadonlySet<StorageFaultKind> = new Set(['full', 'read-only', 'standby', 'denied', 'damaged'])
const lookMs = 2_000
const lookAgainMs = 500
/** After so long without a write that got its locks, another transaction holds them. */
const busyMsMax = 5_000

type Deps = {
  /** The database as it is named in sentences. */
  readonly name: string
  /** Reads from the database, whatever it is; rejects with its fault. */
  readonly read: () => Promise<unknown>
  /** Writes to the database without leaving anything, and commits; rejects with its fault. */
  readonly write: () => Promise<unknown>
  /** Asks the database, by another connection, why something was not done in time. Never rejects. */
  readonly diagnose: () => Promise<StorageFaultKind>
  readonly notify: NotifyOfFault
  /** Called once when the database turns out to be another than the one that was opened. */
  readonly replaced: () => void
}

/**
 * Tracks whether the database can be used: besides what connections report, it reads about every two seconds, and writes as
 * soon as a write was refused. A fault ends when the database was written to: with a full disk, without the right, behind a
 * lock, on a primary that was demoted or that waits for its synchronous standby, it can still be read. A log that was replaced stays so: the service must open it again.
 */
export class PostgresState extends FaultState {
  readonly #deps: Deps
  #timer: ReturnType<typeof setTimeout> | undefined
  #ended = false
  #readAtMs = performance.now()
  #canRead = true
  /** A write was refused, and none has succeeded since. */
  #mustWrite = false
  #busySinceMs: number | null = null

  constructor(deps: Deps) {
    const { name, notify } = deps
    super({
      lasting: 'replaced',
      recovered: `${name} can be used again.`,
      sentenceOf: (kind) => `${name} ${sentences[kind]}`,
      notify,
    })
    this.#deps = deps
  }

  override get unreadableMs(): number {
    return this.#canRead || this.why === null ? 0 : performance.now() - this.#readAtMs
  }

  watch(afterMs = lookMs): void {
    if (this.#ended) return
    this.#timer = setTimeout(() => void this.#look(), jittered(afterMs, Math.random()))
    this.#timer.unref()
  }

  stop(): void {
    this.#ended = true
    clearTimeout(this.#timer)
  }

  override heed(kind: StorageFaultKind | null): void {
    const isNew = kind !== this.fault
    super.heed(kind)
    if (isNew && kind === 'replaced') this.#deps.replaced()
  }

  /**
   * Any operation was refused. What only a refused write shows is heeded at once: nothing else would tell of it. That the
   * database cannot be reached or is busy is left to the next look, which also writes then: a single operation can fail in
   * that way.
   */
  noteFault(kind: StorageFaultKind | 'busy'): void {
    if (kind !== 'busy' && shownByWrites.has(kind)) this.heed(kind)
    else this.#mustWrite = true
  }

  /** What got no answer in time says nothing of the cause: the next look asks for that. */
  override reporting(report: (error: unknown, doing: string) => void): (error: unknown, doing: string) => void {
    const others = super.reporting(report)
    return (error, doing) => {
      if (error instanceof StorageFault && error.cause instanceof NoAnswerInTime) this.noteFault(error.kind)
      else others(error, doing)
    }
  }

  async #look(): Promise<void> {
    const { read, write } = this.#deps
    const canRead = await this.#attempt(read)
    this.#canRead = canRead
    if (canRead) this.#readAtMs = performance.now()
    if (canRead && (this.#mustWrite || this.fault !== null) && (await this.#attempt(write))) {
      this.#mustWrite = false
      this.#busySinceMs = null
      this.heed(null)
    } else if (canRead && !this.#mustWrite) this.#busySinceMs = null
    // Where it can be read, the next write is the dear part.
    this.watch(canRead ? lookMs : lookAgainMs)
  }

  /** No cause is known that would say more than what is found now. */
  get #isVague(): boolean {
    return this.fault === null || this.fault === 'unreachable' || this.fault === 'slow'
  }

  async #noteBusy(): Promise<void> {
    const nowMs = performance.now()
    this.#busySinceMs ??= nowMs
    if (!this.#isVague || nowMs - this.#busySinceMs < busyMsMax) return
    // An append that waits for a standby holds its locks.
    this.heed((await this.#deps.diagnose()) === 'unconfirmed' ? 'unconfirmed' : 'locked')
  }

  async #attempt(act: () => Promise<unknown>): Promise<boolean> {
    try {
      await act()
      return true
    } catch (error) {
      const { diagnose, write } = this.#deps
      if (error instanceof StorageFault) {
        // A connection that is not had in time takes the place of no known cause either.
        const isUnknown = error.kind === 'unreachable' && !this.#isVague
        const kind = isUnknown || error.cause instanceof NoAnswerInTime ? await diagnose() : error.kind
        // That it is slow says the least, and what waits for a standby also holds locks, when the wait itself is not seen.
        const isLess = kind === 'slow' ? !this.#isVague : kind === 'locked' && this.fault === 'unconfirmed'
        if (!isLess) this.heed(kind)
      }
      // Anything else is met, and reported, by whoever needs the database.
      else if (!(error instanceof DatabaseBusy)) this.heed('failing')
      // Being busy is no fault, unless nothing can be written for long.
      else if (act === write) await this.#noteBusy()
      return false
    }
  }
}

const transactions = 'select * from pg_stat_activity shows it'

const sentences: Readonly<Record<StorageFaultKind, string>> = {
  full: 'is on a full disk. Make room: it goes on by itself.',
  'read-only':
    'can only be read: default_transaction_read_only is on, for it, for the user or on the whole server, as on a primary that was demoted, or by a provider when the disk is full. Switch it off, or set the address of the primary: it goes on by itself.',
  missing: 'does not exist any more, or its tables do not. Restore a backup.',
  replaced:
    'is another than the one that was opened: a standby was promoted, or a backup restored. The log goes on under a new identity, so that readers begin anew instead of missing what comes. The newest alerts and subscriptions may be lost.',
  damaged: 'is damaged. Restore a backup.',
  locked: `is held by another transaction (${transactions}). End that: it goes on by itself.`,
  failing: 'fails. Look at the server’s log: it goes on by itself when it can.',
  moving: 'is being moved to another database.',
  moved: 'has been moved to another database.',
  unreachable: 'cannot be reached. Look at the database server and the network: it goes on by itself.',
  crowded:
    'has no connection left for the service. Raise max_connections of the server or the limit of the role, or put PgBouncer between: it goes on by itself.',
  standby:
    'is on a standby, which can only be read. Promote it, or set the address of the primary: it goes on by itself.',
  login:
    'does not let the service in: its password, its user or pg_hba.conf was changed. Put that right, or set the new password and start again: it goes on by itself.',
  unconfirmed:
    'waits at every commit for a synchronous standby that does not answer. Bring that back, or take it out of synchronous_standby_names: it goes on by itself.',
  slow: 'answers, and does not finish in time what it is asked for. It is overloaded, or the way to it is slow (a publication takes some ten round trips), or a pooler between is in a mode that has no transactions. It goes on by itself when it can.',
  denied:
    'does not give the service the right, or hides rows from it by row-level security. Give the right, or take row-level security off the tables in the schema tocsin: it goes on by itself.',
}
