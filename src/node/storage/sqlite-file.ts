import { closeSync, fdatasyncSync, openSync } from 'node:fs'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { busyMsMax, DatabaseBusy, type Sql, type SqlValue } from '../../store/sql.ts'
import { StorageFault, type StorageFaultKind } from '../../store/storage-fault.ts'
import { DataFiles } from './data-files.ts'
import { isSystemFault, sqliteFaultOf } from './sqlite-fault.ts'

/** An open SQLite file, with the few methods that the stores use. Errors of the disk are thrown as StorageFault. */
export type SqliteFile = Sql & {
  /** The database's files; null for one in memory. */
  readonly files: DataFiles | null
  /** Whether as much can be written as an alert with all its texts needs. Does not wait for another connection's lock. */
  tryWriting(): boolean
  /**
   * Moves the content of the write-ahead log into the database, also when the log was deleted and only this process still
   * has it open. Returns whether all of it was moved.
   */
  saveLog(): boolean
  /** Writes everything that this connection can read into a new database. Throws SQLite's errors. */
  saveTo(path: string): void
  /**
   * Sets the longest time that a statement blocks this thread while another connection writes; for the thread with the
   * sockets. Writes by `retryBusy` wait longer, but without blocking the event loop.
   */
  waitAtMost(ms: number): void
  close(): void
}

/** The delay between two tries of a write while another connection writes, about that of SQLite's busy handler. */
const busyWaitMs = [1, 2, 5, 10, 15, 20, 25] as const

/** The size of a test write. The largest alert has some 70 KiB; in a table and its index a text takes twice its size. */
const filler = `filler ${'x'.repeat(64 * 1_024)}`
const insertFiller = 'insert into schema_steps (room, step) values (?, 0) on conflict (room) do nothing'
const deleteFiller = "delete from schema_steps where room like 'filler %'"

/** When a commit is durable, and SQLite's value of `synchronous` for it. */
const synchronous = { full: 'full', late: 'normal', normal: 'normal' } as const

/** Called with every fault, and with null at the first write that succeeds after one. */
export type OnStorageFault = (kind: StorageFaultKind | null) => void

/**
 * Opens (or makes) a database. Write-ahead log with full sync: a commit is on the disk when it returns, and readers do
 * not wait for writers (https://sqlite.org/pragma.html#pragma_synchronous). While another connection writes, a statement
 * blocks this thread for `busyMsMax`, or for what `waitAtMost` has set; then it throws DatabaseBusy.
 * `isThere`: the database must exist; it is not made.
 * `late` is as durable, but other connections may write, and see the commit, before it is synced: for many writes beside
 * a log that must not wait. `normal` is for work that may be done twice but not lost: a power cut may undo its last
 * commits, in order, while a killed process loses none.
 *
 * The files are checked before and after every write: a write to files that were deleted or replaced is refused, and one
 * during which that happened is not reported as done.
 */
export function openSqlite(
  path: string,
  sync: keyof typeof synchronous = 'full',
  heed: OnStorageFault = () => {},
  isThere = false,
): SqliteFile {
  // As a URI, by which SQLite can be told not to make a missing file (https://sqlite.org/uri.html).
  const database = new DatabaseSync(isThere ? `${pathToFileURL(path).href}?mode=rw` : path)
  try {
    database.exec(
      `pragma busy_timeout = ${busyMsMax}; pragma journal_mode = wal; pragma synchronous = ${synchronous[sync]}; pragma foreign_keys = on`,
    )
    // The first read makes the write-ahead log and its index.
    database.exec('select count(*) from sqlite_schema')
  } catch (error) {
    database.close()
    throw error
  }
  const files = path === ':memory:' ? null : new DataFiles(path)
  const statements = new Map<string, StatementSync>()
  let log: number | undefined
  let wasBad = false
  let isWriting = false
  let waitMs = busyMsMax

  function prepared(statement: string): StatementSync {
    let found = statements.get(statement)
    if (found === undefined) {
      found = database.prepare(statement)
      statements.set(statement, found)
    }
    return found
  }

  /** The commits are in the write-ahead log, which exists while there is a connection (https://sqlite.org/wal.html). */
  function waitForDisk(): void {
    log ??= openSync(`${path}-wal`, 'r+')
    fdatasyncSync(log)
  }

  function bad(kind: StorageFaultKind, act: 'store' | 'read', cause?: unknown): StorageFault {
    wasBad = true
    heed(kind)
    return new StorageFault(kind, act, { cause })
  }

  function written(): void {
    refuseReplacedFiles()
    if (!wasBad) return
    wasBad = false
    heed(null)
  }

  function refuseReplacedFiles(): void {
    const kind = files?.fault() ?? null
    if (kind !== null) throw bad(kind, 'store')
  }

  /** Runs a function that uses the database. Throws errors of the disk or the database as StorageFault. */
  function guarded<Result>(act: 'store' | 'read', run: () => Result): Result {
    try {
      return run()
    } catch (error) {
      if (error instanceof StorageFault || error instanceof DatabaseBusy) throw error
      if (sqliteFaultOf(error) === 'locked') throw new DatabaseBusy()
      const kind = sqliteFaultOf(error) ?? (isSystemFault(error) ? 'failing' : null)
      if (kind === null) throw error
      // A fault of the files, or an error of the file system, is more exact than SQLite's code.
      const known =
        kind === 'failing' ? (files?.fault() ?? files?.headroomFault()) : kind === 'full' ? null : files?.fault()
      throw bad(known ?? kind, act, error)
    }
  }

  function transaction<Result>(act: () => Result): Result {
    refuseReplacedFiles()
    const result = guarded('store', () => {
      prepared('begin immediate').run()
      isWriting = true
      try {
        const done = act()
        prepared('commit').run()
        return done
      } catch (error) {
        if (database.isTransaction) prepared('rollback').run()
        throw error
      } finally {
        isWriting = false
      }
    })
    if (sync === 'late') guarded('store', waitForDisk)
    written()
    return result
  }

  return {
    files,
    all: <Row extends Record<string, SqlValue>>(statement: string, ...values: readonly SqlValue[]) =>
      guarded(isWriting ? 'store' : 'read', () => prepared(statement).all(...values) as Row[]),
    run(statement, ...values) {
      const isAlone = !isWriting
      if (isAlone) refuseReplacedFiles()
      const changes = guarded('store', () => Number(prepared(statement).run(...values).changes))
      if (isAlone) written()
      return changes
    },
    transaction,
    snapshot: (act) =>
      guarded('read', () => {
        prepared('begin').run()
        try {
          return act()
        } finally {
          // Nothing was written, so there is nothing to roll back. An error may have ended the transaction already.
          if (database.isTransaction) prepared('commit').run()
        }
      }),
    async retryBusy(act) {
      const lastMs = performance.now() + busyMsMax
      for (let tries = 0; ; tries += 1) {
        try {
          return act()
        } catch (error) {
          if (!(error instanceof DatabaseBusy)) throw error
          if (performance.now() > lastMs) {
            bad('locked', 'store')
            throw error
          }
        }
        await sleep(busyWaitMs[tries] ?? busyWaitMs.at(-1))
      }
    },
    waitAtMost(ms) {
      waitMs = Math.floor(ms)
      database.exec(`pragma busy_timeout = ${waitMs}`)
    },
    tryWriting() {
      database.exec('pragma busy_timeout = 0')
      try {
        // A checkpoint lets the log be reused, where it can run.
        database.exec('pragma wal_checkpoint(passive)')
        transaction(() => prepared(insertFiller).run(filler))
        transaction(() => prepared(deleteFiller).run())
        return true
      } catch (error) {
        if (error instanceof StorageFault || error instanceof DatabaseBusy || sqliteFaultOf(error) !== null)
          return false
        throw error
      } finally {
        database.exec(`pragma busy_timeout = ${waitMs}`)
      }
    },
    saveLog() {
      try {
        const [row] = database.prepare('pragma wal_checkpoint(full)').all() as {
          busy: number
          log: number
          checkpointed: number
        }[]
        return row?.busy === 0 && row.log === row.checkpointed
      } catch (error) {
        if (sqliteFaultOf(error) === null) throw error
        return false
      }
    },
    saveTo(target) {
      database.prepare('vacuum into ?').run(target)
    },
    close() {
      // Closing moves the write-ahead log into the database and deletes it by its name, which may now be another database's.
      if (files?.fault() == null) database.close()
      if (log !== undefined) closeSync(log)
    },
  }
}
