import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openSqlite } from '../../../src/node/storage/sqlite-file.ts'
import { migrate } from '../../../src/store/sql.ts'
import { editorSchema, SqliteEditors } from '../../../src/store/sqlite/sqlite-editors.ts'
import { editorsContract } from '../../contracts/editors.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'

const clean = cleaning()

editorsContract(async () => {
  const path = join(scratchFolder(clean), 'tocsin.db')
  const again = async () => {
    const sql = openSqlite(path)
    clean(() => sql.close())
    return new SqliteEditors(sql)
  }
  return { editors: await again(), again }
})

test('sessions from before origins were stored stay valid', async () => {
  const sql = openSqlite(':memory:')
  clean(() => sql.close())
  migrate(sql, { ...editorSchema, steps: editorSchema.steps.slice(0, 1) })
  sql.run(`insert into editors (id, name, role, key_hash, created_at) values ('e', 'E', 'writer', 'k', '2026')`)
  sql.run(`insert into sessions (token_hash, editor_id, until) values ('t', 'e', '2027')`)
  const holder = await new SqliteEditors(sql).holder({ by: 'session', hash: 't' }, '2026')
  expect(holder).toMatchObject({ editor: { id: 'e' }, until: '2027', origin: null })
})

test('listeners are called synchronously when a key or session ends, and for nothing else', async () => {
  const sql = openSqlite(':memory:')
  clean(() => sql.close())
  const editors = new SqliteEditors(sql)
  let ends = 0
  const stop = editors.onEnd(() => {
    ends += 1
  })
  for (const id of ['a', 'b']) await editors.add({ id, name: id, role: 'admin', createdAt: '2026' }, id)
  await editors.openSession('a', { tokenHash: 't', now: '2026', until: '2027', origin: null })
  await editors.revoke('nobody', '2026')
  expect(ends).toBe(0)
  void editors.closeSession('t', '2026')
  expect(ends).toBe(1)
  void editors.revoke('a', '2026')
  expect(ends).toBe(2)
  await editors.revoke('b', '2026').catch(() => {})
  expect(ends, 'a refused one ends nothing').toBe(2)
  stop()
})

test('a revoked key leaves no row of its sessions behind; those of others stay', async () => {
  const sql = openSqlite(':memory:')
  clean(() => sql.close())
  const editors = new SqliteEditors(sql)
  for (const id of ['a', 'b']) {
    await editors.add({ id, name: id, role: 'admin', createdAt: '2026' }, id)
    for (const nth of [1, 2])
      await editors.openSession(id, { tokenHash: `${id}${nth}`, now: '2026', until: '2027', origin: null })
  }
  await editors.revoke('a', '2026')
  expect(sql.all('select token_hash from sessions order by token_hash')).toEqual([
    { token_hash: 'b1' },
    { token_hash: 'b2' },
  ])
})
