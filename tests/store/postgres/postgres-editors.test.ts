import { expect, test } from 'vitest'
import { invalidReason, PostgresEditors } from '../../../src/store/postgres/postgres-editors.ts'
import { editorsContract } from '../../contracts/editors.ts'
import { emptyDatabase, freshDatabase, openDatabase } from '../../support/postgres/fresh-database.ts'
import { cleaning } from '../../support/scratch.ts'

const clean = cleaning()
const noon = '2026-03-01T12:00:00.000Z'

editorsContract(async () => {
  const { url, giveBack } = await emptyDatabase(clean)
  const again = async () => new PostgresEditors(openDatabase(clean, url, { connectionsMax: 2 }))
  return { editors: await again(), again, remove: giveBack }
})

test('what else an editor has ends with the key, in the same transaction; a refused revocation ends nothing', async () => {
  const database = openDatabase(clean, await freshDatabase(clean))
  await database.once('create table public.things (editor_id text)')
  const editors = new PostgresEditors(database, async (statements, id) => {
    await statements.run('delete from public.things where editor_id = $1', id)
  })
  for (const id of ['a', 'b']) {
    await editors.add({ id, name: id, role: 'admin', createdAt: noon }, id)
    await database.once('insert into public.things (editor_id) values ($1)', id)
  }
  await editors.revoke('a', noon)
  await expect(editors.revoke('b', noon)).rejects.toMatchObject({ code: 'last-admin' })
  expect(await database.all('select editor_id from public.things')).toEqual([{ editor_id: 'b' }])
})

test('why an authority is not valid is given as a value, so that the other writes of a group go on', async () => {
  const { url } = await emptyDatabase(clean)
  const database = openDatabase(clean, url)
  const editors = new PostgresEditors(database)
  await editors.add({ id: 'e', name: 'E', role: 'editor', createdAt: noon }, 'key of e')
  const reasons = await database.transaction(async (statements) => {
    const ask = (hash: string, role: 'editor' | 'admin') =>
      invalidReason(statements, { editorId: 'e', credential: { by: 'key', hash }, role, at: noon })
    return [await ask('key of e', 'editor'), await ask('key of e', 'admin'), await ask('none', 'editor')]
  })
  expect(reasons.map((reason) => reason?.status ?? null)).toEqual([null, 403, 401])
})
