import { PostgresEditors } from '../../../src/store/postgres/postgres-editors.ts'
import { sessionsContract } from '../../contracts/sessions.ts'
import { emptyDatabase, openDatabase } from '../../support/postgres/fresh-database.ts'
import { cleaning } from '../../support/scratch.ts'

const clean = cleaning()

sessionsContract(async () => {
  const { url } = await emptyDatabase(clean)
  const database = openDatabase(clean, url, { connectionsMax: 4 })
  return {
    editors: new PostgresEditors(database),
    again: async () => new PostgresEditors(openDatabase(clean, url, { connectionsMax: 2 })),
    async storeOld(...values) {
      await database.once('insert into tocsin.sessions (token_hash, editor_id, until) values ($1, $2, $3)', ...values)
    },
  }
})
