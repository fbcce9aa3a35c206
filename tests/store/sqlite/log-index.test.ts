import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openSqlite } from '../../../src/node/storage/sqlite-file.ts'
import type { Sql } from '../../../src/store/sql.ts'
import { SqliteLog } from '../../../src/store/sqlite/sqlite-log.ts'
import { expectAsPlainly, fill, someSteps, withoutIndex } from '../../contracts/log.ts'
import { runs } from '../../support/effort.ts'
import { everythingOf } from '../../support/everything.ts'
import { newAlert, someAsker } from '../../support/samples.ts'

/** The same database, whose next commits fail as often as is said: all is rolled back. */
function failingCommits(sql: Sql): { readonly sql: Sql; failing(times: number): void } {
  let left = 0
  const transaction: Sql['transaction'] = (act) =>
    sql.transaction(() => {
      const done = act()
      left -= 1
      if (left >= 0) throw new Error('the disk is full')
      return done
    })
  const failing = (times: number) => {
    left = times
  }
  return { sql: { ...sql, transaction }, failing }
}

type Turn = {
  readonly who: number
  readonly act: { readonly steps: Parameters<typeof fill>[1] } | { readonly piece: number }
  readonly fails: number
}

const someTurns: fc.Arbitrary<Turn[]> = fc.array(
  fc.record({
    /** Which of two who write, as a process and its thread do. */
    who: fc.nat({ max: 1 }),
    act: fc.oneof(
      someSteps(3).map((steps) => ({ steps })),
      fc.record({ piece: fc.integer({ min: 1, max: 5 }) }),
    ),
    fails: fc.constantFrom(0, 0, 1, 2),
  }),
  { minLength: 1, maxLength: 12 },
)

test('whichever commits of appends and of indexing fail, no list has an alert of another audience or lacks one', async () => {
  const check = async (
    before: Parameters<typeof fill>[1],
    rounds: readonly Turn[],
    interests: readonly Parameters<typeof expectAsPlainly>[2][],
  ) => {
    const sql = openSqlite(':memory:')
    await fill(new SqliteLog(sql, 'epoch'), before)
    withoutIndex(sql)
    const writers = [0, 1].map(() => {
      const { sql: own, failing } = failingCommits(sql)
      return { log: new SqliteLog(own, 'epoch'), failing }
    })
    let begin = before.length
    for (const { who, act, fails } of rounds) {
      const { log, failing } = writers[who] as (typeof writers)[number]
      failing(fails)
      const work = 'piece' in act ? log.indexMore(act.piece) : fill(log, act.steps, begin)
      await work.catch((error: Error) => expect(error.message).toBe('the disk is full'))
      failing(0)
      begin += 3
    }
    const [one] = writers
    while (!(await one?.log.indexMore(4)));
    const logs = [new SqliteLog(sql, 'epoch'), ...writers.map(({ log }) => log)]
    for (const log of logs)
      for (const interest of interests) await expectAsPlainly(log, await log.after(0, 100_000), interest, 3)
    sql.close()
  }
  const interests = fc.array(someAsker, { minLength: 1, maxLength: 3 })
  await fc.assert(fc.asyncProperty(someSteps(10), someTurns, interests, check), { numRuns: runs(40) })
})

test('with a damaged index nobody gets an alert of another audience, and lists are complete', async () => {
  const sql = openSqlite(':memory:')
  const log = new SqliteLog(sql, 'epoch')
  const audiences = ['public', 'test', 'test', 'public', 'test', 'public'] as const
  for (const [index, audience] of audiences.entries())
    await log.append(newAlert(`a${index}`, { audience }), `k${index}`)
  // Each scope has what is in any other as well.
  sql.run(
    `insert into entry_scopes (scope_id, superseded, seq) select s.scope_id, e.superseded, e.seq
     from scopes s join entry_scopes e on true where true on conflict do nothing`,
  )
  for (const [audience, seqs] of Object.entries({ public: [1, 4, 6], test: [2, 3, 5] })) {
    const interest = everythingOf(audience as 'public' | 'test')
    for (const limit of [1, 2, 3, 7]) {
      expect((await log.after(0, limit, interest)).map(({ seq }) => seq)).toEqual(seqs.slice(0, limit))
      expect((await log.recent(interest, limit)).map(({ seq }) => seq)).toEqual(seqs.toReversed().slice(0, limit))
    }
  }
  sql.close()
})
