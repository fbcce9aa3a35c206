import { Problem } from '../domain/problem.ts'

/** What can be bound to a statement, and what a column can hold. */
export type SqlValue = string | number | null | Uint8Array

/** The sliver of SQLite that node:sqlite and Durable Objects share. Synchronous: nothing runs between two calls. */
export interface Sql {
  /** Runs one statement and gives its rows. */
  all<Row extends Record<string, SqlValue>>(statement: string, ...values: readonly SqlValue[]): readonly Row[]
  /** Runs one statement and gives the number of rows that it wrote. */
  run(statement: string, ...values: readonly SqlValue[]): number
  /** All or nothing, and alone in writing (`begin immediate`); durable when it returns. Must not be nested. */
  transaction<Result>(act: () => Result): Result
  /** Reads in one state of the database, whatever others write meanwhile. Must not be nested, nor in a transaction. */
  snapshot<Result>(act: () => Result): Result
  /**
   * Runs `act` at once, and again while it throws DatabaseBusy, without holding up this thread in between. Rejects with
   * DatabaseBusy when another connection is still writing after `busyMsMax`.
   */
  retryBusy<Result>(act: () => Result): Promise<Result>
}

/** How long a write waits in all for another connection's. */
export const busyMsMax = 5_000

/** Another connection is writing, and nothing was written here. The same may be asked again. */
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

/** One room's tables: numbered steps, forward only. */
export type Schema = { readonly room: string; readonly steps: readonly string[] }

/**
 * Brings a room's tables to their newest step. Throws when a newer program has written them already, so that an older
 * one does not damage what it cannot read.
 */
export function migrate(sql: Sql, { room, steps }: Schema): void {
  // Where nothing is to be done, nothing waits for another's write.
  const [made] = sql.all(`select 1 from sqlite_schema where name = 'schema_steps'`)
  if (made !== undefined && stepOf(sql, room, steps.length) === steps.length) return
  sql.transaction(() => {
    sql.run('create table if not exists schema_steps (room text primary key, step integer not null) strict')
    const done = stepOf(sql, room, steps.length)
    for (const step of steps.slice(done))
      for (const statement of step.split(';')) if (statement.trim()) sql.run(statement)
    sql.run(
      'insert into schema_steps (room, step) values (?, ?) on conflict (room) do update set step = excluded.step',
      room,
      steps.length,
    )
  })
}

/** The step that a room's tables are at. Throws when this program knows fewer. */
function stepOf(sql: Sql, room: string, known: number): number {
  const [row] = sql.all<{ step: number }>('select step from schema_steps where room = ?', room)
  const done = row?.step ?? 0
  if (done > known) throw new NewerSchema(room, done, known)
  return done
}

/** The database was written by a newer version of the program. */
export class NewerSchema extends Error {
  constructor(room: string, found: number, known: number) {
    super(
      `The database is from a newer version: its ${room} tables are at step ${found}, this program knows ${known}. Start the newer version.`,
    )
    this.name = 'NewerSchema'
  }
}
