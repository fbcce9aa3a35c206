import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openSqlite } from '../src/node/sqlite.ts'
import { migrate, type Sql } from '../src/store/sql.ts'
import { SqliteLog } from '../src/store/sqlite-log.ts'
import { logContract } from './contracts/log.ts'
import { newAlert } from './support/samples.ts'
import { cleaning, scratchFolder } from './support/scratch.ts'

let epochs = 0
const newEpoch = () => `epoch${++epochs}`

const clean = cleaning()

logContract('SQLite', async () => {
  const path = join(scratchFolder(clean), 'tocsin.db')
  return {
    open: async () => {
      const sql = openSqlite(path)
      return { log: new SqliteLog(sql, newEpoch()), close: async () => sql.close() }
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
    all: sql.all,
    transaction: sql.transaction,
    run(statement, ...values) {
      if (fail && statement.startsWith('insert into alerts')) throw new Error('disk full')
      return sql.run(statement, ...values)
    },
  }
  const log = new SqliteLog(failing, newEpoch())
  let rings = 0
  log.onAppend(() => {
    rings += 1
  })
  fail = true
  await expect(log.append(newAlert('a'), 'key')).rejects.toThrow('disk full')
  expect(await log.bounds()).toMatchObject({ head: 0 })
  expect(await log.after(0, 10)).toEqual([])
  expect(rings).toBe(0)
  fail = false
  expect((await log.append(newAlert('a'), 'key')).seq).toBe(1)
  expect(rings).toBe(1)
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
  migrate(sql, { room: 'things', steps: first })
  sql.run('insert into things (id) values (1)')
  const both = [...first, 'alter table things add column name text']
  migrate(sql, { room: 'things', steps: both })
  migrate(sql, { room: 'things', steps: both })
  expect(sql.all('select id, name from things')).toEqual([{ id: 1, name: null }])
  sql.close()
})
