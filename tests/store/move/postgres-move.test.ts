import { expect, test } from 'vitest'
import {
  beginPostgresMove,
  finishPostgresMove,
  leavePostgres,
  lockPosition,
  refuseUnserved,
  sendPosition,
  stayOnPostgres,
} from '../../../src/store/move/postgres-move.ts'
import { PostgresLog } from '../../../src/store/postgres/log/postgres-log.ts'
import type { PostgresDatabase } from '../../../src/store/postgres/postgres-database.ts'
import { emptyDatabase, openDatabase } from '../../support/postgres/fresh-database.ts'
import { newAlert } from '../../support/samples.ts'
import { cleaning } from '../../support/scratch.ts'

const clean = cleaning()
const move = { id: 'move-1', source: 'sqlite:./data', epoch: 'epoch1' }
const begun = { part: 0, after: 0 }

async function target(): Promise<PostgresDatabase> {
  return openDatabase(clean, (await emptyDatabase(clean)).url)
}

const moveOn = (database: PostgresDatabase, id: string, part: number, after: number) =>
  database.transaction(async (statements) => {
    await lockPosition(statements, id)
    sendPosition(statements, { part, after })
  })

/** What a move copies: an entry. */
const insertEntry = `insert into tocsin.entries (seq, at, kind, alert_id, alert, key, intention, editor_id)
  values (1, now(), 'alert', 'a', '{}', 'e key', '', 'e')`

test('a move that was cut off goes on where it was, and another one of the same log begins anew in an empty database', async () => {
  const database = await target()
  expect(await beginPostgresMove(database, move)).toEqual(begun)
  await database.once(insertEntry)
  await moveOn(database, 'move-1', 3, 40)
  expect(await beginPostgresMove(database, move)).toEqual({ part: 3, after: 40 })
  expect(await database.all('select seq from tocsin.entries')).toHaveLength(1)
  expect(await beginPostgresMove(database, { ...move, id: 'move-2' })).toEqual(begun)
  expect(await database.all('select seq from tocsin.entries')).toHaveLength(0)
  await expect(moveOn(database, 'move-1', 4, 0)).rejects.toThrow('Another npx tocsin migrate fills the database')
})

test('nobody serves a database before the move into it has finished', async () => {
  const database = await target()
  await refuseUnserved(database)
  await beginPostgresMove(database, move)
  await expect(refuseUnserved(database)).rejects.toThrow(/moved here from sqlite:\.\/data since .* not whole yet/)
  await finishPostgresMove(database, { epoch: 'epoch1', floor: 1, head: 0 })
  await refuseUnserved(database)
})

test('nobody serves a database that the newsroom has left, until that is taken back', async () => {
  const database = await target()
  await beginPostgresMove(database, move)
  await finishPostgresMove(database, { epoch: 'epoch1', floor: 1, head: 7 })
  expect(await leavePostgres(database, move.id)).toBe(7)
  expect(await leavePostgres(database, move.id)).toBe(7)
  await expect(refuseUnserved(database)).rejects.toThrow(/taken back into sqlite:\.\/data at 2.*without DATABASE_URL/)
  await stayOnPostgres(database, move.id)
  await refuseUnserved(database)
  await leavePostgres(database, 'another move')
  await refuseUnserved(database)
})

test('a move that is finished a second time takes nothing back that was appended since, and none begins there again', async () => {
  const database = await target()
  await beginPostgresMove(database, move)
  await database.once(insertEntry)
  const bounds = { epoch: 'epoch1', floor: 1, head: 1 }
  await finishPostgresMove(database, bounds)
  const log = await PostgresLog.open(database, () => 'unwanted')
  expect(await log.bounds()).toEqual(bounds)
  expect(await log.append(newAlert('b'), 'key')).toMatchObject({ seq: 2 })
  await finishPostgresMove(database, bounds)
  expect(await log.bounds()).toEqual({ ...bounds, head: 2 })
  for (const id of ['move-1', 'move-2'])
    await expect(beginPostgresMove(database, { ...move, id })).rejects.toThrow(/in use.*epoch epoch1, head 2/)
  await expect(moveOn(database, 'move-1', 1, 0)).rejects.toThrow('Another npx tocsin migrate')
})

test('a database with a log of its own is not moved into, also when it has no entry', async () => {
  const database = await target()
  await PostgresLog.open(database, () => 'epoch1')
  await expect(beginPostgresMove(database, move)).rejects.toThrow(/in use.*Give an empty database/)
})
