import { expect, test, vi } from 'vitest'
import { goBack } from '../../../src/node/move/go-back.ts'
import { abortMove } from '../../../src/node/move/move.ts'
import { refuseMoved } from '../../../src/node/move/move-source.ts'
import { refuseUnserved } from '../../../src/store/move/postgres-move.ts'
import { PostgresDatabase } from '../../../src/store/postgres/postgres-database.ts'
import { freshDatabase, openDatabase } from '../../support/postgres/fresh-database.ts'
import { newId } from '../../support/push/push-deps.ts'
import { newAlert } from '../../support/samples.ts'
import { cleaning } from '../../support/scratch.ts'
import { move, nodeOn, stopped } from '../../support/storage/moved-folder.ts'
import { openedStores } from '../../support/storage/opened-stores.ts'

const clean = cleaning()
const aNewAlert = () => newAlert(newId(), {}, new Date().toISOString())

type Options = Partial<Parameters<typeof goBack>[0]>
const back = (dataDir: string, url: string | null, options: Options = {}) =>
  goBack({ dataDir, url, discards: false, now: Date.now, ...options })

async function movedFolder() {
  const used = await stopped(clean)
  const { epoch: epochBefore } = await move(used.dataDir, used.url)
  return { ...used, epochBefore }
}

const goneNowhere = (dataDir: string) => expect(() => refuseMoved(dataDir)).toThrow(/^This newsroom moved to/)

test('a folder that has moved is refused at a start, until it is taken back with a new epoch', async () => {
  const { dataDir, url, epochBefore } = await movedFolder()
  expect(() => refuseMoved(dataDir)).toThrow(
    /^This newsroom moved to postgres:\/\/127\.0\.0\.1:\d+\/t_\w+ at 2.*--go-back --from sqlite:.* --to /,
  )
  expect(() => abortMove(dataDir)).toThrow(/what was published there since is not here/)
  // The epoch is made of the time.
  const now = vi.fn(Date.now)
  expect(await back(dataDir, url, { now })).toMatchObject({ discarded: 0 })
  expect(now).toHaveBeenCalledOnce()
  expect(() => refuseMoved(dataDir)).not.toThrow()
  const stores = openedStores(clean, dataDir)
  expect(await stores.epoch()).not.toBe(epochBefore)
  expect(await stores.log.append(aNewAlert(), 'here again')).toMatchObject({ seq: 7 })
  expect(stores.said).toEqual([])
  stores.close()
  await expect(back(dataDir, url)).rejects.toThrow(/has not moved\. Nothing was changed/)
})

test('no node starts on a database that the newsroom was taken back from, and none moves into it again', async () => {
  const used = await movedFolder()
  await back(used.dataDir, used.url)
  await expect(nodeOn(clean, used)).rejects.toThrow(/was taken back into .* at 2.*Start the service there/)
  await expect(move(used.dataDir, used.url)).rejects.toThrow(/Give an empty database/)
})

test.each([['tocsin host 4711'], ['tocsin host listen']])(
  'a session of a node (%s) keeps the newsroom from being taken back, and nothing is changed',
  async (applicationName) => {
    const { dataDir, url } = await movedFolder()
    const node = new PostgresDatabase({ url, applicationName, connectionsMax: 2 })
    await Promise.all([node.all('select pg_sleep(0.1)'), node.all('select pg_sleep(0.1)')])
    await expect(back(dataDir, url, { discards: true })).rejects.toThrow(
      /^Nodes still use the database \(2 sessions of tocsin\)\. Nothing was changed/,
    )
    goneNowhere(dataDir)
    await refuseUnserved(node)
    await node.close()
    // The server may still be ending the sessions.
    const other = openDatabase(clean, url)
    while ((await other.all('select 1 from pg_stat_activity where application_name = $1', applicationName)).length > 0);
    expect(await back(dataDir, url)).toMatchObject({ discarded: 0 })
  },
)

test('entries that were published since are counted, and given up only when that is said', async () => {
  const used = await movedFolder()
  const { log, database } = await nodeOn(clean, used)
  for (const key of ['one', 'two']) await log.append(aNewAlert(), key)
  await expect(back(used.dataDir, used.url)).rejects.toThrow(/^2 entries .* would not be here.*--yes/)
  goneNowhere(used.dataDir)
  await refuseUnserved(database)
  expect(await back(used.dataDir, used.url, { discards: true })).toMatchObject({ discarded: 2 })
  await expect(refuseUnserved(database)).rejects.toThrow(/was taken back/)
})

test('another database than that of the move is refused, and one that is away unless it is said that it is gone', async () => {
  const { dataDir } = await movedFolder()
  const refused = (url: string) => expect(back(dataDir, url, { discards: true })).rejects
  await refused(await freshDatabase(clean)).toThrow(/not the database that this newsroom moved to, postgres:/)
  await refused('postgres://tocsin@127.0.0.1:1/x').toThrow(/No PostgreSQL can be reached.*--without-database/)
  await refused('tocsin').toThrow(/^--to: an address/)
  goneNowhere(dataDir)
  expect(await back(dataDir, null)).toMatchObject({ discarded: null })
  expect(() => refuseMoved(dataDir)).not.toThrow()
})
