import { expect, test } from 'vitest'
import type { Change } from '../../../../src/domain/change.ts'
import { PostgresLog } from '../../../../src/store/postgres/log/postgres-log.ts'
import { emptyDatabase, openDatabase } from '../../../support/postgres/fresh-database.ts'
import { newAlert, updateOf } from '../../../support/samples.ts'
import { cleaning } from '../../../support/scratch.ts'

const clean = cleaning()
const dayMs = 86_400_000
const expiryMs = 3_600_000

/** A log as two nodes have it, and the database's clock in milliseconds. */
async function opened() {
  const { url } = await emptyDatabase(clean)
  const database = openDatabase(clean, url)
  const open = () => PostgresLog.open(openDatabase(clean, url), () => 'epoch')
  const clockMs = async () => {
    const [row] = await database.all<{ now: string }>('select clock_timestamp() as now')
    return Date.parse(row?.now ?? '')
  }
  return { logs: [await open(), await open()] as const, clockMs }
}

const iso = (ms: number) => new Date(ms).toISOString()

test.each([
  ['a day ahead', dayMs],
  ['a day behind', -dayMs],
  ['a minute ahead', 60_000],
  ['a minute behind', -60_000],
])(
  'an entry of a node whose clock is %s is dated by the database’s clock, and so is what follows',
  async (_, offMs) => {
    const { logs, clockMs } = await opened()
    const [off, right] = logs
    const startMs = await clockMs()
    const first = await off.append(newAlert('a', {}, iso(startMs + offMs)), 'key-a')
    const second = await right.append(newAlert('b', {}, iso(await clockMs())), 'key-b')
    const third = await off.append(updateOf('a', 'Another', iso(startMs + offMs)), 'key-c')
    const times = [startMs, ...[first, second, third].map(({ at }) => Date.parse(at)), await clockMs()]
    expect(times).toEqual(times.toSorted((a, b) => a - b))
    expect(first.alert).toMatchObject({ publishedAt: first.at, changedAt: first.at })
    for (const { at, alert } of [first, second, third])
      expect(Date.parse(alert.expiresAt) - Date.parse(at)).toBe(expiryMs)
    expect(await right.after(0, 9)).toEqual([first, second, third])
    expect(await off.append(newAlert('a', {}, iso(startMs + offMs)), 'key-a'), 'the same key').toEqual(first)
  },
)

test('an entry of a node whose clock is right keeps the node’s time', async () => {
  const { logs, clockMs } = await opened()
  const at = iso((await clockMs()) - 1)
  expect(await logs[0].append(newAlert('a', {}, at), 'key')).toMatchObject({ at, alert: { publishedAt: at } })
})

test('an expiry that the editor gives stays, and is compared with the database’s clock', async () => {
  const { logs, clockMs } = await opened()
  const startMs = await clockMs()
  const change = (id: string, offMs: number, expiresMs: number): Change =>
    newAlert(id, { expiresAt: iso(startMs + expiresMs) }, iso(startMs + offMs))
  for (const offMs of [dayMs, -dayMs]) {
    const { alert } = await logs[0].append(change(`a${offMs}`, offMs, expiryMs), `key${offMs}`)
    expect(alert.expiresAt).toBe(iso(startMs + expiryMs))
    await expect(logs[0].append(change(`b${offMs}`, offMs, -expiryMs), `late${offMs}`)).rejects.toMatchObject({
      code: 'already-expired',
    })
  }
})
