import { itemPeopleContract } from '../../../contracts/items/item-people.ts'
import { itemsContract } from '../../../contracts/items/items.ts'
import { itemsClockContract } from '../../../contracts/items/items-clock.ts'
import { itemsModel } from '../../../contracts/items/items-model.ts'
import { lostAnswersContract } from '../../../contracts/items/lost-answers.ts'
import { presenceContract } from '../../../contracts/items/presence.ts'
import { retractedAlertContract } from '../../../contracts/items/retracted-alert.ts'
import { keyLevelsContract } from '../../../contracts/key-levels.ts'
import { emptyDatabase } from '../../../support/postgres/fresh-database.ts'
import { openPostgresItems } from '../../../support/postgres/item-stores.ts'
import { cleaning } from '../../../support/scratch.ts'

const clean = cleaning()
const opened = async () => openPostgresItems(clean, (await emptyDatabase(clean)).url)

itemsContract(opened)
itemPeopleContract(opened)
presenceContract(opened)
retractedAlertContract(opened)
keyLevelsContract(opened)
itemsClockContract(opened)
// Of packets, more than an act needs.
lostAnswersContract(opened, [0, 1, 2, 3, 4, 5, 6, 7, 9, 11, 14])
itemsModel(opened, 25)
