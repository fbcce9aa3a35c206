import { expect, test } from 'vitest'
import { parseNewsroom } from '../../../../src/domain/newsroom.ts'
import { PostgresItems } from '../../../../src/store/postgres/desk/postgres-items.ts'
import { PostgresLog } from '../../../../src/store/postgres/log/postgres-log.ts'
import { PostgresEditors } from '../../../../src/store/postgres/postgres-editors.ts'
import { freshDatabase, openDatabase } from '../../../support/postgres/fresh-database.ts'
import { newAlert, noon, retraction, updateOf } from '../../../support/samples.ts'
import { cleaning } from '../../../support/scratch.ts'

const clean = cleaning()

async function opened(limits: { readonly limitMs?: number } = {}) {
  const url = await freshDatabase(clean)
  const database = openDatabase(clean, url, limits)
  const log = await PostgresLog.open(database, () => 'epoch', { clockDifferenceMsMax: Number.POSITIVE_INFINITY })
  /** The numbers of the transactions that wrote the entries, in the order of their seqs. */
  const transactions = async () =>
    (await database.all<{ id: string }>('select xmin::text as id from tocsin.entries order by seq')).map((it) => it.id)
  return { url, database, log, transactions }
}

/** What became of each: its seq, or the code of its refusal. */
async function outcomes(appends: readonly Promise<{ readonly seq: number }>[]) {
  return (await Promise.allSettled(appends)).map((it) => (it.status === 'fulfilled' ? it.value.seq : it.reason.code))
}

test('appends that wait for another share one transaction, in their order', async () => {
  const { log, transactions } = await opened()
  let wakes = 0
  log.onAppend(() => {
    wakes += 1
  })
  const first = log.append(newAlert('first'), 'key-first')
  // The first one is on its way by then.
  await Promise.resolve()
  const ids = ['b', 'c', 'a', 'd']
  expect(await outcomes([first, ...ids.map((id) => log.append(newAlert(id), `key-${id}`))])).toEqual([1, 2, 3, 4, 5])
  expect((await log.after(0, 10)).map(({ alert }) => alert.id)).toEqual(['first', ...ids])
  const [alone, ...together] = await transactions()
  expect(new Set(together).size).toBe(1)
  expect(together).not.toContain(alone)
  expect(wakes).toBeGreaterThan(1)
})

test('each append of a group has its own refusal, and the others are written without a gap', async () => {
  const { database, log, transactions } = await opened()
  const editors = new PostgresEditors(database)
  await editors.add({ id: 'w', name: 'w', role: 'writer', createdAt: noon }, 'key of w')
  await editors.add({ id: 'e', name: 'e', role: 'editor', createdAt: noon }, 'key of e')
  const by = (id: string) =>
    ({ editorId: id, credential: { by: 'key', hash: `key of ${id}` }, role: 'editor', at: noon }) as const
  await log.append(newAlert('known'), 'known')
  const results = await outcomes([
    log.append(newAlert('a'), 'key-a', by('e')),
    log.append(retraction('nowhere'), 'key-b'),
    log.append(newAlert('other', { topics: ['iran'] }), 'known'),
    log.append(newAlert('c'), 'key-c', by('w')),
    log.append(retraction('known'), 'key-d', by('e')),
    log.append(newAlert('e'), 'key-e'),
  ])
  expect(results).toEqual([2, 'no-such-alert', 'idempotency-key-reused', 'role-too-low', 3, 4])
  expect(new Set((await transactions()).slice(1)).size).toBe(1)
  expect(await log.bounds()).toMatchObject({ head: 4 })
})

test('an append that the database cannot store fails alone', async () => {
  const { log } = await opened()
  const results = await outcomes([
    log.append(newAlert('a'), 'key-a'),
    log.append(newAlert('nul\0'), 'key-b'),
    log.append(newAlert('c'), 'key-c'),
  ])
  expect(results).toEqual([1, '22021', 2])
})

test('changes of one alert, and the same key, are never in one group: each sees the one before it', async () => {
  const { log } = await opened()
  const results = await outcomes([
    log.append(newAlert('a'), 'key-a'),
    log.append(newAlert('a'), 'key-a'),
    log.append(updateOf('a', 'Second'), 'key-b'),
    log.append(updateOf('a', 'Third'), 'key-c'),
    log.append(newAlert('b', { topics: ['iran'] }), 'key-a'),
  ])
  expect(results).toEqual([1, 1, 2, 3, 'idempotency-key-reused'])
  expect((await log.latest('a'))?.alert).toMatchObject({ version: 3, texts: { en: { headline: 'Third' } } })
})

test('an append waits for the lock of the head before it reads what it depends on', async () => {
  const { url, database, log } = await opened()
  const release = Promise.withResolvers<void>()
  const locked = Promise.withResolvers<void>()
  const blocking = openDatabase(clean, url, { connectionsMax: 1 }).transaction(async (statements) => {
    await statements.all('select from tocsin.log_head for update')
    locked.resolve()
    await release.promise
  })
  await locked.promise
  const appending = log.append(newAlert('a'), 'key-a')
  const waiting = `select query from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
  await expect.poll(() => database.all(waiting)).toHaveLength(1)
  const [waits] = await database.all(waiting)
  release.resolve()
  await blocking
  expect(waits).toMatchObject({ query: expect.stringContaining('tocsin.begin_append') })
  expect((await appending).seq).toBe(1)
})

test('who waited for their turn beyond the end of their key appends nothing, at once or with an item', async () => {
  const url = await freshDatabase(clean)
  const database = openDatabase(clean, url)
  const log = await PostgresLog.open(database, () => 'epoch')
  const editors = new PostgresEditors(database)
  const [now = { at: '', until: '' }] = await database.all<{ at: string; until: string }>(
    "select clock_timestamp() as at, clock_timestamp() + interval '2 seconds' as until",
  )
  const may = { id: 'may', name: 'May', role: 'editor', createdAt: noon, expiresAt: now.until } as const
  await editors.add(may, 'key of may')
  const by = { editorId: 'may', credential: { by: 'key', hash: 'key of may' }, role: 'editor', at: now.at } as const
  const change = { ...newAlert('a', { expiresAt: undefined }), at: now.at, by: 'may' }
  const newsroom = parseNewsroom({ name: 'News', languages: [{ tag: 'en' }] })
  const content = { level: 'routine', topics: [], texts: { en: { headline: 'Quake', summary: '' } } } as never
  const acts = [
    { act: 'create', kind: 'alert', alertId: 'b', content, hash: 'hash' },
    { act: 'publish', overrideReason: undefined },
  ] as const
  const items = new PostgresItems(database, log)
  const release = Promise.withResolvers<void>()
  const locked = Promise.withResolvers<void>()
  const blocking = openDatabase(clean, url, { connectionsMax: 1 }).transaction(async (statements) => {
    await statements.all('select from tocsin.log_head for update')
    locked.resolve()
    await release.promise
  })
  await locked.promise
  const asked = outcomes([
    log.append(change, 'key-a', by),
    items.act({ itemId: 'item', acts, key: 'key-b', intention: '', at: now.at, by, newsroom }).then(() => ({ seq: 0 })),
  ])
  await database.all("select pg_sleep_until($1::timestamptz + interval '1 millisecond')", now.until)
  release.resolve()
  await blocking
  expect(await asked).toEqual(['key-expired', 'key-expired'])
  expect([(await log.bounds()).head, await items.read('item')]).toEqual([0, null])
})

test('an append whose turn does not come in time is refused, and not written later', async () => {
  const { url, log } = await opened({ limitMs: 500 })
  const blocker = openDatabase(clean, url, { connectionsMax: 1 })
  const release = Promise.withResolvers<void>()
  const locked = Promise.withResolvers<void>()
  const blocking = blocker.transaction(async (statements) => {
    await statements.all('select from tocsin.log_head for update')
    locked.resolve()
    await release.promise
  })
  await locked.promise
  // One alert: each is a transaction of its own, and the second and third wait for the first.
  const results = await outcomes([1, 2, 3].map((nth) => log.append(newAlert('a'), `key-${nth}`)))
  expect(results).toEqual(['database-busy', 'database-busy', 'database-busy'])
  release.resolve()
  await blocking
  expect((await log.append(newAlert('b'), 'key-b')).seq).toBe(1)
})
