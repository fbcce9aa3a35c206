import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import type { SendingNodes } from '../../../../src/push/outbox/block-homes.ts'
import { type Batch, leaseMs } from '../../../../src/push/outbox/outbox.ts'
import { PostgresOutbox } from '../../../../src/store/postgres/outbox/postgres-outbox.ts'
import { runs } from '../../../support/effort.ts'
import { freshDatabase, openDatabase } from '../../../support/postgres/fresh-database.ts'
import { emptyTables, generateSubscriptions } from '../../../support/postgres/push-stores.ts'
import { makeAlert, makeEntry, newId } from '../../../support/push/push-deps.ts'
import { cleaning } from '../../../support/scratch.ts'

const clean = cleaning(afterAll)
const url = await freshDatabase(clean)
const database = openDatabase(clean, url)
const people = 9_000
const names = ['a', 'b', 'c', 'd'] as const
const who = fc.constantFrom(...names)
const encryption = { decrypt: async () => ({ endpoint: 'https://fcm.googleapis.com/x', p256dh: 'p', auth: 'a' }) }

/** Several at once, each by one node; `see`: whom it takes to be there, which need not be so. */
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ act: fc.constant('claim' as const), by: fc.array(who, { minLength: 1, maxLength: 8 }) }),
  },
  { weight: 4, arbitrary: fc.record({ act: fc.constant('settle' as const), by: who, which: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('die' as const), by: who }) },
  { weight: 3, arbitrary: fc.record({ act: fc.constant('see' as const), by: who, present: fc.subarray([...names]) }) },
)
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never

class Run {
  readonly sent = new Map<string, number>()
  readonly #leased = new Map<string, { outbox: PostgresOutbox; batch: Batch }[]>(names.map((name) => [name, []]))
  readonly #seen = new Map<string, SendingNodes | null>(names.map((name) => [name, null]))
  readonly #lives = new Map<string, number>(names.map((name) => [name, 0]))
  readonly #outboxes = new Map<string, PostgresOutbox>()
  readonly #limit: number
  /** How far the database's clock is ahead: leases end when it is moved. */
  #laterMs = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  outboxOf(name: string): PostgresOutbox {
    const owner = `${name}.${this.#lives.get(name)}`
    const outbox = this.#outboxes.get(owner) ?? this.#newOutbox(name, owner)
    this.#outboxes.set(owner, outbox)
    return outbox
  }

  #newOutbox(name: string, owner: string): PostgresOutbox {
    return new PostgresOutbox({
      ...{ database, addressEncryption: encryption, pauses: { current: async () => null }, newId, report() {} },
      owner,
      now: Date.now,
      nodes: () => this.#seen.get(name) ?? null,
      databaseNow: () => `statement_timestamp() + interval '${this.#laterMs} milliseconds'`,
    })
  }

  async claim(name: string): Promise<boolean> {
    const outbox = this.outboxOf(name)
    const batch = await outbox.claim(this.#limit)
    if (batch !== null) this.#leased.get(name)?.push({ outbox, batch })
    return batch !== null
  }

  async settle(name: string, which: number): Promise<void> {
    const leased = this.#leased.get(name) ?? []
    const [one] = leased.splice(which % Math.max(1, leased.length), 1)
    if (one === undefined) return
    const ids = one.batch.due.map(({ subscription }) => subscription.id)
    for (const id of ids) this.sent.set(id, (this.sent.get(id) ?? 0) + 1)
    const accepted = { result: 'accepted', atMs: Date.now() } as const
    await one.outbox.settle(
      one.batch,
      ids.map((subscriptionId) => ({ subscriptionId, ...accepted })),
    )
  }

  /** What it has leased is never settled. */
  die(name: string): void {
    this.#leased.set(name, [])
    this.#lives.set(name, (this.#lives.get(name) ?? 0) + 1)
  }

  async take(step: Step): Promise<void> {
    if (step.act === 'claim') await Promise.all(step.by.map((name) => this.claim(name)))
    else if (step.act === 'settle') await this.settle(step.by, step.which)
    else if (step.act === 'die') this.die(step.by)
    else this.#seen.set(step.by, { count: step.present.length, own: step.by, ids: step.present })
  }

  /** One node alone, which takes the others to be there, does all that is left. */
  async finish(name: string): Promise<void> {
    for (const other of names) {
      while ((this.#leased.get(other)?.length ?? 0) > 0) await this.settle(other, 0)
    }
    this.#laterMs = leaseMs + 1_000
    this.#seen.set(name, { count: names.length, own: name, ids: [...names] })
    while (await this.claim(name)) await this.settle(name, 0)
  }
}

test('nodes that come, go, die and disagree about who is there, in any order, send every push once, and none is left', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 5, maxLength: 40 }),
      fc.integer({ min: 150, max: 1_500 }),
      who,
      async (steps, limit, last) => {
        await emptyTables(database)
        await generateSubscriptions(database, people)
        const run = new Run(limit)
        const alert = makeAlert(Date.now())
        await run.outboxOf('a').open(makeEntry(1, alert))
        for (const step of steps) await run.take(step)
        await run.finish(last)
        expect(run.sent.size).toBe(people)
        expect(Math.max(...run.sent.values())).toBe(1)
        expect(await run.outboxOf('a').delivery(alert.id)).toMatchObject([
          { due: people, accepted: people, waiting: 0, finishedAt: expect.any(String) },
        ])
      },
    ),
    { numRuns: runs(12) },
  )
}, 300_000)
