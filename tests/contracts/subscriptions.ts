import { expect, test } from 'vitest'
import type { NewSubscription, SubscriptionStore } from '../../src/push/subscriptions/subscription.ts'
import type { SubscriptionArchive } from '../../src/push/subscriptions/subscription-archive.ts'
import { addressOf, makeBrowserKeys } from '../support/browser/browser-keys.ts'
import { makeInterest } from '../support/push/push-deps.ts'

/** A store under test; `reopen` closes it and opens what it has written. */
export type SubscriptionRig = {
  readonly store: SubscriptionStore & SubscriptionArchive
  reopen(): Promise<SubscriptionRig>
}

const now = '2026-03-01T12:00:00.000Z'

function made(more: Partial<NewSubscription> = {}): NewSubscription {
  const address = addressOf(`https://fcm.googleapis.com/fcm/send/${crypto.randomUUID()}`, makeBrowserKeys())
  return { ...address, interest: makeInterest(), discreet: false, vapidKeyId: 'k1', ...more }
}

/** What every subscription store does. */
export function subscriptionContract(open: () => Promise<SubscriptionRig>): void {
  archiveContract(open)

  test('a saved subscription is read back whole with its token', async () => {
    const { store } = await open()
    const wanted = made({ discreet: true, interest: makeInterest({ topics: ['rights'], languages: ['fa', 'en'] }) })
    const { id, token, made: isNew } = await store.put(wanted, now)
    expect(isNew).toBe(true)
    expect(await store.get(id, token)).toEqual({ ...wanted, id, createdAt: now })
  })

  test('a wrong token reads, changes and removes nothing, as if there were no such subscription', async () => {
    const { store } = await open()
    const { id, token } = await store.put(made(), now)
    for (const wrong of ['', `${token}x`, token.slice(1)]) {
      expect(await store.get(id, wrong)).toBeNull()
      expect(await store.change(id, wrong, makeInterest({ level: 'flash' }), true)).toBeNull()
      expect(await store.remove(id, wrong)).toBe(false)
    }
    expect(await store.get('unknown', token)).toBeNull()
    expect(await store.get(id, token)).toMatchObject({ interest: makeInterest(), discreet: false })
  })

  test('the same address again is the same row, with the new interest and a token that works', async () => {
    const { store } = await open()
    const first = made()
    const { id, token } = await store.put(first, now)
    const interest = makeInterest({ level: 'flash' })
    const again = await store.put({ ...first, interest, vapidKeyId: 'k2' }, '2026-04-01T12:00:00.000Z')
    expect(again).toMatchObject({ id, made: false })
    expect(await store.get(id, again.token)).toEqual({ ...first, interest, id, createdAt: now })
    expect(await store.get(id, token)).toBeNull()
    expect(await store.count()).toEqual([{ interest, count: 1 }])
  })

  test('the same address saved many times at once is one row', async () => {
    const { store } = await open()
    const same = made()
    const answers = await Promise.all(Array.from({ length: 20 }, () => store.put(same, now)))
    expect(new Set(answers.map(({ id }) => id)).size).toBe(1)
    expect(answers.filter((answer) => answer.made)).toHaveLength(1)
    expect(await store.count()).toEqual([{ interest: makeInterest(), count: 1 }])
  })

  test('another auth or key for a known endpoint is refused and changes nothing', async () => {
    const { store } = await open()
    const first = made()
    const { id, token } = await store.put(first, now)
    const stranger = addressOf(first.endpoint, makeBrowserKeys())
    for (const foreign of [
      { ...first, auth: stranger.auth },
      { ...first, p256dh: stranger.p256dh },
    ])
      await expect(store.put({ ...foreign, discreet: true }, now)).rejects.toMatchObject({ code: 'endpoint-taken' })
    expect(await store.get(id, token)).toEqual({ ...first, id, createdAt: now })
  })

  test('the interest of an address is given to who has its keys, as it was stored last, and to nobody else', async () => {
    const { store } = await open()
    const [first, second] = [made(), made({ interest: makeInterest({ languages: ['ru'], topics: ['rights'] }) })]
    await store.put(first, now)
    await store.put(second, now)
    expect(await store.interestOf(second)).toEqual(second.interest)
    const later = makeInterest({ languages: ['tk'], topics: ['given-up'] })
    await store.put({ ...first, interest: later }, now)
    expect(await store.interestOf(first)).toEqual(later)
    const stranger = made()
    for (const other of [stranger, { ...first, auth: stranger.auth }, { ...first, p256dh: stranger.p256dh }])
      expect(await store.interestOf(other)).toBeNull()
  })

  test('a removed subscription is gone, and its address can be saved again', async () => {
    const { store } = await open()
    const first = made()
    const { id, token } = await store.put(first, now)
    expect(await store.remove(id, token)).toBe(true)
    expect(await store.remove(id, token)).toBe(false)
    expect(await store.count()).toEqual([])
    const again = await store.put(first, now)
    expect(again.made).toBe(true)
    expect(again.id).not.toBe(id)
  })

  test('subscriptions are counted by distinct interest, whatever changes', async () => {
    const { store } = await open()
    const fa = makeInterest({ languages: ['fa'] })
    const { id, token } = await store.put(made(), now)
    await store.put(made(), now)
    await store.put(made({ interest: fa }), now)
    await store.change(id, token, fa, false)
    expect(await store.count()).toEqual([
      { interest: makeInterest(), count: 1 },
      { interest: fa, count: 2 },
    ])
  })

  test('closed and opened again, it continues', async () => {
    const rig = await open()
    const first = made()
    const { id, token } = await rig.store.put(first, now)
    const { store } = await rig.reopen()
    expect(await store.get(id, token)).toEqual({ ...first, id, createdAt: now })
    expect((await store.put(first, now)).id).toBe(id)
  })
}

/** What every archive of subscriptions does. */
function archiveContract(open: () => Promise<SubscriptionRig>): void {
  test('an imported subscription is made once; imported again it is kept, and neither its interest nor its token changes', async () => {
    const { store } = await open()
    const first = made()
    expect(await store.importOne(first, '2025-01-01T00:00:00.000Z')).toBe('made')
    const { id, token } = await store.put(first, now)
    expect(await store.importOne({ ...first, interest: makeInterest({ level: 'flash' }), discreet: true }, now)).toBe(
      'kept',
    )
    expect(await store.get(id, token)).toEqual({ ...first, id, createdAt: '2025-01-01T00:00:00.000Z' })
    expect(await store.count()).toEqual([{ interest: makeInterest(), count: 1 }])
  })

  test('what is brought with other keys for a known endpoint is refused and changes nothing', async () => {
    const { store } = await open()
    const first = made()
    const { id, token } = await store.put(first, now)
    const stranger = addressOf(first.endpoint, makeBrowserKeys())
    await expect(store.importOne({ ...first, auth: stranger.auth }, now)).rejects.toMatchObject({
      code: 'endpoint-taken',
    })
    expect(await store.get(id, token)).toEqual({ ...first, id, createdAt: now })
  })

  test('pages give every subscription once, in the order of their coming', async () => {
    const { store } = await open()
    const all = Array.from({ length: 7 }, () => made())
    for (const one of all) await store.put(one, now)
    for (const limit of [1, 3, 7, 100]) {
      const seen: string[] = []
      for (let after: number | null = 0; after !== null; ) {
        const { subscriptions, next } = await store.page(after, limit)
        expect(subscriptions.length).toBeLessThanOrEqual(limit)
        seen.push(...subscriptions.map(({ endpoint }) => endpoint))
        after = next
      }
      expect(seen).toEqual(all.map(({ endpoint }) => endpoint))
    }
  })

  test('places are counted by host and VAPID key, whatever comes and goes', async () => {
    const { store } = await open()
    const apple = made({ endpoint: 'https://web.push.apple.com/Q1' })
    await store.put(apple, now)
    const { id, token } = await store.put(apple, now)
    await store.importOne(made(), now)
    await store.put(made({ vapidKeyId: 'k2' }), now)
    const google = { host: 'fcm.googleapis.com', subscriptions: 1 }
    const places = [
      { ...google, vapidKeyId: 'k1' },
      { ...google, vapidKeyId: 'k2' },
    ]
    expect(await store.hostKeyCounts()).toHaveLength(3)
    await store.remove(id, token)
    expect(await store.hostKeyCounts()).toEqual(expect.arrayContaining(places))
    expect(await store.hostKeyCounts()).toHaveLength(2)
  })

  test('of many concurrent saves of one endpoint in one group commit, one makes the row, and only those with other keys fail', async () => {
    const { store } = await open()
    const same = made()
    const stranger = { ...same, auth: addressOf(same.endpoint, makeBrowserKeys()).auth }
    // Their sealing runs side by side, so either may be the first to come to the group.
    const [first, second, third, other, elsewhere] = await Promise.allSettled([
      store.put(same, now),
      store.put(same, now),
      store.importOne(same, now),
      store.put(stranger, now),
      store.put(made(), now),
    ])
    const taken = { status: 'rejected', reason: { code: 'endpoint-taken' } }
    const owned = first?.status === 'fulfilled'
    for (const result of [first, second, third]) expect(result).toMatchObject(owned ? { status: 'fulfilled' } : taken)
    expect(other).toMatchObject(owned ? taken : { status: 'fulfilled' })
    expect(elsewhere).toMatchObject({ status: 'fulfilled', value: { made: true } })
    const { subscriptions } = await store.page(0, 10)
    expect(subscriptions.filter(({ endpoint }) => endpoint === same.endpoint)).toMatchObject([owned ? same : stranger])
    expect(subscriptions).toHaveLength(2)
  })
}
