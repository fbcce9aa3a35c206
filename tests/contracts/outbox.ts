import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { EditorStore } from '../../src/auth/editor.ts'
import type { PauseStore } from '../../src/desk/pause.ts'
import type { Interest } from '../../src/domain/interest.ts'
import type { Batch, Outcome, PushOutbox } from '../../src/push/outbox/outbox.ts'
import type { NewSubscription, SubscriptionStore } from '../../src/push/subscriptions/subscription.ts'
import { addressOf, makeBrowserKeys } from '../support/browser/browser-keys.ts'
import { runs } from '../support/effort.ts'
import { makeAlert, makeEntry, makeInterest } from '../support/push/push-deps.ts'
import { deliveryContract } from './outbox-delivery.ts'
import { pausedOutboxContract } from './outbox-pause.ts'
import { underWayContract } from './outbox-under-way.ts'

/** An outbox under test with the subscriptions it pushes to. `reopen` is what a crash and a new start leave. */
export type OutboxRig = {
  readonly outbox: PushOutbox
  readonly store: SubscriptionStore
  /** The keys that test subscriptions belong to. */
  readonly editors: Pick<EditorStore, 'add'>
  /** The kill switch that the outbox heeds. */
  readonly pauses: PauseStore
  /** The clock in milliseconds since 1970, to be moved by the test. */
  readonly clock: { ms: number }
  readonly leaseMs: number
  readonly error: unknown[]
  reopen(): Promise<OutboxRig>
  close(): Promise<void>
}

const startMs = Date.parse('2026-03-01T12:00:00.000Z')
const keys = makeBrowserKeys()
const google = 'fcm.googleapis.com'
const apple = 'web.push.apple.com'
const oldTime = '2026-01-01T00:00:00.000Z'
let made = 0

async function subscribe(
  store: SubscriptionStore,
  interest: Interest = makeInterest(),
  host = google,
): Promise<string> {
  made += 1
  const address = addressOf(`https://${host}/fcm/send/${made}`, keys)
  const wanted: NewSubscription = { ...address, interest, discreet: false, vapidKeyId: 'k1' }
  return (await store.put(wanted, oldTime)).id
}

const subscribeMany = async (store: SubscriptionStore, count: number, interest?: Interest): Promise<string[]> => {
  const ids: string[] = []
  for (let at = 0; at < count; at += 1) ids.push(await subscribe(store, interest))
  return ids
}

/** Many, in whatever order: puts that come together share a commit. */
const subscribeCrowd = (store: SubscriptionStore, count: number, hostOf: (nth: number) => string = () => google) =>
  Promise.all(Array.from({ length: count }, (_, nth) => subscribe(store, makeInterest(), hostOf(nth))))

const idsOf = (batch: Batch | null): string[] => (batch?.due ?? []).map(({ subscription }) => subscription.id)
const all = (batch: Batch, result: 'gone' | 'failed'): Outcome[] =>
  idsOf(batch).map((subscriptionId) => ({ subscriptionId, result }))
const accept = (batch: Batch, atMs: number): Outcome[] =>
  idsOf(batch).map((subscriptionId) => ({ subscriptionId, result: 'accepted', atMs }))

function retry(subscriptionId: string, notBeforeMs: number, sealed: Uint8Array | null = null): Outcome {
  return { subscriptionId, result: 'again', notBeforeMs, sealed, attempts: 1, lookedGone: false }
}

async function must(outbox: PushOutbox, limit = 100): Promise<Batch> {
  const batch = await outbox.claim(limit)
  if (batch === null) throw new Error('nothing is due')
  return batch
}

/** What every outbox does. `schedules`: how many random ones are played; fewer where each step takes long. */
export function outboxContract(open: () => Promise<OutboxRig>, schedules = 20): void {
  test('an entry is due to those whom it matches, in their language, and to nobody else', async () => {
    const { outbox, store, clock } = await open()
    clock.ms = startMs
    const english = await subscribe(store)
    const persian = await subscribe(store, makeInterest({ languages: ['ru', 'fa'] }))
    const everything = await subscribe(store, makeInterest({ languages: '*' }))
    await subscribe(store, makeInterest({ languages: ['ru'] }))
    await subscribe(store, makeInterest({ level: 'flash' }))
    await subscribe(store, makeInterest({ audience: 'test' }))
    const alert = makeAlert(startMs)
    await outbox.open(makeEntry(1, alert))
    const batch = await must(outbox)
    expect(batch.entry).toEqual(makeEntry(1, alert))
    expect(batch.due.map((due) => [due.subscription.id, due.language])).toEqual([
      [english, 'en'],
      [persian, 'fa'],
      [everything, '*'],
    ])
    expect(await outbox.delivery(alert.id)).toMatchObject([{ seq: 1, due: 3, waiting: 3, accepted: 0 }])
  })

  test('a public alert is not due to test subscriptions, nor a test alert to the public', async () => {
    const { outbox, store } = await open()
    await subscribe(store)
    const tester = await subscribe(store, makeInterest({ audience: 'test' }))
    await outbox.open(makeEntry(1, makeAlert(startMs, { audience: 'test' })))
    expect(idsOf(await outbox.claim(10))).toEqual([tester])
    expect(await outbox.claim(10)).toBeNull()
  })

  test('a test alert is not due any more, nor its retry, to whom the key expired before what it leaves is deleted', async () => {
    const { outbox, store, editors, clock } = await open()
    clock.ms = startMs
    made += 1
    const may = `may ${made} ${Math.random()}`
    const at = (ms: number) => new Date(startMs + ms).toISOString()
    const key = { id: may, name: 'May', role: 'editor', createdAt: oldTime, expiresAt: at(60_000) } as const
    await editors.add(key, may)
    const by = { editorId: may, credential: { by: 'key', hash: may }, role: 'editor', at: at(0) } as const
    const interest = makeInterest({ audience: 'test' })
    const address = addressOf(`https://${google}/fcm/send/${made}`, keys)
    const { id } = await store.put({ ...address, interest, discreet: false, vapidKeyId: 'k1' }, oldTime, by)
    const others = await subscribe(store, interest)
    const first = makeEntry(1, makeAlert(startMs, { audience: 'test' }))
    await outbox.open(first)
    const batch = await must(outbox)
    expect(idsOf(batch), 'in time').toEqual([id, others])
    await outbox.settle(batch, [retry(id, startMs + 60_000), retry(others, startMs + 60_000)])
    clock.ms += 60_000
    await outbox.open(makeEntry(2, makeAlert(clock.ms, { audience: 'test' })))
    const claims: string[][] = []
    for (let next = await outbox.claim(10); next !== null; next = await outbox.claim(10)) {
      claims.push(idsOf(next))
      await outbox.settle(next, accept(next, clock.ms))
    }
    expect(claims).toEqual([[others], [others]])
    expect(await outbox.delivery(first.alert.id)).toMatchObject([{ accepted: 1, finishedAt: expect.any(String) }])
  })

  test('opening an entry again makes nothing due again', async () => {
    const { outbox, store } = await open()
    await subscribe(store)
    const entry = makeEntry(1, makeAlert(startMs))
    await outbox.open(entry)
    const batch = await must(outbox)
    await outbox.open(entry)
    expect(await outbox.claim(10)).toBeNull()
    await outbox.settle(batch, accept(batch, startMs))
    await outbox.open(entry)
    expect(await outbox.claim(10)).toBeNull()
  })

  test('who subscribes after an entry was opened is not sent it', async () => {
    const { outbox, store } = await open()
    const early = await subscribe(store)
    await outbox.open(makeEntry(1, makeAlert(startMs)))
    await subscribe(store)
    expect(idsOf(await outbox.claim(10))).toEqual([early])
    expect(await outbox.claim(10)).toBeNull()
  })

  test('a reader who changes the interest while a push runs is still sent what both interests match', async () => {
    const { outbox, store, clock } = await open()
    const address = addressOf('https://fcm.googleapis.com/fcm/send/changing', keys)
    const save = { ...address, discreet: false, vapidKeyId: 'k1', interest: makeInterest() }
    const { id, token } = await store.put(save, oldTime)
    await outbox.open(makeEntry(1, makeAlert(clock.ms)))
    await store.change(id, token, makeInterest({ languages: ['fa'] }), false)
    expect((await must(outbox)).due).toMatchObject([{ subscription: { id }, language: 'fa' }])
  })

  test('batches are no larger than asked, in all cover everyone once, and finish the entry', async () => {
    const { outbox, store, clock } = await open()
    const ids = await subscribeMany(store, 25)
    const alert = makeAlert(clock.ms)
    await outbox.open(makeEntry(1, alert))
    const got: string[] = []
    for (;;) {
      const batch = await outbox.claim(10)
      if (batch === null) break
      expect(batch.due.length).toBeLessThanOrEqual(10)
      got.push(...idsOf(batch))
      clock.ms += 1_000
      await outbox.settle(batch, accept(batch, clock.ms))
    }
    expect(got).toEqual(ids)
    const [delivery] = await outbox.delivery(alert.id)
    expect(delivery).toMatchObject({
      due: 25,
      accepted: 25,
      waiting: 0,
      startedAt: expect.any(String),
      finishedAt: expect.any(String),
    })
    expect(delivery?.percentiles?.p50).toBeCloseTo(2, 0)
    expect(delivery?.percentiles?.p99).toBeCloseTo(3, 0)
    expect(delivery?.acceptedWithin).toEqual(delivery?.percentiles)
  })

  test('while pushes wait or fail, the time of a share of all of them is not known; each service’s results are told', async () => {
    const { outbox, store, clock } = await open()
    await subscribeMany(store, 20)
    const alert = makeAlert(clock.ms)
    await outbox.open(makeEntry(1, alert))
    const [first, second] = [await outbox.claim(12), await outbox.claim(12)]
    if (first === null || second === null) throw new Error('two batches are due')
    clock.ms += 1_000
    await outbox.settle(first, accept(first, clock.ms))
    const half = (await outbox.delivery(alert.id))[0]
    expect(half?.acceptedWithin.p50).toBeCloseTo(1, 0)
    expect([half?.acceptedWithin.p90, half?.percentiles?.p90 === null]).toEqual([null, false])
    clock.ms += 9_000
    const [lost, left, ...rest] = second.due.map(({ subscription: { id: subscriptionId } }) => ({ subscriptionId }))
    if (lost === undefined || left === undefined) throw new Error('the second batch has eight')
    await outbox.settle(second, [
      { ...lost, result: 'failed' },
      { ...left, result: 'gone' },
      ...rest.map((it) => ({ ...it, result: 'accepted' as const, atMs: clock.ms })),
    ])
    const [whole] = await outbox.delivery(alert.id)
    // Of 19 who are there 18 have it: less than 99 %.
    expect(whole?.acceptedWithin.p90).toBeCloseTo(10, 0)
    expect(whole?.acceptedWithin.p99).toBeNull()
    const { services = [] } = whole ?? {}
    const sumOf = (name: 'accepted' | 'gone' | 'failed') => services.reduce((sum, it) => sum + it[name], 0)
    expect([sumOf('accepted'), sumOf('gone'), sumOf('failed')]).toEqual([18, 1, 1])
  })

  test('flash goes before urgent before routine, and among equals the older first', async () => {
    const { outbox, store, clock } = await open()
    await subscribe(store, makeInterest({ level: 'routine' }))
    for (const [at, level] of (['routine', 'urgent', 'flash', 'urgent', 'flash'] as const).entries())
      await outbox.open(makeEntry(at + 1, makeAlert(clock.ms, { level })))
    const order: number[] = []
    for (let batch = await outbox.claim(10); batch !== null; batch = await outbox.claim(10)) order.push(batch.entry.seq)
    expect(order).toEqual([3, 5, 2, 4, 1])
  })

  test('a lost lease comes back to others, and settling it late changes nothing', async () => {
    const { outbox, store, clock, leaseMs } = await open()
    const ids = await subscribeMany(store, 3)
    const alert = makeAlert(clock.ms)
    await outbox.open(makeEntry(1, alert))
    const lost = await must(outbox)
    expect(await outbox.claim(10)).toBeNull()
    clock.ms += leaseMs
    const found = await must(outbox)
    expect(idsOf(found)).toEqual(ids)
    await outbox.settle(lost, all(lost, 'gone'))
    expect(await outbox.delivery(alert.id)).toMatchObject([{ accepted: 0, gone: 0, waiting: 3 }])
    await outbox.settle(found, accept(found, clock.ms))
    await outbox.settle(found, accept(found, clock.ms))
    await outbox.settle(lost, accept(lost, clock.ms))
    expect(await outbox.delivery(alert.id)).toMatchObject([{ accepted: 3, gone: 0, waiting: 0 }])
  })

  test('a lost retry comes back with its ciphertext, and settles once', async () => {
    const { outbox, store, clock, leaseMs } = await open()
    const [id = ''] = await subscribeMany(store, 1)
    const alert = makeAlert(clock.ms)
    await outbox.open(makeEntry(1, alert))
    const first = await must(outbox)
    const sealed = new Uint8Array([1, 2, 3])
    await outbox.settle(first, [retry(id, clock.ms + 5_000, sealed)])
    expect(await outbox.claim(10)).toBeNull()
    clock.ms += 5_000
    const lost = await must(outbox)
    expect(await outbox.claim(10)).toBeNull()
    clock.ms += leaseMs
    const found = await must(outbox)
    expect(found.due[0]).toMatchObject({ attempts: 1, lookedGone: false })
    expect(Buffer.from(found.due[0]?.sealed ?? [])).toEqual(Buffer.from(sealed))
    await outbox.settle(lost, all(lost, 'failed'))
    await outbox.settle(found, accept(found, clock.ms))
    expect(await outbox.delivery(alert.id)).toMatchObject([{ accepted: 1, failed: 0, waiting: 0 }])
  })

  test('a push that the outcomes do not mention is due again at once', async () => {
    const { outbox, store, clock } = await open()
    const ids = await subscribeMany(store, 3)
    await outbox.open(makeEntry(1, makeAlert(clock.ms)))
    const batch = await must(outbox)
    await outbox.settle(batch, accept(batch, clock.ms).slice(0, 1))
    expect(idsOf(await outbox.claim(10)).sort()).toEqual(ids.slice(1).sort())
  })

  test('a subscription that is gone is deleted once the run is through, with what else waits for it', async () => {
    const { outbox, store, clock } = await open()
    const ids = await subscribeMany(store, 3)
    const first = makeAlert(clock.ms)
    await outbox.open(makeEntry(1, first))
    const batch = await must(outbox)
    await outbox.settle(batch, [
      { subscriptionId: ids[0] ?? '', result: 'gone' },
      { subscriptionId: ids[1] ?? '', result: 'accepted', atMs: clock.ms },
      retry(ids[2] ?? '', clock.ms),
    ])
    expect((await store.count()).map(({ count }) => count)).toEqual([2])
    expect(await outbox.delivery(first.id)).toMatchObject([{ accepted: 1, gone: 1, waiting: 1 }])
  })

  test('when more than 5 % of 200 look gone, nobody is deleted, and there is one alarm', async () => {
    const { outbox, store, clock, error } = await open()
    const ids = await subscribeCrowd(store, 300)
    await outbox.open(makeEntry(1, makeAlert(clock.ms)))
    let seen = 0
    for (let batch = await outbox.claim(50); batch !== null; batch = await outbox.claim(50)) {
      await outbox.settle(
        batch,
        idsOf(batch).map((subscriptionId) => {
          seen += 1
          return seen % 10 === 0
            ? { subscriptionId, result: 'gone' }
            : { subscriptionId, result: 'accepted', atMs: clock.ms }
        }),
      )
    }
    expect((await store.count())[0]?.count).toBe(ids.length)
    expect(error).toHaveLength(1)
  })

  test('after the alarm, a run deletes nobody, also when later answers make the share small', async () => {
    const { outbox, store, clock, error } = await open()
    await subscribeCrowd(store, 300)
    await outbox.open(makeEntry(1, makeAlert(clock.ms)))
    let seen = 0
    for (let batch = await outbox.claim(50); batch !== null; batch = await outbox.claim(50))
      await outbox.settle(
        batch,
        idsOf(batch).map((subscriptionId) => {
          seen += 1
          const looksGone = seen <= 11 || seen === 300
          return looksGone ? { subscriptionId, result: 'gone' } : { subscriptionId, result: 'accepted', atMs: clock.ms }
        }),
      )
    expect((await store.count())[0]?.count).toBe(300)
    expect(error).toHaveLength(1)
  })

  test('a retry that its reader does not want any more is dropped, and the entry is finished', async () => {
    const { outbox, store, clock } = await open()
    const address = addressOf('https://fcm.googleapis.com/fcm/send/turning', keys)
    const save = { ...address, discreet: false, vapidKeyId: 'k1', interest: makeInterest() }
    const { id, token } = await store.put(save, oldTime)
    const alert = makeAlert(clock.ms)
    await outbox.open(makeEntry(1, alert))
    const first = await must(outbox)
    await outbox.settle(first, [retry(id, clock.ms + 1_000)])
    await store.change(id, token, makeInterest({ languages: ['ru'] }), false)
    clock.ms += 1_000
    const again = await outbox.claim(10)
    expect(idsOf(again)).toEqual([])
    if (again !== null) await outbox.settle(again, [])
    expect(await outbox.claim(10)).toBeNull()
    expect(await outbox.delivery(alert.id)).toMatchObject([{ waiting: 0, finishedAt: expect.any(String) }])
  })

  test('what is tried again comes after all that is new of its level, and before any lower one', async () => {
    const { outbox, store, clock } = await open()
    const ids = await subscribeMany(store, 2)
    await outbox.open(makeEntry(1, makeAlert(clock.ms)))
    const first = await must(outbox)
    await outbox.settle(
      first,
      ids.map((id) => retry(id, clock.ms)),
    )
    await subscribe(store, makeInterest({ level: 'routine' }))
    await outbox.open(makeEntry(2, makeAlert(clock.ms, { level: 'routine' })))
    await outbox.open(makeEntry(3, makeAlert(clock.ms)))
    const order: number[] = []
    for (let batch = await outbox.claim(10); batch !== null; batch = await outbox.claim(10)) order.push(batch.entry.seq)
    expect(order).toEqual([3, 1, 2])
  })

  test('readers of one service who all look gone are not deleted because others are so many more', async () => {
    const { outbox, store, clock, error } = await open()
    const ids = await subscribeCrowd(store, 6_000, (nth) => (nth % 30 === 0 ? apple : google))
    const lost = new Set(ids.filter((_, nth) => nth % 30 === 0 || nth % 600 === 1))
    await outbox.open(makeEntry(1, makeAlert(clock.ms)))
    for (let batch = await outbox.claim(500); batch !== null; batch = await outbox.claim(500))
      await outbox.settle(
        batch,
        idsOf(batch).map((subscriptionId) =>
          lost.has(subscriptionId)
            ? { subscriptionId, result: 'gone' }
            : { subscriptionId, result: 'accepted', atMs: clock.ms },
        ),
      )
    // Ten at the other service are really gone.
    expect((await store.count())[0]?.count).toBe(6_000 - 10)
    expect(error).toMatchObject([{ kind: 'gone', host: apple }])
  })

  test('a claim for flashes only leases nothing else', async () => {
    const { outbox, store, clock } = await open()
    await subscribeMany(store, 2)
    await outbox.open(makeEntry(1, makeAlert(clock.ms)))
    expect(await outbox.claim(10, 'flash')).toBeNull()
    await outbox.open(makeEntry(2, makeAlert(clock.ms, { level: 'flash' })))
    expect((await outbox.claim(10, 'flash'))?.entry.seq).toBe(2)
    expect(await outbox.claim(10, 'flash')).toBeNull()
    expect((await outbox.claim(10))?.entry.seq).toBe(1)
  })

  test('what was given back without having been sent says nothing of those who look gone', async () => {
    const { outbox, store, clock, error } = await open()
    await subscribeCrowd(store, 300)
    await outbox.open(makeEntry(1, makeAlert(clock.ms)))
    const batch = await must(outbox, 300)
    const unsent = { result: 'again' as const, notBeforeMs: clock.ms, sealed: null, attempts: 0, lookedGone: false }
    await outbox.settle(
      batch,
      idsOf(batch).map((subscriptionId, at) =>
        at < 12 ? { subscriptionId, result: 'gone' } : { subscriptionId, ...unsent },
      ),
    )
    expect((await store.count())[0]?.count).toBe(300)
    for (let rest = await outbox.claim(300); rest !== null; rest = await outbox.claim(300))
      await outbox.settle(rest, all(rest, 'gone'))
    expect((await store.count())[0]?.count).toBe(300)
    expect(error).toHaveLength(1)
  })

  test('a long run that is stopped early is judged by what was sent of it', async () => {
    const { outbox, store, clock, error } = await open()
    await subscribeCrowd(store, 250)
    const alert = makeAlert(clock.ms)
    await outbox.open(makeEntry(1, alert))
    const batch = await must(outbox, 60)
    await outbox.stop(alert.id, 1)
    await outbox.settle(batch, [...all(batch, 'gone').slice(0, 30), ...accept(batch, clock.ms).slice(30)])
    expect((await store.count())[0]?.count).toBe(250)
    expect(error).toHaveLength(1)
  })

  test('when 5 % or fewer of a long run are gone, they are deleted', async () => {
    const { outbox, store, clock, error } = await open()
    await subscribeCrowd(store, 300)
    await outbox.open(makeEntry(1, makeAlert(clock.ms)))
    let seen = 0
    for (let batch = await outbox.claim(50); batch !== null; batch = await outbox.claim(50))
      await outbox.settle(
        batch,
        idsOf(batch).map((subscriptionId) => {
          seen += 1
          return seen % 25 === 0
            ? { subscriptionId, result: 'gone' }
            : { subscriptionId, result: 'accepted', atMs: clock.ms }
        }),
      )
    expect((await store.count())[0]?.count).toBe(288)
    expect(error).toEqual([])
  })

  test('a newer change replaces what was not yet sent of the older', async () => {
    const { outbox, store, clock } = await open()
    const ids = await subscribeMany(store, 4)
    const alert = makeAlert(clock.ms)
    await outbox.open(makeEntry(1, alert))
    const leased = await must(outbox, 2)
    expect(await leased.deliveryState()).toBe('due')
    await outbox.open(makeEntry(2, { ...alert, version: 2 }, 'correction'))
    expect(await leased.deliveryState()).toBe('over')
    const newer = await must(outbox)
    expect(await newer.deliveryState()).toBe('due')
    expect([newer.entry.seq, idsOf(newer)]).toEqual([2, ids])
    await outbox.settle(leased, [
      { subscriptionId: ids[0] ?? '', result: 'accepted', atMs: clock.ms },
      retry(ids[1] ?? '', clock.ms),
    ])
    expect(await outbox.claim(10)).toBeNull()
    expect(await outbox.delivery(alert.id)).toMatchObject([
      { seq: 1, due: 4, accepted: 1, waiting: 0, stopped: 3, finishedAt: expect.any(String) },
      { seq: 2, due: 4, waiting: 4, stopped: 0 },
    ])
  })

  test('a retraction leaves nothing of the alert to be sent: not the fresh, not the lost, not what is tried again', async () => {
    const { outbox, store, clock, leaseMs } = await open()
    const ids = await subscribeMany(store, 5)
    const alert = makeAlert(clock.ms)
    await outbox.open(makeEntry(1, alert))
    const tried = await must(outbox, 2)
    await outbox.settle(
      tried,
      idsOf(tried).map((id) => retry(id, clock.ms, new Uint8Array([1]))),
    )
    await must(outbox, 1)
    await outbox.open(makeEntry(2, { ...alert, version: 2, status: 'retracted' }, 'retraction'))
    clock.ms += leaseMs + 1
    const told: string[] = []
    for (let batch = await outbox.claim(2); batch !== null; batch = await outbox.claim(2)) {
      expect([batch.entry.seq, batch.due.map(({ sealed }) => sealed)]).toEqual([2, batch.due.map(() => null)])
      told.push(...idsOf(batch))
      await outbox.settle(batch, accept(batch, clock.ms))
    }
    expect(told.sort()).toEqual(ids.toSorted())
  })

  test('a correction is not pushed in the languages that it says nothing in', async () => {
    const { outbox, store, clock } = await open()
    const [english] = await subscribeMany(store, 1)
    const [persian] = await subscribeMany(store, 1, makeInterest({ languages: ['fa', 'en'] }))
    const [any] = await subscribeMany(store, 1, makeInterest({ languages: '*' }))
    const alert = makeAlert(clock.ms)
    await outbox.open(makeEntry(1, alert))
    const first = await must(outbox)
    await outbox.settle(first, accept(first, clock.ms))
    expect(await outbox.claim(10)).toBeNull()
    const untouched = { fa: { status: 'live', changedAt: alert.changedAt } } as const
    await outbox.open(makeEntry(2, { ...alert, version: 2, status: 'corrected', untouched }, 'correction'))
    expect((await outbox.delivery(alert.id))[1]).toMatchObject({ due: 2 })
    expect(idsOf(await must(outbox)).sort()).toEqual([english, any].sort())
    await outbox.open(makeEntry(3, { ...alert, version: 3, status: 'retracted' }, 'retraction'))
    const last = await must(outbox)
    expect(idsOf(last).sort()).toEqual([english, persian, any].sort())
  })

  test('a correction that comes while the alert is going out also goes where it says nothing: they may not have had it', async () => {
    const rig = await open()
    const { store, clock } = rig
    const [english] = await subscribeMany(store, 1)
    const [persian] = await subscribeMany(store, 1, makeInterest({ languages: ['fa'] }))
    const alert = makeAlert(clock.ms)
    const untouched = { fa: { status: 'live', changedAt: alert.changedAt } } as const
    await rig.outbox.open(makeEntry(1, alert))
    await rig.outbox.open(makeEntry(2, { ...alert, version: 2, status: 'corrected', untouched }, 'correction'))
    const { outbox } = await rig.reopen()
    expect((await outbox.delivery(alert.id))[1]).toMatchObject({ due: 2 })
    const batch = await must(outbox)
    expect([batch.entry.seq, idsOf(batch).sort()]).toEqual([2, [english, persian].sort()])
    await outbox.settle(batch, accept(batch, clock.ms))
    // Once that is done, the next one has nobody to catch up with.
    await outbox.open(makeEntry(3, { ...alert, version: 3, status: 'corrected', untouched }, 'correction'))
    expect(idsOf(await must(outbox))).toEqual([english])
  })

  test('an update that comes while a correction is going out is marked so, and a later one is not', async () => {
    const { outbox, store, clock } = await open()
    await subscribeMany(store, 2)
    const alert = makeAlert(clock.ms)
    const correction = { version: 1, changedAt: alert.changedAt, note: 'Two.', text: { headline: 'Two', summary: '' } }
    const update = (version: number) =>
      makeEntry(version, { ...alert, version, status: 'updated', lastCorrections: { en: correction } }, 'update')
    await outbox.open(makeEntry(1, { ...alert, status: 'corrected' }, 'correction'))
    await outbox.open(update(2))
    const batch = await must(outbox)
    expect(batch.entry).toMatchObject({ ...update(2), toUncorrected: true })
    await outbox.settle(batch, accept(batch, clock.ms))
    expect(await outbox.claim(10)).toBeNull()
    await outbox.open(update(3))
    expect((await must(outbox)).entry).toEqual(update(3))
    // Where no correction is kept, there is none to be said.
    await outbox.open(makeEntry(4, { ...alert, version: 4, status: 'updated' }, 'update'))
    expect((await must(outbox)).entry).not.toHaveProperty('toUncorrected')
  })

  test('a stopped alert is not sent any further', async () => {
    const { outbox, store, clock } = await open()
    await subscribeMany(store, 4)
    const alert = makeAlert(clock.ms)
    await outbox.open(makeEntry(1, alert))
    const batch = await must(outbox, 1)
    await outbox.settle(batch, accept(batch, clock.ms))
    const leased = await must(outbox, 1)
    await outbox.stop(alert.id, 1)
    expect(await outbox.claim(10)).toBeNull()
    expect(await leased.deliveryState()).toBe('over')
    expect(await outbox.delivery(alert.id)).toMatchObject([{ accepted: 1, stopped: 3, waiting: 0 }])
    await outbox.settle(leased, [retry(idsOf(leased)[0] ?? '', clock.ms)])
    expect(await outbox.claim(10)).toBeNull()
    expect(await outbox.delivery(alert.id)).toMatchObject([
      { accepted: 1, stopped: 3, waiting: 0, finishedAt: expect.any(String) },
    ])
  })

  test('an alert that is stopped before it is opened is not sent, a later change of it is', async () => {
    const { outbox, store, clock } = await open()
    await subscribe(store)
    const alert = makeAlert(clock.ms)
    await outbox.stop(alert.id, 1)
    await outbox.open(makeEntry(1, alert))
    expect(await outbox.claim(10)).toBeNull()
    expect(await outbox.delivery(alert.id)).toMatchObject([{ due: 1, stopped: 1, finishedAt: expect.any(String) }])
    await outbox.open(makeEntry(2, { ...alert, version: 2 }, 'correction'))
    expect((await must(outbox)).entry.seq).toBe(2)
  })

  test('a change of one alert leaves the pushes of another alone', async () => {
    const { outbox, store, clock } = await open()
    await subscribeMany(store, 2)
    const [one, other] = [makeAlert(clock.ms), makeAlert(clock.ms)]
    await outbox.open(makeEntry(1, one))
    const leased = await must(outbox, 1)
    await outbox.open(makeEntry(2, other))
    await outbox.open(makeEntry(3, { ...other, version: 2 }, 'update'))
    await outbox.stop(other.id, 3)
    expect(await leased.deliveryState()).toBe('due')
    expect((await must(outbox, 1)).entry.seq).toBe(1)
    expect(await outbox.claim(1)).toBeNull()
  })

  test('a flash that is published while an urgent alert is being pushed is leased next, the urgent one’s retries after it', async () => {
    const { outbox, store, clock } = await open()
    const ids = await subscribeMany(store, 4)
    await outbox.open(makeEntry(1, makeAlert(clock.ms)))
    const urgent = await must(outbox, 2)
    await outbox.settle(urgent, [retry(ids[0] ?? '', clock.ms), retry(ids[1] ?? '', clock.ms)])
    await outbox.open(makeEntry(2, makeAlert(clock.ms, { level: 'flash' })))
    const order: number[] = []
    for (let batch = await outbox.claim(2); batch !== null; batch = await outbox.claim(2)) order.push(batch.entry.seq)
    expect(order).toEqual([2, 2, 1, 1])
  })

  pausedOutboxContract(open, subscribe)
  underWayContract(open)
  deliveryContract(open)

  test('what has not gone out when the alert expires has failed', async () => {
    const { outbox, store, clock } = await open()
    const ids = await subscribeMany(store, 4)
    const alert = makeAlert(clock.ms)
    await outbox.open(makeEntry(1, alert))
    const batch = await must(outbox, 2)
    await outbox.settle(batch, [
      { subscriptionId: ids[0] ?? '', result: 'accepted', atMs: clock.ms },
      retry(ids[1] ?? '', clock.ms),
    ])
    clock.ms = Date.parse(alert.expiresAt)
    expect(await outbox.claim(10)).toBeNull()
    expect(await outbox.delivery(alert.id)).toMatchObject([{ accepted: 1, failed: 3, waiting: 0 }])
  })

  test('how far the log was opened survives a new start; a log that lost its end goes on from there', async () => {
    const rig = await open()
    expect(await rig.outbox.opened({ epoch: 'a', head: 0 })).toBe(0)
    await subscribe(rig.store)
    await rig.outbox.open(makeEntry(1, makeAlert(rig.clock.ms)))
    await rig.outbox.open(makeEntry(2, makeAlert(rig.clock.ms)))
    const { outbox } = await rig.reopen()
    expect(await outbox.opened({ epoch: 'a', head: 2 })).toBe(2)
    expect(await outbox.opened({ epoch: 'b', head: 1 })).toBe(1)
    await outbox.open(makeEntry(2, makeAlert(rig.clock.ms, { id: 'other' })))
    expect((await must(outbox)).entry.seq).toBe(1)
    expect((await must(outbox)).entry.alert.id).toBe('other')
  })

  test('closed and opened again, it goes on with what is left', async () => {
    const rig = await open()
    const ids = await subscribeMany(rig.store, 4)
    await rig.outbox.open(makeEntry(1, makeAlert(rig.clock.ms)))
    const batch = await must(rig.outbox, 2)
    await rig.outbox.settle(batch, accept(batch, rig.clock.ms))
    await must(rig.outbox, 1)
    const { outbox, clock, leaseMs } = await rig.reopen()
    expect(idsOf(await outbox.claim(10))).toEqual(ids.slice(3))
    clock.ms += leaseMs
    expect([...idsOf(await outbox.claim(10)), ...idsOf(await outbox.claim(10))].sort()).toEqual(ids.slice(2).sort())
  })

  test('by any schedule, everyone is accepted exactly once without crashes, and at least once with them', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 5, maxLength: 60 }),
        fc.integer({ min: 1, max: 30 }),
        async (steps, readers) => {
          await schedule(await open(), steps, readers)
        },
      ),
      { numRuns: runs(schedules) },
    )
  })
}

const step = fc.oneof(
  fc.record({ act: fc.constant('claim' as const), limit: fc.integer({ min: 1, max: 8 }) }),
  fc.record({
    act: fc.constant('settle' as const),
    which: fc.nat(),
    luck: fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1 }),
  }),
  fc.record({ act: fc.constant('settle early' as const), which: fc.nat(), luck: fc.nat() }),
  fc.record({ act: fc.constant('crash' as const) }),
  fc.record({ act: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 40_000 }) }),
)
type Step = typeof step extends fc.Arbitrary<infer It> ? It : never

/** Plays a schedule, then lets all work end; the oracle counts what each reader accepted and what was counted. */
async function schedule(opened: OutboxRig, steps: readonly Step[], readers: number): Promise<void> {
  let rig = opened
  const ids = await subscribeMany(rig.store, readers)
  const alert = makeAlert(rig.clock.ms, { expiresAt: '2036-01-01T00:00:00.000Z' })
  await rig.outbox.open(makeEntry(1, alert))
  const sent = new Map(ids.map((id) => [id, 0]))
  let held: Batch[] = []
  let lostSomething = false
  /** What was settled while the rest of its batch was under way: it is said again at the end. */
  const early = new Map<string, Outcome>()
  const nameOf = (batch: Batch, id: string) => `${batch.id} ${id}`

  /** Luck below 3: again. The push is "sent" when it is accepted, whether or not its settling still counts. */
  async function settle(batch: Batch, luck: readonly number[]): Promise<void> {
    const outcomes = batch.due.map(({ subscription: { id } }, at): Outcome => {
      const ended = early.get(nameOf(batch, id))
      if (ended !== undefined) return ended
      if ((luck[at % luck.length] ?? 9) < 3) return retry(id, rig.clock.ms + 1_000)
      sent.set(id, (sent.get(id) ?? 0) + 1)
      return { subscriptionId: id, result: 'accepted', atMs: rig.clock.ms }
    })
    await rig.outbox.settle(batch, outcomes)
  }

  async function settleEarly(batch: Batch, luck: number): Promise<void> {
    const [ended, underWay]: [Outcome[], Set<string>] = [[], new Set()]
    for (const [at, { subscription }] of batch.due.entries()) {
      const { id } = subscription
      const before = early.get(nameOf(batch, id))
      if (before === undefined && (at + luck) % 3 === 0) underWay.add(id)
      else ended.push(before ?? { subscriptionId: id, result: 'accepted', atMs: rig.clock.ms })
    }
    for (const outcome of ended) {
      const name = nameOf(batch, outcome.subscriptionId)
      if (!early.has(name)) sent.set(outcome.subscriptionId, (sent.get(outcome.subscriptionId) ?? 0) + 1)
      early.set(name, outcome)
    }
    await rig.outbox.settle(batch, ended, underWay)
  }

  for (const it of steps) {
    if (it.act === 'claim') {
      const batch = await rig.outbox.claim(it.limit)
      if (batch !== null) held.push(batch)
    } else if (it.act === 'settle') {
      const [batch] = held.splice(it.which % Math.max(1, held.length), 1)
      if (batch !== undefined) await settle(batch, it.luck)
    } else if (it.act === 'settle early') {
      const batch = held[it.which % Math.max(1, held.length)]
      if (batch !== undefined) await settleEarly(batch, it.luck)
    } else if (it.act === 'wait') {
      rig.clock.ms += it.ms
      if (held.some(({ leaseUntilMs }) => leaseUntilMs <= rig.clock.ms)) lostSomething = true
    } else {
      if (held.length > 0) lostSomething = true
      held = []
      rig = await rig.reopen()
    }
  }
  for (const batch of held) await settle(batch, [9])
  for (let round = 0; (await rig.outbox.delivery(alert.id))[0]?.finishedAt === null && round < 1_000; round += 1) {
    const batch = await rig.outbox.claim(8)
    if (batch === null) rig.clock.ms += rig.leaseMs
    else await settle(batch, [9])
  }
  expect(await rig.outbox.delivery(alert.id)).toMatchObject([
    { due: readers, accepted: readers, waiting: 0, failed: 0 },
  ])
  for (const count of sent.values()) {
    if (lostSomething) expect(count).toBeGreaterThanOrEqual(1)
    else expect(count).toBe(1)
  }
  await rig.close()
}
