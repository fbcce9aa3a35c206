import type { AlertLog } from '../../log/log.ts'
import type { EntrySigning } from '../../log/sign-entry.ts'
import { postgresStartError } from '../../store/postgres/connection/postgres-start-error.ts'
import { SqliteLog } from '../../store/sqlite/sqlite-log.ts'
import type { Config } from '../config.ts'
import { openSource } from '../move/move-source.ts'
import { StartError } from '../start-errors.ts'

/** A log that is only read, while a service may use it. */
export type ExportSource = {
  readonly log: Pick<AlertLog, 'bounds' | 'after' | 'recent'>
  readonly signing: Pick<EntrySigning, 'newestKey'>
  /** The languages and topics that alerts were published in. */
  published(): Promise<{ readonly languages: readonly string[]; readonly topics: readonly string[] }>
  close(): void | Promise<void>
}

const applicationName = 'tocsin export'
const connectionsMax = 2
/** An export may wait longer for a busy server than a request of a reader. */
const limitMs = 10_000

/** Opens the log of a data folder, or of the database of DATABASE_URL. Rejects with a StartError. */
export async function openExportSource({
  dataDir,
  databaseUrl: url,
}: Pick<Config, 'dataDir' | 'databaseUrl'>): Promise<ExportSource> {
  if (url !== null) return openDatabase(url)
  const sql = openSource(dataDir, 'Give the data folder of the service with --data or DATA_DIR.')
  try {
    const log = new SqliteLog(sql, '')
    return { log, signing: log.signing, published: async () => log.published, close: () => sql.close() }
  } catch (error) {
    sql.close()
    throw error
  }
}

async function openDatabase(url: string): Promise<ExportSource> {
  // Loaded only where they are used, with the driver.
  const [{ PostgresDatabase }, { PostgresLog }, { readHead }] = await Promise.all([
    import('../../store/postgres/postgres-database.ts'),
    import('../../store/postgres/log/postgres-log.ts'),
    import('../../store/postgres/log/log-head.ts'),
  ])
  const database = new PostgresDatabase({ url, applicationName, connectionsMax, limitMs })
  try {
    const head = await readHead(database)
    if (head === null)
      throw new StartError('The database of DATABASE_URL has no log yet: start the service on it first.')
    const log = PostgresLog.openAgain(database, head.epoch)
    return { log, signing: log.signing, published: () => log.published(), close: () => database.close() }
  } catch (error) {
    await database.close()
    const known = error instanceof StartError ? null : postgresStartError(error, url)
    throw known === null ? error : new StartError(known.message)
  }
}
