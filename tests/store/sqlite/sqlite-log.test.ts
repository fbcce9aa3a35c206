import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openSqlite } from '../../../src/node/storage/sqlite-file.ts'
import { migrate, type Sql } from '../../../src/store/sql.ts'
import { SqliteEditors } from '../../../src/store/sqlite/sqlite-editors.ts'
import { SqliteLog } from '../../../src/store/sqlite/sqlite-log.ts'
import { SqlitePause } from '../../../src/store/sqlite/sqlite-pause.ts'
import { expectAsPlainly, fill, logContract, someSteps, withoutIndex } from '../../contracts/log.ts'
import { runs } from '../../support/effort.ts'
import { everythingOf } from '../../support/everything.ts'
import { newAlert, retraction, someAsker } from '../../support/samples.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'

let epochs = 0
const newEpoch = () => `epoch${++epochs}`

const clean = cleaning()

logContract('SQLite', async () => {
  const path = join(scratchFolder(clean), 'tocsin.db')
  return {
    open: async () => {
      const sql = openSqlite(path)
      const rooms = {
        log: new SqliteLog(sql, newEpoch()),
        pauses: new SqlitePause(sql),
        editors: new SqliteEditors(sql),
      }
      return { ...rooms, close: async () => sql.close() }
    },
  }
})

function openScratch() {
  return openSqlite(join(scratchFolder(clean), 'tocsin.db'))
}

test('commits are synced to the disk in full', () => {
  const sql = openScratch()
  expect(sql.all('pragma journal_mode')[0]).toMatchObject({ journal_mode: 'wal' })
  expect(sql.all('pragma synchronous')[0]).toMatchObject({ synchronous: 2 })
  sql.close()
})

test('a write that fails half-way leaves the log as it was, and the next one succeeds', async () => {
  const sql = openScratch()
  let fail = false
  const failing: Sql = {
    ...sql,
    run(statement, ...values) {
      if (fail && statement.startsWith('insert into alerts')) throw new Error('disk full')
      return sql.run(statement, ...values)
    },
  }
  const log = new SqliteLog(failing, newEpoch())
  let wakes = 0
  log.onAppend(() => {
    wakes += 1
  })
  fail = true
  await expect(log.append(newAlert('a'), 'key')).rejects.toThrow('disk full')
  expect(await log.bounds()).toMatchObject({ head: 0 })
  expect(await log.after(0, 10)).toEqual([])
  expect(wakes).toBe(0)
  fail = false
  expect((await log.append(newAlert('a'), 'key')).seq).toBe(1)
  expect(wakes).toBe(1)
  sql.close()
})

test('a key from before keys were each editor’s own is still answered, to its own editor', async () => {
  const sql = openScratch()
  const log = new SqliteLog(sql, newEpoch())
  const first = await log.append(newAlert('a'), 'once')
  await log.append(newAlert('b'), 'twice')
  sql.run(`update entries set key = 'once' where seq = 1`)
  expect(await log.append(newAlert('c'), 'once')).toEqual(first)
  await expect(log.append(newAlert('d', { level: 'flash' }), 'once')).rejects.toMatchObject({
    code: 'idempotency-key-reused',
  })
  expect((await log.append({ ...newAlert('e'), by: 'editor-2' }, 'once')).seq).toBe(3)
  expect((await log.append({ ...newAlert('f'), by: 'editor-2' }, 'once')).seq).toBe(3)
  sql.close()
})

test('a database of a newer version is refused and not touched', () => {
  const sql = openScratch()
  new SqliteLog(sql, newEpoch())
  sql.run(`update schema_steps set step = 99 where room = 'log'`)
  expect(() => new SqliteLog(sql, newEpoch())).toThrow('newer version')
  expect(sql.all('select step from schema_steps')[0]).toEqual({ step: 99 })
  sql.close()
})

test('a later step runs once, on what the earlier ones made', () => {
  const sql = openScratch()
  const first = ['create table things (id integer primary key) strict']
  migrate(sql, { store: 'things', steps: first })
  sql.run('insert into things (id) values (1)')
  const both = [...first, 'alter table things add column name text']
  migrate(sql, { store: 'things', steps: both })
  migrate(sql, { store: 'things', steps: both })
  expect(sql.all('select id, name from things')).toEqual([{ id: 1, name: null }])
  sql.close()
})

test('a log without an index is read correctly at once, and after each step of indexing', async () => {
  await fc.assert(
    fc.asyncProperty(
      someSteps(30),
      someSteps(10),
      fc.array(someAsker, { minLength: 1, maxLength: 3 }),
      fc.integer({ min: 1, max: 7 }),
      async (before, since, interests, piece) => {
        const sql = openSqlite(':memory:')
        await fill(new SqliteLog(sql, newEpoch()), before)
        withoutIndex(sql)
        const log = new SqliteLog(sql, newEpoch())
        const entries = await fill(log, since, before.length)
        for (;;) {
          for (const interest of interests) await expectAsPlainly(log, entries, interest, piece)
          if (await log.indexMore(piece)) break
        }
        for (const interest of interests) await expectAsPlainly(log, entries, interest, piece)
        expect(await log.indexMore(piece)).toBe(true)
        sql.close()
      },
    ),
    { numRuns: runs(15) },
  )
})

test('once it is indexed, what an interest does not want is not given', async () => {
  const sql = openSqlite(':memory:')
  const before = new SqliteLog(sql, newEpoch())
  for (let number = 0; number < 20; number += 1) await before.append(newAlert(`a${number}`), `key-${number}`)
  withoutIndex(sql)
  const log = new SqliteLog(sql, newEpoch())
  const russian = { ...everythingOf('public'), languages: ['ru'] }
  expect(await log.after(0, 100, russian)).toHaveLength(20)
  let pieces = 1
  while (!(await log.indexMore(6))) pieces += 1
  expect(pieces).toBe(4)
  expect(await log.after(0, 100, russian)).toEqual([])
  expect(await log.after(0, 100, { ...russian, languages: ['fa'] })).toHaveLength(20)
  sql.close()
})

test('a step of indexing ends when its time is over, after one entry at least, and the next continues there', async () => {
  const sql = openSqlite(':memory:')
  const before = new SqliteLog(sql, newEpoch())
  for (let number = 1; number <= 12; number += 1) await before.append(newAlert(`a${number}`), `key-${number}`)
  withoutIndex(sql)
  const log = new SqliteLog(sql, newEpoch())
  const from = () => sql.all<{ indexed_from: number }>('select indexed_from from log_index')[0]?.indexed_from
  const piece = async (limit: number, lasting: number) => {
    let asked = 0
    const isDone = await log.indexMore(limit, () => {
      asked += 1
      return asked <= lasting
    })
    return [isDone, asked, from()]
  }
  expect(await piece(100, 0)).toEqual([false, 1, 12])
  expect(await piece(100, 0)).toEqual([false, 1, 11])
  expect(await piece(100, 3)).toEqual([false, 4, 7])
  expect(await piece(2, 100)).toEqual([false, 1, 5])
  expect(await piece(100, 100)).toEqual([true, 3, 1])
  expect(await piece(100, 100)).toEqual([true, 0, 1])
  sql.close()
})

test('no statement of the log goes through a whole table: each finds its place by a key or an index', async () => {
  const sql = openScratch()
  const statements = new Map<string, number>()
  const note = (statement: string, values: readonly unknown[]) => void statements.set(statement, values.length)
  const log = new SqliteLog(
    {
      ...sql,
      all: (statement, ...values) => {
        note(statement, values)
        return sql.all(statement, ...values)
      },
      run: (statement, ...values) => {
        note(statement, values)
        return sql.run(statement, ...values)
      },
    },
    newEpoch(),
  )
  statements.clear()
  const interest = { ...everythingOf('public'), languages: ['en'], topics: ['iran'] }
  await log.append(newAlert('a', { topics: ['iran'] }), 'key')
  await log.append(retraction('a'), 'key-2')
  await Promise.all([log.bounds(), log.latest('a'), log.history('a'), log.after(0, 5), log.recent(interest, 5)])
  await Promise.all([log.after(0, 5, interest), log.indexMore(5)])
  await log.history('a', { before: 5, limit: 5 })
  expect(statements.size).toBeGreaterThan(12)
  for (const [statement, count] of statements) {
    const values = Array.from({ length: count }, () => 1)
    const plan = sql.all<{ detail: string }>(`explain query plan ${statement}`, ...values)
    const scans = plan.map(({ detail }) => detail).filter((detail) => /^SCAN (?!log_index|CONSTANT)/.test(detail))
    expect(scans, statement).toEqual([])
  }
  sql.close()
})
