import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { appendFileSync, chownSync, statSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createConnection, createServer } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { freshDatabase, newDatabase, openDatabase } from '../../support/postgres/fresh-database.ts'
import { noPgBouncer, startPgBouncer } from '../../support/postgres/pgbouncer.ts'
import { freePort, PostgresServer } from '../../support/postgres/postgres-server.ts'
import { failedStart } from '../../support/processes/failed-start.ts'
import { onDatabase } from '../../support/processes/postgres-nodes.ts'
import { startNode } from '../../support/processes/service.ts'
import { makeCertificate } from '../../support/push/certificate.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'

const clean = cleaning()

/** The one line of a service that does not start. */
async function lineOf(url: string, env: Readonly<Record<string, string>> = {}): Promise<string> {
  const { code, lines } = await failedStart({ DATA_DIR: scratchFolder(clean), ...onDatabase(url), ...env })
  expect([code, lines.length], lines.join('\n')).toEqual([1, 1])
  expect(lines[0]).not.toContain('very-secret')
  return lines[0] ?? ''
}

test('a server that nobody runs is one line, which names the setting that leads there', async () => {
  const nowhere = `postgres://tocsin:very-secret@127.0.0.1:${await freePort()}/tocsin`
  expect(await lineOf(nowhere)).toMatch(/^No PostgreSQL can be reached at .*ECONNREFUSED.* port of DATABASE_URL/)
  const url = await freshDatabase(clean)
  expect(await lineOf(url, { LISTEN_DATABASE_URL: nowhere })).toMatch(/ECONNREFUSED.* port of LISTEN_DATABASE_URL/)
})

test('no such database, a user who is not let in, and one without rights are one line each, with what to do', async () => {
  const url = await freshDatabase(clean)
  const { host, pathname } = new URL(url)
  expect(await lineOf(`postgres://tocsin:very-secret@${host}/nowhere`)).toMatch(
    /^There is no database nowhere at .*create database "nowhere"/,
  )
  expect(await lineOf(url, { LISTEN_DATABASE_URL: `postgres://tocsin@${host}/nowhere` })).toMatch(
    /^There is no database nowhere at .*LISTEN_DATABASE_URL leads to the same database as DATABASE_URL/,
  )
  expect(await lineOf(`postgres://stranger:very-secret@${host}${pathname}`)).toMatch(
    /does not let the user stranger in/,
  )
  const database = openDatabase(clean, url)
  const role = `r${randomUUID().replaceAll('-', '')}`
  await database.once(`create role ${role} login`)
  clean(() => database.once(`drop role ${role}`))
  expect(await lineOf(`postgres://${role}@${host}${pathname}`)).toContain(`owner to "${role}"`)
})

test.each(['entries', 'subscriptions', 'schema_steps'])(
  'row-level security that hides rows of %s is one line, with what to do',
  async (table) => {
    const url = new URL(await freshDatabase(clean))
    const admin = openDatabase(clean, url.href)
    const role = `r${randomUUID().replaceAll('-', '')}`
    await admin.once(`create role ${role} login`)
    clean(async () => {
      await admin.once(`drop owned by ${role}`)
      await admin.once(`drop role ${role}`)
    })
    await admin.once(`grant usage, create on schema tocsin to ${role}`)
    await admin.once(`grant all on all tables in schema tocsin to ${role}`)
    await admin.once(`grant all on all sequences in schema tocsin to ${role}`)
    await admin.once(`alter table tocsin.${table} enable row level security`)
    await admin.once(`create policy nothing on tocsin.${table} using (false)`)
    url.username = role
    const remedy = `alter table tocsin.${table} disable row level security`
    expect(await lineOf(url.href)).toMatch(new RegExp(`Row-level security hides rows of .* ${role}.*: ${remedy}$`))
    await admin.once(remedy)
    const node = await startNode(scratchFolder(clean), onDatabase(url.href))
    clean(() => node.end('SIGKILL'))
  },
)

test('another encoding and a newer schema are one line each, with what to do', async () => {
  const url = await freshDatabase(clean)
  const database = openDatabase(clean, url)
  const name = `e${randomUUID().replaceAll('-', '')}`
  await database.once(`create database ${name} encoding 'SQL_ASCII' locale 'C' template template0`)
  clean(() => database.once(`drop database ${name} with (force)`))
  expect(await lineOf(`postgres://tocsin@${new URL(url).host}/${name}`)).toMatch(/SQL_ASCII.*encoding 'UTF8'/)
  await database.once(`update tocsin.schema_steps set step = 99 where room = 'log'`)
  expect(await lineOf(url)).toMatch(/from a newer version.*Start the newer version\.$/)
})

test.skipIf(noPgBouncer !== null)('a pooler that drops LISTEN is one line that names LISTEN_DATABASE_URL', async () => {
  const url = new URL(await freshDatabase(clean))
  url.port = String(await startPgBouncer(Number(url.port), clean))
  expect(await lineOf(url.href)).toMatch(/^Wake-ups .* Set LISTEN_DATABASE_URL/)
})

/** A server that asks for passwords, over TLS only from the user `tls`; its certificate is one that nobody knows. */
async function strictServer() {
  const server = await PostgresServer.start({
    settings: { max_connections: '12', superuser_reserved_connections: '1' },
  })
  clean(() => server.remove())
  const administer = newDatabase(server.url('postgres'), { connectionsMax: 1 })
  for (const role of ['plain', 'tls', 'full'])
    await administer.once(
      `create role ${role} login password 'very-secret' ${role === 'full' ? 'connection limit 0' : ''}`,
    )
  await administer.close()
  const data = join(server.folder, 'data')
  const { key, cert } = makeCertificate(['localhost'])
  await server.stop()
  const { uid, gid } = statSync(data)
  for (const [name, text] of [
    ['server.key', key],
    ['server.crt', cert],
    [
      'pg_hba.conf',
      'host all plain 127.0.0.1/32 scram-sha-256\nhost all full 127.0.0.1/32 trust\nhostssl all tls 127.0.0.1/32 trust\n',
    ],
  ] as const) {
    writeFileSync(join(data, name), text, { mode: 0o600 })
    chownSync(join(data, name), uid, gid)
  }
  appendFileSync(join(data, 'postgresql.conf'), 'ssl = on\n')
  await server.startAgain()
  return { address: `127.0.0.1:${server.port}/postgres`, cert }
}

test('passwords, TLS, certificates and a limit of connections are one line each, with what to do', async () => {
  const { address, cert } = await strictServer()
  expect(await lineOf(`postgres://plain:very-secret-but-wrong@${address}`)).toMatch(/Check the user and password/)
  expect(await lineOf(`postgres://plain@${address}`)).toMatch(/wants a password, and DATABASE_URL has none/)
  expect(await lineOf(`postgres://tls:very-secret@${address}`)).toMatch(/TLS only\. Add \?sslmode=verify-full/)
  expect(await lineOf(`postgres://tls:very-secret@${address}?sslmode=require`)).toMatch(/certificate .*sslrootcert=/)
  const missing = join(scratchFolder(clean), 'missing.pem')
  expect(await lineOf(`postgres://tls@${address}?sslmode=verify-full&sslrootcert=${missing}`)).toMatch(
    /^The file .*missing\.pem that DATABASE_URL names cannot be read \(ENOENT\)\.$/,
  )
  expect(await lineOf(`postgres://full:very-secret@${address}`)).toMatch(/no connection left for the user full/)
  const plain = new URL(await freshDatabase(clean))
  plain.searchParams.set('sslmode', 'verify-full')
  expect(await lineOf(plain.href)).toMatch(/does not take TLS\. Take sslmode out of DATABASE_URL/)
  const ca = join(scratchFolder(clean), 'ca.pem')
  writeFileSync(ca, cert)
  // It is let in, and may not make tables.
  expect(await lineOf(`postgres://tls@${address}?sslmode=verify-full&sslrootcert=${ca}`)).toMatch(/owner to "tls"/)
  expect(await lineOf(`postgres://tls@${address}?sslmode=verify-full&sslrootcert=${ca}`, {})).not.toMatch(/Warning/)
})

test('a database that can only be read is one line, with what to do', async () => {
  const url = await freshDatabase(clean)
  const database = openDatabase(clean, url)
  const name = new URL(url).pathname.slice(1)
  // Something is to be written at the start.
  await database.once('delete from tocsin.schema_steps')
  await database.once(`alter database ${name} set default_transaction_read_only = on`)
  expect(await lineOf(url)).toMatch(
    /no standby: default_transaction_read_only is on\. Switch it off: alter database .* = off/,
  )
})

test('a server that is starting is waited for, and then the service starts', async () => {
  const { port } = new URL(await freshDatabase(clean))
  let answers = 0
  const front = createServer((socket) => {
    socket.on('error', () => {})
    answers += 1
    if (answers < 4) return void socket.once('data', () => socket.end(cannotConnectNow))
    const far = createConnection(Number(port), '127.0.0.1')
    far.on('error', () => {})
    socket.pipe(far).pipe(socket)
  }).listen(0, '127.0.0.1')
  await once(front, 'listening')
  clean(() => void front.close())
  const url = new URL(await freshDatabase(clean))
  url.port = String((front.address() as AddressInfo).port)
  const node = await startNode(scratchFolder(clean), onDatabase(url.href))
  clean(() => node.end('SIGKILL'))
  expect(answers).toBeGreaterThan(3)
  expect(node.error()).toMatch(/is starting or stopping\. It is waited for\./)
})

/** `ErrorResponse` of a server that starts (https://www.postgresql.org/docs/current/protocol-message-formats.html). */
const cannotConnectNow = (() => {
  const fields = Buffer.from('SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0')
  const head = Buffer.alloc(5)
  head.write('E')
  head.writeInt32BE(fields.length + 4, 1)
  return Buffer.concat([head, fields])
})()
