import { join } from 'node:path'
import { itemPeopleContract } from '../../../contracts/items/item-people.ts'
import { itemsContract } from '../../../contracts/items/items.ts'
import { itemsClockContract } from '../../../contracts/items/items-clock.ts'
import { lostAnswersContract } from '../../../contracts/items/lost-answers.ts'
import { presenceContract } from '../../../contracts/items/presence.ts'
import { retractedAlertContract } from '../../../contracts/items/retracted-alert.ts'
import { keyLevelsContract } from '../../../contracts/key-levels.ts'
import { cleaning, scratchFolder } from '../../../support/scratch.ts'
import { openItemStores } from '../../../support/storage/item-stores.ts'

const clean = cleaning()
const opened = async () => openItemStores(clean, join(scratchFolder(clean), 'tocsin.db'))

itemsContract(opened)
itemPeopleContract(opened)
presenceContract(opened)
retractedAlertContract(opened)
keyLevelsContract(opened)
itemsClockContract(opened)
// Of statements, more than an act needs.
lostAnswersContract(opened, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 13, 20, 40])
