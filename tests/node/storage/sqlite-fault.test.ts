import { expect, test } from 'vitest'
import { isSystemFault, sqliteFaultOf } from '../../../src/node/storage/sqlite-fault.ts'

const sqliteError = (errcode?: number) =>
  Object.assign(new Error('of SQLite'), { code: 'ERR_SQLITE_ERROR', ...(errcode === undefined ? {} : { errcode }) })

// The numbers are those of https://sqlite.org/rescode.html.
test.each([
  ['SQLITE_BUSY', 5, 'locked'],
  ['SQLITE_BUSY_SNAPSHOT', 517, 'locked'],
  ['SQLITE_LOCKED', 6, 'locked'],
  ['SQLITE_READONLY', 8, 'read-only'],
  ['SQLITE_READONLY_DBMOVED', 1_032, 'replaced'],
  ['SQLITE_READONLY_DIRECTORY', 1_544, 'read-only'],
  ['SQLITE_IOERR', 10, 'failing'],
  ['SQLITE_IOERR_SHORT_READ', 522, 'damaged'],
  ['SQLITE_IOERR_WRITE', 778, 'failing'],
  ['SQLITE_CORRUPT', 11, 'damaged'],
  ['SQLITE_CORRUPT_INDEX', 779, 'damaged'],
  ['SQLITE_FULL', 13, 'full'],
  ['SQLITE_CANTOPEN', 14, 'failing'],
  ['SQLITE_NOTADB', 26, 'damaged'],
  ['SQLITE_ERROR', 1, null],
  ['SQLITE_CONSTRAINT_UNIQUE', 2_067, null],
])('%s (%d) says of the disk: %s', (_, errcode, fault) => {
  expect(sqliteFaultOf(sqliteError(errcode))).toBe(fault)
})

test('a trigger of a move says whether the move is under way or done', () => {
  const refusal = (message: string) => Object.assign(new Error(message), { code: 'ERR_SQLITE_ERROR', errcode: 1_811 })
  expect([sqliteFaultOf(refusal('moving')), sqliteFaultOf(refusal('moved'))]).toEqual(['moving', 'moved'])
})

test('an error that is none of SQLite’s, or has no number, says nothing of the disk', () => {
  for (const it of [
    sqliteError(),
    new Error('x'),
    Object.assign(new Error('x'), { code: 'ENOSPC', errcode: 13 }),
    null,
  ])
    expect(sqliteFaultOf(it)).toBeNull()
})

test.each([
  ['EIO', true],
  ['ENOSPC', true],
  ['EROFS', true],
  ['EDQUOT', true],
  ['EMFILE', true],
  ['EACCES', false],
  ['EADDRINUSE', false],
])('%s is the disk’s: %s', (code, expected) => {
  expect(isSystemFault(Object.assign(new Error('x'), { code }))).toBe(expected)
})
