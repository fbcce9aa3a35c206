import { PostgresAudit } from '../../../../src/store/postgres/desk/postgres-audit.ts'
import { PostgresItems } from '../../../../src/store/postgres/desk/postgres-items.ts'
import { PostgresLog } from '../../../../src/store/postgres/log/postgres-log.ts'
import { PostgresEditors } from '../../../../src/store/postgres/postgres-editors.ts'
import { PostgresPause } from '../../../../src/store/postgres/postgres-pause.ts'
import { itemPeopleContract } from '../../../contracts/items/item-people.ts'
import { itemsContract } from '../../../contracts/items/items.ts'
import { itemsModel } from '../../../contracts/items/items-model.ts'
import type { ItemStoresRig } from '../../../contracts/items/items-rig.ts'
import { presenceContract } from '../../../contracts/items/presence.ts'
import { keyLevelsContract } from '../../../contracts/key-levels.ts'
import { emptyDatabase, openDatabase } from '../../../support/postgres/fresh-database.ts'
import { cleaning } from '../../../support/scratch.ts'

const clean = cleaning()

async function open(url: string): Promise<ItemStoresRig> {
  const database = openDatabase(clean, url)
  const log = await PostgresLog.open(database, () => 'epoch1', { clockDifferenceMsMax: Number.POSITIVE_INFINITY })
  return {
    log,
    items: new PostgresItems(database, log, { clock: 'request' }),
    editors: new PostgresEditors(database),
    pauses: new PostgresPause(database),
    audit: new PostgresAudit(database),
    reopen: () => open(url),
  }
}

const opened = async () => open((await emptyDatabase(clean)).url)

itemsContract(opened)
itemPeopleContract(opened)
presenceContract(opened)
keyLevelsContract(opened)
itemsModel(opened, 25)
