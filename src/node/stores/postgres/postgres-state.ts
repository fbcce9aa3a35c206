import { DatabaseBusy } from '../../../store/sql.ts'
import { StorageFault, type StorageFaultKind } from '../../../store/storage-fault.ts'
import type { StorageState } from '../stores.ts'

const lookMs = 2_000
const lookAgainMs = 500

type Deps = {
  /** The database as it is named in sentences. */
  readonly name: string
  /** Reads from the database, whatever it is; rejects with its fault. */
  readonly read: () => Promise<unknown>
  /** Called once for every fault that begins or changes, and with null at the end of one. */
  readonly notify: (line: string, kind: StorageFaultKind | null) => void
  /** Called once when the database turns out to be another than the one that was opened. */
  readonly replaced: () => void
}

/**
 * Tracks whether the database can be used. Every connection reports its faults here, and the monitor itself reads every two
 * seconds. A log that was replaced stays so: the service must open it again.
 */
export class PostgresState implements StorageState {
  readonly #deps: Deps
  #kind: StorageFaultKind | null = null
  #timer: ReturnType<typeof setTimeout> | undefined
  #ended = false

  constructor(deps: Deps) {
    this.#deps = deps
  }

  get fault(): StorageFaultKind | null {
    return this.#kind
  }

  get why(): string | null {
    return this.#kind === null ? null : this.#sentence(this.#kind)
  }

  watch(): void {
    if (this.#ended) return
    this.#timer = setTimeout(() => void this.#look(), this.#kind === null ? lookMs : lookAgainMs)
    this.#timer.unref()
  }

  stop(): void {
    this.#ended = true
    clearTimeout(this.#timer)
  }

  reporting(report: (error: unknown, doing: string) => void): (error: unknown, doing: string) => void {
    return (error, doing) => {
      if (error instanceof StorageFault) this.heed(error.kind)
      else report(error, doing)
    }
  }

  /** A connection has met a fault, or (null) the database could be read after one. */
  heed(kind: StorageFaultKind | null): void {
    if (kind === this.#kind || this.#kind === 'replaced') return
    this.#kind = kind
    const { name, notify, replaced } = this.#deps
    if (kind === null) notify(`${name} can be used again.`, null)
    else notify(`Nothing can be stored: ${this.#sentence(kind)}`, kind)
    if (kind === 'replaced') replaced()
  }

  #sentence(kind: StorageFaultKind): string {
    return `${this.#deps.name} ${sentences[kind]}`
  }

  async #look(): Promise<void> {
    try {
      await this.#deps.read()
      // A full disk, or the right to write, is not seen by reading.
      if (this.#kind !== null && this.#kind !== 'full') this.heed(null)
    } catch (error) {
      if (error instanceof StorageFault) this.heed(error.kind)
      // Busy is no fault. Anything else is met, and reported, by whoever needs the database.
      else if (!(error instanceof DatabaseBusy)) this.heed('failing')
    }
    this.watch()
  }
}

const sentences: Readonly<Record<StorageFaultKind, string>> = {
  full: 'is on a full disk. Make room: it goes on by itself.',
  'read-only': 'can only be read. Make it writable: it goes on by itself.',
  missing: 'does not exist any more. Create it again from a backup.',
  replaced:
    'is another than the one that was opened: a standby was promoted, or a backup restored. The log goes on under a new identity, so that readers begin anew instead of missing what comes. The newest alerts and subscriptions may be lost.',
  damaged: 'is damaged. Restore a backup.',
  locked: 'is held by another transaction. End that: it goes on by itself.',
  failing: 'fails. Look at the server’s log: it goes on by itself when it can.',
  unreachable: 'cannot be reached. Look at the database server and the network: it goes on by itself.',
  standby:
    'is on a standby, which can only be read. Promote it, or set the address of the primary: it goes on by itself.',
  denied: 'does not give the service the right. Give it: it goes on by itself.',
}
