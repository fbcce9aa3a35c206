import { PostgresLog } from '../../../../src/store/postgres/log/postgres-log.ts'
import { PostgresEditors } from '../../../../src/store/postgres/postgres-editors.ts'
import { PostgresPause } from '../../../../src/store/postgres/postgres-pause.ts'
import { editorsContract } from '../../../contracts/editors.ts'
import { logContract } from '../../../contracts/log.ts'
import { outboxContract } from '../../../contracts/outbox.ts'
import { outboxDueContract, outboxStatsContract } from '../../../contracts/outbox-state.ts'
import { type PauseRig, pauseContract } from '../../../contracts/pause.ts'
import { type SubscriptionRig, subscriptionContract } from '../../../contracts/subscriptions.ts'
import { emptyDatabase, newDatabase, openDatabase } from '../../../support/postgres/fresh-database.ts'
import { emptyOutbox } from '../../../support/postgres/outbox-rig.ts'
import { describePooled } from '../../../support/postgres/pgbouncer.ts'
import { emptyTables, subscriptionsIn } from '../../../support/postgres/push-stores.ts'
import { cleaning } from '../../../support/scratch.ts'

// What every store does, with PgBouncer in transaction mode between: each transaction may be on another connection.

const clean = cleaning()
let epochs = 0
const newEpoch = () => `epoch${++epochs}`

describePooled(({ shared, through }) => {
  logContract(
    'PostgreSQL through PgBouncer',
    async () => {
      const { url, giveBack } = await emptyDatabase(clean)
      return {
        remove: giveBack,
        open: async () => {
          const database = newDatabase(through(url))
          // The contract's changes have fixed times.
          const log = await PostgresLog.open(database, newEpoch, { clockDifferenceMsMax: Number.POSITIVE_INFINITY })
          const stores = { log, pauses: new PostgresPause(database), editors: new PostgresEditors(database) }
          return { ...stores, close: () => database.close() }
        },
      }
    },
    3,
  )

  editorsContract(async () => {
    const { url, giveBack } = await emptyDatabase(clean)
    const again = async () => new PostgresEditors(openDatabase(clean, through(url), { connectionsMax: 2 }))
    return { editors: await again(), again, remove: giveBack }
  })

  const openPause = async (url: string): Promise<PauseRig> => {
    const database = openDatabase(clean, url)
    await PostgresLog.open(database, newEpoch)
    return { pauses: new PostgresPause(database), reopen: () => openPause(url) }
  }
  pauseContract(async () => openPause(through((await emptyDatabase(clean)).url)))

  const reopened = async (): Promise<SubscriptionRig> => ({
    store: await subscriptionsIn(openDatabase(clean, shared)),
    reopen: reopened,
  })
  subscriptionContract(async () => {
    await emptyTables(openDatabase(clean, shared))
    return reopened()
  })

  outboxContract(() => emptyOutbox(clean, shared), 2)
  outboxStatsContract(() => emptyOutbox(clean, shared))
  outboxDueContract(() => emptyOutbox(clean, shared))
})
