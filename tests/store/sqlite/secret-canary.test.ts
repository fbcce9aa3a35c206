import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openSqlite } from '../../../src/node/storage/sqlite-file.ts'
import { AddressEncryption } from '../../../src/push/crypto/address-encryption.ts'
import { withoutSecret } from '../../../src/push/crypto/wrong-secret.ts'
import { PushAlarm } from '../../../src/push/outbox/alarms.ts'
import { SqliteOutbox } from '../../../src/store/sqlite/outbox/sqlite-outbox.ts'
import { verifySecret } from '../../../src/store/sqlite/secret-canary.ts'
import { SqliteSubscriptions } from '../../../src/store/sqlite/sqlite-subscriptions.ts'
import { addressOf, makeBrowserKeys } from '../../support/browser/browser-keys.ts'
import { makeAlert, makeEntry, makeInterest, newId, pushSecret } from '../../support/push/push-deps.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'

const clean = cleaning()
const keys = makeBrowserKeys()
const now = '2026-03-01T12:00:00.000Z'
const right = await AddressEncryption.make(pushSecret)
const wrong = await AddressEncryption.make(randomBytes(32))

function open(path = ':memory:') {
  const sql = openSqlite(path)
  clean(() => sql.close())
  return sql
}

async function subscribe(sql: ReturnType<typeof open>, count: number, addressEncryption = right): Promise<void> {
  const store = new SqliteSubscriptions({ sql, addressEncryption, newId })
  const preferences = { interest: makeInterest(), discreet: false, vapidKeyId: 'k' }
  await Promise.all(
    Array.from({ length: count }, () =>
      store.put({ ...addressOf(`https://fcm.googleapis.com/${newId()}`, keys), ...preferences }, now),
    ),
  )
}

test('an empty database accepts the first secret, and no other afterwards, also when it is opened again', async () => {
  const path = join(scratchFolder(clean), 'tocsin.db')
  const sql = open(path)
  expect(await verifySecret(sql, right)).toBe(true)
  expect(await verifySecret(sql, wrong)).toBe(false)
  expect(await verifySecret(open(path), wrong)).toBe(false)
  expect(await verifySecret(open(path), right)).toBe(true)
  expect(sql.all('select only_row from push_canary')).toHaveLength(1)
})

test.each([1, 2, 25])(
  'a database without a canary, with %i addresses, verifies the secret by decrypting them',
  async (count) => {
    const sql = open()
    await subscribe(sql, count)
    expect(await verifySecret(sql, wrong)).toBe(false)
    // A wrong secret stores no canary.
    expect(sql.all('select only_row from push_canary')).toEqual([])
    expect(await verifySecret(sql, right)).toBe(true)
    expect(await verifySecret(sql, wrong)).toBe(false)
  },
)

test('a damaged row does not make the right secret wrong', async () => {
  const sql = open()
  await subscribe(sql, 3)
  sql.run('update subscriptions set address = ? where row_id = 1', new Uint8Array(40))
  expect(await verifySecret(sql, right)).toBe(true)
})

test('without any subscription, the canary alone still detects a wrong secret', async () => {
  const sql = open()
  await subscribe(sql, 2)
  await verifySecret(sql, right)
  sql.run('delete from subscriptions')
  expect(await verifySecret(sql, wrong)).toBe(false)
})

test('with a wrong secret, operations that need it are refused with 503 and change nothing; counting still works', async () => {
  const sql = open()
  await subscribe(sql, 2)
  const store = withoutSecret(new SqliteSubscriptions({ sql, addressEncryption: wrong, newId }))
  const saved = {
    ...addressOf('https://fcm.googleapis.com/x', keys),
    interest: makeInterest(),
    discreet: false,
    vapidKeyId: 'k',
  }
  for (const asked of [
    store.put(saved, now),
    store.importOne(saved, now),
    store.get('x', 'y'),
    store.change('x', 'y', makeInterest(), false),
    store.page(0, 10),
  ])
    await expect(asked).rejects.toMatchObject({ status: 503, code: 'push-secret' })
  expect((await store.count())[0]?.count).toBe(2)
  expect((await store.hostKeyCounts())[0]?.subscriptions).toBe(2)
})

/** An outbox of ten readers, of whom some rows are damaged; gives what it reported. */
async function outboxWith(damaged: readonly number[]) {
  const sql = open()
  await subscribe(sql, 10)
  for (const row of damaged) sql.run('update subscriptions set address = ? where row_id = ?', new Uint8Array(40), row)
  const alarms: PushAlarm[] = []
  const clock = { ms: Date.parse(now) }
  const report = (it: unknown) => void (it instanceof PushAlarm && alarms.push(it))
  const outbox = new SqliteOutbox({ sql, addressEncryption: right, now: () => clock.ms, newId, report })
  const alert = makeAlert(clock.ms)
  await outbox.open(makeEntry(1, alert))
  const settleAll = async (limit: number, result: 'accepted' | 'again' = 'accepted') => {
    for (let batch = await outbox.claim(limit); batch !== null; batch = await outbox.claim(limit))
      await outbox.settle(
        batch,
        batch.due.map(({ subscription: { id }, attempts }) =>
          result === 'accepted'
            ? { subscriptionId: id, result, atMs: clock.ms }
            : {
                subscriptionId: id,
                result,
                notBeforeMs: clock.ms + 1_000,
                sealed: null,
                lookedGone: false,
                attempts: attempts + 1,
              },
        ),
      )
  }
  return { sql, outbox, alert, alarms, clock, settleAll, delivery: async () => (await outbox.delivery(alert.id))[0] }
}

test.each([
  [[1], 3],
  [[10], 10],
  [[1, 2, 3], 3],
  [[3, 4, 9], 4],
  [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 200],
])('rows %j that do not open are counted as failed and are one alarm (%i at a time)', async (damaged, limit) => {
  const { settleAll, delivery, alarms, sql } = await outboxWith(damaged)
  await settleAll(limit)
  expect(await delivery()).toMatchObject({
    due: 10,
    accepted: 10 - damaged.length,
    failed: damaged.length,
    waiting: 0,
    finishedAt: expect.any(String),
  })
  expect(new Set(alarms.filter(({ kind }) => kind === 'unreadable').map(({ detail }) => detail)).size).toBe(1)
  expect(alarms.some(({ kind }) => kind === 'failed')).toBe(damaged.length > 5)
  expect(sql.all('select 1 as one from push_slices')).toEqual([])
})

test('a row that is damaged between the first attempt and the second is counted too', async () => {
  const { sql, settleAll, delivery, clock } = await outboxWith([])
  await settleAll(4, 'again')
  sql.run('update subscriptions set address = ? where row_id in (2, 7)', new Uint8Array(40))
  clock.ms += 2_000
  await settleAll(4)
  expect(await delivery()).toMatchObject({ due: 10, accepted: 8, failed: 2, waiting: 0 })
})
