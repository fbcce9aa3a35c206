import { expect, test } from 'vitest'
import { openSqlite } from '../../../../src/node/storage/sqlite-file.ts'
import { AddressEncryption } from '../../../../src/push/crypto/address-encryption.ts'
import type { Batch, Outcome } from '../../../../src/push/outbox/outbox.ts'
import { leaseMs } from '../../../../src/push/outbox/outbox.ts'
import { outboxFigures } from '../../../../src/store/sqlite/outbox/outbox-figures.ts'
import { SqliteOutbox } from '../../../../src/store/sqlite/outbox/sqlite-outbox.ts'
import { SqliteSubscriptions } from '../../../../src/store/sqlite/sqlite-subscriptions.ts'
import { addressOf, makeBrowserKeys } from '../../../support/browser/browser-keys.ts'
import { makeAlert, makeEntry, makeInterest, newId, pushSecret } from '../../../support/push/push-deps.ts'
import { cleaning } from '../../../support/scratch.ts'

/** What became of a push, of whomever. */
type How = {
  [Result in Outcome['result']]: Omit<Extract<Outcome, { result: Result }>, 'subscriptionId'>
}[Outcome['result']]

const clean = cleaning()
const startMs = Date.parse('2026-03-01T12:00:00.000Z')

async function setUp(readers: number) {
  const clock = { ms: startMs }
  const sql = openSqlite(':memory:')
  clean(() => sql.close())
  const addressEncryption = await AddressEncryption.make(pushSecret)
  const outbox = new SqliteOutbox({ sql, addressEncryption, now: () => clock.ms, newId, report: () => {} })
  const store = new SqliteSubscriptions({ sql, addressEncryption, newId })
  for (let nth = 0; nth < readers; nth += 1) {
    const address = addressOf(`https://fcm.googleapis.com/${nth}`, makeBrowserKeys())
    const preferences = { interest: makeInterest(), discreet: false, vapidKeyId: 'k' }
    await store.put({ ...address, ...preferences }, new Date(0).toISOString())
  }
  const claim = async (limit: number): Promise<Batch> => {
    const batch = await outbox.claim(limit)
    if (batch === null) throw new Error('there was nothing to claim')
    return batch
  }
  const settle = (batch: Batch, how: How) =>
    outbox.settle(
      batch,
      batch.due.map(({ subscription }) => ({ subscriptionId: subscription.id, ...how }) as Outcome),
    )
  const figures = () => outboxFigures(sql, clock.ms)
  return { clock, outbox, claim, settle, figures }
}

test('waiting and leased pushes are counted correctly, through leases, retries and their end', async () => {
  const { clock, outbox, claim, settle, figures } = await setUp(7)
  expect(figures()).toEqual({ waiting: 0, lent: 0, seconds: [] })
  await outbox.open(makeEntry(1, makeAlert(startMs)))
  expect(figures()).toMatchObject({ waiting: 7, lent: 0 })
  const [first, second] = [await claim(2), await claim(10)]
  expect(figures()).toMatchObject({ waiting: 7, lent: 2 })
  await settle(first, { result: 'accepted', atMs: clock.ms })
  expect(figures()).toMatchObject({ waiting: 5, lent: 1 })
  await settle(second, {
    result: 'again',
    notBeforeMs: startMs + 1_000,
    sealed: null,
    attempts: 1,
    lookedGone: false,
  })
  expect(figures()).toMatchObject({ waiting: 5, lent: 0 })
  clock.ms = startMs + 1_000
  // Five rows of retries in one batch are one loan; it ends by itself, to the millisecond.
  expect((await claim(10)).due).toHaveLength(5)
  expect(figures()).toMatchObject({ waiting: 5, lent: 1 })
  clock.ms = startMs + 1_000 + leaseMs - 1
  expect(figures().lent).toBe(1)
  clock.ms += 1
  expect(figures()).toMatchObject({ waiting: 5, lent: 0 })
})

test('what was leased for the first time and not returned is leased until its lease ends, to the millisecond', async () => {
  const { clock, outbox, claim, figures } = await setUp(4)
  await outbox.open(makeEntry(1, makeAlert(startMs)))
  await claim(1)
  clock.ms = startMs + 1_000
  await claim(1)
  for (const [ms, lent] of [
    [leaseMs - 1, 2],
    [leaseMs, 1],
    [leaseMs + 999, 1],
    [leaseMs + 1_000, 0],
  ] as const) {
    clock.ms = startMs + ms
    expect(figures(), `after ${ms} ms`).toMatchObject({ waiting: 4, lent })
  }
})

test('what was stopped waits no more; what another change still has to send does', async () => {
  const { outbox, claim, settle, figures, clock } = await setUp(3)
  const [one, other] = [makeAlert(startMs), makeAlert(startMs)]
  await outbox.open(makeEntry(1, one))
  await settle(await claim(1), { result: 'accepted', atMs: clock.ms })
  await outbox.stop(one.id, 1)
  expect(figures()).toMatchObject({ waiting: 0, lent: 0 })
  await outbox.open(makeEntry(2, other))
  expect(figures()).toMatchObject({ waiting: 3, lent: 0 })
})

test('the seconds are those of the last day, by what was accepted', async () => {
  const { clock, outbox, claim, settle, figures } = await setUp(1)
  for (const [seq, ms] of [
    [1, 40],
    [2, 900],
  ] as const) {
    await outbox.open(makeEntry(seq, makeAlert(clock.ms)))
    const batch = await claim(1)
    await settle(batch, { result: 'accepted', atMs: clock.ms + ms })
  }
  const seconds = Object.fromEntries(figures().seconds)
  expect(seconds[0.5]).toBeGreaterThanOrEqual(0.04)
  expect(seconds[0.5]).toBeLessThan(0.05)
  expect(seconds[0.99]).toBeGreaterThanOrEqual(0.9)
  expect(seconds[0.99]).toBeLessThan(1)
  clock.ms += 24 * 60 * 60_000 + 2_000
  expect(figures().seconds).toEqual([])
})
