import { join } from 'node:path'
import { openSqlite } from '../../../src/node/storage/sqlite-file.ts'
import { renewEpoch, SqliteLog } from '../../../src/store/sqlite/sqlite-log.ts'
import { signedLogContract } from '../../contracts/signed-log.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'

const clean = cleaning()

signedLogContract('SQLite', async () => {
  const path = join(scratchFolder(clean), 'tocsin.db')
  return {
    open: async () => {
      const sql = openSqlite(path)
      const log = new SqliteLog(sql, 'epoch1')
      return { log, signing: log.signing, close: async () => sql.close() }
    },
    renew: async () => {
      const sql = openSqlite(path)
      renewEpoch(sql, 'epoch2')
      sql.close()
    },
  }
})
