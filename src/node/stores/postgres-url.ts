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
/**
 * Parameters of libpq by which an operator asks for safety, and that the driver passes over: the connection would be without it.
 * With what gives the same here (https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS).
 */
const unsupported: Readonly<Record<string, string>> = {
  requiressl: 'write sslmode=verify-full',
  sslcrl: 'leave it out; a revoked certificate is not noticed',
  sslcrldir: 'leave it out; a revoked certificate is not noticed',
  sslpassword: 'give sslkey a file without a password',
  sslcertmode: 'leave it out; a certificate is sent where sslcert names one',
  ssl_min_protocol_version: 'leave it out, and set it in the server’s postgresql.conf',
  ssl_max_protocol_version: 'leave it out, and set it in the server’s postgresql.conf',
  require_auth: 'leave it out, and set the method in the server’s pg_hba.conf',
  requirepeer: 'leave it out, or write sslmode=verify-full',
  gssencmode: 'leave it out, or write sslmode=verify-full',
  passfile: 'write the password into the URL',
  service: 'write host, user and database into the URL',
  hostaddr: 'write the address in place of the host',
  ...Object.fromEntries(['user', 'password', 'host', 'port', 'dbname'].map((name) => [name, 'write it before the ?'])),
}
/** Other names that the driver or a pooler takes, so that none of them counts as misspelt. */
const otherNames = [
  ...['application_name', 'options', 'target_session_attrs', 'connect_timeout', 'channel_binding', 'ssl', 'keepalives'],
  ...['client_encoding', 'encoding', 'statement_timeout'],
]
const sslModes = ['disable', 'require', 'verify-ca', 'verify-full', 'no-verify']
/** In these the driver verifies the server's certificate. */
const checkedModes = ['require', 'verify-ca', 'verify-full']
/** With these libpq goes over to TLS or away from it when the other fails. The driver does not: it never tries twice. */
const sslModesOfTwo = ['allow', 'prefer']

/**
 * What is wrong with the URL of a PostgreSQL database; null: nothing. A scheme, a host and a database are wanted. It may name
 * several hosts, with commas between. The sentence does not repeat the URL, which may hold a password.
 */
export function postgresUrlMistake(text: string): string | null {
  if (!form.test(text) || !isDecodable(text) || !new DatabaseHosts(text).urls.every(hasHostAndDatabase)) return wanted
  const parameters = new URLSearchParams(/\?(.*)$/.exec(text)?.[1] ?? '')
  for (const name of new Set(parameters.keys())) {
    const instead = Object.hasOwn(unsupported, name) ? unsupported[name] : undefined
    if (instead !== undefined && parameters.get(name) !== 'disable')
      return `the parameter ${name} is not taken, because the driver passes over it or takes it for the address; ${instead}`
    // The driver passes over what it does not know: a misspelt sslmode would leave the connection without TLS.
    const known = [...sslNames, ...otherNames, ...Object.keys(unsupported)]
    const meant = known.includes(name) ? undefined : nearest(name.toLowerCase(), known, { distanceMax: 3 })
    if (meant !== undefined) return `there is no parameter ${name}; ${meant} is meant`
    if (known.includes(name) && parameters.getAll(name).length > 1)
      return `the parameter ${name} is given more than once; write it once`
  }
  const mode = parameters.get('sslmode')
  // With a check of the certificate nobody is between, which is what a channel binding is asked for.
  if (parameters.get('channel_binding') === 'require' && !checkedModes.includes(mode ?? ''))
    return 'channel_binding=require is taken only with sslmode=verify-full, whose check of the certificate does the same'
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
