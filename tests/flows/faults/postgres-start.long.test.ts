import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { freshDatabase, openDatabase } from '../../support/postgres/fresh-database.ts'
import { noPgBouncer, startPgBouncer } from '../../support/postgres/pgbouncer.ts'
import { freePort } from '../../support/postgres/postgres-server.ts'
import { failedStart } from '../../support/processes/failed-start.ts'
import { onDatabase } from '../../support/processes/postgres-nodes.ts'
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
  expect(await lineOf(`postgres://stranger:very-secret@${host}${pathname}`)).toMatch(
    /does not let the user stranger in/,
  )
  const database = openDatabase(clean, url)
  const role = `r${randomUUID().replaceAll('-', '')}`
  await database.once(`create role ${role} login`)
  clean(() => database.once(`drop role ${role}`))
  expect(await lineOf(`postgres://${role}@${host}${pathname}`)).toContain(`owner to "${role}"`)
})

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
