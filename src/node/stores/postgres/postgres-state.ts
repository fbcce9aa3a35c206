import { jittered } from '../../../log/poll-jitter.ts'
import { DatabaseBusy } from '../../../store/sql.ts'
import { StorageFault, type StorageFaultKind } from '../../../store/storage-fault.ts'
import { FaultState, type NotifyOfFault } from '../fault-state.ts'

const shownByWrites: ReadonlySet<StorageFaultKind> = new Set(['full', 'read-only', 'standby', 'denied', 'damaged'])
const lookMs = 2_000
const lookAgainMs = 500

type Deps = {
  /** The database as it is named in sentences. */
  readonly name: string
  /** Reads from the database, whatever it is; rejects with its fault. */
  readonly read: () => Promise<unknown>
  /** Writes to the database without leaving anything; rejects with its fault. */
  readonly write: () => Promise<unknown>
  readonly notify: NotifyOfFault
  /** Called once when the database turns out to be another than the one that was opened. */
  readonly replaced: () => void
}

/**
 * Tracks whether the database can be used: besides what connections report, it reads about every two seconds. A fault ends
 * when the database was written to: with a full disk, without the right, or on a primary that was demoted, it can still be
 * read. A log that was replaced stays so: the service must open it again.
 */
export class PostgresState extends FaultState {
  readonly #deps: Deps
  #timer: ReturnType<typeof setTimeout> | undefined
  #ended = false
  #readAtMs = performance.now()
  #canRead = true

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
   * database cannot be reached is left to the next look, because a single operation can fail in that way.
   */
  noteFault(kind: StorageFaultKind): void {
    if (shownByWrites.has(kind)) this.heed(kind)
  }

  async #look(): Promise<void> {
    const { read, write } = this.#deps
    const canRead = await this.#attempt(read)
    this.#canRead = canRead
    if (canRead) this.#readAtMs = performance.now()
    if (canRead && this.fault !== null && (await this.#attempt(write))) this.heed(null)
    // Where it can be read, the next write is the dear part.
    this.watch(canRead ? lookMs : lookAgainMs)
  }

  async #attempt(act: () => Promise<unknown>): Promise<boolean> {
    try {
      await act()
      return true
    } catch (error) {
      if (error instanceof StorageFault) this.heed(error.kind)
      // Busy is no fault. Anything else is met, and reported, by whoever needs the database.
      else if (!(error instanceof DatabaseBusy)) this.heed('failing')
      return false
    }
  }
}

const sentences: Readonly<Record<StorageFaultKind, string>> = {
  full: 'is on a full disk. Make room: it goes on by itself.',
  'read-only':
    'can only be read: default_transaction_read_only is on, for it, for the user or on the whole server, as on a primary that was demoted, or by a provider when the disk is full. Switch it off, or set the address of the primary: it goes on by itself.',
  missing: 'does not exist any more. Create it again from a backup.',
  replaced:
    'is another than the one that was opened: a standby was promoted, or a backup restored. The log goes on under a new identity, so that readers begin anew instead of missing what comes. The newest alerts and subscriptions may be lost.',
  damaged: 'is damaged. Restore a backup.',
  locked: 'is held by another transaction. End that: it goes on by itself.',
  failing: 'fails. Look at the server’s log: it goes on by itself when it can.',
  moving: 'is being moved to another database.',
  moved: 'has been moved to another database.',
  unreachable: 'cannot be reached. Look at the database server and the network: it goes on by itself.',
  crowded:
    'has no connection left for the service. Raise max_connections of the server or the limit of the role, or put PgBouncer between: it goes on by itself.',
  standby:
    'is on a standby, which can only be read. Promote it, or set the address of the primary: it goes on by itself.',
  denied:
    'does not give the service the right, or hides rows from it by row-level security. Give the right, or take row-level security off the tables in the schema tocsin: it goes on by itself.',
}
