import { PostgresDatabase } from '../../../src/store/postgres/postgres-database.ts'
import { migratePostgres } from '../../../src/store/postgres/postgres-migrations.ts'
import { postgresSchemas } from '../../../src/store/postgres/postgres-schemas.ts'
import { PostgresServer } from './postgres-server.ts'

/** A database with all tables and no rows, which others are copied from. */
export const templateDatabase = 'tocsin_template'

/** Starts a server that has the template. */
export async function startWithTemplate(settings: Readonly<Record<string, string>> = {}): Promise<PostgresServer> {
  const server = await PostgresServer.start({ settings })
  try {
    await createDatabase(server.url('postgres'), templateDatabase, 'template1')
    const database = new PostgresDatabase({
      url: server.url(templateDatabase),
      applicationName: 'template',
      limitMs: 60_000,
    })
    await migratePostgres(database, postgresSchemas)
    await database.close()
    return server
  } catch (error) {
    await server.remove()
    throw error
  }
}

/** Creates a database as a copy of another one, which nobody may be connected to. */
export async function createDatabase(url: string, name: string, template = templateDatabase): Promise<void> {
  await administer(url, `create database ${name} template ${template} strategy wal_log`)
}

export async function dropDatabase(url: string, name: string): Promise<void> {
  await administer(url, `drop database ${name} with (force)`)
}

async function administer(url: string, statement: string): Promise<void> {
  const database = new PostgresDatabase({ url, applicationName: 'tests', connectionsMax: 1, limitMs: 30_000 })
  try {
    await database.once(statement)
  } finally {
    await database.close()
  }
}
