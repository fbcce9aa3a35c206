import { PostgresLog, renewEpoch } from '../../../../src/store/postgres/log/postgres-log.ts'
import { signedLogContract } from '../../../contracts/signed-log.ts'
import { emptyDatabase, newDatabase } from '../../../support/postgres/fresh-database.ts'
import { cleaning } from '../../../support/scratch.ts'

const clean = cleaning()

signedLogContract(
  'PostgreSQL',
  async () => {
    const { url, giveBack } = await emptyDatabase(clean)
    const open = async () => {
      const database = newDatabase(url)
      const log = await PostgresLog.open(database, () => 'epoch1', { clockDifferenceMsMax: Number.POSITIVE_INFINITY })
      return { database, log, signing: log.signing, close: () => database.close() }
    }
    const renew = async () => {
      const { database, close } = await open()
      await renewEpoch(database, 'epoch2')
      await close()
    }
    return { open, renew, remove: giveBack }
  },
  4,
)
