import { expect, test } from 'vitest'
import { PostgresLog } from '../../../../src/store/postgres/log/postgres-log.ts'
import { migratePostgres } from '../../../../src/store/postgres/postgres-migrations.ts'
import { postgresSchemas } from '../../../../src/store/postgres/postgres-schemas.ts'
import { freshDatabase, openDatabase } from '../../../support/postgres/fresh-database.ts'
import { describePooled } from '../../../support/postgres/pgbouncer.ts'
import { emptyTables } from '../../../support/postgres/push-stores.ts'
import { newAlert } from '../../../support/samples.ts'
import { cleaning } from '../../../support/scratch.ts'

// What is special behind PgBouncer in transaction mode. That every store does there what it does is in npm run test:long.

const clean = cleaning()
let epochs = 0
const newEpoch = () => `epoch${++epochs}`

describePooled(({ shared, through }) => {
  test('more connections than the pooler has to the server: every append and every read is answered', async () => {
    await emptyTables(openDatabase(clean, shared))
    const logs = await Promise.all([1, 2, 3].map(() => PostgresLog.open(openDatabase(clean, shared), newEpoch)))
    const appends = Array.from({ length: 60 }, (_, nth) => logs[nth % 3]?.append(newAlert(`a${nth}`), `key-${nth}`))
    const seqs = (await Promise.all(appends)).map((entry) => entry?.seq ?? 0)
    expect(seqs.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, nth) => nth + 1))
  })

  test('limits of time of a transaction are set on the server, and are gone in the next one of the same connection', async () => {
    const database = openDatabase(clean, shared, { limitMs: 4_321 })
    const read = `select current_setting('statement_timeout') as statement,
      current_setting('idle_in_transaction_session_timeout') as idle, current_setting('lock_timeout') as lock`
    const inside = await database.transaction((statements) => statements.all(read))
    expect(inside).toEqual([{ statement: '4321ms', idle: '4321ms', lock: '3025ms' }])
    expect(await database.all(read)).toEqual([{ statement: '0', idle: '0', lock: '0' }])
  })

  test('an empty database is migrated through it, by several at once', async () => {
    const url = await freshDatabase(clean)
    const [one, other] = [openDatabase(clean, through(url)), openDatabase(clean, through(url))]
    await one.once('drop schema tocsin cascade')
    await Promise.all([one, other, one].map((database) => migratePostgres(database, postgresSchemas)))
    const log = await PostgresLog.open(other, newEpoch)
    expect((await log.append(newAlert('a'), 'key')).seq).toBe(1)
  })
})
