import type { StorageFaultKind } from '../../store/storage-fault.ts'
import { FaultState, type NotifyOfFault } from '../stores/fault-state.ts'
import type { SqliteFile } from './sqlite-file.ts'

const lookMs = 1_000

type Watched = Pick<SqliteFile, 'files' | 'tryWriting' | 'saveLog'>

type Deps = {
  readonly path: string
  readonly notify: NotifyOfFault
}

/**
 * Tracks whether the service can store. Every connection reports its faults here. Once a second the monitor checks whether
 * the files still exist and the disk has space. After a fault that may pass (a full disk, a folder that was moved away
 * and back) it tries to write again; damage stays until the next start.
 */
export class StorageMonitor extends FaultState {
  readonly #path: string
  #sql: Watched | null = null
  #isLogSaved = false
  #timer: ReturnType<typeof setInterval> | undefined

  constructor({ path, notify }: Deps) {
    super({
      // A fault of the files does not end because a write to another part of them succeeds.
      lasting: 'damaged',
      recovered: `${path} can be written again.`,
      sentenceOf: (kind) => this.#sentence(kind),
      notify,
    })
    this.#path = path
  }

  watch(sql: Watched): void {
    this.#sql = sql
    this.#timer = setInterval(() => this.#lookQuietly(), lookMs)
    this.#timer.unref()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  override heed(kind: StorageFaultKind | null): void {
    // First, because the sentence says whether it was saved.
    if (kind === 'missing' && this.fault !== kind) this.save()
    super.heed(kind)
  }

  #sentence(kind: StorageFaultKind): string {
    const path = this.#path
    if (kind === 'missing' && this.#isLogSaved)
      return `${path}-wal has been taken away. All that was in it has been saved into ${path}: nothing is lost. Stop the service and start it again.`
    return `${path} ${sentences[kind]}`
  }

  /**
   * When the write-ahead log was deleted, moves its content into the database, where the next start finds it. Called at the
   * end and when the deletion is noticed. Nothing is written after it, because every write checks the files first.
   */
  save(): void {
    const sql = this.#sql
    if (sql === null || sql.files === null || this.#isLogSaved || !sql.files.isOnlyLogMissing()) return
    this.#isLogSaved = sql.saveLog()
  }

  /** Whether everything that was stored is in the files, where the next start finds it. */
  get isAllSaved(): boolean {
    return this.#isLogSaved || (this.#sql?.files?.fault() ?? null) === null
  }

  /** Runs a check. Its errors must not end the service: a disk may fail in ways that nobody has documented. */
  #lookQuietly(): void {
    try {
      this.look()
    } catch {
      this.heed('failing')
    }
  }

  /** Checks the files and the free space; during a fault, also tries to write. */
  look(): void {
    const sql = this.#sql
    if (sql === null || sql.files === null || this.fault === 'damaged') return
    this.save()
    if (sql.files.fault() === null) this.#isLogSaved = false
    const found = sql.files.fault() ?? sql.files.headroomFault()
    if (found !== null) this.heed(found)
    else if (this.fault !== null && sql.tryWriting()) this.heed(null)
  }
}

const sentences: Readonly<Record<StorageFaultKind, string>> = {
  full: 'is on a full disk. Make room: it goes on by itself.',
  'read-only': 'can only be read. Mount its disk for writing, or give back the right: it goes on by itself.',
  missing:
    'has been taken away, with its folder or alone. Put back what was there, and it goes on by itself; or stop the service, restore a backup and start it again.',
  replaced:
    'has been replaced while the service runs. Stop the service, see to it that the right files are there, and start it again.',
  damaged:
    'is damaged. Stop the service, move the folder away, restore a backup (npx tocsin restore), and start it again.',
  locked: 'is held by another program, such as a backup or the sqlite3 shell. End that: it goes on by itself.',
  failing: 'is on a disk that fails. Look at the system’s log: it goes on by itself when it can.',
  moving:
    'is being moved to another database (npx tocsin migrate). Readers are served as before; nothing is stored and nothing is pushed.',
  moved:
    'has been moved to PostgreSQL for good. Readers are served what there was; nothing is stored and nothing is pushed. Lead everyone to the nodes on PostgreSQL, and stop this service.',
  unreachable: 'cannot be reached. Look at the database server and the network: it goes on by itself.',
  crowded:
    'has no connection left for the service. Raise max_connections of the server or the limit of the role, or put PgBouncer between: it goes on by itself.',
  standby:
    'is on a standby, which can only be read. Promote it, or set the address of the primary: it goes on by itself.',
  login: 'does not let the service in. Look at the user and the password: it goes on by itself.',
  denied: 'does not give the service the right. Give it: it goes on by itself.',
  unconfirmed: 'waits for a synchronous standby. Bring it back: it goes on by itself.',
  slow: 'does not answer in time. Look at the database server and the network: it goes on by itself.',
}
