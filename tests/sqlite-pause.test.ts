import { join } from 'node:path'
import { openSqlite } from '../src/node/sqlite.ts'
import { SqlitePause } from '../src/store/sqlite-pause.ts'
import { type PauseRig, pauseContract } from './contracts/pause.ts'
import { cleaning, scratchFolder } from './support/scratch.ts'

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
