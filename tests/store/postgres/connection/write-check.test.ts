import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { checkWriting } from '../../../../src/store/postgres/connection/write-check.ts'
import { PostgresLog } from '../../../../src/store/postgres/log/postgres-log.ts'
import { freshDatabase, openDatabase } from '../../../support/postgres/fresh-database.ts'
import { newAlert } from '../../../support/samples.ts'
import { cleaning } from '../../../support/scratch.ts'

const clean = cleaning()

const selectLeft = `select (select count(*) from tocsin.entries) as entries,
  (select count(*) from pg_tables where schemaname = 'tocsin' and tablename like 'write%') as tables`

/** A log with an entry, and a second user of it. */
async function opened() {
  const url = new URL(await freshDatabase(clean))
  const owner = openDatabase(clean, url.href)
  const log = await PostgresLog.open(owner, () => 'epoch')
  await log.append(newAlert('a'), 'key')
  const role = `r${randomUUID().replaceAll('-', '')}`
  await owner.once(`create role ${role} login`)
  clean(async () => {
    await owner.once(`drop owned by ${role}`)
    await owner.once(`drop role ${role}`)
  })
  url.username = role
  return { owner, role, log, other: openDatabase(clean, url.href) }
}

test('several checks at once pass where an append would, and leave nothing', async () => {
  const { owner, log } = await opened()
  await Promise.all([checkWriting(owner), checkWriting(owner), checkWriting(owner), checkWriting(owner)])
  expect(await owner.all(selectLeft)).toEqual([{ entries: 1, tables: 0 }])
  expect(await log.bounds()).toMatchObject({ floor: 1, head: 1 })
  expect((await log.append(newAlert('b'), 'key-b')).seq).toBe(2)
})

test('a check fails as an append would: without a right, and where the database can only be read', async () => {
  const { owner, role, other } = await opened()
  await owner.once(`grant usage, create on schema tocsin to ${role}`)
  await owner.once(`grant all on all tables in schema tocsin to ${role}`)
  await checkWriting(other)
  for (const [right, table] of [
    ['insert', 'entries'],
    ['update', 'log_head'],
  ]) {
    await owner.once(`revoke ${right} on tocsin.${table} from ${role}`)
    await expect(checkWriting(other)).rejects.toMatchObject({ kind: 'denied', act: 'store' })
    await owner.once(`grant ${right} on tocsin.${table} to ${role}`)
  }
  await owner.once(`alter role ${role} set default_transaction_read_only = on`)
  await owner.once('select pg_terminate_backend(pid) from pg_stat_activity where usename = $1', role)
  await expect(checkWriting(other)).rejects.toMatchObject({ kind: 'read-only' })
  await owner.once(`alter role ${role} reset default_transaction_read_only`)
  await checkWriting(other)
  expect(await owner.all(selectLeft)).toEqual([{ entries: 1, tables: 0 }])
})

test('a server without a connection left is told apart from one that cannot be reached', async () => {
  const { owner, role, other } = await opened()
  await owner.once(`alter role ${role} connection limit 0`)
  await expect(other.all('select 1')).rejects.toMatchObject({ kind: 'crowded' })
})
