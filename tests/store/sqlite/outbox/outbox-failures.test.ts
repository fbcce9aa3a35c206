import { expect, test } from 'vitest'
import { counted, plural } from '../../../../src/domain/plural.ts'
import { openSqlite } from '../../../../src/node/storage/sqlite-file.ts'
import { AddressEncryption } from '../../../../src/push/crypto/address-encryption.ts'
import { PushAlarm } from '../../../../src/push/outbox/alarms.ts'
import type { Outcome } from '../../../../src/push/outbox/outbox.ts'
import { SqliteOutbox } from '../../../../src/store/sqlite/outbox/sqlite-outbox.ts'
import { SqlitePause } from '../../../../src/store/sqlite/sqlite-pause.ts'
import { SqliteSubscriptions } from '../../../../src/store/sqlite/sqlite-subscriptions.ts'
import { addressOf, makeBrowserKeys } from '../../../support/browser/browser-keys.ts'
import { makeAlert, makeEntry, makeInterest, newId, pushSecret } from '../../../support/push/push-deps.ts'
import { cleaning } from '../../../support/scratch.ts'

const clean = cleaning()
const keys = makeBrowserKeys()
const startMs = Date.parse('2026-03-01T12:00:00.000Z')
const addressEncryption = await AddressEncryption.make(pushSecret)
const dayMs = 24 * 3_600_000
type Result = 'accepted' | 'gone' | 'failed' | 'again'

async function setUp(hosts: readonly string[]) {
  const sql = openSqlite(':memory:', 'normal')
  clean(() => sql.close())
  const clock = { ms: startMs }
  const alarms: PushAlarm[] = []
  const report = (it: unknown) => void (it instanceof PushAlarm && alarms.push(it))
  const outbox = new SqliteOutbox({ sql, addressEncryption, now: () => clock.ms, newId, report })
  const store = new SqliteSubscriptions({ sql, addressEncryption, newId })
  const preferences = { interest: makeInterest(), discreet: false, vapidKeyId: 'k' }
  for (const host of hosts)
    await store.put({ ...addressOf(`https://${host}/${newId()}`, keys), ...preferences }, '2026-01-01T00:00:00.000Z')
  /** Takes what is due now and ends each as told; gives how many there were. */
  const turn = async (resultOf: (host: string, nth: number) => Result): Promise<number> => {
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
  return { sql, clock, outbox, turn, failures }
}

const fcm = 'fcm.googleapis.com'
const apple = 'web.push.apple.com'
const readers = (count: number, host = fcm): string[] => Array.from({ length: count }, () => host)

test.each([1, 2, 19, 20, 60])('a delivery to %i readers that reached nobody is one alarm', async (count) => {
  const { outbox, turn, failures } = await setUp(readers(count))
  await outbox.open(makeEntry(7, makeAlert(startMs)))
  await turn(() => 'failed')
  await turn(() => 'failed')
  expect(failures()).toEqual([
    [null, `Of ${counted(count, 'push', 'pushes')} of entry 7, none was accepted: ${count} failed, 0 were gone.`],
  ])
})

test.each([1, 3])(
  'an alert that none of %i accepts is an alarm while it is still retried: after the second attempt, once',
  async (count) => {
    const { outbox, turn, failures } = await setUp(readers(count))
    await outbox.open(makeEntry(7, makeAlert(startMs)))
    await turn(() => 'again')
    expect(failures()).toEqual([])
    for (let nth = 0; nth < 3; nth += 1) await turn(() => 'again')
    const detail = `Of ${counted(count, 'push', 'pushes')} of entry 7, none was accepted: 0 failed, 0 were gone, ${count} ${plural(count, 'is', 'are')} being tried again.`
    expect(failures()).toEqual([[null, detail]])
    await turn(() => 'failed')
    expect(failures()).toHaveLength(1)
  },
)

test.each<[string, (host: string, nth: number) => Result, number]>([
  ['all accepted', () => 'accepted', 0],
  ['half failed', (_, nth) => (nth % 2 === 0 ? 'failed' : 'accepted'), 0],
  ['more than half failed', (_, nth) => (nth < 6 ? 'failed' : 'accepted'), 1],
  ['all but one failed', (_, nth) => (nth === 0 ? 'accepted' : 'failed'), 1],
  ['one failed', (_, nth) => (nth === 0 ? 'failed' : 'accepted'), 0],
  ['all gone', () => 'gone', 1],
  ['some gone, the others accepted', (_, nth) => (nth < 3 ? 'gone' : 'accepted'), 0],
  ['gone and failed', (_, nth) => (nth < 5 ? 'gone' : 'failed'), 1],
])('ten readers, %s', async (_, resultOf, alarms) => {
  const { outbox, turn, failures } = await setUp(readers(10))
  await outbox.open(makeEntry(1, makeAlert(startMs)))
  await turn(resultOf)
  expect(failures()).toHaveLength(alarms)
})

test('a few readers who have left are no alarm', async () => {
  const { outbox, turn, failures } = await setUp(readers(4))
  await outbox.open(makeEntry(1, makeAlert(startMs)))
  await turn(() => 'gone')
  expect(failures()).toEqual([])
})

test('one service where all failed is named, beside others that accept', async () => {
  const { outbox, turn, failures } = await setUp([...readers(8), ...readers(3, apple), 'wns2-x.notify.windows.com'])
  await outbox.open(makeEntry(4, makeAlert(startMs)))
  await turn((host) => (host === fcm ? 'accepted' : 'failed'))
  expect(failures()).toEqual([[apple, 'Of 3 pushes of entry 4 there, none was accepted: all failed.']])
})

test('an alert that expires unsent is an alarm; one that the kill switch held is none', async () => {
  for (const held of [false, true]) {
    const { sql, clock, outbox, turn, failures } = await setUp(readers(3))
    const note = { reason: 'a test', by: 'e', at: new Date(startMs).toISOString() }
    await outbox.open(makeEntry(2, makeAlert(startMs)))
    if (held) await new SqlitePause(sql).change(() => ({ languages: [], topics: [] }), note)
    clock.ms += 2 * 3_600_000
    expect(await turn(() => 'accepted')).toBe(0)
    expect(failures()).toHaveLength(held ? 0 : 1)
  }
})

test('each alert has its own alarm, also when the one before reached nobody', async () => {
  const { outbox, turn, failures } = await setUp(readers(2))
  for (const seq of [1, 2, 3]) {
    await outbox.open(makeEntry(seq, makeAlert(startMs)))
    await turn(() => (seq === 2 ? 'accepted' : 'failed'))
  }
  expect(failures().map(([, detail]) => detail?.match(/entry (\d)/)?.[1])).toEqual(['1', '3'])
})

test('a year of alerts leaves behind what three months do, in every table', async () => {
  const { sql, clock, outbox, turn } = await setUp([...readers(2), apple])
  const sizes = (): Record<string, number> =>
    Object.fromEntries(
      sql
        .all<{ name: string }>("select name from sqlite_master where type = 'table' and name not like 'sqlite%'")
        .map(({ name }) => [name, sql.all<{ rows: number }>(`select count(*) as rows from ${name}`)[0]?.rows ?? 0]),
    )
  await outbox.opened({ epoch: 'e1', head: 0 })
  let seq = 0
  const days: Record<string, number>[] = []
  for (let day = 0; day < 365; day += 1) {
    clock.ms = startMs + day * dayMs
    for (const result of ['accepted', 'again'] as const) {
      const alert = makeAlert(clock.ms)
      seq += 1
      if (day % 3 === 0) await outbox.stop(alert.id, seq)
      await outbox.open(makeEntry(seq, alert))
      await turn((_, nth) => (nth === 0 ? 'failed' : result))
    }
    // What waits to be tried again expires.
    clock.ms += 5 * 3_600_000
    await turn(() => 'accepted')
    days.push(sizes())
  }
  const [quarter, year] = [days[95] ?? {}, days[364] ?? {}]
  expect(year.push_entries).toBeLessThanOrEqual(2 * 92)
  expect(year.push_stops).toBeLessThanOrEqual(1)
  for (const [table, rows] of Object.entries(year)) expect(rows, table).toBeLessThanOrEqual((quarter[table] ?? 0) + 8)
}, 60_000)
