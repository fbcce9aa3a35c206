import { expect, test } from 'vitest'
import { openExportSource } from '../../../../src/node/export/export-source.ts'
import { isStarting, postgresStartError } from '../../../../src/store/postgres/connection/postgres-start-error.ts'
import { PostgresLog } from '../../../../src/store/postgres/log/postgres-log.ts'
import { PostgresDatabase } from '../../../../src/store/postgres/postgres-database.ts'
import { ConnectionLost } from '../../../../src/store/postgres/postgres-fault.ts'
import { migratePostgres } from '../../../../src/store/postgres/postgres-migrations.ts'
import { postgresSchemas } from '../../../../src/store/postgres/postgres-schemas.ts'
import { DatabaseBusy } from '../../../../src/store/sql.ts'
import { StorageFault } from '../../../../src/store/storage-fault.ts'
import { freshDatabase, openDatabase } from '../../../support/postgres/fresh-database.ts'
import { freePort } from '../../../support/postgres/postgres-server.ts'
import { newAlert } from '../../../support/samples.ts'
import { cleaning } from '../../../support/scratch.ts'

const clean = cleaning()

/** What a service says that cannot start on this database. */
async function sentence(url: string): Promise<string | undefined> {
  try {
    const database = new PostgresDatabase({ url, applicationName: 'tests', limitMs: 10_000 })
    clean(() => database.close())
    await migratePostgres(database, postgresSchemas)
    await PostgresLog.open(database, () => 'epoch')
  } catch (error) {
    return postgresStartError(error, url)?.message ?? `not about the database: ${error}`
  }
  return undefined
}

test('a database that can be used gives no sentence', async () => {
  expect(await sentence(await freshDatabase(clean))).toBeUndefined()
})

test.each(['', 'no address', 'mysql://u@localhost/d', 'localhost:5432/tocsin', '/var/run/postgresql'])(
  '“%s” is not the address of a database, and how one is written is said',
  async (url) => {
    const line = postgresStartError(new Error('of the driver'), url)?.message
    expect(line).toMatch(/^DATABASE_URL is not the address .* postgres:\/\/user:password@host:5432\/database\.$/)
  },
)

test.each(['drop schema tocsin cascade', 'drop table tocsin.log_head'])(
  'where a log is read that has no tables, that is said, and not that nobody answers: %s',
  async (damage) => {
    const url = await freshDatabase(clean)
    await openDatabase(clean, url).once(damage)
    const read = openExportSource({ dataDir: '/nope', databaseUrl: url })
    await expect(read).rejects.toThrow(/^The database \S+ at 127\.0\.0\.1:\d+ has not all tables of the service\./)
  },
)

test.each([
  ['57P04', 'missing'],
  ['P0001', 'failing'],
] as const)('of a server that has answered with SQLSTATE %s it is not said that it does not answer', (code, kind) => {
  const cause = Object.assign(new Error('what the server said'), { code, severity: 'ERROR' })
  const line = postgresStartError(new StorageFault(kind, 'read', { cause }), 'postgres://u@db.example/d')?.message
  expect(line).toContain(
    `PostgreSQL at db.example:5432 refuses what the service asks of the database d (SQLSTATE ${code}`,
  )
})

test('nobody listens there, and no such host', async () => {
  const port = await freePort()
  expect(await sentence(`postgres://tocsin:very-secret@127.0.0.1:${port}/tocsin`)).toBe(
    `No PostgreSQL can be reached at 127.0.0.1:${port} (ECONNREFUSED). Check the host and port of DATABASE_URL, and that the server runs and accepts connections from this machine.`,
  )
  const unknown = await sentence('postgres://tocsin:very-secret@database.invalid/tocsin')
  expect(unknown).toMatch(/^No PostgreSQL can be reached at database\.invalid:5432 \((ENOTFOUND|EAI_AGAIN)\)/)
})

test('no such database, no such user, and a user without rights are each told with what to do', async () => {
  const url = await freshDatabase(clean)
  const { port, pathname } = new URL(url)
  expect(await sentence(`postgres://tocsin:very-secret@127.0.0.1:${port}/nowhere`)).toBe(
    `There is no database nowhere at 127.0.0.1:${port}. Create it with: create database "nowhere" owner "tocsin" encoding 'UTF8' template template0`,
  )
  expect(await sentence(`postgres://stranger:very-secret@127.0.0.1:${port}${pathname}`)).toMatch(
    /does not let the user stranger in\. Check the user and password of DATABASE_URL/,
  )
  const database = openDatabase(clean, url)
  const role = `r${pathname.slice(3)}`
  await database.once(`create role ${role} login`)
  expect(await sentence(`postgres://${role}@127.0.0.1:${port}${pathname}`)).toContain(
    `alter database "${pathname.slice(1)}" owner to "${role}"`,
  )
  await database.once(`drop role ${role}`)
})

test('tables of a newer version are not touched, and the newer program is asked for', async () => {
  const url = await freshDatabase(clean)
  await openDatabase(clean, url).once(`update tocsin.schema_steps set step = 99 where room = 'log'`)
  expect(await sentence(url)).toMatch(/from a newer version.*Start the newer version\.$/)
})

/** An error as the driver gives it, in the service's own. */
const ofServer = (code: string, message = 'what the server says') =>
  new StorageFault('unreachable', 'read', {
    cause: Object.assign(new Error(message), { code, severity: 'FATAL' }),
  })
const ofClient = (message: string, more: object = {}) =>
  new StorageFault('unreachable', 'read', {
    cause: new ConnectionLost('unreachable', message, { cause: Object.assign(new Error(message), more) }),
  })

test.each<[string, unknown, RegExp]>([
  ['a wrong password', ofServer('28P01'), /does not let the user u in\. Check the user and password of DATABASE_URL/],
  ['pg_hba.conf', ofServer('28000', 'no pg_hba.conf entry for host "::1", SSL encryption'), /pg_hba\.conf\.$/],
  [
    'TLS wanted',
    ofServer('28000', 'no pg_hba.conf entry for host, no encryption'),
    /TLS only\. Add \?sslmode=verify-full/,
  ],
  ['TLS refused', ofClient('The server does not support SSL connections'), /does not take TLS\. Take sslmode out of/],
  ['no password', ofClient('SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string'), /wants a password/],
  [
    'a strange certificate',
    ofClient('self-signed certificate', { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }),
    /sslrootcert=/,
  ],
  ['another name', ofClient('altnames', { code: 'ERR_TLS_CERT_ALTNAME_INVALID' }), /is not trusted \(ERR_TLS_CERT_ALT/],
  [
    'a missing file of the authority',
    ofClient('ENOENT: no such file', { code: 'ENOENT', syscall: 'open', path: '/ca.pem' }),
    /^The file \/ca\.pem that DATABASE_URL names cannot be read \(ENOENT\)\.$/,
  ],
  ['a full disk', ofServer('53100'), /^The disk of PostgreSQL at h:5432 is full\. Make room/],
  ['no connection left', ofServer('53300'), /no connection left for the user u\. Raise max_connections/],
  [
    'no memory',
    ofServer('53200', 'out of memory'),
    /fails \(SQLSTATE 53200: out of memory\)\. Look at the server's log/,
  ],
  ['an input or output error', ofServer('58030', 'could not read'), /fails \(SQLSTATE 58030: could not read\)/],
  ['a damaged page', ofServer('XX001'), /is damaged \(SQLSTATE XX001\)\. Restore a backup/],
  ['a damaged index', ofServer('XX002'), /is damaged \(SQLSTATE XX002\)/],
  ['an error inside the server', ofServer('XX000', 'oops'), /fails \(SQLSTATE XX000: oops\)/],
  ['a server that starts', ofServer('57P03'), /is starting, stopping or restarting \(SQLSTATE 57P03\)/],
  [
    'a read-only database',
    ofServer('25006'),
    /no standby: default_transaction_read_only is on.*name that one in DATABASE_URL/,
  ],
  ['a database closed to all', ofServer('55000'), /allow_connections true$/],
  ['a lock that is held', ofServer('55P03'), /another transaction holds the tables.*pg_stat_activity/],
  ['the same in the service’s words', new DatabaseBusy(), /another transaction holds the tables/],
  ['a protocol violation', ofServer('08P01'), /refuses this connection \(SQLSTATE 08P01\)/],
])('%s is one sentence of PostgreSQL, without the password', (_, error, wanted) => {
  const line = postgresStartError(error, 'postgres://u:very-secret@h/d')?.message ?? ''
  expect(line).toMatch(wanted)
  expect(line).not.toMatch(/very-secret|\n|npx tocsin|sqlite/)
})

test.each([
  ['57P03', true],
  ['57P01', true],
  ['57014', false],
  ['28P01', false],
])('a server that says %s is waited for: %s', (code, isWaitedFor) => {
  expect(isStarting(ofServer(code))).toBe(isWaitedFor)
})

test('another error is not taken for one of the database', () => {
  expect(postgresStartError(new TypeError('a bug'), 'postgres://u@h/d')).toBeNull()
})

test('of several hosts those that do not answer are passed over, also when the one in use goes away', async () => {
  const url = await freshDatabase(clean)
  const { port, pathname } = new URL(url)
  const [gone, other] = [await freePort(), await freePort()]
  const hosts = `127.0.0.1:${gone},127.0.0.1:${other},127.0.0.1:${port}`
  const database = openDatabase(clean, `postgres://tocsin@${hosts}${pathname}`)
  const log = await PostgresLog.open(database, () => 'epoch')
  const appends = Array.from({ length: 20 }, (_, nth) => log.append(newAlert(`a${nth}`), `key-${nth}`))
  expect((await Promise.all(appends)).map(({ seq }) => seq).toSorted((a, b) => a - b)).toHaveLength(20)
  const line = await sentence(`postgres://tocsin:very-secret@127.0.0.1:${gone},127.0.0.1:${other}/tocsin`)
  expect(line).toContain(`No PostgreSQL can be reached at 127.0.0.1:${gone}, 127.0.0.1:${other} (ECONNREFUSED)`)
})
