import { closeSync, fdatasyncSync, openSync } from 'node:fs'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { busyMsMax, DatabaseBusy, type Sql, type SqlValue } from '../store/sql.ts'

/** An open SQLite file behind the sliver that the stores use. */
export type SqliteFile = Sql & {
  /**
   * From now on no statement waits for another connection's write for longer than this: for the thread with the sockets.
   * Writes that go through `retryBusy` wait all the same, between the turns of the event loop.
   */
  waitAtMost(ms: number): void
  close(): void
}

/** Between two tries of a write while another connection writes: about as SQLite itself would try. */
const busyWaitMs = [1, 2, 5, 10, 15, 20, 25] as const
const sqliteBusy = 5

/** When a commit is on the disk, and what `synchronous` says of it to SQLite. */
const synchronous = { full: 'full', late: 'normal', normal: 'normal' } as const

/**
 * Opens (or makes) a database. Write-ahead log with full sync: a commit is on the disk when it returns, and readers do
 * not wait for writers (https://sqlite.org/pragma.html#pragma_synchronous). Another connection's write is awaited for
 * `busyMsMax`, and this thread with it, until `waitAtMost` says else; then DatabaseBusy is thrown.
 * `late` promises the same, but others may write, and see the commit, while it waits for the disk: for much writing
 * beside a log that must not wait. `normal` is for work that may be done twice after a power cut but not lost: its last
 * commits may be undone then, in order, while a killed process loses none.
 */
export function openSqlite(path: string, sync: keyof typeof synchronous = 'full'): SqliteFile {
  const database = new DatabaseSync(path)
  database.exec(
    `pragma busy_timeout = ${busyMsMax}; pragma journal_mode = wal; pragma synchronous = ${synchronous[sync]}; pragma foreign_keys = on`,
  )
  const statements = new Map<string, StatementSync>()
  let log: number | undefined

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

  return {
    all: <Row extends Record<string, SqlValue>>(statement: string, ...values: readonly SqlValue[]) =>
      unlessBusy(() => prepared(statement).all(...values) as Row[]),
    run: (statement, ...values) => unlessBusy(() => Number(prepared(statement).run(...values).changes)),
    transaction(act) {
      unlessBusy(() => prepared('begin immediate').run())
      let result: ReturnType<typeof act>
      try {
        result = act()
        prepared('commit').run()
      } catch (error) {
        if (database.isTransaction) prepared('rollback').run()
        throw error
      }
      if (sync === 'late') waitForDisk()
      return result
    },
    snapshot(act) {
      prepared('begin').run()
      try {
        return act()
      } finally {
        // It has written nothing. An error may have ended it already.
        if (database.isTransaction) prepared('rollback').run()
      }
    },
    async retryBusy(act) {
      const lastMs = performance.now() + busyMsMax
      for (let tries = 0; ; tries += 1) {
        try {
          return act()
        } catch (trouble) {
          if (!(trouble instanceof DatabaseBusy) || performance.now() > lastMs) throw trouble
        }
        await sleep(busyWaitMs[tries] ?? busyWaitMs.at(-1))
      }
    },
    waitAtMost: (ms) => database.exec(`pragma busy_timeout = ${Math.floor(ms)}`),
    close() {
      database.close()
      if (log !== undefined) closeSync(log)
    },
  }
}

/** SQLite's own word for it becomes ours. */
function unlessBusy<Result>(act: () => Result): Result {
  try {
    return act()
  } catch (trouble) {
    // The higher bits say why (https://sqlite.org/rescode.html#extrc).
    const { errcode } = trouble as { readonly errcode?: number }
    if (errcode !== undefined && (errcode & 0xff) === sqliteBusy) throw new DatabaseBusy()
    throw trouble
  }
}
