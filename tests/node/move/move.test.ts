import { join } from 'node:path'
import { expect, test } from 'vitest'
import { databasePath } from '../../../src/node/storage/data-folder.ts'
import { openSqlite } from '../../../src/node/storage/sqlite-file.ts'
import { tableCopies } from '../../../src/store/move/table-copies.ts'
import { tablesNotCopied } from '../../../src/store/move/tables-not-copied.ts'
import { SqliteOutbox } from '../../../src/store/sqlite/outbox/sqlite-outbox.ts'
import { beginMove, endMove, markMoved, refuseWrites } from '../../../src/store/sqlite/sqlite-move.ts'
import { expectSigned } from '../../contracts/signed-log.ts'
import { makeInterest, newId } from '../../support/push/push-deps.ts'
import { everything, newAlert, newsroom } from '../../support/samples.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'
import { move, nodeOn, stopped } from '../../support/storage/moved-folder.ts'
import { openedStores } from '../../support/storage/opened-stores.ts'
import { usedFolder } from '../../support/storage/used-folder.ts'

const clean = cleaning()
/** Columns that are not moved: a lease belongs to a process of the folder. */
const leases: Readonly<Record<string, readonly string[]>> = {
  push_slices: ['batch_id', 'lease_until_ms'],
  webhook_messages: ['lease', 'lease_until_ms'],
  websub_subscriptions: ['lease', 'lease_until_ms'],
  websub_requests: ['lease', 'lease_until_ms'],
}
const none = { id: '', token: '' }

test('every table of SQLite is moved, made anew or left for a reason, and each has rows in these tests', async () => {
  const { dataDir } = await stopped(clean)
  const sql = openSqlite(databasePath(dataDir))
  clean(() => sql.close())
  const tables = sql
    .all<{ name: string }>(`select name from sqlite_schema where type = 'table'`)
    .map(({ name }) => name)
  const known = [...tableCopies.map(({ source }) => source), ...Object.keys(tablesNotCopied)]
  expect(tables.filter((name) => !known.includes(name))).toEqual([])
  expect(known.filter((name) => !tables.includes(name) && name !== 'move')).toEqual([])
  const empty = tables.filter((name) => sql.all(`select 1 from ${name} limit 1`).length === 0)
  expect(empty.filter((name) => name !== 'log_record')).toEqual([])
  // A column that is not moved would be lost without a word.
  for (const { source, columns, besides = [] } of tableCopies) {
    const used = [...columns, ...besides].map(([name, , from = name]) => from).join(' ')
    const names = sql.all<{ name: string }>(`select name from pragma_table_info('${source}')`).map(({ name }) => name)
    const left = names.filter((name) => !new RegExp(`\\b${name}\\b`).test(used))
    expect([source, left]).toEqual([source, leases[source] ?? []])
  }
})

test('a moved newsroom has the same log with its epoch, and an append goes on from its head', async () => {
  const used = await stopped(clean)
  const before = openedStores(clean, used.dataDir)
  const [bounds, entries] = [await before.log.bounds(), await before.log.after(0, 100)]
  const recent = await before.log.recent(everything, 100)
  const persian = await before.log.after(0, 100, makeInterest({ languages: ['fa'], topics: ['russia'] }))
  before.close()
  const moved = await move(used.dataDir, used.url)
  expect(moved).toMatchObject({ ...bounds, head: 6, rows: { entries: 6, subscriptions: 60, editors: 3 } })
  const { log } = await nodeOn(clean, used)
  expect(await log.bounds()).toEqual(bounds)
  expect(await log.after(0, 100)).toEqual(entries)
  expect(await log.recent(everything, 100)).toEqual(recent)
  expect(
    (await log.after(0, 100, makeInterest({ languages: ['fa'], topics: ['russia'] }))).map(({ seq }) => seq),
  ).toEqual(persian.map(({ seq }) => seq))
  // The answer to a key that was used before the move is still the first one.
  const first = used.alerts[0] ?? ''
  expect(await log.append(newAlert(first, { topics: ['iran', 'russia'] }, entries[0]?.at), 'key-1')).toEqual(entries[0])
  log.signing.begin({ signer: used.signer, newsroom })
  expect(await log.append(newAlert(newId(), {}, new Date().toISOString()), 'new')).toMatchObject({ seq: 7 })
  expect(await expectSigned(log, used.publicKey)).toHaveLength(7)
})

test('each push that was open is due once on the other side, and none that was sent', async () => {
  const used = await stopped(clean)
  const source = openSqlite(databasePath(used.dataDir))
  const accepted =
    source.all<{ accepted: number }>('select sum(accepted + failed + gone) as accepted from push_entries')[0]
      ?.accepted ?? 0
  const due = source.all<{ seq: number; due: number; state: string }>(
    'select seq, due, state from push_entries order by seq',
  )
  source.close()
  await move(used.dataDir, used.url)
  const { outbox, log, database } = await nodeOn(clean, used)
  expect(await outbox.opened(await log.bounds())).toBe(6)
  await database.once(`update tocsin.push_retries set not_before = '-infinity'`)
  const counts = new Map<string, number>()
  for (let batch = await outbox.claim(100); batch !== null; batch = await outbox.claim(100)) {
    for (const { subscription } of batch.due) {
      const name = `${batch.entry.seq} ${subscription.id}`
      counts.set(name, (counts.get(name) ?? 0) + 1)
    }
    await outbox.settle(
      batch,
      batch.due.map(({ subscription }) => ({ subscriptionId: subscription.id, result: 'accepted', atMs: Date.now() })),
    )
  }
  expect([...counts.values()].filter((count) => count !== 1)).toEqual([])
  expect(accepted).toBeGreaterThan(10)
  expect(counts.size).toBeGreaterThan(10)
  const deliveries = (await Promise.all(used.alerts.map((id) => outbox.delivery(id)))).flat()
  const open = deliveries.filter(({ seq }) => due.some((row) => row.seq === seq && row.state === 'open'))
  expect(open.length).toBeGreaterThan(2)
  const allGone = open.reduce((sum, { gone }) => sum + gone, 0)
  for (const { seq, accepted, gone, failed, waiting } of open) {
    // Every reader of the run has one result in the end, but for those who were found to be gone in another run.
    const readers = due.find((row) => row.seq === seq)?.due ?? 0
    const ended = accepted + gone + failed
    expect([seq, waiting, ended <= readers, ended >= readers - (allGone - gone)]).toEqual([seq, 0, true, true])
  }
})

test('a moved delivery says what it said before, by service and by language, and goes on from there', async () => {
  const used = await stopped(clean)
  const before = openedStores(clean, used.dataDir)
  const world = { addressEncryption: used.addressEncryption, now: Date.now, newId, report: () => {} }
  const former = new SqliteOutbox({ ...world, sql: before.sql })
  const said = await Promise.all(used.alerts.map((id) => former.delivery(id)))
  before.close()
  const shown = said.flat()
  expect(shown.some(({ services }) => services.some(({ waiting }) => waiting > 0))).toBe(true)
  expect(shown.some(({ languages }) => languages.some(({ accepted, waiting }) => accepted > 0 && waiting > 0))).toBe(
    true,
  )
  await move(used.dataDir, used.url)
  const { outbox } = await nodeOn(clean, used)
  expect(await Promise.all(used.alerts.map((id) => outbox.delivery(id)))).toEqual(said)
})

test('after a move nothing is stored, and the answer says for good that it goes to the nodes on PostgreSQL', async () => {
  const dataDir = join(scratchFolder(clean), 'data')
  const used = await usedFolder(clean, dataDir)
  const other = openSqlite(databasePath(dataDir))
  clean(() => other.close())
  const append = () => used.log.append(newAlert(newId(), {}, new Date().toISOString()), 'once')
  beginMove(other, { id: 'm', target: 'postgres://db/x', at: '2026-03-01T12:00:00.000Z' })
  refuseWrites(other)
  await expect(append()).rejects.toMatchObject({ kind: 'moving', retryAfterSeconds: 5 })
  markMoved(other)
  const moved = await append().catch((error: unknown) => error)
  expect(moved).toMatchObject({ kind: 'moved', status: 503, code: 'cannot-store', retryAfterSeconds: undefined })
  expect((moved as Error).message).toMatch(/has moved to another database for good\. .*to the nodes on PostgreSQL/)
  expect((moved as Error).message).not.toMatch(/again in a moment/)
  used.storage.look()
  // A proxy goes on sending readers here.
  expect([used.storage.fault, used.storage.why]).toEqual(['moved', null])
  expect(used.said.at(-1)).toMatch(/has been moved to PostgreSQL for good/)
})

test('a move that is taken back ends together with the epoch of its log', async () => {
  const dataDir = join(scratchFolder(clean), 'data')
  const used = await usedFolder(clean, dataDir)
  const other = openSqlite(databasePath(dataDir))
  clean(() => other.close())
  beginMove(other, { id: 'm', target: 'postgres://db/x', at: '2026-03-01T12:00:00.000Z' })
  refuseWrites(other)
  markMoved(other)
  endMove(other, 'another-epoch')
  expect(used.sql.all('select epoch from log')).toEqual([{ epoch: 'another-epoch' }])
  expect(await used.log.append(newAlert(newId(), {}, new Date().toISOString()), 'after')).toMatchObject({ seq: 7 })
})

test('while a move drains, settlements and unsubscriptions pass, and nothing new is stored or claimed', async () => {
  const dataDir = join(scratchFolder(clean), 'data')
  const used = await usedFolder(clean, dataDir)
  const { sql, log, outbox, pauses, editors, subscriptions, tokens } = used
  const batch = await outbox.claim(3)
  if (batch === null) throw new Error('nothing is due')
  const other = openSqlite(databasePath(dataDir))
  clean(() => other.close())
  beginMove(other, { id: 'm', target: 'postgres://db/x', at: '2026-03-01T12:00:00.000Z' })
  const at = new Date().toISOString()
  const [{ id, token } = none, next = none] = tokens
  const refused = async (act: () => Promise<unknown>) =>
    expect(act()).rejects.toMatchObject({ name: 'StorageFault', kind: 'moving', status: 503 })
  await refused(() => log.append(newAlert(newId(), {}, at), 'while'))
  await refused(() => outbox.claim(3))
  await refused(() => pauses.change(() => ({ languages: [], topics: [] }), { reason: 'r', by: 'admin', at }))
  await refused(() => editors.add({ id: 'x', name: 'x', role: 'writer', createdAt: at }, 'hash'))
  await refused(() => subscriptions.change(id, token, makeInterest({ level: 'flash' }), false))
  expect(used.storage.fault).toBe('moving')
  // A proxy goes on sending readers here.
  expect(used.storage.why).toBeNull()
  await outbox.settle(batch, [])
  expect(await subscriptions.remove(id, token)).toBe(true)
  refuseWrites(other)
  await refused(() => subscriptions.remove(next.id, next.token))
  expect((await log.bounds()).head).toBe(6)
  used.storage.look()
  expect(used.storage.fault).toBe('moving')
  endMove(other)
  used.storage.look()
  expect([used.storage.fault, used.said.at(-1)]).toEqual([null, expect.stringMatching(/can be written again/)])
  expect(await log.append(newAlert(newId(), {}, new Date().toISOString()), 'after')).toMatchObject({ seq: 7 })
  expect(sql.all(`select 1 from sqlite_schema where type = 'trigger' or name = 'move'`)).toEqual([])
})
