import { join } from 'node:path'
import { openSqlite } from '../../../../src/node/storage/sqlite-file.ts'
import { SqliteAudit } from '../../../../src/store/sqlite/desk/sqlite-audit.ts'
import { SqliteItems } from '../../../../src/store/sqlite/desk/sqlite-items.ts'
import { SqliteWebhookOutbox } from '../../../../src/store/sqlite/desk/sqlite-webhook-outbox.ts'
import { SqliteWebhooks } from '../../../../src/store/sqlite/desk/sqlite-webhooks.ts'
import { SqliteEditors } from '../../../../src/store/sqlite/sqlite-editors.ts'
import { SqliteLog } from '../../../../src/store/sqlite/sqlite-log.ts'
import { SqlitePause } from '../../../../src/store/sqlite/sqlite-pause.ts'
import { dispatchingContract } from '../../../contracts/webhooks/dispatching.ts'
import { webhooksContract } from '../../../contracts/webhooks/webhooks.ts'
import type { WebhookStoresRig } from '../../../contracts/webhooks/webhooks-rig.ts'
import { cleaning, scratchFolder } from '../../../support/scratch.ts'

const clean = cleaning()

function open(path: string): WebhookStoresRig {
  const sql = openSqlite(path)
  clean(() => sql.close())
  const log = new SqliteLog(sql, 'epoch1')
  return {
    ...{ log, items: new SqliteItems(sql, log), editors: new SqliteEditors(sql), pauses: new SqlitePause(sql) },
    ...{ audit: new SqliteAudit(sql), webhooks: new SqliteWebhooks(sql), outbox: new SqliteWebhookOutbox(sql) },
    reopen: async () => open(path),
  }
}

const opened = async () => open(join(scratchFolder(clean), 'tocsin.db'))

webhooksContract(opened)
dispatchingContract(opened)
