import { PostgresAudit } from '../../../../src/store/postgres/desk/postgres-audit.ts'
import { PostgresLog } from '../../../../src/store/postgres/log/postgres-log.ts'
import { PostgresOutbox } from '../../../../src/store/postgres/outbox/postgres-outbox.ts'
import { PostgresEditors } from '../../../../src/store/postgres/postgres-editors.ts'
import { PostgresPause } from '../../../../src/store/postgres/postgres-pause.ts'
import { type AuditRig, auditContract } from '../../../contracts/audit.ts'
import { emptyDatabase, openDatabase } from '../../../support/postgres/fresh-database.ts'
import { addressEncryption } from '../../../support/postgres/push-stores.ts'
import { newId } from '../../../support/push/push-deps.ts'
import { cleaning } from '../../../support/scratch.ts'

const clean = cleaning()

async function open(url: string): Promise<AuditRig> {
  const database = openDatabase(clean, url)
  const pauses = new PostgresPause(database)
  const outbox = new PostgresOutbox({
    ...{ database, addressEncryption: await addressEncryption(), pauses, newId, owner: 'a', report: () => {} },
    now: Date.now,
  })
  return {
    log: await PostgresLog.open(database, () => 'epoch1', { clockDifferenceMsMax: Number.POSITIVE_INFINITY }),
    audit: new PostgresAudit(database),
    editors: new PostgresEditors(database),
    ...{ pauses, stopPushes: (alertId, by) => outbox.stopNewest(alertId, by), reopen: () => open(url) },
  }
}

auditContract(async () => open((await emptyDatabase(clean)).url))
