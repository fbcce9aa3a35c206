import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openSqlite } from '../../../../src/node/storage/sqlite-file.ts'
import { AddressEncryption } from '../../../../src/push/crypto/address-encryption.ts'
import { PushAlarm } from '../../../../src/push/outbox/alarms.ts'
import { leaseMs, type Outcome } from '../../../../src/push/outbox/outbox.ts'
import { endLeases } from '../../../../src/store/sqlite/outbox/outbox-leases.ts'
import { SqliteOutbox } from '../../../../src/store/sqlite/outbox/sqlite-outbox.ts'
import { SqliteEditors } from '../../../../src/store/sqlite/sqlite-editors.ts'
import { SqlitePause } from '../../../../src/store/sqlite/sqlite-pause.ts'
import { SqliteSubscriptions } from '../../../../src/store/sqlite/sqlite-subscriptions.ts'
import { type OutboxRig, outboxContract } from '../../../contracts/outbox.ts'
import { addressOf, makeBrowserKeys } from '../../../support/browser/browser-keys.ts'
import { makeAlert, makeEntry, makeInterest, newId, pushSecret } from '../../../support/push/push-deps.ts'
import { cleaning, scratchFolder } from '../../../support/scratch.ts'

const clean = cleaning()

async function open(path: string, clock?: { ms: number }): Promise<OutboxRig> {
  return rigOf(path, clock)
}

async function rigOf(path: string, clock = { ms: Date.parse('2026-03-01T12:00:00.000Z') }) {
  const sql = openSqlite(path)
  let closed = false
  const close = async (): Promise<void> => {
    if (!closed) sql.close()
    closed = true
  }
  clean(close)
  const addressEncryption = await AddressEncryption.make(pushSecret)
  const error: unknown[] = []
  // That hardly anybody was reached is looked at in outbox-failures.test.ts.
  const report = (it: unknown): void => {
    if (!(it instanceof PushAlarm && it.kind === 'failed')) error.push(it)
  }
  const deps = { sql, addressEncryption, now: () => clock.ms, newId, report }
  return {
    sql,
    deps,
    outbox: new SqliteOutbox(deps),
    store: new SqliteSubscriptions({ sql, addressEncryption, newId }),
    editors: new SqliteEditors(sql),
    pauses: new SqlitePause(sql),
    clock,
    leaseMs,
    error,
    close,
    async reopen() {
      await close()
      return open(path, clock)
    },
  }
}

outboxContract(() => open(join(scratchFolder(clean), 'tocsin.db')))

test('an address that cannot be decrypted is reported and does not delay the others', async () => {
  const path = join(scratchFolder(clean), 'tocsin.db')
  const { outbox, store, error } = await open(path)
  const save = { interest: makeInterest(), discreet: false, vapidKeyId: 'k1' }
  for (const name of ['a', 'b'])
    await store.put(
      { ...addressOf(`https://fcm.googleapis.com/${name}`, makeBrowserKeys()), ...save },
      '2026-01-01T00:00:00.000Z',
    )
  const sql = openSqlite(path)
  sql.run("update subscriptions set address = x'0102030405060708090a0b0c0d0e0f' where row_id = 1")
  sql.close()
  const alert = makeAlert(Date.parse('2026-03-01T12:00:00.000Z'))
  await outbox.open(makeEntry(1, alert))
  const batch = await outbox.claim(10)
  if (batch === null) throw new Error('nothing is due')
  expect(batch.due).toMatchObject([{ subscription: { endpoint: 'https://fcm.googleapis.com/b' } }])
  expect(error).toHaveLength(1)
  await outbox.settle(batch, [])
  expect((await outbox.delivery(alert.id))[0]?.languages).toEqual([
    { language: 'en', due: 2, accepted: 0, gone: 0, failed: 1, waiting: 1 },
  ])
})

test('what an older version set aside to be sent again waits at its service after the upgrade, and no longer than that', async () => {
  const { sql, deps, store, clock, outbox } = await rigOf(join(scratchFolder(clean), 'tocsin.db'))
  const save = { interest: makeInterest(), discreet: false, vapidKeyId: 'k1' }
  for (const host of ['fcm.googleapis.com', 'fcm.googleapis.com', 'web.push.apple.com']) {
    const address = addressOf(`https://${host}/${newId()}`, makeBrowserKeys())
    await store.put({ ...address, ...save }, '2026-01-01T00:00:00.000Z')
  }
  const alert = makeAlert(clock.ms)
  await outbox.open(makeEntry(1, alert))
  const settled = async (from: SqliteOutbox, result: (id: string, nth: number) => Outcome) => {
    const batch = await from.claim(10)
    if (batch === null) throw new Error('nothing is due')
    await from.settle(
      batch,
      batch.due.map(({ subscription }, nth) => result(subscription.id, nth)),
    )
  }
  const again = { result: 'again', notBeforeMs: clock.ms, sealed: null, attempts: 1, lookedGone: false } as const
  const accepted = { result: 'accepted', atMs: clock.ms } as const
  await settled(outbox, (subscriptionId, nth) => ({ subscriptionId, ...(nth === 0 ? accepted : again) }))
  sql.run('drop table push_languages')
  sql.run('alter table push_services drop column waiting')
  sql.run(`update schema_steps set step = step - 1 where room = 'outbox'`)
  const upgraded = new SqliteOutbox(deps)
  const waiting = async () => (await upgraded.delivery(alert.id))[0]?.services.map((it) => [it.host, it.waiting])
  expect(await waiting()).toEqual([
    ['fcm.googleapis.com', 1],
    ['web.push.apple.com', 1],
  ])
  await settled(upgraded, (subscriptionId, nth) => ({ subscriptionId, ...(nth === 0 ? accepted : again) }))
  expect((await waiting())?.reduce((sum, [, count]) => sum + Number(count), 0)).toBe(1)
  await settled(upgraded, (subscriptionId) => ({ subscriptionId, ...accepted }))
  expect(await upgraded.delivery(alert.id)).toMatchObject([
    { accepted: 3, languages: [{ language: 'en', due: 2, accepted: 2, waiting: 0 }] },
  ])
})

test('the leases of a dead owner end at once; those of a live owner stay', async () => {
  const { sql, store, clock, deps } = await rigOf(join(scratchFolder(clean), 'tocsin.db'))
  const [lost, living] = [new SqliteOutbox({ ...deps, owner: 'a.1' }), new SqliteOutbox({ ...deps, owner: 'a.10' })]
  const save = { interest: makeInterest(), discreet: false, vapidKeyId: 'k1' }
  for (const name of ['a', 'b', 'c', 'd'])
    await store.put(
      { ...addressOf(`https://fcm.googleapis.com/${name}`, makeBrowserKeys()), ...save },
      '2026-01-01T00:00:00.000Z',
    )
  await lost.open(makeEntry(1, makeAlert(clock.ms)))
  const first = await lost.claim(1)
  if (first === null) throw new Error('nothing is due')
  const [due] = first.due
  const again = { result: 'again' as const, notBeforeMs: clock.ms, sealed: null, attempts: 1, lookedGone: false }
  await lost.settle(first, [{ subscriptionId: due?.subscription.id ?? '', ...again }])
  const lentRetry = async (outbox: SqliteOutbox) => (await outbox.claim(10))?.due.map(({ attempts }) => attempts)
  const held = [await living.claim(1), await lost.claim(1), await lost.claim(1)]
  expect(held.map((batch) => batch?.due.length)).toEqual([1, 1, 1])
  expect(await lentRetry(lost)).toEqual([1])
  expect(await living.claim(10)).toBeNull()

  expect(endLeases(sql, (owner) => owner === 'a.1')).toEqual(['a.1'])
  const back = [await living.claim(10), await living.claim(10), await living.claim(10)]
  expect(back.map((batch) => batch?.due.map(({ attempts }) => attempts)).sort()).toEqual([[0], [0], [1]])
  expect(await living.claim(10)).toBeNull()
  expect(endLeases(sql, (owner) => owner === 'a.1')).toEqual([])
})

test('an outbox that begins beside an old log opens nothing of what is in it', async () => {
  const { outbox } = await rigOf(join(scratchFolder(clean), 'tocsin.db'))
  outbox.begin({ epoch: 'e1', head: 900 })
  expect(await outbox.opened({ epoch: 'e1', head: 901 })).toBe(900)
  outbox.begin({ epoch: 'e1', head: 950 })
  expect(await outbox.opened({ epoch: 'e1', head: 950 })).toBe(900)
})
