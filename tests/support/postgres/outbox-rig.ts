import { PushAlarm } from '../../../src/push/outbox/alarms.ts'
import { leaseMs } from '../../../src/push/outbox/outbox.ts'
import { postgresNextDueMs, postgresOutboxStats } from '../../../src/store/postgres/outbox/outbox-state.ts'
import { PostgresOutbox } from '../../../src/store/postgres/outbox/postgres-outbox.ts'
import { PostgresEditors } from '../../../src/store/postgres/postgres-editors.ts'
import { PostgresPause } from '../../../src/store/postgres/postgres-pause.ts'
import type { OutboxRig } from '../../contracts/outbox.ts'
import type { OutboxStateRig } from '../../contracts/outbox-state.ts'
import { newId } from '../push/push-deps.ts'
import { openDatabase } from './fresh-database.ts'
import { addressEncryption, emptyTables, subscriptionsIn } from './push-stores.ts'

type Clean = (undo: () => unknown) => void

/** An outbox in an empty database. The clock is the test's, for the process and for the database. */
export async function emptyOutbox(clean: Clean, url: string): Promise<OutboxRig & OutboxStateRig> {
  const database = openDatabase(() => {}, url)
  await emptyTables(database)
  await database.close()
  return openOutbox(clean, url, { ms: Date.parse('2026-03-01T12:00:00.000Z') })
}

async function openOutbox(clean: Clean, url: string, clock: { ms: number }): Promise<OutboxRig & OutboxStateRig> {
  const database = openDatabase(() => {}, url)
  let closed = false
  const close = async (): Promise<void> => {
    if (!closed) await database.close()
    closed = true
  }
  clean(close)
  const error: unknown[] = []
  // That hardly anybody was reached is looked at in postgres-failures.test.ts.
  const report = (it: unknown): void => {
    if (!(it instanceof PushAlarm && it.kind === 'failed')) error.push(it)
  }
  const pauses = new PostgresPause(database)
  const clocks = { now: () => clock.ms, databaseNow: () => `to_timestamp(${clock.ms} / 1000.0)` }
  const deps = { database, addressEncryption: await addressEncryption(), pauses, newId, report }
  return {
    outbox: new PostgresOutbox({ ...deps, ...clocks }),
    editors: new PostgresEditors(database),
    ...{ store: await subscriptionsIn(database), pauses, clock, leaseMs, error, close },
    stats: () => postgresOutboxStats(database, clocks.databaseNow()),
    nextDueMs: () => postgresNextDueMs({ database, pauses, ...clocks }),
    async reopen() {
      await close()
      return openOutbox(clean, url, clock)
    },
  }
}
