import { expect, test } from 'vitest'
import { PostgresDatabase } from '../../../src/store/postgres/postgres-database.ts'
import { migratePostgres } from '../../../src/store/postgres/postgres-migrations.ts'
import { freshDatabase, openDatabase } from '../../support/postgres/fresh-database.ts'
import { PostgresServer } from '../../support/postgres/postgres-server.ts'
import { createDatabase } from '../../support/postgres/template-database.ts'
import { cleaning } from '../../support/scratch.ts'

const clean = cleaning()

const first = `create table tocsin.things (id integer primary key, name text default 'a;b');
  insert into tocsin.things (id) values (1)`
const second = 'alter table tocsin.things add column more integer'
const things = (...steps: readonly string[]) => [{ store: 'things', steps }]

test('a later step runs once, on what the earlier ones made', async () => {
  const database = openDatabase(clean, await freshDatabase(clean))
  await migratePostgres(database, things(first))
  await migratePostgres(database, things(first, second))
  await migratePostgres(database, things(first, second))
  expect(await database.all('select id, name, more from tocsin.things')).toEqual([{ id: 1, name: 'a;b', more: null }])
})

test('many that migrate at once run each step once', async () => {
  const url = await freshDatabase(clean)
  const all = Array.from({ length: 8 }, () => openDatabase(clean, url))
  await Promise.all(
    all.map((database, at) => migratePostgres(database, at % 2 ? things(first, second) : things(first, second))),
  )
  expect(await all[0]?.all('select id, more from tocsin.things')).toEqual([{ id: 1, more: null }])
})

test('a step that fails leaves nothing of itself, nor of the steps before it', async () => {
  const database = openDatabase(clean, await freshDatabase(clean))
  await expect(migratePostgres(database, things(first, 'alter table tocsin.nowhere add x text'))).rejects.toThrow(
    'nowhere',
  )
  await migratePostgres(database, things(first))
  expect(await database.all('select id from tocsin.things')).toEqual([{ id: 1 }])
})

test('a database of a newer version is refused with both versions, and not touched', async () => {
  const database = openDatabase(clean, await freshDatabase(clean))
  await migratePostgres(database, things(first, second))
  const older = [...things(first), { store: 'others', steps: ['create table tocsin.others (id integer)'] }]
  await expect(migratePostgres(database, older)).rejects.toThrow(
    'its things tables are at step 2, this program knows 1. Start the newer version.',
  )
  expect(await database.all(`select to_regclass('tocsin.others')::text as found`)).toEqual([{ found: null }])
})

test('a database that is migrated is opened without writing, also by an account that may not create', async () => {
  const url = await freshDatabase(clean)
  const database = openDatabase(clean, url)
  await migratePostgres(database, things(first))
  const role = `r${new URL(url).pathname.slice(3)}`
  await database.once(`create role ${role} login`)
  await database.once(`grant usage on schema tocsin to ${role}`)
  await database.once(`grant select on all tables in schema tocsin to ${role}`)
  const other = openDatabase(clean, url.replace('tocsin@', `${role}@`))
  await migratePostgres(other, things(first))
  await expect(migratePostgres(other, things(first, second))).rejects.toMatchObject({ kind: 'denied' })
  await database.once(`drop owned by ${role}`)
  await database.once(`drop role ${role}`)
})

test('an encoding that cannot store every language is refused', async () => {
  const server = await PostgresServer.start({ encoding: 'SQL_ASCII' })
  clean(() => server.remove())
  await createDatabase(server.url('postgres'), 'latin', 'template0')
  const database = new PostgresDatabase({ url: server.url('latin'), applicationName: 'tests', limitMs: 60_000 })
  clean(() => database.close())
  await expect(migratePostgres(database, [])).rejects.toThrow(/encoding is SQL_ASCII.*encoding 'UTF8'/)
})
