import { NewerSchema } from '../../sql.ts'
import { StorageFault } from '../../storage-fault.ts'
import { ConnectionLost, sqlStateOf } from '../postgres-fault.ts'
import { UnusableDatabase } from '../postgres-migrations.ts'
import { DatabaseHosts } from './database-hosts.ts'

/**
 * Why a service cannot start on a database: one sentence that says what to do. `setting`: the name of the setting that
 * holds `url`. The password is never in it. Null: it is not about the database.
 */
export function postgresStartError(error: unknown, url: string, setting = 'DATABASE_URL'): UnusableDatabase | null {
  const chain = causesOf(error)
  const known = chain.find((it) => it instanceof UnusableDatabase || it instanceof NewerSchema)
  if (known !== undefined) return new UnusableDatabase((known as Error).message)
  const place = placeOf(url)
  if (place === null)
    return new UnusableDatabase(
      `${setting} is not the address of a PostgreSQL database. Write it as postgres://user:password@host:5432/database.`,
    )
  const state = chain.map(sqlStateOf).find((it) => it !== null) ?? null
  const said = state === null ? null : sentenceOf(state, place, setting)
  if (said !== null) return new UnusableDatabase(said)
  const lost = chain.find((it) => it instanceof ConnectionLost)
  const kind = chain.find((it) => it instanceof StorageFault)?.kind ?? lost?.kind
  if (kind === undefined) return null
  if (kind === 'standby')
    return new UnusableDatabase(
      `The server at ${place.hosts} is a standby, which can only be read. Name the primary in ${setting}, or all servers: host1:5432,host2:5432.`,
    )
  const reason = chain.map(reasonOf).find((it) => it !== null) ?? lost?.message ?? 'it does not answer'
  return new UnusableDatabase(
    `No PostgreSQL can be reached at ${place.hosts} (${reason.replace(/\.$/, '')}). Check the host and port of ${setting}, and that the server runs and accepts connections from this machine.`,
  )
}

type Place = { readonly hosts: string; readonly database: string; readonly user: string }

/** Null: it is no such address. */
function placeOf(url: string): Place | null {
  const { urls } = new DatabaseHosts(url)
  const parsed = urls.map((it) => (URL.canParse(it) ? new URL(it) : null))
  const [first] = parsed
  if (first === undefined || first === null || !/^postgres(ql)?:$/.test(first.protocol)) return null
  const user = decodeURIComponent(first.username)
  const database = decodeURIComponent(first.pathname.slice(1)) || user
  const hosts = parsed
    .map((it) => (it === null ? '?' : `${it.hostname || 'localhost'}:${it.port || '5432'}`))
    .join(', ')
  return { hosts, database, user: user || 'of this process' }
}

function sentenceOf(state: string, { hosts, database, user }: Place, setting: string): string | null {
  if (state === '28P01' || state === '28000')
    return `PostgreSQL at ${hosts} does not let the user ${user} in. Check the user and password of ${setting}, and the server's pg_hba.conf.`
  if (state === '3D000')
    return `There is no database ${database} at ${hosts}. Create it with: create database "${database}" owner "${user}" encoding 'UTF8' template template0`
  if (state === '42501')
    return `The user ${user} has not the right to make or use the tables in the database ${database} at ${hosts}. Let the database belong to that user: alter database "${database}" owner to "${user}"`
  if (state === '53100')
    return `The disk of PostgreSQL at ${hosts} is full. Make room on it, then start the service again.`
  if (state === '53300')
    return `PostgreSQL at ${hosts} has no connection left for the user ${user}. Raise max_connections of the server, or put PgBouncer between.`
  if (state === '25006')
    return `The database ${database} at ${hosts} can only be read. Name the primary in ${setting}, or all servers: host1:5432,host2:5432.`
  if (state.startsWith('57P') || state.startsWith('08'))
    return `PostgreSQL at ${hosts} is starting, stopping or restarting, or refuses this connection (SQLSTATE ${state}). Start the service again when the server is ready.`
  return null
}

function reasonOf(error: unknown): string | null {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).find((it) => it !== null) ?? null
  const { code } = Object(error) as { readonly code?: unknown }
  return typeof code === 'string' && /^[A-Z_]+$/.test(code) ? code : null
}

/** The error and its causes. */
function causesOf(error: unknown): readonly unknown[] {
  const chain: unknown[] = []
  for (let each = error; each !== undefined && each !== null && chain.length < 8; each = Object(each).cause)
    chain.push(each)
  return chain
}
