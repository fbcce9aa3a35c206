import { renameSync } from 'node:fs'
import { PostgresDatabase, type PostgresStatements } from '../../src/store/postgres/postgres-database.ts'

// Loaded before the service (`--import`). The process that next appends an entry to PostgreSQL, while one of the files is
// there: is killed when the entry is committed, before it has woken itself or answered (COMMIT_ARM_FILE); or is stopped
// by SIGSTOP before it writes the entry, while it holds the lock of the log's head (LOCK_ARM_FILE). The file's new name is
// the proof.

const { COMMIT_ARM_FILE: commitArm, LOCK_ARM_FILE: lockArm } = process.env

const { transaction } = PostgresDatabase.prototype
PostgresDatabase.prototype.transaction = async function <Result>(
  this: PostgresDatabase,
  act: (statements: PostgresStatements) => Promise<Result>,
  ...options: readonly [object?]
): Promise<Result> {
  const result = (await transaction.call(this, (statements) => act(stopping(statements)), ...options)) as Result
  const appended: unknown[] = Array.isArray(result) ? result : []
  if (appended.some((it) => Object(it).fresh === true) && claims(commitArm)) process.kill(process.pid, 'SIGKILL')
  return result
}

function stopping(statements: PostgresStatements): PostgresStatements {
  return {
    all: (...given) => statements.all(...given),
    run: (...given) => statements.run(...given),
    send(statement, ...values) {
      if (statement.includes('tocsin.finish_append') && claims(lockArm)) process.kill(process.pid, 'SIGSTOP')
      statements.send(statement, ...values)
    },
  }
}

/** One process takes the file, and only that one is hit. */
function claims(file: string | undefined): boolean {
  if (file === undefined) return false
  try {
    renameSync(file, `${file}.${process.pid}`)
    return true
  } catch {
    return false
  }
}
