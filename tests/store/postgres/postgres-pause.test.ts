import { expect, test } from 'vitest'
import { PostgresLog } from '../../../src/store/postgres/log/postgres-log.ts'
import { PostgresEditors } from '../../../src/store/postgres/postgres-editors.ts'
import { PostgresPause } from '../../../src/store/postgres/postgres-pause.ts'
import { type PauseRig, pauseContract } from '../../contracts/pause.ts'
import { emptyDatabase, openDatabase } from '../../support/postgres/fresh-database.ts'
import { cleaning } from '../../support/scratch.ts'

const clean = cleaning()
const noon = '2026-03-01T12:00:00.000Z'

async function open(url: string): Promise<PauseRig> {
  const database = openDatabase(clean, url)
  await PostgresLog.open(database, () => 'epoch1')
  return { pauses: new PostgresPause(database), reopen: () => open(url) }
}

pauseContract(async () => open((await emptyDatabase(clean)).url))

test('a pause names the admin who made it, and is refused to who may not', async () => {
  const { url } = await emptyDatabase(clean)
  const { pauses } = await open(url)
  const editors = new PostgresEditors(openDatabase(clean, url))
  await editors.add({ id: 'a', name: 'Sam', role: 'admin', createdAt: noon }, 'key of a')
  await editors.add({ id: 'e', name: 'Eve', role: 'editor', createdAt: noon }, 'key of e')
  const asking = (id: string) =>
    ({ editorId: id, credential: { by: 'key', hash: `key of ${id}` }, role: 'admin', at: noon }) as const
  const note = { reason: 'Wait.', by: 'a', at: noon }
  const everything = () => ({ languages: [], topics: [] })
  await expect(pauses.change(everything, note, asking('e'))).rejects.toMatchObject({ status: 403 })
  await expect(pauses.change(everything, note, asking('x'))).rejects.toMatchObject({ status: 401 })
  expect(await pauses.current()).toBeNull()
  expect(await pauses.change(everything, note, asking('a'))).toMatchObject({ byName: 'Sam', reason: 'Wait.' })
})
