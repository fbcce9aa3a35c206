import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { abortMove, planMove } from '../../../src/node/move/move.ts'
import { openSource, refuseMoved } from '../../../src/node/move/move-source.ts'
import { hashOf } from '../../../src/node/server/secret-hash.ts'
import { compareAll, isSame } from '../../../src/store/move/comparison.ts'
import { refuseUnserved } from '../../../src/store/move/postgres-move.ts'
import { PostgresLog } from '../../../src/store/postgres/log/postgres-log.ts'
import { beginMove, readMove } from '../../../src/store/sqlite/sqlite-move.ts'
import { freshDatabase, openDatabase } from '../../support/postgres/fresh-database.ts'
import { newId } from '../../support/push/push-deps.ts'
import { newAlert } from '../../support/samples.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'
import { move, nodeOn, stopped } from '../../support/storage/moved-folder.ts'
import { openedStores } from '../../support/storage/opened-stores.ts'
import { editorKey, sessionToken } from '../../support/storage/used-folder.ts'

const clean = cleaning()
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

test('keys, sessions, the kill switch and readers’ tokens are as good as before', async () => {
  const used = await stopped(clean)
  await move(used.dataDir, used.url)
  const { editors, pauses, subscriptions, database } = await nodeOn(clean, used)
  const now = new Date().toISOString()
  expect((await editors.list()).map(({ id, name, role }) => [id, name, role])).toEqual([
    ['admin', 'Ada “Ä” علی', 'admin'],
    ['editor-1', 'Boris', 'editor'],
  ])
  expect(await editors.holder({ by: 'key', hash: hashOf(editorKey) }, now)).toMatchObject({
    editor: { id: 'editor-1' },
  })
  expect(await editors.holder({ by: 'session', hash: hashOf(sessionToken) }, now)).toMatchObject({
    editor: { id: 'editor-1' },
  })
  expect(await editors.holder({ by: 'key', hash: hashOf('a third key') }, now)).toBeNull()
  expect(await pauses.current()).toBeNull()
  for (const { id, token } of used.tokens) {
    const found = await subscriptions.get(id, token)
    expect(found?.endpoint).toMatch(/^https:\/\/.*\/push\//)
  }
  // A row id that was given once is not given again.
  const [newest] = await database.all<{ id: number }>('select max(row_id) as id from tocsin.subscriptions')
  const taken = await database.once<{ id: number }>(`select nextval('tocsin.subscriptions_row_id_seq')::integer as id`)
  expect(taken[0]?.id).toBeGreaterThan(newest?.id ?? 0)
})

test('the comparison notices a value that is another in any table, and a row too many or too few', async () => {
  const used = await stopped(clean)
  await move(used.dataDir, used.url)
  const database = openDatabase(clean, used.url)
  const source = openSource(used.dataDir)
  clean(() => source.close())
  const other = async () =>
    (await compareAll(source, database, sha256)).filter((it) => !isSame(it)).map(({ name }) => name)
  expect(await other()).toEqual([])
  for (const [statement, back, names] of [
    [`update tocsin.editors set name = name || ' '`, 'update tocsin.editors set name = rtrim(name)', ['editors']],
    [
      'update tocsin.subscriptions set discreet = not discreet',
      'update tocsin.subscriptions set discreet = not discreet',
      ['subscriptions'],
    ],
    [
      `update tocsin.entries set at = at + interval '1 millisecond'`,
      `update tocsin.entries set at = at - interval '1 millisecond'`,
      ['entries'],
    ],
    [
      'update tocsin.entry_scopes set superseded = not superseded',
      'update tocsin.entry_scopes set superseded = not superseded',
      ['entry_scopes'],
    ],
    [
      'update tocsin.push_lanes set position = position - 1 where lane = 0',
      'update tocsin.push_lanes set position = position + 1 where lane = 0',
      ['push_entries (still to be leased)'],
    ],
    [
      `insert into tocsin.push_stops values ('x', 1)`,
      `delete from tocsin.push_stops where alert_id = 'x'`,
      ['push_stops'],
    ],
    [
      'update tocsin.push_tallies set stripe = stripe + 100',
      'update tocsin.push_tallies set stripe = stripe - 100',
      [],
    ],
    [
      'delete from tocsin.push_tallies',
      '',
      ['push_entries (results)', 'push_times', 'push_services', 'push_services (waiting)', 'push_languages'],
    ],
  ] as const) {
    await database.once(statement)
    expect([statement, await other()]).toEqual([statement, names])
    if (back !== '') await database.once(back)
  }
})

test('a second move, one into a database in use, and one from a wrong folder are refused in one line', async () => {
  const used = await stopped(clean)
  const inUse = await freshDatabase(clean)
  await PostgresLog.open(openDatabase(clean, inUse), () => 'its-own')
  const refused = async (dataDir: string, url: string) => {
    const error = await move(dataDir, url).catch((it: unknown) => it)
    expect(error).toMatchObject({ name: 'StartError' })
    return (error as Error).message
  }
  expect(await refused(used.dataDir, inUse)).toMatch(/in use: it holds a log of its own \(epoch its-own, head 0\)/)
  // It was not begun: the folder is as before.
  expect(() => refuseMoved(used.dataDir)).not.toThrow()
  expect(await refused(scratchFolder(clean), used.url)).toMatch(/^There is no tocsin\.db in /)
  expect(await refused(used.dataDir, used.url.replace(/[^/]*$/, 'no-such'))).toMatch(
    /^There is no database no-such at .*create database/,
  )
  expect(await refused(used.dataDir, 'postgres://tocsin@127.0.0.1:1/x')).toMatch(
    /^No PostgreSQL can be reached at 127\.0\.0\.1:1 .*--to/,
  )
  await move(used.dataDir, used.url)
  expect(await refused(used.dataDir, used.url)).toMatch(/moved to postgres:\/\/.* already\. Nothing was moved\./)
  expect(await refused(used.dataDir, inUse)).toMatch(/moved to postgres:\/\//)
  const other = await stopped(clean)
  expect(await refused(other.dataDir, used.url)).toMatch(/The database is in use/)
})

test.each([
  'postgres://tocsin:pa/ss@db.example/tocsin',
  'postgres://tocsin:pa@ss@db.example/tocsin',
  'postgres://tocsin:pa#ss@db.example/tocsin',
  'postgres://tocsin:pa%ss@db.example',
  'mysql://tocsin:pass@db.example/tocsin',
  'tocsin',
])('a target that is no address is refused without repeating its password: %s', async (url) => {
  const used = await stopped(clean)
  const refusal = expect.objectContaining({ message: expect.stringMatching(/^--to: an address such as .* is wanted/) })
  await expect(move(used.dataDir, url)).rejects.toEqual(refusal)
  await expect(planMove({ dataDir: used.dataDir, url })).rejects.toEqual(refusal)
  expect(() => refuseMoved(used.dataDir)).not.toThrow()
})

test('a plan changes nothing and says how much there is', async () => {
  const used = await stopped(clean)
  const plan = await planMove({ dataDir: used.dataDir, url: used.url })
  expect(plan).toMatchObject({ head: 6, rows: { subscriptions: 60 } })
  expect(() => refuseMoved(used.dataDir)).not.toThrow()
  const [row] = await openDatabase(clean, used.url).all('select 1 from tocsin.move')
  expect(row).toBeUndefined()
})

test('a move that is stopped or fails leaves the service as it was, and the next one begins anew', async () => {
  const used = await stopped(clean)
  const stop = new AbortController()
  let batches = 0
  const stopAfterThree = () => {
    batches += 1
    if (batches === 3) stop.abort()
  }
  await expect(move(used.dataDir, used.url, { progress: stopAfterThree, signal: stop.signal })).rejects.toThrow(
    'Stopped. Nothing was moved, and the service stores again as before.',
  )
  expect(() => refuseMoved(used.dataDir)).not.toThrow()
  const stores = openedStores(clean, used.dataDir)
  await stores.log.append(newAlert(newId(), {}, new Date().toISOString()), 'in between')
  stores.close()
  await expect(refuseUnserved(openDatabase(clean, used.url))).rejects.toThrow(/is not whole yet/)
  expect(await move(used.dataDir, used.url)).toMatchObject({ head: 7 })
  expect((await (await nodeOn(clean, used)).log.bounds()).head).toBe(7)
})

test('a move that was cut off is refused at a start, and aborted without a new epoch', async () => {
  const used = await stopped(clean)
  const sql = openSource(used.dataDir)
  beginMove(sql, { id: 'm', target: 'postgres://db/x', at: '2026-03-01T12:00:00.000Z' })
  sql.close()
  expect(() => refuseMoved(used.dataDir)).toThrow(/is being moved to postgres:\/\/db\/x since 2026-03-01/)
  await expect(move(used.dataDir, used.url)).rejects.toThrow(/being moved to postgres:\/\/db\/x/)
  expect(abortMove(used.dataDir)).toMatchObject({ target: 'postgres://db/x', state: 'draining' })
  expect(() => abortMove(used.dataDir)).toThrow(/No move of .* is under way/)
  expect(readMove(openSource(used.dataDir))).toBeNull()
  expect(await move(used.dataDir, used.url)).toMatchObject({ head: 6 })
})
