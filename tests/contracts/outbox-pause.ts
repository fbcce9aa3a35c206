import { expect, test } from 'vitest'
import type { SubscriptionStore } from '../../src/push/subscriptions/subscription.ts'
import { makeAlert, makeEntry } from '../support/push/push-deps.ts'
import type { OutboxRig } from './outbox.ts'

const note = { reason: 'Wrong number.', by: 'e1', at: '2026-03-01T12:00:00.000Z' }
const everything = { languages: [], topics: [] }

/** What every outbox does while the kill switch is on. */
export function pausedOutboxContract(
  open: () => Promise<OutboxRig>,
  subscribe: (store: SubscriptionStore) => Promise<string>,
): void {
  test('a paused push is not leased, is `paused` during a lease, and is sent afterwards', async () => {
    const { outbox, store, pauses, clock } = await open()
    await subscribe(store)
    await subscribe(store)
    const alert = makeAlert(clock.ms)
    await outbox.open(makeEntry(1, alert))
    const leased = await outbox.claim(1)
    await pauses.change(() => everything, note)
    expect(await leased?.deliveryState()).toBe('paused')
    expect(await outbox.claim(1)).toBeNull()
    expect(await outbox.delivery(alert.id)).toMatchObject([{ waiting: 2, stopped: 0, finishedAt: null }])
    await pauses.change(() => null, note)
    expect(await leased?.deliveryState()).toBe('due')
    expect((await outbox.claim(1))?.due).toHaveLength(1)
  })

  test('a pause holds what has one of its languages or topics, never another alert nor a retraction', async () => {
    const { outbox, store, pauses, clock } = await open()
    await subscribe(store)
    const english = { en: { headline: 'One', summary: '' } }
    const both = { ...english, fa: { headline: 'یک', summary: '' } }
    await outbox.open(makeEntry(1, makeAlert(clock.ms, { texts: both })))
    await outbox.open(makeEntry(2, makeAlert(clock.ms, { texts: english, topics: ['rights'] })))
    await outbox.open(makeEntry(3, makeAlert(clock.ms, { texts: english, topics: ['afghanistan'] })))
    await outbox.open(makeEntry(4, makeAlert(clock.ms, { texts: both, status: 'retracted' }), 'retraction'))
    await pauses.change(() => ({ languages: ['fa'], topics: ['rights'] }), note)
    const order: number[] = []
    for (let batch = await outbox.claim(9); batch !== null; batch = await outbox.claim(9)) order.push(batch.entry.seq)
    expect(order).toEqual([3, 4])
  })

  test('what expires during the pause has failed and is not sent after it', async () => {
    const { outbox, store, pauses, clock } = await open()
    await subscribe(store)
    const alert = makeAlert(clock.ms)
    await outbox.open(makeEntry(1, alert))
    await pauses.change(() => everything, note)
    clock.ms = Date.parse(alert.expiresAt)
    expect(await outbox.claim(9)).toBeNull()
    await pauses.change(() => null, note)
    expect(await outbox.claim(9)).toBeNull()
    expect(await outbox.delivery(alert.id)).toMatchObject([{ failed: 1, waiting: 0 }])
  })

  test('the pause holds after a new start', async () => {
    const { outbox, store, pauses, clock, reopen } = await open()
    await subscribe(store)
    await outbox.open(makeEntry(1, makeAlert(clock.ms)))
    await pauses.change(() => everything, note)
    expect(await (await reopen()).outbox.claim(9)).toBeNull()
  })
}
