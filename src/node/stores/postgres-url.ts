import { nearest } from '../../domain/parsing/nearest.ts'
import { DatabaseHosts } from '../../store/postgres/connection/database-hosts.ts'

/**
 * Scheme, user and password, hosts, database, parameters. A second @ or / belongs to a password that is not escaped: the rest
 * of it would be taken for a host or a database, and be logged.
 */
const form = /^postgres(ql)?:\/\/([^/@?#]*@)?[^/@?#]+\/[^/@?#]+(\?[^#]*)?$/

const wanted =
  'an address such as postgres://user:password@host:5432/database is wanted; # ? / @ and % in a part are written as %23 %3F %2F %40 %25'

const sslNames = ['sslmode', 'sslcert', 'sslkey', 'sslrootcert', 'sslnegotiation']
const sslModes = ['disable', 'require', 'verify-ca', 'verify-full', 'no-verify']
/** With these libpq goes over to TLS or away from it when the other fails. The driver does not: it never tries twice. */
const sslModesOfTwo = ['allow', 'prefer']

/**
 * What is wrong with the URL of a PostgreSQL database; null: nothing. A scheme, a host and a database are wanted. It may name
 * several hosts, with commas between. The sentence does not repeat the URL, which may hold a password.
 */
export function postgresUrlMistake(text: string): string | null {
  if (!form.test(text) || !isDecodable(text) || !new DatabaseHosts(text).urls.every(hasHostAndDatabase)) return wanted
  const parameters = new URLSearchParams(/\?(.*)$/.exec(text)?.[1] ?? '')
  for (const name of parameters.keys()) {
    // The driver passes over what it does not know: a misspelt sslmode would leave the connection without TLS.
    const meant = sslNames.includes(name) ? undefined : nearest(name.toLowerCase(), sslNames)
    if (meant !== undefined) return `there is no parameter ${name}; ${meant} is meant`
  }
  const mode = parameters.get('sslmode')
  if (mode !== null && sslModesOfTwo.includes(mode))
    return `sslmode=${mode} is not taken, because the service does not try with TLS and without; write verify-full for TLS with a check of the certificate, no-verify for TLS without, or disable for no TLS`
  if (mode !== null && !sslModes.includes(mode)) return `sslmode is one of ${sslModes.join(', ')}`
  return null
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}

function hasHostAndDatabase(url: string): boolean {
  if (!URL.canParse(url)) return false
  const { hostname, pathname } = new URL(url)
  return hostname !== '' && pathname.length > 1
}
