import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openSqlite } from '../../../../src/node/storage/sqlite-file.ts'
import { AddressEncryption } from '../../../../src/push/crypto/address-encryption.ts'
import { PushAlarm } from '../../../../src/push/outbox/alarms.ts'
import { leaseMs } from '../../../../src/push/outbox/outbox.ts'
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
  await outbox.open(makeEntry(1, makeAlert(Date.parse('2026-03-01T12:00:00.000Z'))))
  expect((await outbox.claim(10))?.due).toMatchObject([{ subscription: { endpoint: 'https://fcm.googleapis.com/b' } }])
  expect(error).toHaveLength(1)
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
