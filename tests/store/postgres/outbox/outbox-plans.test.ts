import { afterAll, expect, test } from 'vitest'
import { selectRange, takeRetries, takeSlice } from '../../../../src/store/postgres/outbox/outbox-leasing.ts'
import { freshDatabase, openDatabase } from '../../../support/postgres/fresh-database.ts'
import { generateSubscriptions } from '../../../support/postgres/push-stores.ts'
import { cleaning } from '../../../support/scratch.ts'

const cleanAtEnd = cleaning(afterAll)
const database = openDatabase(cleanAtEnd, await freshDatabase(cleanAtEnd))
const now = 'statement_timestamp()'
const count = 30_000
await generateSubscriptions(database, count)
// One reader in three hundred has another interest.
await database.once('update tocsin.subscriptions set interest_id = 2 where row_id % 300 = 0')
await database.once(`insert into tocsin.push_lanes (entry_id, lane, position, target)
  select entry, lane, 5000, 25000 from generate_series(1, 300) entry, generate_series(0, 15) lane`)
await database.once(`insert into tocsin.push_retries (entry_id, row_id, not_before, attempts, looked_gone, host)
  select row_id % 30, row_id, now() + row_id * interval '1 second', 1, false, host from tocsin.subscriptions`)
for (const table of ['subscriptions', 'push_lanes', 'push_retries']) await database.once(`analyze tocsin.${table}`)

/** The plan's nodes as text. */
async function planOf(
  statement: string,
  ...values: readonly (string | number | readonly (string | number)[] | null)[]
): Promise<string> {
  const rows = await database.all<{ 'QUERY PLAN': string }>(`explain ${statement}`, ...values)
  return rows.map((row) => row['QUERY PLAN']).join('\n')
}

const token = '00000000-0000-0000-0000-000000000000'

test.each([
  ['nearly everyone', [1]],
  ['one in three hundred', [2]],
  ['both', [1, 2]],
])('a claim for %s reads no table from end to end', async (_, interestIds) => {
  for (const homeLanes of [null, [1, 4]]) {
    const plan = await planOf(takeSlice(now, 'skip locked'), 1, 'a', interestIds, 200, token, homeLanes)
    expect(plan).toMatch(/(Index|Bitmap).* Scan .*subscriptions_(pkey|by_interest)/)
    expect(plan).not.toContain('Seq Scan')
  }
  expect(await planOf(selectRange, 5_000, 5_400, interestIds)).not.toContain('Seq Scan')
})

test('a claim of retries finds them by their service and time', async () => {
  const plan = await planOf(takeRetries(now), 7, 100, 'a', token, ['fcm.googleapis.com'], [3])
  expect(plan).toContain('push_retries_by_host')
  expect(plan).not.toContain('Seq Scan')
})
