import { PostgresAudit } from '../../../../src/store/postgres/desk/postgres-audit.ts'
import { PostgresItems } from '../../../../src/store/postgres/desk/postgres-items.ts'
import { PostgresNotices } from '../../../../src/store/postgres/desk/postgres-notices.ts'
import { PostgresWebhookOutbox } from '../../../../src/store/postgres/desk/postgres-webhook-outbox.ts'
import { PostgresLog } from '../../../../src/store/postgres/log/postgres-log.ts'
import { PostgresEditors } from '../../../../src/store/postgres/postgres-editors.ts'
import { PostgresPause } from '../../../../src/store/postgres/postgres-pause.ts'
import { type NoticeStoresRig, noticesContract } from '../../../contracts/notices/notices.ts'
import { emptyDatabase, openDatabase } from '../../../support/postgres/fresh-database.ts'
import { cleaning } from '../../../support/scratch.ts'

const clean = cleaning()

async function open(url: string): Promise<NoticeStoresRig> {
  const database = openDatabase(clean, url)
  const log = await PostgresLog.open(database, () => 'epoch1', { clockDifferenceMsMax: Number.POSITIVE_INFINITY })
  return {
    log,
    items: new PostgresItems(database, log, { clock: 'request' }),
    editors: new PostgresEditors(database),
    pauses: new PostgresPause(database),
    audit: new PostgresAudit(database),
    notices: new PostgresNotices(database, { clock: 'request' }),
    outbox: new PostgresWebhookOutbox(database, { clock: 'request' }),
    reopen: () => open(url),
  }
}

noticesContract(async () => open((await emptyDatabase(clean)).url))
