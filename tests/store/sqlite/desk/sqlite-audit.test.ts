import { join } from 'node:path'
import { openSqlite } from '../../../../src/node/storage/sqlite-file.ts'
import { AddressEncryption } from '../../../../src/push/crypto/address-encryption.ts'
import { SqliteAudit } from '../../../../src/store/sqlite/desk/sqlite-audit.ts'
import { SqliteOutbox } from '../../../../src/store/sqlite/outbox/sqlite-outbox.ts'
import { SqliteEditors } from '../../../../src/store/sqlite/sqlite-editors.ts'
import { SqliteLog } from '../../../../src/store/sqlite/sqlite-log.ts'
import { SqlitePause } from '../../../../src/store/sqlite/sqlite-pause.ts'
import { type AuditRig, auditContract } from '../../../contracts/audit.ts'
import { newId, pushSecret } from '../../../support/push/push-deps.ts'
import { cleaning, scratchFolder } from '../../../support/scratch.ts'

const clean = cleaning()

async function open(path: string): Promise<AuditRig> {
  const sql = openSqlite(path)
  clean(() => sql.close())
  const addressEncryption = await AddressEncryption.make(pushSecret)
  const outbox = new SqliteOutbox({ sql, addressEncryption, now: Date.now, newId, report() {} })
  return {
    log: new SqliteLog(sql, 'epoch1'),
    audit: new SqliteAudit(sql),
    editors: new SqliteEditors(sql),
    pauses: new SqlitePause(sql),
    stopPushes: (alertId, by) => outbox.stopNewest(alertId, by),
    reopen: () => open(path),
  }
}

auditContract(() => open(join(scratchFolder(clean), 'tocsin.db')))
