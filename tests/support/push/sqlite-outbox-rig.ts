import { openSqlite } from '../../../src/node/storage/sqlite-file.ts'
import { AddressEncryption } from '../../../src/push/crypto/address-encryption.ts'
import { leaseMs } from '../../../src/push/outbox/outbox.ts'
import { nextDueMs } from '../../../src/store/sqlite/outbox/outbox-due.ts'
import { outboxStats } from '../../../src/store/sqlite/outbox/outbox-stats.ts'
import { SqliteOutbox } from '../../../src/store/sqlite/outbox/sqlite-outbox.ts'
import { SqliteEditors } from '../../../src/store/sqlite/sqlite-editors.ts'
import { SqlitePause } from '../../../src/store/sqlite/sqlite-pause.ts'
import { SqliteSubscriptions } from '../../../src/store/sqlite/sqlite-subscriptions.ts'
import type { OutboxRig } from '../../contracts/outbox.ts'
import type { OutboxStateRig } from '../../contracts/outbox-state.ts'
import { newId, pushSecret } from './push-deps.ts'

/** An outbox in memory; it cannot be opened again. The clock is the test's. */
export async function outboxInMemory(clean: (undo: () => unknown) => void): Promise<OutboxRig & OutboxStateRig> {
  const clock = { ms: Date.parse('2026-03-01T12:00:00.000Z') }
  const sql = openSqlite(':memory:')
  clean(() => sql.close())
  const addressEncryption = await AddressEncryption.make(pushSecret)
  const error: unknown[] = []
  const deps = { sql, addressEncryption, now: () => clock.ms, newId, report: (it: unknown) => void error.push(it) }
  return {
    ...{ outbox: new SqliteOutbox(deps), store: new SqliteSubscriptions({ sql, addressEncryption, newId }) },
    editors: new SqliteEditors(sql),
    ...{ pauses: new SqlitePause(sql), clock, leaseMs, error },
    stats: async () => outboxStats(sql, clock.ms),
    nextDueMs: async () => nextDueMs(sql),
    async close() {},
    reopen: () => Promise.reject(new Error('a database in memory cannot be opened again')),
  }
}
