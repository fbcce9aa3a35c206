import { Problem } from '../domain/problem.ts'

/** What can be bound to a statement, and what a column can hold. */
export type SqlValue = string | number | null | Uint8Array

/** The SQLite functions that node:sqlite and Durable Objects share. Synchronous: each call blocks its thread, and nothing runs between two calls. */
export interface Sql {
  /** Runs one statement and returns its rows. */
  all<Row extends Record<string, SqlValue>>(statement: string, ...values: readonly SqlValue[]): readonly Row[]
  /** Runs one statement and returns the number of rows that it wrote. */
  run(statement: string, ...values: readonly SqlValue[]): number
  /** Runs `act` in a write transaction (`begin immediate`); durable when it returns. Not to be nested. */
  transaction<Result>(act: () => Result): Result
  /** Runs `act` in a read transaction: it sees one state of the database. Not to be nested, nor called in a transaction. */
  snapshot<Result>(act: () => Result): Result
  /**
   * Runs `act` at once, and again while it throws DatabaseBusy, without blocking the thread in between. Rejects with
   * DatabaseBusy when another connection still writes after `busyMsMax`.
   */
  retryBusy<Result>(act: () => Result): Promise<Result>
}

/** How long a write waits for other connections' writes, in milliseconds in all. */
export const busyMsMax = 5_000

/** Another connection is writing, and nothing was written here. The call may be repeated. */
export class DatabaseBusy extends Problem {
  constructor() {
    super(
      503,
      'database-busy',
      'Another process is writing to the database. Nothing was changed; send the same again.',
      {
        retryAfterSeconds: 2,
      },
    )
    this.name = 'DatabaseBusy'
  }
}

/** The tables of one store, as numbered migrations, forward only. `store`: its name, stored in the column `room`. */
export type Schema = { readonly store: string; readonly steps: readonly string[] }

/**
 * Migrates a store's tables to the newest version. Throws an Error when a newer program has migrated them further: an
 * older program could damage them.
 */
export function migrate(sql: Sql, { store, steps }: Schema): void {
  // Without a migration to run, no write transaction is begun and no other connection is waited for.
  const [made] = sql.all(`select 1 from sqlite_schema where name = 'schema_steps'`)
  if (made !== undefined && stepOf(sql, store, steps.length) === steps.length) return
  sql.transaction(() => {
    sql.run('create table if not exists schema_steps (room text primary key, step integer not null) strict')
    const done = stepOf(sql, store, steps.length)
    for (const step of steps.slice(done))
      for (const statement of step.split(';')) if (statement.trim()) sql.run(statement)
    sql.run(
      'insert into schema_steps (room, step) values (?, ?) on conflict (room) do update set step = excluded.step',
      store,
      steps.length,
    )
  })
}

/** The version of a store's tables. Throws an Error when this program knows fewer versions. */
function stepOf(sql: Sql, store: string, known: number): number {
  const [row] = sql.all<{ step: number }>('select step from schema_steps where room = ?', store)
  const done = row?.step ?? 0
  if (done > known) throw new NewerSchema(store, done, known)
  return done
}

/** The database was written by a newer version of the program. */
export class NewerSchema extends Error {
  constructor(store: string, found: number, known: number) {
    super(
      `The database is from a newer version: its ${store} tables are at step ${found}, this program knows ${known}. Start the newer version.`,
    )
    this.name = 'NewerSchema'
  }
}
