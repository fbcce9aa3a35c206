import { join } from 'node:path'
import { itemsModel } from '../../../contracts/items/items-model.ts'
import { cleaning, scratchFolder } from '../../../support/scratch.ts'
import { openItemStores } from '../../../support/storage/item-stores.ts'

// Ten thousand schedules with the effort of the long run.

const clean = cleaning()

itemsModel(async () => openItemStores(clean, join(scratchFolder(clean), 'tocsin.db')), 2_000)
