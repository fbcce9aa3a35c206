import { closeSync, existsSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { Seq } from '../../log/log.ts'
import { isFull } from '../start-errors.ts'
import { databasePath } from './data-folder.ts'

/** Wide enough for every seq, so that each overwrites the last in one write. */
const seqDigits = 16

/** A file that exists while the database is open, and after a run that did not stop cleanly. */
function markOf(dataDir: string): string {
  return join(dataDir, 'running')
}

/** The newest seq of a run that did not stop cleanly; `unknown` where the mark has none. */
type LastRun = { readonly newest: Seq | 'unknown' }

/** Null: the last run stopped cleanly, or there was none. */
export function lastRunOf(dataDir: string): LastRun | null {
  if (!existsSync(markOf(dataDir))) return null
  const text = readFileSync(markOf(dataDir), 'latin1').trim()
  return { newest: /^\d{1,16}$/.test(text) ? Number(text) : 'unknown' }
}

/**
 * Whether the database, whose newest entry is `newest`, lacks entries of the last run: its write-ahead log was deleted or
 * truncated, or the database was replaced by an older one. A missing log alone proves nothing: the program that closes the
 * database last, such as a backup after a kill, moves the log's content into it and deletes it. `hadLog`: whether there
 * was a log before the database was opened.
 */
export function isLogLost(lastRun: LastRun | null, newest: Seq, hadLog: boolean): boolean {
  if (lastRun === null) return false
  return lastRun.newest === 'unknown' ? !hadLog : newest < lastRun.newest
}

/** Whether there is a database with a write-ahead log, or no database. Call before opening it, which makes a new log. */
export function hasLog(dataDir: string): boolean {
  return !existsSync(databasePath(dataDir)) || existsSync(`${databasePath(dataDir)}-wal`)
}

/** The mark of this run: the database is open, and holds entries up to a seq. For one process of several. */
export class RunningMark {
  readonly #dataDir: string
  #file: number | null = null
  #newest: Seq = -1

  constructor(dataDir: string, newest: Seq) {
    this.#dataDir = dataDir
    try {
      this.#file = openSync(markOf(dataDir), 'w', 0o600)
    } catch (error) {
      if (!isFull(error)) throw error
    }
    this.note(() => newest)
  }

  /** The newest seq that is noted. */
  get newest(): Seq {
    return this.#newest
  }

  /** Records that entries are stored up to the seq that `newest` gives. Call before they are announced. Never throws. */
  note(newest: () => Seq): void {
    if (this.#file === null) return
    try {
      const seq = newest()
      if (seq <= this.#newest) return
      // Not synced: after a power cut the mark may be older than the database, which does no harm.
      writeSync(this.#file, String(seq).padStart(seqDigits, '0'), 0)
      this.#newest = seq
    } catch {
      // The mark is now behind the database, as after a power cut. The next write of the database reports the disk's error.
    }
  }

  /** Call after the database is closed. `isAllSaved`: everything is in the file, so the next start has nothing to check. */
  end(isAllSaved: boolean): void {
    if (this.#file !== null) closeSync(this.#file)
    this.#file = null
    if (isAllSaved) rmSync(markOf(this.#dataDir), { force: true })
  }
}
