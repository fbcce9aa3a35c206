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

/** The URL of a new database on the shared server, with all tables and no rows. It is dropped afterwards. */
export async function freshDatabase(clean: (undo: () => unknown) => void): Promise<string> {
  const server = `postgres://tocsin@127.0.0.1:${await sharedPort()}`
  const name = `t_${randomUUID().replaceAll('-', '')}`
  await createDatabase(`${server}/postgres`, name)
  clean(() => dropDatabase(`${server}/postgres`, name))
  return `${server}/${name}`
}

/** A pool of connections to a database, closed afterwards. Long limits: a busy machine must not turn a test red. */
export function openDatabase(
  clean: (undo: () => unknown) => void,
  url: string,
  options: Partial<PostgresOptions> = {},
): PostgresDatabase {
  const database = new PostgresDatabase({
    ...{ url, applicationName: 'tests', connectionsMax: 4, limitMs: 60_000, report: () => {} },
    ...options,
  })
  clean(() => database.close())
  return database
}
