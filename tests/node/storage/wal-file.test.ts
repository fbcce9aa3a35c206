import { closeSync, ftruncateSync, openSync, statSync, truncateSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { openSqlite } from '../../../src/node/storage/sqlite-file.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'

const clean = cleaning()

/** A database with some commits in its log, looked at as the service's main thread looks. */
function open(pageSize = 4_096) {
  const path = join(scratchFolder(clean), 'tocsin.db')
  const first = new DatabaseSync(path)
  first.exec(`pragma page_size = ${pageSize}; create table a (b)`)
  first.close()
  const sql = openSqlite(path)
  sql.files?.watchHeader()
  const add = () => sql.run('insert into a values (zeroblob(3000))')
  add()
  add()
  clean(() => {
    sql.close()
    sql.files?.close()
  })
  return { sql, add, path, log: `${path}-wal`, fault: () => sql.files?.fault() ?? null }
}

test.each([
  ['emptied', (log: string) => truncateSync(log, 0)],
  ['cut behind its header', (log: string) => truncateSync(log, 32)],
  ['cut in its last frame', (log: string) => truncateSync(log, statSync(log).size - 1)],
  [
    'emptied and written to again by a connection that has not noticed',
    (log: string) => {
      const { size } = statSync(log)
      const file = openSync(log, 'r+')
      ftruncateSync(file, 0)
      writeSync(file, 'later', size + 4_120)
      closeSync(file)
    },
  ],
])('a log that is %s is met before the next write, which is not taken', (_, harm) => {
  const { add, fault, log } = open()
  expect(fault()).toBeNull()
  harm(log)
  expect(fault()).toBe('damaged')
  expect(add).toThrow(expect.objectContaining({ kind: 'damaged' }))
})

test.each([512, 4_096, 65_536])('a log of pages of %i bytes is as long as its index says, to the byte', (pageSize) => {
  const { fault, add, log } = open(pageSize)
  expect(fault()).toBeNull()
  for (let times = 0; times < 20; times += 1) add()
  expect(fault()).toBeNull()
  truncateSync(log, statSync(log).size - 1)
  expect(fault()).toBe('damaged')
})

test.each(['passive', 'full', 'restart', 'truncate'])(
  'a log that another program moves into the database (%s) is no fault, before and after more is written',
  (how) => {
    const { fault, add, path, log } = open()
    const other = new DatabaseSync(path)
    for (let times = 0; times < 3; times += 1) {
      other.exec(`pragma wal_checkpoint(${how})`)
      if (how === 'truncate') expect(statSync(log).size).toBe(0)
      expect(fault()).toBeNull()
      add()
      expect(fault()).toBeNull()
      other.exec('insert into a values (1)')
      expect(fault()).toBeNull()
    }
    other.close()
  },
)
