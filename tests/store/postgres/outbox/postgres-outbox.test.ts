import { afterAll } from 'vitest'
import { outboxContract } from '../../../contracts/outbox.ts'
import { freshDatabase } from '../../../support/postgres/fresh-database.ts'
import { emptyOutbox } from '../../../support/postgres/outbox-rig.ts'
import { cleaning } from '../../../support/scratch.ts'

const clean = cleaning()
const url = await freshDatabase(cleaning(afterAll))

outboxContract(() => emptyOutbox(clean, url), 6)
