import { PostgresAudit } from '../../../../src/store/postgres/desk/postgres-audit.ts'
import { PostgresItems } from '../../../../src/store/postgres/desk/postgres-items.ts'
import { PostgresWebhookOutbox } from '../../../../src/store/postgres/desk/postgres-webhook-outbox.ts'
import { PostgresWebhooks } from '../../../../src/store/postgres/desk/postgres-webhooks.ts'
import { PostgresLog } from '../../../../src/store/postgres/log/postgres-log.ts'
import { PostgresEditors } from '../../../../src/store/postgres/postgres-editors.ts'
import { PostgresPause } from '../../../../src/store/postgres/postgres-pause.ts'
import { dispatchingContract } from '../../../contracts/webhooks/dispatching.ts'
import { webhooksContract } from '../../../contracts/webhooks/webhooks.ts'
import type { WebhookStoresRig } from '../../../contracts/webhooks/webhooks-rig.ts'
import { emptyDatabase, openDatabase } from '../../../support/postgres/fresh-database.ts'
import { cleaning } from '../../../support/scratch.ts'

const clean = cleaning()

async function open(url: string): Promise<WebhookStoresRig> {
  const database = openDatabase(clean, url)
  const log = await PostgresLog.open(database, () => 'epoch1', { clockDifferenceMsMax: Number.POSITIVE_INFINITY })
  return {
    log,
    items: new PostgresItems(database, log, { clock: 'request' }),
    editors: new PostgresEditors(database),
    pauses: new PostgresPause(database),
    audit: new PostgresAudit(database),
    webhooks: new PostgresWebhooks(database),
    outbox: new PostgresWebhookOutbox(database, { clock: 'request' }),
    reopen: () => open(url),
  }
}

const opened = async () => open((await emptyDatabase(clean)).url)

webhooksContract(opened)
dispatchingContract(opened)
