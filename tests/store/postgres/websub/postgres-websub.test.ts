import { PostgresLog } from '../../../../src/store/postgres/log/postgres-log.ts'
import { PostgresWebSub } from '../../../../src/store/postgres/websub/postgres-websub.ts'
import { webSubContract } from '../../../contracts/websub/websub.ts'
import { webSubLeasesContract } from '../../../contracts/websub/websub-leases.ts'
import type { WebSubStoresRig } from '../../../contracts/websub/websub-rig.ts'
import { emptyDatabase, openDatabase } from '../../../support/postgres/fresh-database.ts'
import { cleaning } from '../../../support/scratch.ts'

const clean = cleaning()

async function open(url: string): Promise<WebSubStoresRig> {
  const database = openDatabase(clean, url)
  const log = await PostgresLog.open(database, () => 'epoch1', { clockDifferenceMsMax: Number.POSITIVE_INFINITY })
  return { log, websub: new PostgresWebSub(database, { clock: 'request' }), reopen: () => open(url) }
}

const opened = async () => open((await emptyDatabase(clean)).url)

webSubContract(opened, clean)
webSubLeasesContract(opened, clean)
