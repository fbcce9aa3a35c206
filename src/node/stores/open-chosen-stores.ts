import type { Config } from '../config.ts'
import type { StartError } from '../start-errors.ts'
import { databasePath } from '../storage/data-folder.ts'
import { startErrorOf } from '../storage/database.ts'
import { openSqliteStores } from './sqlite-stores.ts'
import type { Stores, StoresDeps } from './stores.ts'

/** Opens the database that the settings name. Rejects with a StartError when it cannot be used. */
export async function openStores(deps: StoresDeps): Promise<Stores> {
  return openSqliteStores(deps)
}

/** A sentence for an error of the database during the start; null for any other error. */
export function startErrorIn({ dataDir }: Pick<Config, 'dataDir'>, error: unknown): StartError | null {
  return startErrorOf(databasePath(dataDir), error)
}
