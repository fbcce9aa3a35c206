import { join } from 'node:path'
import { itemsModel } from '../../../contracts/items/items-model.ts'
import { cleaning, scratchFolder } from '../../../support/scratch.ts'
import { openItemStores } from '../../../support/storage/item-stores.ts'

// Alone in its file: of each planted bug of the items it is seen that the schedules find it, and not only the examples.

const clean = cleaning()

itemsModel(async () => openItemStores(clean, join(scratchFolder(clean), 'tocsin.db')), 100)
