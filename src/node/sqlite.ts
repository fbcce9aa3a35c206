import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { Sql, SqlValue } from '../store/sql.ts'

/** An open SQLite file behind the sliver that the stores use. */
export type SqliteFile = Sql & { close(): void }

/**
 * Opens (or makes) a database. Write-ahead log with full sync: a commit is on the disk when it returns, and readers do
 * not wait for writers (https://sqlite.org/pragma.html#pragma_synchronous). Another process's write is awaited for 5 s.
 * `normal` is for work that may be done twice after a power cut but not lost: its last commits may be undone then, in
 * order, while a killed process loses none.
 */
export function openSqlite(path: string, sync: 'full' | 'normal' = 'full'): SqliteFile {
  const database = new DatabaseSync(path)
  database.exec(
    `pragma busy_timeout = 5000; pragma journal_mode = wal; pragma synchronous = ${sync}; pragma foreign_keys = on`,
  )
  const statements = new Map<string, StatementSync>()

  function prepared(statement: string): StatementSync {
    let found = statements.get(statement)
    if (found === undefined) {
      found = database.prepare(statement)
      statements.set(statement, found)
    }
    return found
  }

  return {
    all: <Row extends Record<string, SqlValue>>(statement: string, ...values: readonly SqlValue[]) =>
      prepared(statement).all(...values) as Row[],
    run: (statement, ...values) => Number(prepared(statement).run(...values).changes),
    transaction(act) {
      prepared('begin immediate').run()
      try {
        const result = act()
        prepared('commit').run()
        return result
      } catch (error) {
        if (database.isTransaction) prepared('rollback').run()
        throw error
      }
    },
    close: () => database.close(),
  }
}
