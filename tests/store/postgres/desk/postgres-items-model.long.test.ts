import { itemsModel } from '../../../contracts/items/items-model.ts'
import { emptyDatabase } from '../../../support/postgres/fresh-database.ts'
import { openPostgresItems } from '../../../support/postgres/item-stores.ts'
import { cleaning } from '../../../support/scratch.ts'

const clean = cleaning()

itemsModel(async () => openPostgresItems(clean, (await emptyDatabase(clean)).url), 400)
