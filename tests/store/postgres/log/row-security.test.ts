import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { checkWriting } from '../../../../src/store/postgres/connection/write-check.ts'
import { PostgresLog } from '../../../../src/store/postgres/log/postgres-log.ts'
import { freshDatabase, openDatabase } from '../../../support/postgres/fresh-database.ts'
import { newAlert } from '../../../support/samples.ts'
import { cleaning } from '../../../support/scratch.ts'

const clean = cleaning()
const tables = ['entries', 'log_head'] as const

/** A log that belongs to a user without the rights of a superuser, and what gives a table row-level security or takes it off. */
async function opened() {
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
  for (const table of tables) await admin.once(`alter table tocsin.${table} owner to ${role}`)
  url.username = role
  const database = openDatabase(clean, url.href)
  let epochs = 0
  const open = () => PostgresLog.open(database, () => `epoch${++epochs}`)
  const hide = async (table: string) => {
    await admin.once(`alter table tocsin.${table} enable row level security`)
    await admin.once(`alter table tocsin.${table} force row level security`)
  }
  const show = (table: string) => admin.once(`alter table tocsin.${table} disable row level security`)
  const epochNow = async () => (await admin.all<{ epoch: string }>('select epoch from tocsin.log_head'))[0]?.epoch
  return { admin, database, open, hide, show, epochNow }
}

const denied = { kind: 'denied' }

test.each(tables)('row-level security on %s is a missing right, and no replacement: the epoch stays', async (table) => {
  const { database, open, hide, show, epochNow } = await opened()
  const log = await open()
  const again = PostgresLog.openAgain(database, 'epoch1')
  const first = await log.append(newAlert('a'), 'key-a')
  expect(await again.after(0, 9)).toEqual([first])
  await hide(table)
  for (const one of [log, again]) {
    await expect(one.bounds()).rejects.toMatchObject(denied)
    await expect(one.after(0, 9)).rejects.toMatchObject(denied)
    await expect(one.append(newAlert('b'), 'key-b')).rejects.toMatchObject(denied)
  }
  await expect(open(), 'a node that starts').rejects.toMatchObject(denied)
  await expect(checkWriting(database)).rejects.toMatchObject(denied)
  expect(await epochNow()).toBe('epoch1')
  await show(table)
  expect(await log.bounds()).toMatchObject({ epoch: 'epoch1', head: 1 })
  expect(await again.after(0, 9)).toEqual([first])
  expect((await log.append(newAlert('b'), 'key-b')).seq).toBe(2)
})

test('a policy that shows some entries is refused as well: the others would be missed', async () => {
  const { admin, open, hide, epochNow } = await opened()
  const log = await open()
  for (const id of ['a', 'b']) await log.append(newAlert(id), `key-${id}`)
  await admin.once('create policy first_only on tocsin.entries using (seq = 1)')
  await hide('entries')
  await expect(log.after(0, 9)).rejects.toMatchObject(denied)
  await expect(log.append(newAlert('c'), 'key-c')).rejects.toMatchObject(denied)
  expect(await epochNow()).toBe('epoch1')
})

test('row-level security that is not forced does not concern the owner of the tables', async () => {
  const { admin, open } = await opened()
  const log = await open()
  await admin.once('alter table tocsin.entries enable row level security')
  expect((await log.append(newAlert('a'), 'key-a')).seq).toBe(1)
  expect(await log.after(0, 9)).toHaveLength(1)
})
