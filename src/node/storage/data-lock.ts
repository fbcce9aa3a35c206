import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { isFull, StartError } from '../start-errors.ts'
import { sqliteFaultOf } from './sqlite-fault.ts'

/** How long the lock of an ending service is waited for, in milliseconds; also a killed one takes a moment. */
const waitMsMax = 3_000
const pollMs = 100

const lookMs = 5_000

type Report = (error: unknown, doing: string) => void

/** The lock of a data folder, which this process holds until it ends. */
type DataLock = {
  /**
   * Checks repeatedly that the lock file still exists, and locks a new one when somebody has deleted it. `lost`: another
   * process was faster. An error of the check is reported once, and the check is repeated.
   */
  keep(lost: (line: string) => void, report: Report, everyMs?: number): void
  release(): void
}

/**
 * Locks a data folder for this process and its children. Two services on one database would not corrupt it, but each
 * would read the other's alerts late, and both would push. The lock is a transaction on a separate database, which the
 * system releases when the process ends in any way. Throws a StartError that names the process that holds it.
 */
export async function lockDataFolder(dataDir: string, waitMs = waitMsMax): Promise<DataLock> {
  const path = join(dataDir, 'lock')
  for (let waitedMs = 0; ; waitedMs += pollMs) {
    const database = taken(path)
    if (database !== null) return new Held(dataDir, path, database)
    if (waitedMs >= waitMs) throw new StartError(heldLine(dataDir))
    await sleep(pollMs)
  }
}

/** Null when another process holds the lock. */
function taken(path: string): DatabaseSync | null {
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(path, { timeout: 0 })
    database.exec('begin exclusive')
    return database
  } catch (error) {
    database?.close()
    if (sqliteFaultOf(error) === 'locked') return null
    throw new StartError(
      `${path} cannot be locked: ${error instanceof Error ? error.message : error}. It is a file of the service without any content: take it away and start again.`,
    )
  }
}

class Held implements DataLock {
  readonly #dataDir: string
  readonly #path: string
  #database: DatabaseSync
  #ino: number | undefined
  #timer: ReturnType<typeof setInterval> | undefined

  constructor(dataDir: string, path: string, database: DatabaseSync) {
    this.#dataDir = dataDir
    this.#path = path
    this.#database = database
    this.#sign()
  }

  keep(lost: (line: string) => void, report: Report, everyMs = lookMs): void {
    let isReported = false
    const look = () => {
      try {
        this.#look(lost)
        isReported = false
      } catch (error) {
        if (!isReported) report(error, 'looking at the lock of the data folder')
        isReported = true
      }
    }
    this.#timer = setInterval(look, everyMs)
    this.#timer.unref()
  }

  release(): void {
    clearInterval(this.#timer)
    this.#database.close()
  }

  #look(lost: (line: string) => void): void {
    if (inodeOf(this.#path) === this.#ino) return
    // The whole folder is gone. The storage monitor reports that.
    if (inodeOf(this.#dataDir) === undefined) return
    const database = taken(this.#path)
    if (database === null) {
      lost(heldLine(this.#dataDir))
      return
    }
    this.#database.close()
    this.#database = database
    this.#sign()
  }

  #sign(): void {
    this.#ino = inodeOf(this.#path)
    const holder = { pid: process.pid, host: hostname(), since: new Date().toISOString() }
    try {
      writeFileSync(join(this.#dataDir, 'lock-holder'), `${JSON.stringify(holder)}\n`, { mode: 0o600 })
    } catch (error) {
      // The text in the file is for people only; the lock itself is held.
      if (!isFull(error)) throw error
    }
  }
}

function inodeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino
}

/** The process that holds the lock, as the lock file names it. For people only; nothing is decided by it. */
function heldLine(dataDir: string): string {
  const what = 'Stop that one first, or set another DATA_DIR.'
  try {
    const { pid, host, since } = JSON.parse(readFileSync(join(dataDir, 'lock-holder'), 'utf8'))
    return `DATA_DIR ${dataDir} is in use by another service (process ${pid} on ${host}, since ${since}). ${what}`
  } catch {
    return `DATA_DIR ${dataDir} is in use by another service. ${what}`
  }
}
