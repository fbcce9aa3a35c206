import { closeSync, existsSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { Seq } from '../../log/log.ts'
import { isFull } from '../start-errors.ts'
import { databasePath } from './data-folder.ts'

/** Wide enough for every seq, so that each is written over the last in one piece. */
const seqDigits = 16

/** A file that is there while the database is open, and after a run that did not end by itself. */
function markOf(dataDir: string): string {
  return join(dataDir, 'running')
}

/** What a run that did not end by itself had stored: its newest seq; `unknown` where the mark does not say. */
export type LastRun = { readonly newest: Seq | 'unknown' }

/** Null: the last run ended by itself, or there was none. */
export function lastRunOf(dataDir: string): LastRun | null {
  if (!existsSync(markOf(dataDir))) return null
  const text = readFileSync(markOf(dataDir), 'latin1').trim()
  return { newest: /^\d{1,16}$/.test(text) ? Number(text) : 'unknown' }
}

/**
 * Whether the database, whose newest entry is `newest`, lacks what the last run had stored: its write-ahead log was taken
 * away or cut short, or an older database put in its place. A missing log alone proves nothing: whoever closes the
 * database last, such as a backup after a kill, moves the log's content into it and removes it. `hadLog`: whether there
 * was one before the database was opened.
 */
export function isLogLost(lastRun: LastRun | null, newest: Seq, hadLog: boolean): boolean {
  if (lastRun === null) return false
  return lastRun.newest === 'unknown' ? !hadLog : newest < lastRun.newest
}

/** Whether there is a database with a write-ahead log, or none at all. Before it is opened, which makes a new one. */
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

  /** Entries are stored up to the seq that `newest` gives. Call before anybody is told of them; throws nothing. */
  note(newest: () => Seq): void {
    if (this.#file === null) return
    try {
      const seq = newest()
      if (seq <= this.#newest) return
      // Not waited for: after a power cut it may be older than the database, which then has more than it says.
      writeSync(this.#file, String(seq).padStart(seqDigits, '0'), 0)
      this.#newest = seq
    } catch {
      // It says less than is stored, as after a power cut; the disk's trouble is told by the next write of the database.
    }
  }

  /** The database has been closed; `isAllSaved`: with all that was stored in it, so that the next start has nothing to look for. */
  end(isAllSaved: boolean): void {
    if (this.#file !== null) closeSync(this.#file)
    this.#file = null
    if (isAllSaved) rmSync(markOf(this.#dataDir), { force: true })
  }
}
