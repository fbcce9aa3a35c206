import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createConnection } from 'node:net'
import { text } from 'node:stream/consumers'
import { inject } from 'vitest'
import { PostgresDatabase, type PostgresOptions } from '../../../src/store/postgres/postgres-database.ts'
import { createDatabase, dropDatabase } from './template-database.ts'

/** The port of the PostgreSQL that all test files share. */
async function sharedPort(): Promise<number> {
  const socket = createConnection(inject('postgresSocket'))
  await once(socket, 'connect')
  const { port, error } = JSON.parse(await text(socket)) as { port?: number; error?: string }
  if (port === undefined) throw new Error(`PostgreSQL did not start: ${error}`)
  return port
}

let server: Promise<string> | null = null
/** Databases of this test file that were emptied and can be used again. */
const emptied: string[] = []

/** The URL of a new database on the shared server, with all tables and no rows. It is dropped afterwards. */
export async function freshDatabase(clean: (undo: () => unknown) => void): Promise<string> {
  const url = await newOne()
  clean(async () => dropDatabase(`${await server}/postgres`, url.slice(url.lastIndexOf('/') + 1)))
  return url
}

/** The same without any table, as an operator creates it. */
export async function blankDatabase(clean: (undo: () => unknown) => void): Promise<string> {
  const url = await newOne('template1')
  clean(async () => dropDatabase(`${await server}/postgres`, url.slice(url.lastIndexOf('/') + 1)))
  return url
}

async function newOne(template?: string): Promise<string> {
  server ??= sharedPort().then((port) => `postgres://tocsin@127.0.0.1:${port}`)
  const name = `t_${randomUUID().replaceAll('-', '')}`
  await createDatabase(`${await server}/postgres`, name, template)
  return `${await server}/${name}`
}

/**
 * The same, sooner: a database that an earlier test of this file has used, without its rows. A test that changes tables
 * takes a fresh one. `giveBack`: before the end of the test.
 */
export async function emptyDatabase(
  clean: (undo: () => unknown) => void,
): Promise<{ readonly url: string; readonly giveBack: () => Promise<void> }> {
  const url = emptied.pop() ?? (await newOne())
  let given: Promise<void> | null = null
  const giveBack = () => {
    given ??= empty(url).then(() => void emptied.push(url))
    return given
  }
  clean(giveBack)
  return { url, giveBack }
}

async function empty(url: string): Promise<void> {
  const database = newDatabase(url, { connectionsMax: 1 })
  await database.once(endOthers)
  const tables = await database.all<{ name: string }>(selectTables)
  await database.once(`truncate ${tables.map(({ name }) => name).join(', ')} restart identity`)
  await database.close()
}

const endOthers = `select pg_terminate_backend(pid) from pg_stat_activity
  where datname = current_database() and pid <> pg_backend_pid()`
const selectTables = `select 'tocsin.' || tablename as name from pg_tables
  where schemaname = 'tocsin' and tablename <> 'schema_steps'`

/** A pool of connections to a database. Long limits: a busy machine must not turn a test red. */
export function newDatabase(url: string, options: Partial<PostgresOptions> = {}): PostgresDatabase {
  return new PostgresDatabase({
    ...{ url, applicationName: 'tests', connectionsMax: 4, limitMs: 60_000, report: () => {} },
    ...options,
  })
}

/** The same, closed afterwards. */
export function openDatabase(
  clean: (undo: () => unknown) => void,
  url: string,
  options: Partial<PostgresOptions> = {},
): PostgresDatabase {
  const database = newDatabase(url, options)
  clean(() => database.close())
  return database
}
