import { join } from 'node:path'
import { itemPeopleContract } from '../../../contracts/items/item-people.ts'
import { itemsContract } from '../../../contracts/items/items.ts'
import { itemsModel } from '../../../contracts/items/items-model.ts'
import { presenceContract } from '../../../contracts/items/presence.ts'
import { keyLevelsContract } from '../../../contracts/key-levels.ts'
import { cleaning, scratchFolder } from '../../../support/scratch.ts'
import { openItemStores } from '../../../support/storage/item-stores.ts'

const clean = cleaning()
const opened = async () => openItemStores(clean, join(scratchFolder(clean), 'tocsin.db'))

itemsContract(opened)
itemPeopleContract(opened)
presenceContract(opened)
keyLevelsContract(opened)
itemsModel(opened, 100)
