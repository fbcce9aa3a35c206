import { afterAll } from 'vitest'
import { outboxDueContract, outboxStatsContract } from '../../../contracts/outbox-state.ts'
import { freshDatabase } from '../../../support/postgres/fresh-database.ts'
import { emptyOutbox } from '../../../support/postgres/outbox-rig.ts'
import { cleaning } from '../../../support/scratch.ts'

const clean = cleaning()
const url = await freshDatabase(cleaning(afterAll))

outboxStatsContract(() => emptyOutbox(clean, url))
outboxDueContract(() => emptyOutbox(clean, url))
