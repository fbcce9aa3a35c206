import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openSqlite } from '../../../src/node/storage/sqlite-file.ts'
import { copyPause, readPause, SqlitePause } from '../../../src/store/sqlite/sqlite-pause.ts'
import { type PauseRig, pauseContract } from '../../contracts/pause.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'

const clean = cleaning()

async function open(path: string): Promise<PauseRig> {
  const sql = openSqlite(path)
  let state: 'open' | 'closed' = 'open'
  const close = () => {
    if (state === 'open') sql.close()
    state = 'closed'
  }
  clean(close)
  return {
    pauses: new SqlitePause(sql),
    async reopen() {
      close()
      return open(path)
    },
  }
}

pauseContract(() => open(join(scratchFolder(clean), 'tocsin.db')))

test('a pause from another database is stored unchanged, once', () => {
  const sql = openSqlite(':memory:')
  clean(() => sql.close())
  const pauses = new SqlitePause(sql)
  const pause = {
    languages: ['fa'],
    topics: [],
    reason: 'Wait.',
    by: 'e1',
    byName: 'Sam',
    at: '2026-03-01T12:00:00.000Z',
  }
  copyPause(sql, null)
  copyPause(sql, pause)
  copyPause(sql, pause)
  expect(readPause(sql)).toEqual(pause)
  expect(sql.all('select id from pauses')).toHaveLength(1)
  copyPause(sql, null)
  expect(readPause(sql)).toBeNull()
  return expect(pauses.current()).resolves.toBeNull()
})
