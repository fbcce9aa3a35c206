import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Batch, Due, Outcome } from '../../../src/push/outbox/outbox.ts'
import { outcomesOf } from '../../../src/push/send/early-settlement.ts'
import { makeAlert, makeEntry } from '../../support/push/push-deps.ts'

// Only the clock is replaced, and the outbox: its own tests are the contract's.

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A batch of twenty pushes, whose answers the test gives. */
function setUp(settle: () => Promise<void> = async () => {}) {
  const ids = Array.from({ length: 20 }, (_, nth) => `s${nth}`)
  const answers = new Map<string, () => void>()
  const outcome = (subscriptionId: string): Outcome => ({ subscriptionId, result: 'accepted', atMs: 1 })
  const sends = ids.map((id) => new Promise<Outcome>((resolve) => answers.set(id, () => resolve(outcome(id)))))
  const due = ids.map((id) => ({ subscription: { id } }) as Due)
  const batch: Batch = {
    id: 'b',
    entry: makeEntry(1, makeAlert(0)),
    due,
    leaseUntilMs: 60_000,
    deliveryState: async () => 'due',
  }
  const settled: { ended: string[]; underWay: string[] }[] = []
  const errors: unknown[] = []
  const outbox = {
    settle: (_: Batch, ended: readonly Outcome[], underWay?: ReadonlySet<string>) => {
      settled.push({ ended: ended.map(({ subscriptionId }) => subscriptionId), underWay: [...(underWay ?? [])] })
      return settle()
    },
  }
  const outcomes = outcomesOf(batch, sends, { outbox, report: (error) => void errors.push(error) })
  const answer = (from: number, to: number) => {
    for (const id of ids.slice(from, to)) answers.get(id)?.()
  }
  return { ids, outcomes, answer, settled, errors, expected: ids.map(outcome) }
}

test('a batch that ends within a second is not settled early', async () => {
  const { outcomes, answer, settled, expected } = setUp()
  await vi.advanceTimersByTimeAsync(900)
  answer(0, 20)
  expect(await outcomes).toEqual(expected)
  expect(settled).toEqual([])
  expect(vi.getTimerCount()).toBe(0)
})

test('while a batch takes long, what has ended is settled each second once it is half of it, and nothing where nothing has', async () => {
  const { ids, outcomes, answer, settled, expected } = setUp()
  await vi.advanceTimersByTimeAsync(3_000)
  expect(settled, 'nothing has ended').toEqual([])
  answer(11, 20)
  await vi.advanceTimersByTimeAsync(2_000)
  expect(settled, 'more than half is under way: each of them would cost a row').toEqual([])
  answer(10, 11)
  await vi.advanceTimersByTimeAsync(1_000)
  expect(settled).toEqual([{ ended: ids.slice(10), underWay: ids.slice(0, 10) }])
  answer(3, 10)
  await vi.advanceTimersByTimeAsync(1_000)
  expect(settled.slice(1)).toEqual([{ ended: ids.slice(3), underWay: ids.slice(0, 3) }])
  await vi.advanceTimersByTimeAsync(5_000)
  expect(settled, 'nothing more has ended').toHaveLength(2)
  answer(0, 1)
  await vi.advanceTimersByTimeAsync(1_000)
  expect(settled.slice(2)).toEqual([{ ended: [ids[0], ...ids.slice(3)], underWay: ids.slice(1, 3) }])
  answer(1, 3)
  expect(await outcomes).toEqual(expected)
  expect(settled).toHaveLength(3)
})

test('the outcomes wait for the early settlement, and one that fails is reported and not repeated', async () => {
  let fail = (_: Error): void => {}
  const { outcomes, answer, settled, errors, expected } = setUp(() => new Promise((_, reject) => (fail = reject)))
  answer(1, 20)
  await vi.advanceTimersByTimeAsync(1_000)
  let ended = false
  void outcomes.then(() => (ended = true))
  answer(0, 1)
  await vi.advanceTimersByTimeAsync(3_000)
  expect(ended).toBe(false)
  fail(new Error('locked'))
  expect(await outcomes).toEqual(expected)
  expect(settled).toHaveLength(1)
  expect(errors).toEqual([new Error('locked')])
})
