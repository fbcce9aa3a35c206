import { expect, test } from 'vitest'
import type { Interest } from '../../src/domain/interest.ts'
import type { Batch, Outcome } from '../../src/push/outbox/outbox.ts'
import { addressOf, makeBrowserKeys } from '../support/browser/browser-keys.ts'
import { makeAlert, makeEntry, makeInterest } from '../support/push/push-deps.ts'
import type { OutboxRig } from './outbox.ts'

const keys = makeBrowserKeys()
const google = 'fcm.googleapis.com'
const apple = 'web.push.apple.com'
let made = 0

async function subscribe({ store }: OutboxRig, host: string, languages: Interest['languages'] = ['en']) {
  made += 1
  const address = addressOf(`https://${host}/delivery/${made}`, keys)
  const wanted = { ...address, interest: makeInterest({ languages }), discreet: false, vapidKeyId: 'k1' }
  return store.put(wanted, '2026-01-01T00:00:00Z')
}

async function must({ outbox }: OutboxRig, limit = 100): Promise<Batch> {
  const batch = await outbox.claim(limit)
  if (batch === null) throw new Error('nothing is due')
  return batch
}

const hostOf = ({ subscription }: Batch['due'][number]) => new URL(subscription.endpoint).hostname
const accepted = (subscriptionId: string, atMs: number): Outcome => ({ subscriptionId, result: 'accepted', atMs })
const again = (subscriptionId: string, notBeforeMs: number): Outcome => ({
  ...{ subscriptionId, result: 'again', notBeforeMs, sealed: null, attempts: 1, lookedGone: false },
})

/** An alert to four readers at Apple and two at Google, in this order. */
async function opened(rig: OutboxRig) {
  for (const host of [apple, apple, apple, apple, google, google]) await subscribe(rig, host)
  const alert = makeAlert(rig.clock.ms)
  await rig.outbox.open(makeEntry(1, alert))
  const waiting = async (from = rig) => {
    const [delivery] = await from.outbox.delivery(alert.id)
    return Object.fromEntries((delivery?.services ?? []).map((service) => [service.host, service.waiting]))
  }
  return { alert, waiting }
}

/** What every outbox says of a delivery by language and by push service. */
export function deliveryContract(open: () => Promise<OutboxRig>): void {
  test('a delivery is told by language from its opening to its end, those with the most pushes first', async () => {
    const rig = await open()
    const { outbox, clock } = rig
    for (const languages of [['fa'], ['en'], ['en'], ['en'], '*', ['ru']] as const)
      await subscribe(rig, google, languages === '*' ? '*' : [...languages])
    const alert = makeAlert(clock.ms)
    await outbox.open(makeEntry(1, alert))
    const languages = async () => (await outbox.delivery(alert.id))[0]?.languages
    const none = { accepted: 0, gone: 0, failed: 0 }
    expect(await languages()).toEqual([
      { language: 'en', due: 3, waiting: 3, ...none },
      { language: '*', due: 1, waiting: 1, ...none },
      { language: 'fa', due: 1, waiting: 1, ...none },
    ])
    const batch = await must(rig)
    const [first, ...english] = batch.due.filter(({ language }) => language === 'en')
    const persian = batch.due.find(({ language }) => language === 'fa')
    const all = batch.due.find(({ language }) => language === '*')
    const id = (due?: Batch['due'][number]) => due?.subscription.id ?? ''
    await outbox.settle(batch, [
      accepted(id(first), clock.ms),
      { subscriptionId: id(english[0]), result: 'gone' },
      again(id(english[1]), clock.ms),
      { subscriptionId: id(persian), result: 'failed' },
      again(id(all), clock.ms),
    ])
    expect(await languages()).toEqual([
      { language: 'en', due: 3, accepted: 1, gone: 1, failed: 0, waiting: 1 },
      { language: '*', due: 1, waiting: 1, ...none },
      { language: 'fa', due: 1, accepted: 0, gone: 0, failed: 1, waiting: 0 },
    ])
    const retries = await must(rig)
    await outbox.settle(
      retries,
      retries.due.map(({ subscription }) => accepted(subscription.id, clock.ms)),
    )
    expect(await languages()).toEqual([
      { language: 'en', due: 3, accepted: 2, gone: 1, failed: 0, waiting: 0 },
      { language: '*', due: 1, accepted: 1, gone: 0, failed: 0, waiting: 0 },
      { language: 'fa', due: 1, accepted: 0, gone: 0, failed: 1, waiting: 0 },
    ])
  })

  test('what is to be sent again waits at its service until it ends, however often it is tried', async () => {
    const rig = await open()
    const { outbox, clock } = rig
    const { alert, waiting } = await opened(rig)
    const atApple = (batch: Batch, results: readonly Outcome['result'][]) => {
      const due = batch.due.filter((one) => hostOf(one) === apple)
      return due.map(({ subscription: { id } }, nth): Outcome => {
        const result = results[nth] ?? 'again'
        if (result === 'again') return again(id, clock.ms)
        return result === 'accepted' ? accepted(id, clock.ms) : { subscriptionId: id, result }
      })
    }
    expect(await waiting(), 'no service was asked yet').toEqual({})
    const first = await must(rig)
    const google2 = first.due.filter((due) => hostOf(due) === google)
    const atGoogle = google2.map(({ subscription }) => accepted(subscription.id, clock.ms))
    await outbox.settle(first, [...atApple(first, []), ...atGoogle])
    expect(await waiting()).toEqual({ [apple]: 4, [google]: 0 })
    const second = await must(rig)
    expect(await waiting(), 'while they are leased').toEqual({ [apple]: 4, [google]: 0 })
    await outbox.settle(second, atApple(second, ['accepted', 'gone']))
    expect(await waiting()).toEqual({ [apple]: 2, [google]: 0 })
    // Said again, as after an answer of the database that was lost.
    await outbox.settle(second, atApple(second, ['accepted', 'gone']))
    const third = await must(rig)
    await outbox.settle(third, atApple(third, ['failed']))
    expect(await waiting()).toEqual({ [apple]: 1, [google]: 0 })
    const last = await must(rig)
    await outbox.settle(last, atApple(last, ['accepted']))
    expect(await outbox.delivery(alert.id)).toMatchObject([
      {
        finishedAt: expect.any(String),
        services: [
          { host: apple, accepted: 2, gone: 1, failed: 1, waiting: 0 },
          { host: google, accepted: 2, gone: 0, failed: 0, waiting: 0 },
        ],
      },
    ])
  })

  test('what is under way to a service waits there, also after a crash, and once', async () => {
    const rig = await open()
    const { outbox, clock, leaseMs } = rig
    const { waiting } = await opened(rig)
    const batch = await must(rig)
    const ids = batch.due.map(({ subscription }) => subscription.id)
    const [first, ...rest] = ids
    const ended = [accepted(first ?? '', clock.ms)]
    for (let time = 0; time < 2; time += 1) {
      await outbox.settle(batch, ended, new Set(rest))
      expect(await waiting()).toEqual({ [apple]: 3, [google]: 2 })
    }
    const after = await rig.reopen()
    expect(await waiting(after)).toEqual({ [apple]: 3, [google]: 2 })
    after.clock.ms += leaseMs
    const next = await must(after)
    const [one, ...others] = next.due
    await after.outbox.settle(next, [
      accepted(one?.subscription.id ?? '', after.clock.ms),
      ...others.map(({ subscription }) => again(subscription.id, after.clock.ms)),
    ])
    const counts = await waiting(after)
    expect((counts[apple] ?? 0) + (counts[google] ?? 0)).toBe(4)
    await after.close()
  })

  test('nothing waits at a service once the pushes are stopped', async () => {
    const rig = await open()
    const { outbox, clock } = rig
    const { alert, waiting } = await opened(rig)
    const batch = await must(rig)
    const ids = batch.due.map(({ subscription }) => subscription.id)
    await outbox.settle(batch, [accepted(ids[0] ?? '', clock.ms), ...ids.slice(1).map((id) => again(id, clock.ms))])
    expect(await waiting()).toEqual({ [apple]: 3, [google]: 2 })
    await outbox.stop(alert.id, 1)
    const [stopped] = await outbox.delivery(alert.id)
    expect(stopped).toMatchObject({ waiting: 0, stopped: 5 })
    expect(stopped?.services).toEqual([{ host: apple, accepted: 1, gone: 0, failed: 0, waiting: 0 }])
    expect(stopped?.languages).toEqual([{ language: 'en', due: 6, accepted: 1, gone: 0, failed: 0, waiting: 0 }])
  })
}
