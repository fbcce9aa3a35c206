import { DatabaseBusy, NewerSchema } from '../../sql.ts'
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
  const said =
    state === null ? clientSentence(chain, place, setting) : sentenceOf(state, place, setting, messagesOf(chain))
  if (said !== null) return new UnusableDatabase(said)
  const lost = chain.find((it) => it instanceof ConnectionLost)
  const kind = chain.find((it) => it instanceof StorageFault)?.kind ?? lost?.kind
  if (kind === undefined) return null
  if (kind === 'standby')
    return new UnusableDatabase(
      `The server at ${place.hosts} is a standby, which can only be read. Name the primary in ${setting}, or all servers: host1:5432,host2:5432.`,
    )
  // It has answered.
  if (state !== null)
    return new UnusableDatabase(
      `PostgreSQL at ${place.hosts} refuses what the service asks of the database ${place.database} (SQLSTATE ${state}: ${messagesOf(chain).split('\n')[0]}). Check the name of the database in ${setting}, and look at the server's log.`,
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

/** The sentence for an error that the server gave, by its SQLSTATE. */
function sentenceOf(state: string, { hosts, database, user }: Place, setting: string, messages: string): string | null {
  if (state.startsWith('28') && /no encryption|SSL off/.test(messages))
    return `PostgreSQL at ${hosts} takes connections over TLS only. Add ?sslmode=verify-full to ${setting}.`
  const at = `PostgreSQL at ${hosts}`
  if (state === '42501' && messages.includes('row-level security'))
    return `Row-level security hides rows of the service's tables from the user ${user} in the database ${database} at ${hosts} (${messages.split('\n')[0]}). Take it off: alter table tocsin.${/for table "([^"]+)"/.exec(messages)?.[1] ?? 'entries'} disable row level security`
  if (state === '3D000' && setting === 'LISTEN_DATABASE_URL')
    return `There is no database ${database} at ${hosts}. LISTEN_DATABASE_URL leads to the same database as DATABASE_URL, past the pooler: correct its name there, or take it out where there is no pooler.`
  const sentences: Readonly<Record<string, string>> = {
    '28P01': `${at} does not let the user ${user} in. Check the user and password of ${setting}, and the server's pg_hba.conf.`,
    '3D000': `There is no database ${database} at ${hosts}. Create it with: create database "${database}" owner "${user}" encoding 'UTF8' template template0`,
    '42P01': `The database ${database} at ${hosts} has not all tables of the service. Check its name in ${setting}; where it is right, start the service on it: that makes them.`,
    '42501': `The user ${user} has not the right to make or use the tables in the database ${database} at ${hosts}. Let the database belong to that user: alter database "${database}" owner to "${user}"`,
    '53100': `The disk of ${at} is full. Make room on it, then start the service again.`,
    '53300': `${at} has no connection left for the user ${user}. Raise max_connections of the server, or put PgBouncer between.`,
    '25006': `The database ${database} at ${hosts} can only be read, and it is no standby: default_transaction_read_only is on. Switch it off: alter database "${database}" set default_transaction_read_only = off. If another server is the primary now, name that one in ${setting}.`,
    '55000': `The database ${database} at ${hosts} takes no connections. Allow them: alter database "${database}" allow_connections true`,
    XX001: `The database ${database} at ${hosts} is damaged (SQLSTATE ${state}). Restore a backup, or go over to a standby.`,
  }
  const same: Readonly<Record<string, string>> = { '28000': '28P01', '3F000': '42P01', XX002: 'XX001' }
  const known = sentences[same[state] ?? state]
  if (known !== undefined) return known
  if (startingStates.test(state))
    return `${at} is starting, stopping or restarting (SQLSTATE ${state}). Start the service again when the server is ready.`
  if (busyStates.test(state)) return busySentence(hosts)
  if (state.startsWith('08'))
    return `${at} refuses this connection (SQLSTATE ${state}). Look at the server's log, and at what is between, such as a pooler.`
  if (/^(5[38]|XX)/.test(state))
    return `${at} fails (SQLSTATE ${state}: ${messages.split('\n')[0]}). Look at the server's log, then start the service again.`
  return null
}

function busySentence(hosts: string): string {
  return `PostgreSQL at ${hosts} has not done in time what the start needs, because another transaction holds the tables: a migration by another node, pg_dump, or a session that was forgotten (select * from pg_stat_activity). Wait for it or end it, then start the service again.`
}

/** Certificates that Node does not trust (https://nodejs.org/api/tls.html#x509-certificate-error-codes). */
const certificateCodes = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER/

/** The sentence for an error that the driver or Node gave; null: it is about the network, or unknown. */
function clientSentence(chain: readonly unknown[], { hosts }: Place, setting: string): string | null {
  if (chain.some((it) => it instanceof DatabaseBusy)) return busySentence(hosts)
  const messages = messagesOf(chain)
  if (messages.includes('does not support SSL'))
    return `PostgreSQL at ${hosts} does not take TLS. Take sslmode out of ${setting}, or set ssl = on in the server's postgresql.conf.`
  if (messages.includes('password must be a string'))
    return `PostgreSQL at ${hosts} wants a password, and ${setting} has none. Write it as postgres://user:password@host:5432/database.`
  const code = chain.map(reasonOf).find((it) => it !== null) ?? ''
  if (certificateCodes.test(code))
    return `The certificate of PostgreSQL at ${hosts} is not trusted (${code}). Name its authority in ${setting}: ?sslmode=verify-full&sslrootcert=/path/ca.pem`
  const file = chain.map((it) => Object(it) as NodeJS.ErrnoException).find(({ syscall }) => syscall === 'open')
  if (file !== undefined) return `The file ${file.path} that ${setting} names cannot be read (${file.code}).`
  return null
}

/** Whether a server starts, stops or recovers, which ends by itself (57P01 to 57P03). */
export function isStarting(error: unknown): boolean {
  return causesOf(error).some((it) => startingStates.test(sqlStateOf(it) ?? ''))
}

const startingStates = /^57P0[1-3]$/
/** lock_not_available, query_canceled (statement_timeout), idle_in_transaction_session_timeout, transaction_timeout. */
const busyStates = /^(55P03|57014|25P0[34])$/

/** What the server said; without an error of the server, what the driver or Node said. */
function messagesOf(chain: readonly unknown[]): string {
  const errors = chain.filter((it) => it instanceof Error)
  const ofServer = errors.filter((it) => sqlStateOf(it) !== null)
  return (ofServer.length > 0 ? ofServer : errors).map(({ message }) => message).join('\n')
}

function reasonOf(error: unknown): string | null {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).find((it) => it !== null) ?? null
  const { code } = Object(error) as { readonly code?: unknown }
  return typeof code === 'string' && /^[A-Z_]+$/.test(code) ? code : null
}

/** The error and its causes. */
export function causesOf(error: unknown): readonly unknown[] {
  const chain: unknown[] = []
  for (let each = error; each !== undefined && each !== null && chain.length < 8; each = Object(each).cause)
    chain.push(each)
  return chain
}
