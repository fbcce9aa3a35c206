import { expect, test } from 'vitest'
import { openSqlite } from '../../../src/node/storage/sqlite-file.ts'
import type { Sql } from '../../../src/store/sql.ts'
import { GroupCommit } from '../../../src/store/sqlite/group-commit.ts'
import { cleaning } from '../../support/scratch.ts'

const clean = cleaning()

function setUp() {
  const file = openSqlite(':memory:')
  clean(() => file.close())
  file.run('create table names (name text primary key) strict')
  let commits = 0
  let inside = false
  const sql: Sql = {
    ...file,
    transaction<Result>(act: () => Result): Result {
      inside = true
      const result = file.transaction(act)
      inside = false
      commits += 1
      return result
    },
  }
  const group = new GroupCommit(sql)
  const add = (name: string) =>
    group.run(() => {
      file.run('insert into names (name) values (?)', name)
      return name
    })
  const names = () => file.all<{ name: string }>('select name from names order by rowid').map(({ name }) => name)
  return { group, add, names, commits: () => commits, inside: () => inside }
}

test('writes that come together are one commit, in their order, each with its own result', async () => {
  const { add, names, commits } = setUp()
  const wanted = Array.from({ length: 50 }, (_, at) => `name ${at}`)
  expect(await Promise.all(wanted.map(add))).toEqual(wanted)
  expect(names()).toEqual(wanted)
  expect(commits()).toBe(1)
})

test('no write resolves before its commit', async () => {
  const { add, inside } = setUp()
  const heard = await Promise.all(['a', 'b', 'c'].map((name) => add(name).then(() => inside())))
  expect(heard).toEqual([false, false, false])
})

test('one that throws fails alone, and leaves nothing half done', async () => {
  const { group, add, names } = setUp()
  const broken = group.run(() => {
    throw new Error('no')
  })
  const results = await Promise.allSettled([add('a'), broken, add('b'), add('a'), add('c')])
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'rejected', 'fulfilled'])
  expect(names()).toEqual(['a', 'b', 'c'])
})

test('a thousand at once are several groups, and none is lost', async () => {
  const { add, names, commits } = setUp()
  await Promise.all(Array.from({ length: 1_000 }, (_, at) => add(String(at))))
  expect(names()).toHaveLength(1_000)
  expect(commits()).toBeGreaterThan(1)
  expect(commits()).toBeLessThan(100)
})
