import { expect, test } from 'vitest'
import { openSqlite } from '../../../../src/node/storage/sqlite-file.ts'
import { AddressEncryption } from '../../../../src/push/crypto/address-encryption.ts'
import { leaseMs } from '../../../../src/push/outbox/outbox.ts'
import { nextDueMs } from '../../../../src/store/sqlite/outbox/outbox-due.ts'
import { SqliteOutbox } from '../../../../src/store/sqlite/outbox/sqlite-outbox.ts'
import { takePause } from '../../../../src/store/sqlite/sqlite-pause.ts'
import { SqliteSubscriptions } from '../../../../src/store/sqlite/sqlite-subscriptions.ts'
import { addressOf, makeBrowserKeys } from '../../../support/browser/browser-keys.ts'
import { makeAlert, makeEntry, makeInterest, newId, pushSecret } from '../../../support/push/push-deps.ts'

const startMs = Date.parse('2026-03-01T12:00:00.000Z')

async function setUp(readers: number) {
  const clock = { ms: startMs }
  const sql = openSqlite(':memory:')
  const addressEncryption = await AddressEncryption.make(pushSecret)
  const world = { now: () => clock.ms, newId, report: () => undefined }
  const outbox = new SqliteOutbox({ sql, addressEncryption, ...world })
  const store = new SqliteSubscriptions({ sql, addressEncryption, newId })
  for (let nth = 0; nth < readers; nth += 1) {
    const address = addressOf(`https://fcm.googleapis.com/${nth}`, makeBrowserKeys())
    await store.put(
      { ...address, interest: makeInterest(), discreet: false, vapidKeyId: 'k' },
      new Date(0).toISOString(),
    )
  }
  const alert = makeAlert(startMs)
  await outbox.open(makeEntry(1, alert))
  return { clock, sql, outbox, expiresMs: Date.parse(alert.expiresAt), alert }
}

test('nothing is due where nothing is open', async () => {
  expect(nextDueMs((await setUp(0)).sql)).toBeNull()
})

test('what was never leased is due now, what is leased when its lease ends, a retry at its time', async () => {
  const { sql, outbox } = await setUp(2)
  expect(nextDueMs(sql)).toBe(0)
  const batch = await outbox.claim(1)
  expect(nextDueMs(sql)).toBe(0)
  const rest = await outbox.claim(10)
  expect(nextDueMs(sql)).toBe(startMs + leaseMs)
  if (batch === null || rest === null) throw new Error('there was work')
  const again = { result: 'again' as const, notBeforeMs: startMs + 5_000, sealed: null, attempts: 1, lookedGone: false }
  for (const it of [batch, rest])
    await outbox.settle(
      it,
      it.due.map(({ subscription }) => ({ subscriptionId: subscription.id, ...again })),
    )
  expect(nextDueMs(sql)).toBe(startMs + 5_000)
  expect(await outbox.claim(10)).toBeNull()
})

test('of several open changes the first that has something to do decides, in whichever order they were opened', async () => {
  const { clock, sql, outbox, alert } = await setUp(1)
  const id = newId()
  // The first is on loan, the second was never lent.
  expect(await outbox.claim(10)).not.toBeNull()
  expect(nextDueMs(sql)).toBe(startMs + leaseMs)
  await outbox.open(makeEntry(2, { ...alert, id }))
  expect(nextDueMs(sql)).toBe(0)
  // Both are on loan, the second for longer.
  clock.ms = startMs + 10_000
  expect(await outbox.claim(10)).not.toBeNull()
  expect(nextDueMs(sql)).toBe(startMs + leaseMs)
})

test('a paused change’s retries make no other one due', async () => {
  const { clock, sql, outbox, alert } = await setUp(1)
  const lent = await outbox.claim(10)
  await outbox.open(makeEntry(2, { ...alert, id: newId(), topics: ['rights'] }))
  const second = await outbox.claim(10)
  if (lent === null || second === null) throw new Error('there was work')
  const again = { result: 'again' as const, notBeforeMs: startMs + 5_000, sealed: null, attempts: 1, lookedGone: false }
  await outbox.settle(
    second,
    second.due.map(({ subscription }) => ({ subscriptionId: subscription.id, ...again })),
  )
  expect(nextDueMs(sql)).toBe(startMs + 5_000)
  takePause(sql, {
    languages: [],
    topics: ['rights'],
    reason: 'Wait.',
    by: 'e1',
    byName: null,
    at: '2026-03-01T12:00:00.000Z',
  })
  expect(nextDueMs(sql), 'the lease of the first').toBe(startMs + leaseMs)
  clock.ms = startMs + 5_000
  expect(await outbox.claim(10)).toBeNull()
})

test('what is paused is due when it expires; when the pause has ended, now', async () => {
  const { sql, outbox, expiresMs } = await setUp(1)
  const note = { reason: 'Wait.', by: 'e1', byName: null, at: '2026-03-01T12:00:00.000Z' }
  takePause(sql, { languages: ['en'], topics: [], ...note })
  expect(nextDueMs(sql)).toBe(expiresMs)
  expect(await outbox.claim(10)).toBeNull()
  takePause(sql, null)
  expect(nextDueMs(sql)).toBe(0)
})

test('whenever it says that something is due, a claim changes something: who follows it does not run in circles', async () => {
  const { clock, sql, outbox } = await setUp(3)
  for (let turn = 0; turn < 20; turn += 1) {
    const due = nextDueMs(sql)
    if (due === null) return
    clock.ms = Math.max(clock.ms, due)
    const batch = await outbox.claim(2)
    if (batch !== null && turn % 2 === 0)
      await outbox.settle(
        batch,
        batch.due.map(({ subscription }) => ({ subscriptionId: subscription.id, result: 'accepted', atMs: clock.ms })),
      )
  }
  throw new Error('it did not come to an end')
})
