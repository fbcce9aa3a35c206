import { closeSync, fdatasyncSync, openSync } from 'node:fs'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { busyMsMax, DatabaseBusy, type Sql, type SqlValue } from '../../store/sql.ts'
import { StorageFault, type StorageFaultKind } from '../../store/storage-fault.ts'
import { DataFiles } from './data-files.ts'
import { isSystemFault, sqliteFaultOf } from './sqlite-fault.ts'

/** An open SQLite file behind the sliver that the stores use. What the disk refuses is thrown as a StorageFault. */
export type SqliteFile = Sql & {
  /** The files it is open on; null for one in memory. */
  readonly files: DataFiles | null
  /** Tries to write as much as an alert with all its texts needs, without waiting for another's lock: whether it can. */
  tryWriting(): boolean
  /**
   * Moves everything that is in the write-ahead log into the database itself, also when the log's name is gone and only
   * this process still has it: whether all of it is there now.
   */
  saveLog(): boolean
  /** Writes all that this connection can read into a new database. Throws what SQLite throws. */
  saveTo(path: string): void
  /**
   * From now on no statement waits for another connection's write for longer than this: for the thread with the sockets.
   * Writes that go through `retryBusy` wait all the same, between the turns of the event loop.
   */
  waitAtMost(ms: number): void
  close(): void
}

/** Between two tries of a write while another connection writes: about as SQLite itself would try. */
const busyWaitMs = [1, 2, 5, 10, 15, 20, 25] as const

/** The largest alert is some 70 KiB; in a table and its index this is twice as much as it says. */
const filler = `filler ${'x'.repeat(64 * 1_024)}`
const insertFiller = 'insert into schema_steps (room, step) values (?, 0) on conflict (room) do nothing'
const deleteFiller = "delete from schema_steps where room like 'filler %'"

/** When a commit is on the disk, and what `synchronous` says of it to SQLite. */
const synchronous = { full: 'full', late: 'normal', normal: 'normal' } as const

/** Is told of every fault, and with null of the first write that succeeds after one. */
export type OnStorageFault = (kind: StorageFaultKind | null) => void

/**
 * Opens (or makes) a database. Write-ahead log with full sync: a commit is on the disk when it returns, and readers do
 * not wait for writers (https://sqlite.org/pragma.html#pragma_synchronous). Another connection's write is awaited for
 * `busyMsMax`, and this thread with it, until `waitAtMost` says else; then DatabaseBusy is thrown.
 * `isThere`: it must be there already; it is never made.
 * `late` promises the same, but others may write, and see the commit, while it waits for the disk: for much writing
 * beside a log that must not wait. `normal` is for work that may be done twice after a power cut but not lost: its last
 * commits may be undone then, in order, while a killed process loses none.
 *
 * Before and after every write the files are looked at: a write to files that were taken away or replaced is refused,
 * and one that has met that is not answered as done.
 */
export function openSqlite(
  path: string,
  sync: keyof typeof synchronous = 'full',
  heed: OnStorageFault = () => {},
  isThere = false,
): SqliteFile {
  // As a URI, so that nothing is made where it is not (https://sqlite.org/uri.html).
  const database = new DatabaseSync(isThere ? `${pathToFileURL(path).href}?mode=rw` : path)
  try {
    database.exec(
      `pragma busy_timeout = ${busyMsMax}; pragma journal_mode = wal; pragma synchronous = ${synchronous[sync]}; pragma foreign_keys = on`,
    )
    // The first read makes the files beside it.
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

  /** The commits are in the write-ahead log, which lives as long as a connection does (https://sqlite.org/wal.html). */
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

  /** Runs what uses the database; what the disk or the database refuses becomes a StorageFault. */
  function guarded<Result>(act: 'store' | 'read', run: () => Result): Result {
    try {
      return run()
    } catch (error) {
      if (error instanceof StorageFault || error instanceof DatabaseBusy) throw error
      if (sqliteFaultOf(error) === 'locked') throw new DatabaseBusy()
      const kind = sqliteFaultOf(error) ?? (isSystemFault(error) ? 'failing' : null)
      if (kind === null) throw error
      // The files' own fault, or the file system's word, is more than SQLite can know.
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
          // It has written nothing, so there is nothing to take back. An error may have ended it already.
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
        // What the log holds makes room in it, where it can.
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
      // Closing moves the write-ahead log into the database and removes it by its name: not that of another database.
      if (files?.fault() == null) database.close()
      if (log !== undefined) closeSync(log)
    },
  }
}
