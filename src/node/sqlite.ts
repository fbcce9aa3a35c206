import { closeSync, fdatasyncSync, openSync } from 'node:fs'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { Sql, SqlValue } from '../store/sql.ts'

/** An open SQLite file behind the sliver that the stores use. */
export type SqliteFile = Sql & { close(): void }

/** When a commit is on the disk, and what `synchronous` says of it to SQLite. */
const synchronous = { full: 'full', late: 'normal', normal: 'normal' } as const

/**
 * Opens (or makes) a database. Write-ahead log with full sync: a commit is on the disk when it returns, and readers do
 * not wait for writers (https://sqlite.org/pragma.html#pragma_synchronous). Another process's write is awaited for 5 s.
 * `late` promises the same, but others may write, and see the commit, while it waits for the disk: for much writing
 * beside a log that must not wait. `normal` is for work that may be done twice after a power cut but not lost: its last
 * commits may be undone then, in order, while a killed process loses none.
 */
export function openSqlite(path: string, sync: keyof typeof synchronous = 'full'): SqliteFile {
  const database = new DatabaseSync(path)
  database.exec(
    `pragma busy_timeout = 5000; pragma journal_mode = wal; pragma synchronous = ${synchronous[sync]}; pragma foreign_keys = on`,
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
      prepared(statement).all(...values) as Row[],
    run: (statement, ...values) => Number(prepared(statement).run(...values).changes),
    transaction(act) {
      prepared('begin immediate').run()
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
    close() {
      database.close()
      if (log !== undefined) closeSync(log)
    },
  }
}
