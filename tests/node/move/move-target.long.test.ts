import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { planMove } from '../../../src/node/move/move.ts'
import { refuseMoved } from '../../../src/node/move/move-source.ts'
import { PostgresDatabase } from '../../../src/store/postgres/postgres-database.ts'
import { blankDatabase, freshDatabase, openDatabase } from '../../support/postgres/fresh-database.ts'
import { stallingProxy } from '../../support/postgres/stalling-proxy.ts'
import { cleaning } from '../../support/scratch.ts'
import { move, nodeOn, stopped } from '../../support/storage/moved-folder.ts'

// Targets that a move cannot use, and one that goes away in its middle.

const clean = cleaning()

/** What a move and its plan are refused with. The folder is as before. */
async function refusals(url: string) {
  const used = await stopped(clean)
  const said = async (asked: Promise<unknown>) => {
    const error = await asked.then(
      () => null,
      (it: unknown) => it,
    )
    expect(error).toMatchObject({ name: 'StartError' })
    return (error as Error).message
  }
  const [planned, moved] = [await said(planMove({ dataDir: used.dataDir, url })), await said(move(used.dataDir, url))]
  expect(() => refuseMoved(used.dataDir)).not.toThrow()
  for (const line of [planned, moved]) expect(line).not.toContain('\n')
  return { planned, moved }
}

/** The same database as another role, which may log in and nothing else. */
async function asStranger(url: string): Promise<string> {
  const role = `stranger_${randomUUID().slice(0, 8)}`
  const database = openDatabase(clean, url)
  await database.once(`create role ${role} login`)
  clean(async () => {
    const own = new PostgresDatabase({ url: url.replace(/[^/]*$/, 'postgres'), applicationName: 'test' })
    await own.once(`drop owned by ${role}`).catch(() => {})
    await own.once(`drop role if exists ${role}`).catch(() => {})
    await own.close()
  })
  return url.replace('tocsin@', `${role}@`)
}

test('a target with the tables of a newer version is refused', async () => {
  const url = await freshDatabase(clean)
  await openDatabase(clean, url).once(`update tocsin.schema_steps set step = step + 7 where room = 'log'`)
  const { planned, moved } = await refusals(url)
  for (const line of [planned, moved]) expect(line).toMatch(/from a newer version/)
})

test('a user who may not create tables, and one who may not use those of another, are told what grants it', async () => {
  for (const url of [await blankDatabase(clean), await freshDatabase(clean)]) {
    const { planned, moved } = await refusals(await asStranger(url))
    for (const line of [planned, moved])
      expect(line).toMatch(/^The user stranger_\w+ has not the right .* owner to "stranger_/)
  }
})

test('a plan for an empty database makes nothing in it', async () => {
  const used = await stopped(clean)
  const url = await blankDatabase(clean)
  expect(await planMove({ dataDir: used.dataDir, url })).toMatchObject({ head: 6 })
  const [row] = await openDatabase(clean, url).all(`select to_regnamespace('tocsin') as made`)
  expect(row).toEqual({ made: null })
  expect(await move(used.dataDir, url)).toMatchObject({ head: 6 })
})

test('a target that takes no writes is refused', async () => {
  const url = await blankDatabase(clean)
  const name = url.slice(url.lastIndexOf('/') + 1)
  await openDatabase(clean, url).once(`alter database ${name} set default_transaction_read_only = on`)
  const { planned, moved } = await refusals(url)
  for (const line of [planned, moved])
    expect(line).toMatch(/can only be read, .*default_transaction_read_only is on\. .* name that one in --to/)
})

test('a move whose connections are cut in its middle goes on over new ones', async () => {
  const used = await stopped(clean)
  const proxy = await stallingProxy(Number(new URL(used.url).port), clean)
  const url = new URL(used.url)
  url.port = String(proxy.port)
  let batches = 0
  const cutTwice = () => {
    batches += 1
    if (batches === 2 || batches === 5) proxy.cut()
  }
  const moved = await move(used.dataDir, url.href, { progress: cutTwice })
  expect(batches).toBeGreaterThan(5)
  expect(moved).toMatchObject({ head: 6, rows: { subscriptions: 60 } })
  const node = await nodeOn(clean, used)
  expect((await node.log.bounds()).head).toBe(6)
  const [rows] = await node.database.all<{ count: number }>(
    'select count(*)::integer as count from tocsin.subscriptions',
  )
  expect(rows?.count).toBe(60)
})

test('a move whose database goes silent in its middle goes on over a new connection', async () => {
  const used = await stopped(clean)
  const proxy = await stallingProxy(Number(new URL(used.url).port), clean)
  const url = new URL(used.url)
  url.port = String(proxy.port)
  let batches = 0
  const silence = () => {
    batches += 1
    if (batches === 3) proxy.silenceOpen()
  }
  expect(await move(used.dataDir, url.href, { progress: silence })).toMatchObject({ head: 6 })
  expect(proxy.lost().bytes).toBeGreaterThan(0)
})
