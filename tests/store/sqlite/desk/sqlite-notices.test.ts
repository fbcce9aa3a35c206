import { join } from 'node:path'
import { openSqlite } from '../../../../src/node/storage/sqlite-file.ts'
import { SqliteAudit } from '../../../../src/store/sqlite/desk/sqlite-audit.ts'
import { SqliteItems } from '../../../../src/store/sqlite/desk/sqlite-items.ts'
import { SqliteNotices } from '../../../../src/store/sqlite/desk/sqlite-notices.ts'
import { SqliteWebhookOutbox } from '../../../../src/store/sqlite/desk/sqlite-webhook-outbox.ts'
import { SqliteEditors } from '../../../../src/store/sqlite/sqlite-editors.ts'
import { SqliteLog } from '../../../../src/store/sqlite/sqlite-log.ts'
import { SqlitePause } from '../../../../src/store/sqlite/sqlite-pause.ts'
import { type NoticeStoresRig, noticesContract } from '../../../contracts/notices/notices.ts'
import { cleaning, scratchFolder } from '../../../support/scratch.ts'

const clean = cleaning()

function open(path: string): NoticeStoresRig {
  const sql = openSqlite(path)
  clean(() => sql.close())
  const log = new SqliteLog(sql, 'epoch1')
  return {
    ...{ log, items: new SqliteItems(sql, log), editors: new SqliteEditors(sql), pauses: new SqlitePause(sql) },
    ...{ audit: new SqliteAudit(sql), notices: new SqliteNotices(sql), outbox: new SqliteWebhookOutbox(sql) },
    reopen: async () => open(path),
  }
}

noticesContract(async () => open(join(scratchFolder(clean), 'tocsin.db')))
