import { outboxStatsContract } from '../../../contracts/outbox-state.ts'
import { outboxInMemory } from '../../../support/push/sqlite-outbox-rig.ts'
import { cleaning } from '../../../support/scratch.ts'

const clean = cleaning()

outboxStatsContract(() => outboxInMemory(clean))
