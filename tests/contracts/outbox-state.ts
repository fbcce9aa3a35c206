import { expect, test } from 'vitest'
import type { PauseScope } from '../../src/desk/pause.ts'
import { type Batch, leaseMs, type Outcome } from '../../src/push/outbox/outbox.ts'
import type { OutboxStats } from '../../src/push/outbox/stats.ts'
import { addressOf, makeBrowserKeys } from '../support/browser/browser-keys.ts'
import { makeAlert, makeEntry, makeInterest, newId } from '../support/push/push-deps.ts'
import type { OutboxRig } from './outbox.ts'

/** What is read about an outbox: for the metrics, and for who waits for its next work. */
export type OutboxStateRig = {
  stats(): Promise<OutboxStats>
  nextDueMs(): Promise<number | null>
}
type Open = () => Promise<OutboxRig & OutboxStateRig>

/** What became of a push, of whomever. */
type How = {
  [Result in Outcome['result']]: Omit<Extract<Outcome, { result: Result }>, 'subscriptionId'>
}[Outcome['result']]

const startMs = Date.parse('2026-03-01T12:00:00.000Z')
const keys = makeBrowserKeys()
const again = { result: 'again', notBeforeMs: startMs + 5_000, sealed: null, attempts: 1, lookedGone: false } as const

async function withReaders(open: Open, readers: number) {
  const rig = await open()
  const { outbox, store, clock } = rig
  clock.ms = startMs
  for (let nth = 0; nth < readers; nth += 1) {
    const preferences = { interest: makeInterest(), discreet: false, vapidKeyId: 'k' }
    const address = addressOf(`https://fcm.googleapis.com/${nth}`, keys)
    await store.put({ ...address, ...preferences }, new Date(0).toISOString())
  }
  const claim = async (limit: number): Promise<Batch> => {
    const batch = await outbox.claim(limit)
    if (batch === null) throw new Error('there was nothing to claim')
    return batch
  }
  const settle = (batch: Batch, how: How) =>
    outbox.settle(
      batch,
      batch.due.map(({ subscription }) => ({ subscriptionId: subscription.id, ...how }) as Outcome),
    )
  const pause = (scope: PauseScope | null) =>
    rig.pauses.change(() => scope, { reason: 'Wait.', by: 'e1', at: '2026-03-01T12:00:00.000Z' })
  return { ...rig, claim, settle, pause }
}

async function withAlert(open: Open, readers: number) {
  const rig = await withReaders(open, readers)
  const alert = makeAlert(startMs)
  await rig.outbox.open(makeEntry(1, alert))
  return { ...rig, expiresMs: Date.parse(alert.expiresAt), alert }
}

/** What the stats of every outbox are. */
export function outboxStatsContract(open: Open): void {
  test('an entry is open until all of its pushes have ended', async () => {
    const { clock, claim, settle, stats } = await withAlert(open, 2)
    expect(await stats()).toMatchObject({ open: 1, waiting: 2 })
    const [first, second] = [await claim(1), await claim(1)]
    await settle(first, { result: 'accepted', atMs: clock.ms })
    expect(await stats()).toMatchObject({ open: 1, waiting: 1 })
    await settle(second, { result: 'accepted', atMs: clock.ms })
    expect(await stats()).toMatchObject({ open: 0, waiting: 0 })
  })

  test('waiting and leased pushes are counted correctly, through leases, retries and their end', async () => {
    const { clock, outbox, claim, settle, stats } = await withReaders(open, 7)
    expect(await stats()).toEqual({ open: 0, waiting: 0, leased: 0, seconds: [] })
    await outbox.open(makeEntry(1, makeAlert(startMs)))
    expect(await stats()).toMatchObject({ waiting: 7, leased: 0 })
    const [first, second] = [await claim(2), await claim(10)]
    expect(await stats()).toMatchObject({ waiting: 7, leased: 2 })
    await settle(first, { result: 'accepted', atMs: clock.ms })
    expect(await stats()).toMatchObject({ waiting: 5, leased: 1 })
    await settle(second, {
      result: 'again',
      notBeforeMs: startMs + 1_000,
      sealed: null,
      attempts: 1,
      lookedGone: false,
    })
    expect(await stats()).toMatchObject({ waiting: 5, leased: 0 })
    clock.ms = startMs + 1_000
    // Five rows of retries in one batch are one lease; it ends by itself, to the millisecond.
    expect((await claim(10)).due).toHaveLength(5)
    expect(await stats()).toMatchObject({ waiting: 5, leased: 1 })
    clock.ms = startMs + 1_000 + leaseMs - 1
    expect((await stats()).leased).toBe(1)
    clock.ms += 1
    expect(await stats()).toMatchObject({ waiting: 5, leased: 0 })
  })

  test('what was leased for the first time and not returned is leased until its lease ends, to the millisecond', async () => {
    const { clock, outbox, claim, stats } = await withReaders(open, 4)
    await outbox.open(makeEntry(1, makeAlert(startMs)))
    await claim(1)
    clock.ms = startMs + 1_000
    await claim(1)
    for (const [ms, leased] of [
      [leaseMs - 1, 2],
      [leaseMs, 1],
      [leaseMs + 999, 1],
      [leaseMs + 1_000, 0],
    ] as const) {
      clock.ms = startMs + ms
      expect(await stats(), `after ${ms} ms`).toMatchObject({ waiting: 4, leased })
    }
  })

  test('what was stopped waits no more; what another change still has to send does', async () => {
    const { outbox, claim, settle, stats, clock } = await withReaders(open, 3)
    const [one, other] = [makeAlert(startMs), makeAlert(startMs)]
    await outbox.open(makeEntry(1, one))
    await settle(await claim(1), { result: 'accepted', atMs: clock.ms })
    await outbox.stop(one.id, 1)
    expect(await stats()).toMatchObject({ waiting: 0, leased: 0 })
    await outbox.open(makeEntry(2, other))
    expect(await stats()).toMatchObject({ waiting: 3, leased: 0 })
  })

  test('the seconds are those of the last day, by what was accepted', async () => {
    const { clock, outbox, claim, settle, stats } = await withReaders(open, 1)
    for (const [seq, ms] of [
      [1, 40],
      [2, 900],
    ] as const) {
      await outbox.open(makeEntry(seq, makeAlert(clock.ms)))
      const batch = await claim(1)
      await settle(batch, { result: 'accepted', atMs: clock.ms + ms })
    }
    const seconds = Object.fromEntries((await stats()).seconds)
    expect(seconds[0.5]).toBeGreaterThanOrEqual(0.04)
    expect(seconds[0.5]).toBeLessThan(0.05)
    expect(seconds[0.99]).toBeGreaterThanOrEqual(0.9)
    expect(seconds[0.99]).toBeLessThan(1)
    clock.ms += 24 * 60 * 60_000 + 2_000
    expect((await stats()).seconds).toEqual([])
  })
}

/** When every outbox says that there is work. */
export function outboxDueContract(open: Open): void {
  test('nothing is due where nothing is open', async () => {
    expect(await (await withAlert(open, 0)).nextDueMs()).toBeNull()
  })

  test('what was never leased is due now, what is leased when its lease ends, a retry at its time', async () => {
    const { nextDueMs, outbox } = await withAlert(open, 2)
    expect(await nextDueMs()).toBe(0)
    const batch = await outbox.claim(1)
    expect(await nextDueMs()).toBe(0)
    const rest = await outbox.claim(10)
    expect(await nextDueMs()).toBe(startMs + leaseMs)
    if (batch === null || rest === null) throw new Error('there was work')
    for (const it of [batch, rest])
      await outbox.settle(
        it,
        it.due.map(({ subscription }) => ({ subscriptionId: subscription.id, ...again })),
      )
    expect(await nextDueMs()).toBe(startMs + 5_000)
    expect(await outbox.claim(10)).toBeNull()
  })

  test('of several open changes the first that has something to do decides, in whichever order they were opened', async () => {
    const { clock, nextDueMs, outbox, alert } = await withAlert(open, 1)
    const id = newId()
    // The first is leased, the second was never leased.
    expect(await outbox.claim(10)).not.toBeNull()
    expect(await nextDueMs()).toBe(startMs + leaseMs)
    await outbox.open(makeEntry(2, { ...alert, id }))
    expect(await nextDueMs()).toBe(0)
    // Both are leased, the second for longer.
    clock.ms = startMs + 10_000
    expect(await outbox.claim(10)).not.toBeNull()
    expect(await nextDueMs()).toBe(startMs + leaseMs)
  })

  test('a paused change’s retries make no other one due', async () => {
    const { clock, nextDueMs, outbox, alert, pause } = await withAlert(open, 1)
    const leased = await outbox.claim(10)
    await outbox.open(makeEntry(2, { ...alert, id: newId(), topics: ['rights'] }))
    const second = await outbox.claim(10)
    if (leased === null || second === null) throw new Error('there was work')
    await outbox.settle(
      second,
      second.due.map(({ subscription }) => ({ subscriptionId: subscription.id, ...again })),
    )
    expect(await nextDueMs()).toBe(startMs + 5_000)
    await pause({ languages: [], topics: ['rights'] })
    expect(await nextDueMs(), 'the lease of the first').toBe(startMs + leaseMs)
    clock.ms = startMs + 5_000
    expect(await outbox.claim(10)).toBeNull()
  })

  test('what is paused is due when it expires; when the pause has ended, now', async () => {
    const { nextDueMs, outbox, expiresMs, pause } = await withAlert(open, 1)
    await pause({ languages: ['en'], topics: [] })
    expect(await nextDueMs()).toBe(expiresMs)
    expect(await outbox.claim(10)).toBeNull()
    await pause(null)
    expect(await nextDueMs()).toBe(0)
  })

  test('whenever it says that something is due, a claim changes something: who follows it does not run in circles', async () => {
    const { clock, nextDueMs, outbox } = await withAlert(open, 3)
    for (let turn = 0; turn < 20; turn += 1) {
      const due = await nextDueMs()
      if (due === null) return
      clock.ms = Math.max(clock.ms, due)
      const batch = await outbox.claim(2)
      if (batch !== null && turn % 2 === 0)
        await outbox.settle(
          batch,
          batch.due.map(({ subscription }) => ({
            subscriptionId: subscription.id,
            result: 'accepted',
            atMs: clock.ms,
          })),
        )
    }
    throw new Error('it did not come to an end')
  })
}
