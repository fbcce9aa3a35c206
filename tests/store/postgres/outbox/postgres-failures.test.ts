import { afterAll, expect, test } from 'vitest'
import type { PauseStore } from '../../../../src/desk/pause.ts'
import { PushAlarm } from '../../../../src/push/outbox/alarms.ts'
import type { Outcome } from '../../../../src/push/outbox/outbox.ts'
import { PostgresOutbox } from '../../../../src/store/postgres/outbox/postgres-outbox.ts'
import { addressOf, makeBrowserKeys } from '../../../support/browser/browser-keys.ts'
import { freshDatabase, openDatabase } from '../../../support/postgres/fresh-database.ts'
import { addressEncryption, emptyTables, subscriptionsIn } from '../../../support/postgres/push-stores.ts'
import { makeAlert, makeEntry, makeInterest, newId } from '../../../support/push/push-deps.ts'
import { cleaning } from '../../../support/scratch.ts'

const clean = cleaning()
const url = await freshDatabase(cleaning(afterAll))
const keys = makeBrowserKeys()
const startMs = Date.parse('2026-03-01T12:00:00.000Z')
const hourMs = 3_600_000
const fcm = 'fcm.googleapis.com'
const apple = 'web.push.apple.com'
type Result = 'accepted' | 'gone' | 'failed' | 'again'

const everything = {
  languages: [],
  topics: [],
  reason: 'a test',
  by: 'e',
  byName: null,
  at: '2026-03-01T12:00:00.000Z',
}

async function setUp(hosts: readonly string[], pauses: Pick<PauseStore, 'current'> = { current: async () => null }) {
  const database = openDatabase(clean, url)
  await emptyTables(database)
  const clock = { ms: startMs }
  const alarms: PushAlarm[] = []
  const report = (it: unknown) => void (it instanceof PushAlarm && alarms.push(it))
  const outbox = new PostgresOutbox({
    ...{ database, addressEncryption: await addressEncryption(), pauses, now: () => clock.ms, newId, report },
    databaseNow: () => `to_timestamp(${clock.ms} / 1000.0)`,
  })
  const store = await subscriptionsIn(database)
  const preferences = { interest: makeInterest(), discreet: false, vapidKeyId: 'k' }
  await Promise.all(
    hosts.map((host) =>
      store.put({ ...addressOf(`https://${host}/${newId()}`, keys), ...preferences }, '2026-01-01T00:00:00.000Z'),
    ),
  )
  /** Settles what is due now with these results; resolves with how many pushes there were. */
  const settleDue = async (resultOf: (host: string, nth: number) => Result): Promise<number> => {
    let nth = 0
    for (let batch = await outbox.claim(50); batch !== null; batch = await outbox.claim(50))
      await outbox.settle(
        batch,
        batch.due.map(({ subscription: { id, endpoint }, attempts }): Outcome => {
          const result = resultOf(new URL(endpoint).host, nth++)
          if (result === 'accepted') return { subscriptionId: id, result, atMs: clock.ms }
          if (result !== 'again') return { subscriptionId: id, result }
          const left = { sealed: null, lookedGone: false, attempts: attempts + 1 }
          return { subscriptionId: id, result, notBeforeMs: clock.ms + 1_000, ...left }
        }),
      )
    clock.ms += 2_000
    return nth
  }
  const failures = () => alarms.filter(({ kind }) => kind === 'failed').map(({ host, detail }) => [host, detail])
  return { database, clock, outbox, store, settleDue, failures, alarms }
}

const readers = (count: number, host = fcm): string[] => Array.from({ length: count }, () => host)

test.each([1, 3])('an alert that none of %i accepts is one alarm, after the second attempt', async (count) => {
  const { outbox, settleDue, failures } = await setUp(readers(count))
  await outbox.open(makeEntry(7, makeAlert(startMs)))
  await settleDue(() => 'again')
  expect(failures()).toEqual([])
  for (let nth = 0; nth < 3; nth += 1) await settleDue(() => 'again')
  expect(failures()).toEqual([[null, expect.stringContaining('of entry 7, none was accepted: 0 failed, 0 were gone')]])
  await settleDue(() => 'failed')
  expect(failures()).toHaveLength(1)
})

test.each<[string, (host: string, nth: number) => Result, number]>([
  ['all accepted', () => 'accepted', 0],
  ['half failed', (_, nth) => (nth % 2 === 0 ? 'failed' : 'accepted'), 0],
  ['more than half failed', (_, nth) => (nth < 6 ? 'failed' : 'accepted'), 1],
  ['all gone', () => 'gone', 1],
  ['some gone, the others accepted', (_, nth) => (nth < 3 ? 'gone' : 'accepted'), 0],
  ['gone and failed', (_, nth) => (nth < 5 ? 'gone' : 'failed'), 1],
])('of ten pushes %s', async (_, resultOf, alarms) => {
  const { outbox, settleDue, failures } = await setUp(readers(10))
  await outbox.open(makeEntry(1, makeAlert(startMs)))
  await settleDue(resultOf)
  expect(failures()).toHaveLength(alarms)
})

test('one service where all failed is named, beside others that accept', async () => {
  const { outbox, settleDue, failures } = await setUp([
    ...readers(8),
    ...readers(3, apple),
    'wns2-x.notify.windows.com',
  ])
  await outbox.open(makeEntry(4, makeAlert(startMs)))
  await settleDue((host) => (host === fcm ? 'accepted' : 'failed'))
  expect(failures()).toEqual([[apple, 'Of 3 pushes of entry 4 there, none was accepted: all failed.']])
})

test.each([true, false])('an alert that expires unsent is an alarm, unless the pause held it (%s)', async (isHeld) => {
  const pause = isHeld ? everything : null
  const { clock, outbox, settleDue, failures } = await setUp(readers(3), { current: async () => pause })
  await outbox.open(makeEntry(2, makeAlert(startMs)))
  clock.ms += 2 * hourMs
  expect(await settleDue(() => 'accepted')).toBe(0)
  expect(failures()).toHaveLength(isHeld ? 0 : 1)
})

test('an address that cannot be decrypted is reported and counted as failed, and does not hold up the others', async () => {
  const { database, outbox, settleDue, alarms } = await setUp(readers(10))
  await database.once(`update tocsin.subscriptions set address = '\\x0102030405060708090a0b0c0d0e0f' where row_id <= 2`)
  const alert = makeAlert(startMs)
  await outbox.open(makeEntry(1, alert))
  expect(await settleDue(() => 'accepted')).toBe(8)
  expect(await outbox.delivery(alert.id)).toMatchObject([
    {
      ...{ due: 10, accepted: 8, failed: 2, waiting: 0, finishedAt: expect.any(String) },
      languages: [{ language: 'en', due: 10, accepted: 8, gone: 0, failed: 2, waiting: 0 }],
    },
  ])
  expect(alarms.map(({ kind }) => kind)).toEqual(['unreadable'])
})

test('a push that a service accepts for another VAPID key moves its subscription to that key, and the counts follow', async () => {
  const { outbox, store } = await setUp(readers(3))
  await outbox.open(makeEntry(1, makeAlert(startMs)))
  const batch = await outbox.claim(10)
  if (batch === null) throw new Error('nothing is due')
  const outcomes = batch.due.map(
    ({ subscription: { id } }, nth): Outcome => ({
      ...{ subscriptionId: id, result: 'accepted', atMs: startMs },
      ...(nth === 0 ? { vapidKeyId: 'other' } : {}),
    }),
  )
  await outbox.settle(batch, outcomes)
  const counts = (await store.hostKeyCounts()).map(({ vapidKeyId, subscriptions }) => [vapidKeyId, subscriptions])
  expect(counts.toSorted()).toEqual([
    ['k', 2],
    ['other', 1],
  ])
})

test('deliveries of the last three months are kept, older ones are deleted with all that belongs to them', async () => {
  const { database, clock, outbox, settleDue } = await setUp([...readers(2), apple])
  await outbox.opened({ epoch: 'e1', head: 0 })
  const tables = ['entries', 'lanes', 'slices', 'tallies', 'retries', 'gone', 'shut_hosts', 'stops'] as const
  const sizes = async () => {
    const counts = tables.map((table) => `(select count(*) from tocsin.push_${table}) as ${table}`).join(', ')
    return (await database.all<Record<(typeof tables)[number], number>>(`select ${counts}`))[0]
  }
  for (let week = 0; week < 40; week += 1) {
    clock.ms = startMs + week * 7 * 24 * hourMs
    const alert = makeAlert(clock.ms)
    if (week % 3 === 0) await outbox.stop(alert.id, week + 1)
    await outbox.open(makeEntry(week + 1, alert))
    await settleDue((_, nth) => (nth === 0 ? 'failed' : 'again'))
    // What waits to be tried again expires.
    clock.ms += 5 * hourMs
    await settleDue(() => 'accepted')
  }
  const left = await sizes()
  expect(left?.entries).toBeLessThanOrEqual(14)
  expect(left).toMatchObject({ slices: 0, retries: 0, gone: 0, shut_hosts: 0 })
  expect(left?.lanes).toBeLessThanOrEqual(2)
  expect(left?.stops).toBeLessThanOrEqual(1)
  expect(left?.tallies).toBeLessThanOrEqual(14 * 16)
})
