import { expect, test } from 'vitest'
import type { Batch, Outcome, PushOutbox } from '../../src/push/outbox/outbox.ts'
import { addressOf, makeBrowserKeys } from '../support/browser/browser-keys.ts'
import { makeAlert, makeEntry, makeInterest } from '../support/push/push-deps.ts'
import type { OutboxRig } from './outbox.ts'

const keys = makeBrowserKeys()

const idsOf = ({ due }: Batch): string[] => due.map(({ subscription }) => subscription.id)
const accepted = (ids: readonly string[], atMs: number): Outcome[] =>
  ids.map((subscriptionId) => ({ subscriptionId, result: 'accepted', atMs }))

/** A batch of ten pushes, of which all but the last two have ended and are settled; it is still leased for those two. */
async function settledEarly({ outbox, store, clock }: OutboxRig, leaseAgain = false) {
  for (let at = 0; at < 10; at += 1) {
    const address = addressOf(`https://fcm.googleapis.com/fcm/send/under-way-${at}`, keys)
    await store.put({ ...address, interest: makeInterest(), discreet: false, vapidKeyId: 'k1' }, '2026-01-01T00:00:00Z')
  }
  const alert = makeAlert(clock.ms)
  await outbox.open(makeEntry(1, alert))
  let batch = await must(outbox)
  if (leaseAgain) {
    const again = { result: 'again', notBeforeMs: clock.ms, sealed: null, attempts: 1, lookedGone: false } as const
    await outbox.settle(
      batch,
      idsOf(batch).map((subscriptionId) => ({ subscriptionId, ...again })),
    )
    batch = await must(outbox)
  }
  const ids = idsOf(batch)
  const [ended, underWay] = [ids.slice(0, 8), ids.slice(8)]
  await outbox.settle(batch, accepted(ended, clock.ms), new Set(underWay))
  const delivery = async () => (await outbox.delivery(alert.id))[0]
  return { alert, batch, ids, ended, underWay, delivery }
}

async function must(outbox: PushOutbox): Promise<Batch> {
  const batch = await outbox.claim(100)
  if (batch === null) throw new Error('nothing is due')
  return batch
}

/** What every outbox does with a batch that is settled while some of its pushes are under way. */
export function underWayContract(open: () => Promise<OutboxRig>): void {
  test.each([
    ['of new pushes', false],
    ['of retries', true],
  ])('a batch %s shows what has ended while the rest is under way, and counts nothing twice', async (_, leaseAgain) => {
    const rig = await open()
    const { outbox, clock } = rig
    const { batch, ids, ended, underWay, delivery } = await settledEarly(rig, leaseAgain)
    expect(await delivery()).toMatchObject({ due: 10, accepted: 8, waiting: 2, finishedAt: null })
    expect(await outbox.claim(100)).toBeNull()
    // Said again, as after an answer of the database that was lost.
    await outbox.settle(batch, accepted(ended, clock.ms), new Set(underWay))
    expect(await delivery()).toMatchObject({ due: 10, accepted: 8, waiting: 2, finishedAt: null })
    await outbox.settle(batch, accepted(ids, clock.ms))
    expect(await delivery()).toMatchObject({ due: 10, accepted: 10, waiting: 0 })
    await outbox.settle(batch, accepted(ids, clock.ms))
    expect(await outbox.claim(100)).toBeNull()
    expect(await delivery()).toMatchObject({ due: 10, accepted: 10, waiting: 0, finishedAt: expect.any(String) })
  })

  test.each([
    ['of new pushes', false],
    ['of retries', true],
  ])('a batch %s is settled again and again while it takes long, and counts nothing twice', async (_, leaseAgain) => {
    const rig = await open()
    const { outbox, clock, leaseMs } = rig
    const { batch, ids, delivery } = await settledEarly(rig, leaseAgain)
    const [ninth, last] = ids.slice(8)
    if (ninth === undefined || last === undefined) throw new Error('ten are wanted')
    for (let time = 0; time < 2; time += 1) {
      await outbox.settle(batch, accepted(ids.slice(0, 9), clock.ms), new Set([last]))
      expect(await delivery()).toMatchObject({ due: 10, accepted: 9, waiting: 1, finishedAt: null })
    }
    expect(await outbox.claim(100)).toBeNull()
    clock.ms += leaseMs
    const next = await must(outbox)
    expect(idsOf(next), 'only what had not ended').toEqual([last])
    await outbox.settle(next, accepted([last], clock.ms))
    expect(await delivery()).toMatchObject({ due: 10, accepted: 10, waiting: 0, finishedAt: expect.any(String) })
  })

  test('what was under way when its owner died is due when its lease ends, and nothing else', async () => {
    const rig = await open()
    const { outbox, clock, leaseMs } = rig
    const { batch, ids, underWay, delivery } = await settledEarly(rig)
    clock.ms += leaseMs - 1
    expect(await outbox.claim(100)).toBeNull()
    clock.ms += 1
    const next = await must(outbox)
    expect(idsOf(next).sort()).toEqual([...underWay].sort())
    // The former owner was only late: it has lost the lease.
    await outbox.settle(batch, accepted(ids, clock.ms))
    expect(await delivery()).toMatchObject({ accepted: 8, waiting: 2 })
    await outbox.settle(next, accepted(underWay, clock.ms))
    expect(await delivery()).toMatchObject({ accepted: 10, waiting: 0 })
  })

  test('what was under way when the alert was stopped is counted, and not sent again', async () => {
    const rig = await open()
    const { outbox, clock, leaseMs } = rig
    const { alert, batch, ids, underWay, delivery } = await settledEarly(rig)
    await outbox.stop(alert.id, 1)
    const again = { result: 'again', notBeforeMs: clock.ms, sealed: null, attempts: 1, lookedGone: false } as const
    await outbox.settle(batch, [
      ...accepted(ids.slice(0, 9), clock.ms),
      { subscriptionId: underWay[1] ?? '', ...again },
    ])
    expect(await delivery()).toMatchObject({ accepted: 9, waiting: 0, stopped: 1 })
    clock.ms += leaseMs
    expect(await outbox.claim(100)).toBeNull()
  })
}
