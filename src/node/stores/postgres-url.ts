import { DatabaseHosts } from '../../store/postgres/connection/database-hosts.ts'

/**
 * Scheme, user and password, hosts, database, parameters. A second @ or / belongs to a password that is not escaped: the rest
 * of it would be taken for a host or a database, and be logged.
 */
const form = /^postgres(ql)?:\/\/([^/@?#]*@)?[^/@?#]+\/[^/@?#]+(\?[^#]*)?$/

/**
 * Whether a text is the URL of a PostgreSQL database: a scheme, a host and a database are wanted. It may name several hosts,
 * with commas between.
 */
export function isPostgresUrl(text: string): boolean {
  return form.test(text) && new DatabaseHosts(text).urls.every(hasHostAndDatabase)
}

function hasHostAndDatabase(url: string): boolean {
  if (!URL.canParse(url)) return false
  const { hostname, pathname } = new URL(url)
  return hostname !== '' && pathname.length > 1
}
