import { DatabaseHosts } from '../../store/postgres/connection/database-hosts.ts'

/**
 * Whether a text is the URL of a PostgreSQL database: a scheme, a host and a database are wanted. It may name several hosts,
 * with commas between.
 */
export function isPostgresUrl(text: string): boolean {
  return /^postgres(ql)?:\/\//.test(text) && new DatabaseHosts(text).urls.every(hasHostAndDatabase)
}

function hasHostAndDatabase(url: string): boolean {
  if (!URL.canParse(url)) return false
  const { hostname, pathname } = new URL(url)
  return hostname !== '' && pathname.length > 1
}
