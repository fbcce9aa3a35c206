import type { Config } from '../config.ts'
import type { StartError } from '../start-errors.ts'
import { startErrorOf } from '../storage/database.ts'
import { databaseName } from './database-name.ts'
import { openSqliteStores } from './sqlite-stores.ts'
import type { Stores, StoresDeps } from './stores.ts'

/** Opens the database that the settings name. Rejects with a StartError when it cannot be used. */
export async function openStores(deps: StoresDeps): Promise<Stores> {
  const { databaseUrl: url } = deps.config
  if (url === null) return openSqliteStores(deps)
  // Loaded only where it is used, with the driver.
  const { openPostgresStores } = await import('./postgres/postgres-stores.ts')
  return openPostgresStores({ ...deps, url })
}

/** A sentence for an error of the database during the start; null for any other error. */
export async function startErrorIn(
  config: Pick<Config, 'dataDir' | 'databaseUrl'>,
  error: unknown,
): Promise<StartError | null> {
  const { databaseUrl: url } = config
  if (url === null) return startErrorOf(databaseName(config), error)
  return await (await import('./postgres/postgres-start.ts')).diagnosedStartError(error, databaseName(config), url)
}
