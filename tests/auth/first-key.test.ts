import { expect, test } from 'vitest'
import { ensureAdmin } from '../../src/auth/first-key.ts'
import { secretHash } from '../../src/auth/secret.ts'
import { openSqlite } from '../../src/node/storage/sqlite-file.ts'
import { SqliteEditors } from '../../src/store/sqlite/sqlite-editors.ts'

const noon = '2026-03-01T12:00:00.000Z'

function depsOf() {
  const sql = openSqlite(':memory:')
  const editors = new SqliteEditors(sql)
  let ids = 0
  const deps = { editors, now: () => Date.parse(noon), newId: () => `id ${++ids}` }
  const add = async (id: string, role: 'writer' | 'editor' | 'admin') =>
    editors.add({ id, name: id, role, createdAt: noon }, await secretHash(`key of ${id}`))
  const roleOf = async (key: string) =>
    (await editors.holder({ by: 'key', hash: await secretHash(key) }, noon))?.editor.role ?? null
  /** An admin who is not there any more, as a database from before may have: nobody is left. */
  const lose = (id: string) => sql.run('update editors set revoked_at = ? where id = ?', noon, id)
  return { deps, editors, add, roleOf, lose }
}

test('the first start makes a key that is an admin’s; the next start makes none', async () => {
  const { deps, roleOf } = depsOf()
  const { key, warnings } = await ensureAdmin(deps, null)
  expect(await roleOf(key ?? '')).toBe('admin')
  expect(warnings).toEqual([])
  expect(await ensureAdmin(deps, null)).toEqual({ key: null, warnings: [] })
})

test.each([
  ['the first start', [], null, ['First admin']],
  ['the first start with a given key', [], 'given', ['First admin']],
  ['a given key beside an admin', ['admin'], 'given', ['admin', 'Recovery admin']],
  ['a given key beside a writer alone', ['writer'], 'given', ['writer', 'Recovery admin']],
  ['a start without any admin', ['editor'], null, ['editor', 'Recovery admin']],
] as const)('editors after %s have names that tell them apart', async (_, before, given, names) => {
  const { deps, editors, add } = depsOf()
  for (const role of before) await add(role, role)
  for (let start = 0; start < 2; start += 1) await ensureAdmin(deps, given)
  expect((await editors.list()).map(({ name }) => name).sort()).toEqual([...names].sort())
})

test('a given key is an admin’s from its first start on, also as the way back beside other admins', async () => {
  const { deps, add, roleOf } = depsOf()
  await add('a', 'admin')
  for (let start = 0; start < 3; start += 1)
    expect(await ensureAdmin(deps, 'given')).toEqual({ key: null, warnings: [] })
  expect([await roleOf('given'), await roleOf('key of a')]).toEqual(['admin', 'admin'])
})

test.each(['…a key of twenty characters', 'two words', 'ключ-ключ-ключ-ключ', 'key\n'])(
  'a given key that no header can carry (%j) is an admin’s, and it is said that only the desk takes it',
  async (given) => {
    const { deps, roleOf } = depsOf()
    const { key, warnings } = await ensureAdmin(deps, given)
    expect([key, warnings]).toEqual([null, [expect.stringContaining('no request header carries')]])
    expect(await roleOf(given)).toBe('admin')
  },
)

test('a given key that was revoked is named as such; another admin stays the only one', async () => {
  const { deps, editors, add, roleOf } = depsOf()
  await add('a', 'admin')
  await add('b', 'admin')
  await editors.revoke('b', noon)
  const { key, warnings } = await ensureAdmin(deps, 'key of b')
  expect(key).toBeNull()
  expect(warnings).toEqual([expect.stringContaining('ADMIN_KEY is a key that was revoked')])
  expect([await roleOf('key of b'), await roleOf('key of a')]).toEqual([null, 'admin'])
})

test('a given key of an editor makes nobody an admin, and says so', async () => {
  const { deps, add, roleOf } = depsOf()
  await add('a', 'admin')
  await add('e', 'editor')
  const { key, warnings } = await ensureAdmin(deps, 'key of e')
  expect([key, warnings]).toEqual([null, [expect.stringContaining('an editor who is no admin')]])
  expect(await roleOf('key of e')).toBe('editor')
})

test.each([
  ['none is given', null, 1],
  ['the given one was revoked', 'key of a', 2],
  ['the given one is an editor’s', 'key of e', 2],
])('without any admin a new key is made and said, when %s', async (_, given, lines) => {
  const { deps, add, roleOf, lose } = depsOf()
  await add('a', 'admin')
  await add('e', 'editor')
  lose('a')
  const { key, warnings } = await ensureAdmin(deps, given)
  expect(await roleOf(key ?? '')).toBe('admin')
  expect(warnings).toHaveLength(lines)
  expect(warnings.at(-1)).toContain('There was no admin')
  expect(await roleOf('key of a')).toBeNull()
})
