import { DatabaseHosts } from '../../store/postgres/connection/database-hosts.ts'
import type { Config } from '../config.ts'
import { databasePath } from '../storage/data-folder.ts'

/** The database as it is named in sentences: the path of its file, or its URL without user and password. */
export function databaseName({ dataDir, databaseUrl }: Pick<Config, 'dataDir' | 'databaseUrl'>): string {
  if (databaseUrl === null) return databasePath(dataDir)
  const urls = new DatabaseHosts(databaseUrl).urls.map((url) => new URL(url))
  return `The database postgres://${urls.map(({ host }) => host).join(',')}${urls[0]?.pathname ?? ''}`
}
