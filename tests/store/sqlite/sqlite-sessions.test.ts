import { join } from 'node:path'
import { openSqlite } from '../../../src/node/storage/sqlite-file.ts'
import { SqliteEditors } from '../../../src/store/sqlite/sqlite-editors.ts'
import { sessionsContract } from '../../contracts/sessions.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'

const clean = cleaning()

sessionsContract(async () => {
  const path = join(scratchFolder(clean), 'tocsin.db')
  const openAgain = () => {
    const sql = openSqlite(path)
    clean(() => sql.close())
    return sql
  }
  const sql = openAgain()
  return {
    editors: new SqliteEditors(sql),
    again: async () => new SqliteEditors(openAgain()),
    async storeOld(...values) {
      sql.run('insert into sessions (token_hash, editor_id, until) values (?, ?, ?)', ...values)
    },
  }
})
