import { NewerSchema, type Schema } from '../sql.ts'
import type { PostgresDatabase, PostgresStatements } from './postgres-database.ts'

/** PostgreSQL 15 is the oldest that is tested (Debian 12). */
const versionMin = 150_000
/** A step may build an index over many rows. */
const migrationMsMax = 10 * 60_000

/** A database that the service cannot use as it is. The message says what to do. */
export class UnusableDatabase extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'UnusableDatabase'
  }
}

type ServerRow = { version: number; encoding: string; made: boolean; hidden: string | null; role: string }

const selectServer = `select current_setting('server_version_num')::integer as version,
  current_setting('server_encoding') as encoding, to_regclass('tocsin.schema_steps') is not null as made,
  (select min(oid::regclass::text) from pg_class where relnamespace = to_regnamespace('tocsin')
    and relkind in ('r', 'p') and row_security_active(oid)) as hidden,
  current_user::text as role`
/** One for the whole server's database, held until the transaction ends. Any constant will do. */
const lockMigrations = `select pg_advisory_xact_lock(hashtextextended('tocsin migrations', 0))`
/** Not by to_regnamespace: what a session has found missing it may find missing again, after another one has made it. */
const selectSchema = `select exists (select from pg_namespace where nspname = 'tocsin') as made`
const createSchema = 'create schema tocsin'
const createSteps = `create table if not exists tocsin.schema_steps (
  room text primary key,
  step integer not null
)`
const selectSteps = 'select room, step from tocsin.schema_steps'
/** A lock of this mode is given only to who may insert, update or delete. Ordinary and partitioned tables. */
const selectTables = `select oid::regclass::text as name from pg_class
  where relnamespace = 'tocsin'::regnamespace and relkind in ('r', 'p') order by 1`
/** Changes nothing, and is refused where only reading is allowed. */
const touchSteps = 'update tocsin.schema_steps set step = step'
const upsertStep = `insert into tocsin.schema_steps (room, step) values ($1, $2)
  on conflict (room) do update set step = excluded.step`

/**
 * Migrates the tables of all stores to the newest version, in one transaction and one process at a time: others wait, and
 * find it done. All objects are in the schema `tocsin`, because the database may be used by other programs as well.
 *
 * During a rolling restart the older version still runs on the new tables: a step only adds, or is made in two releases.
 *
 * Throws NewerSchema when a newer program has migrated further, and UnusableDatabase when the server is too old, does not
 * store UTF-8 or hides rows.
 */
export async function migratePostgres(database: PostgresDatabase, schemas: readonly Schema[]): Promise<void> {
  const server = await usableServer(database)
  // Without a migration to run, nothing is written and nobody is waited for.
  if (server.made && missingSteps(schemas, await database.all<StepRow>(selectSteps)).length === 0) return
  await database.transaction((statements) => runSteps(statements, schemas), {
    limitMs: migrationMsMax,
    isIdempotent: true,
  })
}

/**
 * Whether `migratePostgres` would succeed and the tables can be written to: does all of it in a transaction and rolls back.
 * Throws what `migratePostgres` throws, and what a write throws.
 */
export async function tryMigration(database: PostgresDatabase, schemas: readonly Schema[]): Promise<void> {
  await usableServer(database)
  const rollBack = new Error('tried')
  const tried = async (statements: PostgresStatements) => {
    await runSteps(statements, schemas)
    for (const { name } of await statements.all<{ name: string }>(selectTables))
      await statements.run(`lock table ${name} in row exclusive mode`)
    await statements.run(touchSteps)
    throw rollBack
  }
  await database.transaction(tried, { limitMs: migrationMsMax, isIdempotent: true }).catch((error: unknown) => {
    if (error !== rollBack) throw error
  })
}

async function runSteps(statements: PostgresStatements, schemas: readonly Schema[]): Promise<void> {
  await statements.run(lockMigrations)
  await createTable(statements)
  const missing = missingSteps(schemas, await statements.all<StepRow>(selectSteps))
  for (const { store, steps, done } of missing) {
    // A step may have several statements: without values they go over the simple protocol.
    for (const step of steps.slice(done)) await statements.run(step)
    await statements.run(upsertStep, store, steps.length)
  }
}

async function usableServer(database: PostgresDatabase): Promise<ServerRow> {
  const [server] = await database.all<ServerRow>(selectServer)
  if (server === undefined) throw new Error('the server says nothing about itself')
  const { version, encoding, hidden, role } = server
  if (version < versionMin)
    throw new UnusableDatabase(
      `The database server is PostgreSQL ${Math.floor(version / 10_000)}. Use PostgreSQL ${versionMin / 10_000} or later.`,
    )
  if (encoding !== 'UTF8')
    throw new UnusableDatabase(
      `The database's encoding is ${encoding}, which cannot store every language. Create it with: create database tocsin encoding 'UTF8' template template0`,
    )
  if (hidden !== null)
    throw new UnusableDatabase(
      `Row-level security hides rows of the table ${hidden} from the user ${role}. Take it off: alter table ${hidden} disable row level security`,
    )
  return server
}

/** Only with the right to create a schema in the database, unless it is there: an operator may have made it. */
async function createTable(statements: PostgresStatements): Promise<void> {
  const [schema] = await statements.all<{ made: boolean }>(selectSchema)
  if (schema?.made !== true) await statements.run(createSchema)
  await statements.run(createSteps)
}

type StepRow = { readonly room: string; readonly step: number }

/** The schemas that have steps to run, with the number of those that were run. */
function missingSteps(schemas: readonly Schema[], rows: readonly StepRow[]): readonly (Schema & { done: number })[] {
  const steps = new Map(rows.map(({ room, step }) => [room, step]))
  return schemas.flatMap((schema) => {
    const done = steps.get(schema.store) ?? 0
    if (done > schema.steps.length) throw new NewerSchema(schema.store, done, schema.steps.length)
    return done === schema.steps.length ? [] : [{ ...schema, done }]
  })
}
