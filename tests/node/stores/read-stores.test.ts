import { expect, test } from 'vitest'
import { openReadStores } from '../../../src/node/stores/read-stores.ts'
import { PostgresLog } from '../../../src/store/postgres/log/postgres-log.ts'
import { emptyDatabase, openDatabase } from '../../support/postgres/fresh-database.ts'
import { newAlert } from '../../support/samples.ts'
import { cleaning } from '../../support/scratch.ts'

const clean = cleaning()

test('a thread that is the first to read a replaced log does not take it for the one that was opened', async () => {
  const { url } = await emptyDatabase(clean)
  const database = openDatabase(clean, url)
  const log = await PostgresLog.open(database, () => 'first')
  await log.append(newAlert('a'), 'key')
  const stores = await openReadStores({ kind: 'postgres', url, applicationName: 'tests' }, 'first', () => {})
  clean(() => stores.close())
  expect(await stores.log.after(0, 10)).toHaveLength(1)
  // As a promoted standby says of itself.
  await database.once(`update tocsin.log_head set identity = 'another'`)
  await expect(stores.log.after(0, 10)).rejects.toMatchObject({ kind: 'replaced', act: 'read' })
  const again = await PostgresLog.open(database, () => 'second')
  expect((await again.bounds()).epoch).toBe('second')
  await expect(stores.log.after(0, 10)).rejects.toMatchObject({ kind: 'replaced' })
})
