import { afterAll, expect, test } from 'vitest'
import type { Authority } from '../../../../src/auth/editor.ts'
import type { Batch, Outcome } from '../../../../src/push/outbox/outbox.ts'
import { leaseMs } from '../../../../src/push/outbox/outbox.ts'
import { PostgresLog } from '../../../../src/store/postgres/log/postgres-log.ts'
import { endPostgresLeases } from '../../../../src/store/postgres/outbox/outbox-leasing.ts'
import { PostgresOutbox } from '../../../../src/store/postgres/outbox/postgres-outbox.ts'
import type { PostgresDatabase } from '../../../../src/store/postgres/postgres-database.ts'
import { PostgresEditors } from '../../../../src/store/postgres/postgres-editors.ts'
import { freshDatabase, openDatabase } from '../../../support/postgres/fresh-database.ts'
import { emptyTables, generateSubscriptions } from '../../../support/postgres/push-stores.ts'
import { makeAlert, makeEntry, newId } from '../../../support/push/push-deps.ts'
import { newAlert, noon } from '../../../support/samples.ts'
import { cleaning } from '../../../support/scratch.ts'

const clean = cleaning()
const url = await freshDatabase(cleaning(afterAll))
const hourMs = 3_600_000
// Here only the database is looked at, so that its rows need not be decrypted.
const address = { endpoint: 'https://fcm.googleapis.com/x', p256dh: 'p', auth: 'a' }
const addressEncryption = { decrypt: async () => address }

/** Another process: its own pool, name and clock. `aheadMs`: how far its clock, and `laterMs`: how far the database's is ahead. */
function claimer(owner: string, { aheadMs = 0, laterMs = 0, database = openDatabase(clean, url) } = {}) {
  return new PostgresOutbox({
    ...{ database, addressEncryption, pauses: { current: async () => null }, newId, owner, report: () => {} },
    now: () => Date.now() + aheadMs,
    databaseNow: () => `statement_timestamp() + interval '${laterMs} milliseconds'`,
  })
}

async function readers(count: number): Promise<PostgresDatabase> {
  const database = openDatabase(clean, url)
  await emptyTables(database)
  await generateSubscriptions(database, count)
  return database
}

const idsOf = (batch: Batch | null): string[] => (batch?.due ?? []).map(({ subscription }) => subscription.id)
const accepted = (batch: Batch): Outcome[] =>
  idsOf(batch).map((subscriptionId) => ({ subscriptionId, result: 'accepted', atMs: Date.now() }))

/** Claims and settles until nothing is due; counts each push that was in a batch. */
async function work(outbox: PostgresOutbox, limit: number, sent: Map<string, number>): Promise<number> {
  let batches = 0
  for (let batch = await outbox.claim(limit); batch !== null; batch = await outbox.claim(limit)) {
    batches += 1
    for (const id of idsOf(batch)) sent.set(id, (sent.get(id) ?? 0) + 1)
    await outbox.settle(batch, accepted(batch))
  }
  return batches
}

test.each([
  [300, 7],
  [5_000, 100],
  [25_000, 500],
])(
  '%d pushes claimed by several processes at once, %d each time, are each in one batch',
  async (count, limit) => {
    await readers(count)
    const outboxes = ['a', 'b', 'c'].map((owner) => claimer(owner))
    const alert = makeAlert(Date.now())
    const sent = new Map<string, number>()
    await Promise.all(outboxes.map((outbox) => outbox.open(makeEntry(1, alert))))
    // Two at once in each process, as its pusher does.
    const batches = await Promise.all([...outboxes, ...outboxes].map((outbox) => work(outbox, limit, sent)))
    expect([sent.size, Math.max(...sent.values())]).toEqual([count, 1])
    expect(batches.filter((it) => it > 0).length).toBeGreaterThan(1)
    expect(await outboxes[0]?.delivery(alert.id)).toMatchObject([
      { due: count, accepted: count, waiting: 0, finishedAt: expect.any(String) },
    ])
  },
  30_000,
)

test('the leases of a process that died come back by the database’s clock, whatever the clocks of the processes say', async () => {
  await readers(30)
  const database = openDatabase(clean, url, { applicationName: 'dead' })
  const dead = claimer('dead', { aheadMs: 7 * hourMs, database })
  const alert = makeAlert(Date.now())
  await dead.open(makeEntry(1, alert))
  const lost = await dead.claim(10)
  if (lost === null) throw new Error('nothing was due')
  const admin = openDatabase(clean, url)
  await admin.once("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'dead'")
  for (const aheadMs of [-9 * hourMs, 9 * hourMs]) {
    const other = claimer('other', { aheadMs })
    expect((await other.claim(20))?.due.length ?? 0).toBe(aheadMs < 0 ? 20 : 0)
  }
  expect(await claimer('early', { laterMs: leaseMs - 10_000 }).claim(10)).toBeNull()
  const late = claimer('late', { laterMs: leaseMs + 1_000, aheadMs: -9 * hourMs })
  const back = [await late.claim(10), await late.claim(10)]
  expect(back.map((batch) => idsOf(batch).length).sort()).toEqual([10, 20])
  expect(back.map((batch) => idsOf(batch))).toContainEqual(idsOf(lost))
  await dead.settle(lost, accepted(lost))
  expect(await late.delivery(alert.id)).toMatchObject([{ accepted: 0, waiting: 30 }])
  for (const batch of back) if (batch !== null) await late.settle(batch, accepted(batch))
  expect(await late.delivery(alert.id)).toMatchObject([{ accepted: 30, waiting: 0, finishedAt: expect.any(String) }])
})

test('a lease ends on its owner’s clock no later than on the database’s', async () => {
  await readers(1)
  for (const aheadMs of [-hourMs, 0, hourMs]) {
    const outbox = claimer(`of ${aheadMs}`, { aheadMs, laterMs: 0 })
    await outbox.open(makeEntry(aheadMs + 2 * hourMs, makeAlert(Date.now())))
    const beforeMs = Date.now() + aheadMs
    const batch = await outbox.claim(1)
    expect(batch?.leaseUntilMs).toBeGreaterThanOrEqual(beforeMs + leaseMs)
    expect(batch?.leaseUntilMs).toBeLessThanOrEqual(Date.now() + aheadMs + leaseMs)
  }
})

test('a lease from before the database’s clock was set back is not kept for as long', async () => {
  await readers(5)
  const ahead = claimer('ahead', { laterMs: 3 * hourMs })
  await ahead.open(makeEntry(1, makeAlert(Date.now(), { expiresAt: '2036-01-01T00:00:00.000Z' })))
  const ids = idsOf(await ahead.claim(5))
  expect(ids).toHaveLength(5)
  expect(idsOf(await claimer('now').claim(5))).toEqual(ids)
})

test('connections that break in the middle of claims and settlements lose no push, and repeat at most what was leased', async () => {
  const admin = await readers(600)
  const alert = makeAlert(Date.now(), { expiresAt: '2036-01-01T00:00:00.000Z' })
  const sent = new Map<string, number>()
  const limit = 20
  let broken = 0
  const failing = async (owner: string): Promise<void> => {
    const database = openDatabase(clean, url, { applicationName: 'breaks', connectionsMax: 2 })
    const outbox = claimer(owner, { database })
    for (let tries = 0; tries < 200; tries += 1)
      try {
        await work(outbox, limit, sent)
        return
      } catch {
        broken += 1
      }
  }
  await claimer('first').open(makeEntry(1, alert))
  const working = Promise.all(['a', 'b', 'c'].map(failing))
  let isOver = false
  const breaking = (async () => {
    while (!isOver) {
      await admin.once("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'breaks'")
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  })()
  await working
  isOver = true
  await breaking
  const before = new Map(sent)
  await work(claimer('last', { laterMs: leaseMs + 1_000 }), limit, sent)
  expect(sent.size).toBe(600)
  const repeats = [...sent.values()].reduce((sum, count) => sum + count - 1, 0)
  expect(repeats).toBeLessThanOrEqual(broken * limit)
  expect(before.size).toBeGreaterThan(0)
  expect(await claimer('reader').delivery(alert.id)).toMatchObject([
    { due: 600, accepted: 600, waiting: 0, finishedAt: expect.any(String) },
  ])
}, 60_000)

test('the leases of a lost owner end at once; a living one keeps its own', async () => {
  const database = await readers(4)
  const [lost, living] = [claimer('a.1'), claimer('a.10')]
  await lost.open(makeEntry(1, makeAlert(Date.now())))
  const first = await lost.claim(1)
  if (first === null) throw new Error('nothing is due')
  const again = { result: 'again' as const, notBeforeMs: 0, sealed: null, attempts: 1, lookedGone: false }
  await lost.settle(first, [{ subscriptionId: idsOf(first)[0] ?? '', ...again }])
  const held = [await living.claim(1), await lost.claim(1), await lost.claim(1)]
  expect(held.map((batch) => batch?.due.length)).toEqual([1, 1, 1])
  expect((await lost.claim(10))?.due.map(({ attempts }) => attempts)).toEqual([1])
  expect(await living.claim(10)).toBeNull()
  expect(await endPostgresLeases(database, (owner) => owner === 'a.1')).toEqual(['a.1'])
  const back = [await living.claim(10), await living.claim(10), await living.claim(10)]
  expect(back.map((batch) => batch?.due.map(({ attempts }) => attempts)).sort()).toEqual([[0], [0], [1]])
  expect(await living.claim(10)).toBeNull()
  expect(await endPostgresLeases(database, (owner) => owner === 'a.1')).toEqual([])
})

test('an editor stops an alert up to its newest entry, also one that is not opened yet; nobody else does', async () => {
  const database = await readers(3)
  const log = await PostgresLog.open(database, () => 'e1')
  const editors = new PostgresEditors(database)
  const by: Authority = { editorId: 'a', credential: { by: 'key', hash: 'key of a' }, role: 'editor', at: noon }
  await editors.add({ id: 'a', name: 'a', role: 'admin', createdAt: noon }, 'key of a')
  const entry = await log.append(newAlert('one', {}, new Date().toISOString()), 'k1')
  const outbox = claimer('a')
  await outbox.begin({ epoch: 'e1', head: 0 })
  expect(await outbox.opened({ epoch: 'e1', head: 1 })).toBe(0)
  await expect(outbox.stopNewest('one', { ...by, credential: { by: 'key', hash: 'other' } })).rejects.toMatchObject({
    status: 401,
  })
  expect(await outbox.stopNewest('unknown', by)).toBe(false)
  expect(await outbox.stopNewest('one', by)).toBe(true)
  await outbox.open(entry)
  expect(await outbox.claim(10)).toBeNull()
  expect(await outbox.part('one')).toMatchObject({ opened: 1, counts: [{ due: 3, stopped: 3 }] })
})
