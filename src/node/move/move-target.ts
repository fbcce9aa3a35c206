import { DatabaseHosts } from '../../store/postgres/connection/database-hosts.ts'
import { postgresStartError } from '../../store/postgres/connection/postgres-start-error.ts'
import { PostgresDatabase } from '../../store/postgres/postgres-database.ts'
import { migratePostgres, tryMigration } from '../../store/postgres/postgres-migrations.ts'
import { postgresSchemas } from '../../store/postgres/postgres-schemas.ts'
import { StartError } from '../start-errors.ts'
import { postgresUrlMistake } from '../stores/postgres-url.ts'

const applicationName = 'tocsin migrate'
/** A copy may wait longer for a busy server than a request of a reader. */
const limitMs = 10_000

const selectMove = `select to_regclass('tocsin.move') is not null as made`
const selectHead = 'select epoch, head from tocsin.log_head'

/** Throws a StartError for a text that is no URL of a database; it does not repeat it, because it may hold a password. */
export function checkTargetUrl(url: string): void {
  const mistake = postgresUrlMistake(url)
  if (mistake !== null) throw new StartError(`--to: ${mistake}`)
}

/** Connects to the target; nothing is sent before the first statement. */
export function connectTarget(url: string): PostgresDatabase {
  return new PostgresDatabase({ url, applicationName, connectionsMax: 2, limitMs })
}

/** Makes the tables where they are missing. Rejects with a StartError that says what to do. */
export async function prepareTarget(database: PostgresDatabase, url: string): Promise<void> {
  try {
    await migratePostgres(database, postgresSchemas)
  } catch (error) {
    throw targetError(error, url) ?? error
  }
}

/** Looks whether a move into the database could begin, and changes nothing. Rejects with a StartError. */
export async function tryTarget(database: PostgresDatabase, url: string): Promise<void> {
  try {
    await tryMigration(database, postgresSchemas)
    const [tables] = await database.all<{ made: boolean }>(selectMove)
    if (tables?.made !== true) return
    const [move] = await database.all<{ finished: boolean }>(
      'select finished_at is not null as finished from tocsin.move',
    )
    const [head] = await database.all<{ epoch: string; head: number }>(selectHead)
    if (move?.finished === false || head === undefined) return
    throw new StartError(
      `The database is in use: it holds a log of its own (epoch ${head.epoch}, head ${head.head}). Give an empty database.`,
    )
  } catch (error) {
    throw targetError(error, url) ?? error
  }
}

/** The error as one line for the operator; null: it is not about the database. */
export function targetError(error: unknown, url: string): StartError | null {
  if (error instanceof StartError) return error
  const known = postgresStartError(error, url, '--to')
  return known === null ? null : new StartError(known.message)
}

/** The target as it is named in sentences: without user and password. */
export function targetName(url: string): string {
  const urls = new DatabaseHosts(url).urls.map((it) => new URL(it))
  return `postgres://${urls.map(({ host }) => host).join(',')}${urls[0]?.pathname ?? ''}`
}
