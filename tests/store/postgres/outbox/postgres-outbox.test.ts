import { afterAll } from 'vitest'
import { PushAlarm } from '../../../../src/push/outbox/alarms.ts'
import { leaseMs } from '../../../../src/push/outbox/outbox.ts'
import { PostgresOutbox } from '../../../../src/store/postgres/outbox/postgres-outbox.ts'
import { PostgresPause } from '../../../../src/store/postgres/postgres-pause.ts'
import { type OutboxRig, outboxContract } from '../../../contracts/outbox.ts'
import { freshDatabase, openDatabase } from '../../../support/postgres/fresh-database.ts'
import { addressEncryption, emptyTables, subscriptionsIn } from '../../../support/postgres/push-stores.ts'
import { newId } from '../../../support/push/push-deps.ts'
import { cleaning } from '../../../support/scratch.ts'

const clean = cleaning()
const url = await freshDatabase(cleaning(afterAll))

/** The clock is the test's, for the process and for the database. */
async function open(clock: { ms: number }): Promise<OutboxRig> {
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
  const outbox = new PostgresOutbox({
    ...{ database, addressEncryption: await addressEncryption(), pauses, now: () => clock.ms, newId, report },
    databaseNow: () => `to_timestamp(${clock.ms} / 1000.0)`,
  })
  return {
    ...{ outbox, store: await subscriptionsIn(database), pauses, clock, leaseMs, error, close },
    async reopen() {
      await close()
      return open(clock)
    },
  }
}

outboxContract(async () => {
  const database = openDatabase(() => {}, url)
  await emptyTables(database)
  await database.close()
  return open({ ms: Date.parse('2026-03-01T12:00:00.000Z') })
}, 6)
