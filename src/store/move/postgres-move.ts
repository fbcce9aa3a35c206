import type { Bounds } from '../../log/log.ts'
import { insertLogHead, lockHead, presentIdentity, readHead } from '../postgres/log/log-head.ts'
import type { PostgresDatabase, PostgresStatements } from '../postgres/postgres-database.ts'
import { UnusableDatabase } from '../postgres/postgres-migrations.ts'
import type { Schema } from '../sql.ts'

/**
 * The move that fills this database from another one; no row where its newsroom began here. `part` and `after`: how far the
 * copy has come, changed in the transaction that copies. `left_at`: when the newsroom was taken back to where it came from;
 * nothing is served from here since.
 */
export const postgresMoveSchema: Schema = {
  store: 'move',
  steps: [
    `create table tocsin.move (
       one boolean primary key default true check (one),
       move_id text not null,
       source text not null,
       part integer not null default 0,
       after bigint not null default 0,
       started_at timestamptz not null default now(),
       finished_at timestamptz
     )`,
    'alter table tocsin.move add column left_at timestamptz',
  ],
}

/** How far a copy has come: the tables before `part` are whole, and that one up to the row `after`. */
export type CopyPosition = { readonly part: number; readonly after: number }

type MoveRow = CopyPosition & {
  readonly move_id: string
  readonly source: string
  readonly started_at: string
  readonly finished_at: string | null
  readonly left_at: string | null
}

const selectMove = 'select move_id, source, part, after, started_at, finished_at, left_at from tocsin.move'
const insertMove = 'insert into tocsin.move (move_id, source) values ($1, $2)'
const restart = `update tocsin.move set move_id = $1, source = $2, part = 0, after = 0, started_at = now()`
const updatePosition = 'update tocsin.move set part = $1, after = $2'
const finish = 'update tocsin.move set finished_at = now()'
const leave = 'update tocsin.move set left_at = now() where move_id = $1 and left_at is null'
const stay = 'update tocsin.move set left_at = null where move_id = $1'
// Programs of Tocsin other than `tocsin migrate`: each names its sessions, also through PgBouncer.
const countSessions = `select count(*)::integer as sessions from pg_stat_activity
  where datname = current_database() and application_name like 'tocsin %' and application_name <> 'tocsin migrate'`
const selectFilled = `select quote_ident(tablename) as name from pg_tables
  where schemaname = 'tocsin' and tablename not in ('schema_steps', 'move', 'log_head', 'processes')`
const updateEpoch = `update tocsin.log_head set epoch = $1, identity = ${presentIdentity}`
const updateHead = `update tocsin.log_head set epoch = $1, head = $2, floor = $3, newest_at = $4, identity = ${presentIdentity}`
const selectNewestAt = 'select at from tocsin.entries where seq = $1'

/**
 * Throws UnusableDatabase while a move fills the database: what is not there yet would be missed, or sent again. Throws it
 * also where the newsroom was taken back to where it came from: two would publish at once.
 */
export async function refuseUnserved(database: Pick<PostgresDatabase, 'all'>): Promise<void> {
  const [move] = await database.all<MoveRow>(selectMove)
  if (move === undefined) return
  if (move.left_at !== null)
    throw new UnusableDatabase(
      `The newsroom of this database was taken back into ${move.source} at ${move.left_at} (npx tocsin migrate --go-back). Start the service there, without DATABASE_URL, or give another database.`,
    )
  if (move.finished_at !== null) return
  throw new UnusableDatabase(
    `A newsroom is being moved here from ${move.source} since ${move.started_at}, and is not whole yet. Start again when npx tocsin migrate has finished. If it was cut off, run it again.`,
  )
}

/** The move that fills or has filled a database; null: none has. */
export async function readPostgresMove(database: Pick<PostgresDatabase, 'all'>): Promise<MoveRow | null> {
  return (await database.all<MoveRow>(selectMove))[0] ?? null
}

/** How many sessions nodes and other programs of Tocsin have in the database, apart from `tocsin migrate`. */
export async function countNodeSessions(database: Pick<PostgresDatabase, 'all'>): Promise<number> {
  return (await database.all<{ sessions: number }>(countSessions))[0]?.sessions ?? 0
}

/**
 * From the commit on no node starts on the database. Resolves with the head of its log. Nodes that run still append: see
 * that there are none. Harmless when it is done again.
 */
export async function leavePostgres(database: PostgresDatabase, moveId: string): Promise<number> {
  return database.transaction(
    async (statements) => {
      const head = await lockHead(statements)
      await statements.run(leave, moveId)
      return head?.head ?? 0
    },
    { isIdempotent: true },
  )
}

/** Takes back what `leavePostgres` did. */
export async function stayOnPostgres(database: PostgresDatabase, moveId: string): Promise<void> {
  await database.once(stay, moveId)
}

/** The id of the move that fills or has filled a database, also one of an older version; null: none has. */
export async function moveIdOf(database: Pick<PostgresDatabase, 'all'>): Promise<string | null> {
  const [tables] = await database.all<{ made: boolean }>(`select to_regclass('tocsin.move') is not null as made`)
  if (tables?.made !== true) return null
  return (await database.all<{ id: string }>('select move_id as id from tocsin.move'))[0]?.id ?? null
}

/**
 * Begins the move into a database, or goes on with it. A copy that belongs to an earlier move of the same log is emptied: the
 * log was written since. Throws UnusableDatabase when the database has another log, or was served.
 */
export async function beginPostgresMove(
  database: PostgresDatabase,
  { id, source, epoch }: { readonly id: string; readonly source: string } & Pick<Bounds, 'epoch'>,
): Promise<CopyPosition> {
  return database.transaction(
    async (statements) => {
      const before = await readHead(statements)
      // A node that starts at the same time either finds this head, and then the move, or has made its own.
      insertLogHead(statements, epoch)
      const head = await lockHead(statements)
      const [move] = await statements.all<MoveRow>(selectMove)
      if (move === undefined) {
        if (before !== null || head?.epoch !== epoch || head.head > 0) throw inUse(head)
        statements.send(insertMove, id, source)
        return { part: 0, after: 0 }
      }
      if (move.finished_at !== null) throw inUse(head)
      if (move.move_id === id) return { part: move.part, after: move.after }
      const tables = await statements.all<{ name: string }>(selectFilled)
      statements.send(`truncate ${tables.map(({ name }) => `tocsin.${name}`).join(', ')} restart identity`)
      statements.send(restart, id, source)
      statements.send(updateEpoch, epoch)
      return { part: 0, after: 0 }
    },
    { isIdempotent: true },
  )
}

function inUse(head: { readonly epoch: string; readonly head: number } | null): UnusableDatabase {
  return new UnusableDatabase(
    `The database is in use: it holds a log of its own (epoch ${head?.epoch}, head ${head?.head}). Nothing was moved. Give an empty database.`,
  )
}

/** Where the copy is. Locks it until the end of the transaction: two copies do not run at once. */
export async function lockPosition(statements: PostgresStatements, id: string): Promise<CopyPosition> {
  const [move] = await statements.all<MoveRow>(`${selectMove} for update`)
  if (move === undefined || move.move_id !== id || move.finished_at !== null)
    throw new UnusableDatabase('Another npx tocsin migrate fills the database. Wait for it, and run this again.')
  return { part: move.part, after: move.after }
}

export function sendPosition(statements: PostgresStatements, { part, after }: CopyPosition): void {
  statements.send(updatePosition, part, after)
}

/** Gives the log its head: from the commit on, nodes start on this database. Harmless when it is done again. */
export async function finishPostgresMove(database: PostgresDatabase, { epoch, head, floor }: Bounds): Promise<void> {
  await database.transaction(
    async (statements) => {
      const [move] = await statements.all<MoveRow>(`${selectMove} for update`)
      // A node may have appended since.
      if (move === undefined || move.finished_at !== null) return
      const [newest] = await statements.all<{ at: string }>(selectNewestAt, head)
      statements.send(updateHead, epoch, head, floor, newest?.at ?? null)
      statements.send(finish)
    },
    { isIdempotent: true },
  )
}
