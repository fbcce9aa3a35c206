import { expect, test } from 'vitest'
import { PostgresLog } from '../../../../src/store/postgres/log/postgres-log.ts'
import { PostgresEditors } from '../../../../src/store/postgres/postgres-editors.ts'
import { PostgresPause } from '../../../../src/store/postgres/postgres-pause.ts'
import { logContract } from '../../../contracts/log.ts'
import { everythingOf } from '../../../support/everything.ts'
import { emptyDatabase, freshDatabase, newDatabase, openDatabase } from '../../../support/postgres/fresh-database.ts'
import { newAlert, retraction } from '../../../support/samples.ts'
import { cleaning } from '../../../support/scratch.ts'

let epochs = 0
const newEpoch = () => `epoch${++epochs}`

const clean = cleaning()

// Each reading is a round trip to another process, so that there are fewer random logs.
logContract(
  'PostgreSQL',
  async () => {
    const { url, giveBack } = await emptyDatabase(clean)
    return {
      remove: giveBack,
      open: async () => {
        const database = newDatabase(url)
        // The contract's changes have fixed times.
        const log = await PostgresLog.open(database, newEpoch, { clockDifferenceMsMax: Number.POSITIVE_INFINITY })
        const stores = { log, pauses: new PostgresPause(database), editors: new PostgresEditors(database) }
        return { ...stores, close: () => database.close() }
      },
    }
  },
  8,
)

test('a write that fails half-way leaves the log as it was, wakes nobody, and the next one succeeds', async () => {
  const database = openDatabase(clean, await freshDatabase(clean))
  const log = await PostgresLog.open(database, newEpoch)
  let wakes = 0
  log.onAppend(() => {
    wakes += 1
  })
  await database.once('alter table tocsin.entry_scopes add constraint broken check (seq < 0) not valid')
  await expect(log.append(newAlert('a'), 'key')).rejects.toMatchObject({ code: '23514' })
  expect(await log.bounds()).toMatchObject({ head: 0 })
  expect(await log.after(0, 10)).toEqual([])
  expect(wakes).toBe(0)
  await database.once('alter table tocsin.entry_scopes drop constraint broken')
  expect((await log.append(newAlert('a'), 'key')).seq).toBe(1)
  expect(wakes).toBe(1)
})

test('many who open a new log at once agree on its epoch', async () => {
  const { url } = await emptyDatabase(clean)
  const logs = await Promise.all(
    Array.from({ length: 6 }, () => PostgresLog.open(openDatabase(clean, url, { connectionsMax: 1 }), newEpoch)),
  )
  const found = await Promise.all(logs.map(async (log) => (await log.bounds()).epoch))
  expect(new Set(found).size).toBe(1)
})

test('on another database cluster or timeline the log gets a new epoch, and no instance of the old one reads or writes on', async () => {
  const { url } = await emptyDatabase(clean)
  const database = openDatabase(clean, url)
  const log = await PostgresLog.open(database, newEpoch)
  const other = await PostgresLog.open(openDatabase(clean, url), newEpoch)
  const { epoch } = await log.bounds()
  await log.append(newAlert('a'), 'key')
  // What a restored backup is: its head was written by another server.
  await database.once(`update tocsin.log_head set identity = 'elsewhere'`)
  await expect(log.after(0, 10)).rejects.toMatchObject({ code: 'cannot-read', kind: 'replaced' })
  const refused = [
    () => log.append(newAlert('b'), 'key-b'),
    () => other.append(newAlert('b'), 'key-b'),
    () => other.bounds(),
    () => other.latest('a'),
    () => other.history('a'),
    () => other.recent(everythingOf('public'), 5),
  ]
  for (const act of refused) await expect(act()).rejects.toMatchObject({ kind: 'replaced' })
  const again = await PostgresLog.open(database, newEpoch)
  const bounds = await again.bounds()
  expect(bounds).toMatchObject({ floor: 1, head: 1 })
  expect(bounds.epoch).not.toBe(epoch)
  expect((await again.append(newAlert('b'), 'key-b')).seq).toBe(2)
  expect(await again.after(0, 10)).toHaveLength(2)
})

test.each([
  ['lower', 0],
  ['as high', 2],
  ['higher', 3],
])(
  'a log that lacks entries which an instance has read gets a new epoch, also when its head is %s again',
  async (_, appends) => {
    const { url } = await emptyDatabase(clean)
    const database = openDatabase(clean, url)
    const log = await PostgresLog.open(database, newEpoch)
    const { epoch } = await log.bounds()
    for (const id of ['a', 'b', 'c']) await log.append(newAlert(id), `key-${id}`)
    // Each knows the newest entry by another way: as its writer, as a reader, and by nothing yet.
    const reader = await PostgresLog.open(openDatabase(clean, url), newEpoch)
    await reader.after(1, 10)
    const other = await PostgresLog.open(openDatabase(clean, url), newEpoch)
    // What a snapshot of the disk has: the same server and timeline, and the last entries are gone.
    await database.once('delete from tocsin.entry_scopes where seq > 1')
    await database.once('delete from tocsin.entries where seq > 1')
    await database.once('update tocsin.log_head set head = 1')
    for (let nth = 0; nth < appends; nth += 1)
      expect((await other.append(newAlert(`${nth}`), `${nth}`)).seq).toBe(2 + nth)
    await expect(reader.after(3, 10)).rejects.toMatchObject({ kind: 'replaced' })
    await expect(log.bounds()).rejects.toMatchObject({ kind: 'replaced' })
    await expect(log.append(newAlert('d'), 'key-d')).rejects.toMatchObject({ kind: 'replaced' })
    await expect(other.append(newAlert('e'), 'key-e')).rejects.toMatchObject({ kind: 'replaced' })
    const again = await PostgresLog.open(database, newEpoch)
    expect((await again.bounds()).epoch).not.toBe(epoch)
    expect((await again.append(newAlert('d'), 'key-d')).seq).toBe(2 + appends)
  },
)

test('an instance that is opened again under an epoch gives a replaced log no new one, nor takes it for its own', async () => {
  const { url } = await emptyDatabase(clean)
  const database = openDatabase(clean, url)
  const log = await PostgresLog.open(database, newEpoch)
  const { epoch } = await log.bounds()
  const again = PostgresLog.openAgain(openDatabase(clean, url), epoch)
  expect(await again.bounds()).toMatchObject({ epoch, head: 0 })
  await database.once(`update tocsin.log_head set identity = 'elsewhere'`)
  await expect(again.after(0, 10)).rejects.toMatchObject({ kind: 'replaced' })
  expect(await database.all('select epoch, identity from tocsin.log_head')).toEqual([{ epoch, identity: 'elsewhere' }])
  await expect(log.bounds()).rejects.toMatchObject({ kind: 'replaced' })
  // It has a new epoch now, and the server is the one that wrote it.
  await expect(again.after(0, 10)).rejects.toMatchObject({ kind: 'replaced' })
})

test('an append in the middle of a pause’s change waits for it, and the other way round', async () => {
  const { url } = await emptyDatabase(clean)
  const log = await PostgresLog.open(openDatabase(clean, url), newEpoch)
  const pauses = new PostgresPause(openDatabase(clean, url))
  const note = { reason: 'Wait.', by: 'e1', at: '2026-03-01T12:00:00.000Z' }
  for (let round = 0; round < 20; round += 1) {
    const before = (await log.bounds()).head
    const appends = Array.from({ length: 8 }, (_, at) => log.append(newAlert(`a${round}-${at}`), `key-${round}-${at}`))
    const paused = pauses.change(() => ({ languages: [], topics: [] }), note)
    const [results] = await Promise.all([Promise.allSettled(appends), paused])
    const { head } = await log.bounds()
    expect(head - before).toBe(results.filter(({ status }) => status === 'fulfilled').length)
    await expect(log.append(newAlert('late'), 'late')).rejects.toMatchObject({ code: 'paused' })
    await pauses.change(() => null, note)
  }
})

test('after the response to a revocation or a sign-out nothing is written for the key or the session', async () => {
  const { url } = await emptyDatabase(clean)
  const log = await PostgresLog.open(openDatabase(clean, url, { connectionsMax: 8 }), newEpoch)
  const editors = new PostgresEditors(openDatabase(clean, url))
  const at = '2026-03-01T12:00:00.000Z'
  await editors.add({ id: 'admin', name: 'A', role: 'admin', createdAt: at }, 'admin')
  for (const by of ['key', 'session'] as const)
    for (let round = 0; round < 15; round += 1) {
      const id = `${by}-${round}`
      await editors.add({ id, name: id, role: 'editor', createdAt: at }, id)
      const session = { tokenHash: `token-${id}`, now: at, until: '2026-03-02T12:00:00.000Z', origin: null }
      await editors.openSession(id, session)
      const hash = by === 'key' ? id : `token-${id}`
      const asking = { editorId: id, credential: { by, hash }, role: 'editor', at } as const
      const appends = Promise.allSettled(
        Array.from({ length: 6 }, (_, nth) =>
          log.append({ ...newAlert(`${id}-${nth}`), by: id }, `${id}-${nth}`, asking),
        ),
      )
      if (by === 'key') await editors.revoke(id, at)
      else await editors.closeSession(`token-${id}`, new Date().toISOString())
      const { head } = await log.bounds()
      const results = await appends
      expect((await log.bounds()).head, 'nothing came after the response').toBe(head)
      for (const result of results)
        if (result.status === 'rejected') expect(result.reason).toMatchObject({ status: 401 })
    }
})

test('no statement of the log goes through a whole table: each finds its place by a key or an index', async () => {
  const { url } = await emptyDatabase(clean)
  const database = openDatabase(clean, url)
  const log = await PostgresLog.open(database, newEpoch)
  for (let at = 0; at < 30; at += 1) await log.append(newAlert(`a${at}`, { topics: ['iran'] }), `key-${at}`)
  await database.once('analyze tocsin.entries, tocsin.entry_scopes, tocsin.scopes')
  const statements: (readonly [string, readonly unknown[]])[] = []
  const noted = Object.create(database) as typeof database
  noted.all = (statement, ...values) => {
    statements.push([statement, values])
    return database.all(statement, ...values)
  }
  noted.transaction = (act, options) =>
    database.transaction(
      (inner) =>
        act({
          all: (statement, ...values) => {
            statements.push([statement, values])
            return inner.all(statement, ...values)
          },
          run: (statement, ...values) => {
            statements.push([statement, values])
            return inner.run(statement, ...values)
          },
          send: (statement, ...values) => {
            statements.push([statement, values])
            inner.send(statement, ...values)
          },
        }),
      options,
    )
  const observed = await PostgresLog.open(noted, newEpoch)
  statements.length = 0
  const interest = { ...everythingOf('public'), languages: ['en'], topics: ['iran'] }
  await observed.append(retraction('a1'), 'retracted')
  await Promise.all([observed.bounds(), observed.latest('a2'), observed.history('a1'), observed.after(3, 5)])
  await Promise.all([observed.recent(interest, 5), observed.after(3, 5, interest)])
  await observed.history('a1', { before: 50, limit: 5 })
  expect(statements.length).toBeGreaterThan(8)
  for (const [statement, values] of statements) {
    const plan = await database.transaction(async (inner) => {
      // A small table is read as a whole whatever its indexes are.
      await inner.run('set local enable_seqscan = off')
      return inner.all<{ 'QUERY PLAN': string }>(`explain ${statement}`, ...(values as readonly string[]))
    })
    const scans = plan.map((row) => row['QUERY PLAN']).filter((line) => /Seq Scan on (?!log_head)/.test(line))
    expect(scans, statement).toEqual([])
  }
})

test('no statement inside an append’s functions goes through a whole table either', async () => {
  const { url } = await emptyDatabase(clean)
  const database = openDatabase(() => {}, url)
  const log = await PostgresLog.open(database, newEpoch)
  await log.append(newAlert('a'), 'key-a')
  await database.once(`insert into tocsin.entries (seq, at, kind, alert_id, alert, key, intention, editor_id)
    select nth, now(), 'alert', 'x' || nth, '{}', 'x' || nth, '', 'e' from generate_series(10, 20000) as nth`)
  await database.once(`insert into tocsin.scopes (audience, language, topic, level)
    select 'public', 'l' || nth, 't', 1 from generate_series(1, 5000) as nth`)
  await database.once(`insert into tocsin.entry_scopes (scope_id, superseded, seq)
    select nth % 5000, false, nth from generate_series(10, 20000) as nth`)
  await database.once('update tocsin.log_head set head = 20000')
  await database.once('analyze tocsin.entries, tocsin.entry_scopes, tocsin.scopes')
  /** How often each table was read from end to end. A connection tells when it is closed. */
  const scans = async () => {
    const reader = openDatabase(clean, url)
    await reader.once('select pg_sleep(0.2)')
    return reader.all(`select relname, seq_scan from pg_stat_user_tables
      where schemaname = 'tocsin' and relname in ('entries', 'entry_scopes', 'scopes') order by 1`)
  }
  await database.close()
  const before = await scans()
  const other = openDatabase(() => {}, url)
  const appending = await PostgresLog.open(other, newEpoch)
  // More often than a function's statements are planned for their values.
  for (let nth = 0; nth < 12; nth += 1) await appending.append(newAlert(`b${nth}`, { topics: ['iran'] }), `key-b${nth}`)
  await appending.append(retraction('b1'), 'retracted')
  expect(await appending.latest('b1')).toMatchObject({ kind: 'retraction', seq: 20_013 })
  await other.close()
  expect(await scans()).toEqual(before)
})
