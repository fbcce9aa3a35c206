import { afterAll, expect, test } from 'vitest'
import type { Outcome } from '../../../../src/push/outbox/outbox.ts'
import { PostgresOutbox } from '../../../../src/store/postgres/outbox/postgres-outbox.ts'
import type { PostgresDatabase } from '../../../../src/store/postgres/postgres-database.ts'
import { freshDatabase, openDatabase } from '../../../support/postgres/fresh-database.ts'
import { emptyTables, generateSubscriptions } from '../../../support/postgres/push-stores.ts'
import { makeAlert, makeEntry, newId } from '../../../support/push/push-deps.ts'
import { cleaning } from '../../../support/scratch.ts'

const clean = cleaning()
const url = await freshDatabase(cleaning(afterAll))
// Here only the database is looked at, so that its rows need not be decrypted.
const addressEncryption = {
  decrypt: async () => ({ endpoint: 'https://fcm.googleapis.com/x', p256dh: 'p', auth: 'a' }),
}

const statistics = `select sum(n_tup_upd + n_tup_del)::bigint as obsolete, sum(n_dead_tup)::bigint as dead,
  sum(n_tup_upd - n_tup_hot_upd)::bigint as not_hot, sum(n_tup_ins)::bigint as inserted
  from pg_stat_user_tables where schemaname = 'tocsin'`
type Statistics = { obsolete: number; dead: number; not_hot: number; inserted: number }

async function readStatistics(): Promise<Statistics> {
  const database = openDatabase(clean, url)
  const [row] = await database.all<Statistics>(statistics)
  if (row === undefined) throw new Error('no statistics')
  return row
}

/** Sends an entry to everyone in batches, by two claimers in several at once. Its connections are closed at the end, which publishes their statistics. */
async function send(seq: number, limit: number): Promise<number> {
  const database = openDatabase(() => {}, url)
  const deps = { addressEncryption, pauses: { current: async () => null }, now: Date.now, newId, report: () => {} }
  const outbox = new PostgresOutbox({ database, owner: 'a', ...deps })
  await outbox.open(makeEntry(seq, makeAlert(Date.now())))
  let pushes = 0
  const work = async () => {
    for (let batch = await outbox.claim(limit); batch !== null; batch = await outbox.claim(limit)) {
      pushes += batch.due.length
      const outcome = (subscriptionId: string): Outcome => ({ subscriptionId, result: 'accepted', atMs: Date.now() })
      await outbox.settle(
        batch,
        batch.due.map(({ subscription }) => outcome(subscription.id)),
      )
    }
  }
  await Promise.all([work(), work(), work(), work()])
  await database.close()
  return pushes
}

/** Keeps every row version that exists or is made, until the returned function is called. */
async function holdSnapshot(): Promise<() => Promise<void>> {
  const database: PostgresDatabase = openDatabase(clean, url)
  const held = Promise.withResolvers<void>()
  const over = Promise.withResolvers<void>()
  const transaction = database.transaction(
    async (statements) => {
      await statements.run('set local idle_in_transaction_session_timeout = 0')
      await statements.run('set transaction isolation level repeatable read')
      await statements.all('select count(*) from tocsin.subscriptions')
      held.resolve()
      await over.promise
    },
    { limitMs: 60_000 },
  )
  await held.promise
  return async () => {
    over.resolve()
    await transaction
  }
}

test('a transaction that is held open through a large send keeps less than 1 % of the rows as dead ones', async () => {
  const readers = 20_000
  const database = openDatabase(clean, url)
  await emptyTables(database)
  await generateSubscriptions(database, readers)
  const before = await readStatistics()
  const release = await holdSnapshot()
  expect(await send(1, 500)).toBe(readers)
  const after = await readStatistics()
  await release()
  expect(after.obsolete - before.obsolete).toBeGreaterThan(60)
  expect(after.obsolete - before.obsolete).toBeLessThan(readers / 100)
  expect(after.dead).toBeLessThan(readers / 100)
})

test('without one, updates of a send stay in their page: no index grows with it', async () => {
  const readers = 4_000
  const database = openDatabase(clean, url)
  await emptyTables(database)
  await generateSubscriptions(database, readers)
  const before = await readStatistics()
  expect(await send(1, 20)).toBe(readers)
  const after = await readStatistics()
  // Of some 400 updates, those whose page could not be cleaned at that moment.
  expect(after.not_hot - before.not_hot).toBeLessThan(60)
})
