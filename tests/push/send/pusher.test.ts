import fc from 'fast-check'
import { beforeEach, expect, test } from 'vitest'
import { openSqlite } from '../../../src/node/storage/sqlite-file.ts'
import { AddressEncryption } from '../../../src/push/crypto/address-encryption.ts'
import type { PushRequest, PushResult } from '../../../src/push/crypto/seal.ts'
import { VapidTokens } from '../../../src/push/crypto/vapid-tokens.ts'
import { PushAlarm } from '../../../src/push/outbox/alarms.ts'
import type { PushOutbox } from '../../../src/push/outbox/outbox.ts'
import { leaseMs } from '../../../src/push/outbox/outbox.ts'
import { Pusher, type PusherLimits, type PusherParts } from '../../../src/push/send/pusher.ts'
import { Semaphore } from '../../../src/push/send/semaphore.ts'
import { SendPush } from '../../../src/push/send/send-push.ts'
import { pushServiceHosts } from '../../../src/push/subscriptions/push-services.ts'
import { SqliteOutbox } from '../../../src/store/sqlite/outbox/sqlite-outbox.ts'
import { SqlitePause } from '../../../src/store/sqlite/sqlite-pause.ts'
import { SqliteSubscriptions } from '../../../src/store/sqlite/sqlite-subscriptions.ts'
import { addressOf, makeBrowserKeys } from '../../support/browser/browser-keys.ts'
import { runs } from '../../support/effort.ts'
import { makeAlert, makeEntry, makeInterest, newId, pushSecret, until } from '../../support/push/push-deps.ts'
import { cleaning } from '../../support/scratch.ts'

// The real outbox, SendPush and Pusher; only the clock, the encryption and the network are replaced.

const clean = cleaning()
const startMs = Date.parse('2026-03-01T12:00:00.000Z')
const keys = makeBrowserKeys()
/** One thread's usual limits, without a time limit for permits: on a busy machine a test must not fail for that. */
const withoutTimeLimit: PusherLimits = {
  batchMax: 200,
  batchesMax: 8,
  semaphore: new Semaphore(() => Number.POSITIVE_INFINITY),
}
/** More than the concurrent requests that a service gets at first (AdaptiveConcurrency). */
const concurrencyMax = 100
const accepted: PushResult = { kind: 'answered', status: 201, retryAfter: null }
const status = (code: number, retryAfter: string | null = null): PushResult => ({
  kind: 'answered',
  status: code,
  retryAfter,
})

let clockMs = startMs
beforeEach(() => {
  clockMs = startMs
})

async function setUp(
  answer: (request: PushRequest, nth: number) => PushResult | Promise<PushResult>,
  keyIds: readonly string[] = ['k1'],
) {
  const sql = openSqlite(':memory:')
  clean(() => sql.close())
  const addressEncryption = await AddressEncryption.make(pushSecret)
  const error: string[] = []
  const now = () => clockMs
  const alarms: PushAlarm[] = []
  // Alarms about failed deliveries are tested in outbox-failures.test.ts.
  const report = (it: unknown): void => {
    if (it instanceof PushAlarm && it.kind === 'failed') return
    error.push(String(it))
    if (it instanceof PushAlarm) alarms.push(it)
  }
  const store = new SqliteSubscriptions({ sql, addressEncryption, newId })
  const outbox = new SqliteOutbox({ sql, addressEncryption, now, newId, report })
  const pauses = new SqlitePause(sql)
  const requests: PushRequest[] = []
  let seals = 0
  let signatures = 0
  const sendPush = new SendPush({
    seal: async () => new Uint8Array([++seals]),
    send: async (request) => answer(request, requests.push(request)),
    tokens: new VapidTokens((keyId, audience) => `vapid ${keyId} ${audience} ${++signatures}`, now, keyIds),
    hosts: pushServiceHosts,
    now,
    random: () => 1,
    report,
  })
  const usualPayload = () => new Uint8Array(10)
  const pusherOf = (
    from: Pick<PushOutbox, 'claim' | 'settle'>,
    limits: PusherLimits = withoutTimeLimit,
    payload: PusherParts['payload'] = usualPayload,
  ) => {
    const topic = async (id: string) => `topic of ${id}`
    return new Pusher({ outbox: from, sendPush, payload, topic, now, report, limits })
  }
  const pusher = pusherOf(outbox, withoutTimeLimit)
  const drain = () => pusher.drain(new AbortController().signal)
  const subscribe = async (
    count = 1,
    createdAt = '2026-01-01T00:00:00.000Z',
    host = 'fcm.googleapis.com',
    languages = ['en'],
  ) => {
    // Concurrently, so that the puts share commits.
    await Promise.all(
      Array.from({ length: count }, () => {
        const address = addressOf(`https://${host}/${newId()}`, keys)
        const preferences = { interest: makeInterest({ languages }), discreet: false, vapidKeyId: 'k1' }
        return store.put({ ...address, ...preferences }, createdAt)
      }),
    )
  }
  const alert = makeAlert(startMs)
  const delivery = async () => (await outbox.delivery(alert.id))[0]
  const readers = async () => (await store.count()).reduce((sum, { count }) => sum + count, 0)
  return {
    store,
    outbox,
    pauses,
    pusher,
    pusherOf,
    drain,
    subscribe,
    alert,
    delivery,
    readers,
    requests,
    error,
    alarms,
    signed: () => signatures,
  }
}

test('each due push is sent once, with the headers of RFC 8030, under one token', async () => {
  const { outbox, drain, subscribe, alert, delivery, requests, signed } = await setUp(() => accepted)
  await subscribe(500)
  await outbox.open(makeEntry(1, alert))
  await drain()
  expect(await delivery()).toMatchObject({ due: 500, accepted: 500, waiting: 0 })
  expect(new Set(requests.map(({ endpoint }) => endpoint)).size).toBe(500)
  expect(requests).toHaveLength(500)
  expect(requests[0]?.headers).toEqual({
    authorization: 'vapid k1 https://fcm.googleapis.com 1',
    'content-encoding': 'aes128gcm',
    'content-type': 'application/octet-stream',
    ttl: '3600',
    urgency: 'normal',
    topic: `topic of ${alert.id}`,
  })
  expect(signed()).toBe(1)
})

test('a retry sends the same ciphertext, later, with the rest of the TTL', async () => {
  const { outbox, drain, subscribe, alert, delivery, requests } = await setUp((_, nth) =>
    nth === 1 ? status(503) : accepted,
  )
  await subscribe()
  await outbox.open(makeEntry(1, alert))
  await drain()
  expect(requests).toHaveLength(1)
  clockMs += 1_999
  await drain()
  expect(requests).toHaveLength(1)
  clockMs += 1
  await drain()
  expect(requests[1]?.body).toEqual(requests[0]?.body)
  expect(requests.map(({ headers }) => headers.ttl)).toEqual(['3600', '3598'])
  expect(await delivery()).toMatchObject({ accepted: 1, failed: 0, waiting: 0 })
})

test('a push whose retry would come after the expiry of its alert has failed', async () => {
  const { outbox, drain, subscribe, alert, delivery, requests } = await setUp(() => status(503, '7200'))
  await subscribe()
  await outbox.open(makeEntry(1, alert))
  await drain()
  expect(await delivery()).toMatchObject({ failed: 1, waiting: 0 })
  clockMs += 7_200_000
  await drain()
  expect(requests).toHaveLength(1)
})

test('a subscription that is gone is deleted; a young one is tried once more first', async () => {
  const old = await setUp(() => status(410))
  await old.subscribe()
  await old.outbox.open(makeEntry(1, old.alert))
  await old.drain()
  expect([await old.readers(), old.requests.length]).toEqual([0, 1])

  const young = await setUp((_, nth) => (nth === 1 ? status(410) : accepted))
  await young.subscribe(1, new Date(startMs - 60_000).toISOString())
  await young.outbox.open(makeEntry(1, young.alert))
  await young.drain()
  clockMs += 60_000
  await young.drain()
  expect([await young.readers(), young.requests.length]).toEqual([1, 2])
  expect(await young.delivery()).toMatchObject({ accepted: 1, gone: 0 })
})

test.each([400, 401, 403, 413, 307])('after %i the subscription stays, and there is one alarm', async (code) => {
  const { outbox, drain, subscribe, alert, delivery, readers, error } = await setUp(() => status(code))
  await subscribe(3)
  await outbox.open(makeEntry(1, alert))
  await drain()
  clockMs += 10_000
  await drain()
  expect(await delivery()).toMatchObject({ failed: 3, waiting: 0 })
  expect(await readers()).toBe(3)
  expect(error).toHaveLength(1)
})

test('after 401 the next attempt has a new token', async () => {
  const { outbox, drain, subscribe, alert, requests } = await setUp((_, nth) => (nth === 1 ? status(401) : accepted))
  await subscribe()
  await outbox.open(makeEntry(1, alert))
  await drain()
  clockMs += 10_000
  await drain()
  expect(requests.map(({ headers }) => headers.authorization?.at(-1))).toEqual(['1', '2'])
})

test('a request that a service did not process is sent again at once and is not counted as an attempt', async () => {
  const { outbox, drain, subscribe, alert, delivery, requests } = await setUp((_, nth) =>
    nth < 3 ? { kind: 'unprocessed' } : accepted,
  )
  await subscribe()
  await outbox.open(makeEntry(1, alert))
  await drain()
  expect(await delivery()).toMatchObject({ accepted: 1 })
  expect(new Set(requests.map(({ body }) => String(body))).size).toBe(1)
})

test('a service that throttles gets no requests until its Retry-After is over; another gets its pushes meanwhile', async () => {
  const { outbox, drain, subscribe, alert, delivery, requests } = await setUp(({ endpoint }) =>
    endpoint.includes('apple') && clockMs < startMs + 600_000 ? status(429, '600') : accepted,
  )
  await subscribe(400, undefined, 'web.push.apple.com')
  await subscribe(100)
  await outbox.open(makeEntry(1, alert))
  await drain()
  expect(await delivery()).toMatchObject({ accepted: 100, waiting: 400 })
  expect(requests.length).toBeLessThan(200)
  clockMs += 660_000
  for (let round = 0; round < 20; round += 1) await drain()
  expect(await delivery()).toMatchObject({ accepted: 500, waiting: 0, failed: 0 })
})

test('a few endpoints that always fail hold up nobody else at their service, whatever came before', async () => {
  const failing = new Set<string>()
  const { outbox, drain, subscribe, requests, alarms } = await setUp(({ endpoint }) => {
    if (failing.size < 3) failing.add(endpoint)
    return failing.has(endpoint) ? status(500) : accepted
  })
  await subscribe(13)
  const healthyOf = (from: number) => requests.slice(from).filter(({ endpoint }) => !failing.has(endpoint)).length
  for (let seq = 1; seq <= 8; seq += 1) {
    const before = requests.length
    await outbox.open(makeEntry(seq, makeAlert(clockMs)))
    await drain()
    expect(healthyOf(before), `alert ${seq}`).toBe(10)
    for (let second = 0; second < 20; second += 1) {
      clockMs += 1_000
      await drain()
    }
  }
  expect(requests.length).toBeGreaterThan(8 * 13 + 20)
  expect(alarms).toEqual([])
})

test('endpoints that never answer take no permits from the others, and those are sent to first after a pause', async () => {
  const held: ((answer: PushResult) => void)[] = []
  const failing = new Set<string>()
  const order: string[] = []
  const { outbox, pusher, drain, subscribe } = await setUp(({ endpoint }) => {
    if (clockMs === startMs) failing.add(endpoint)
    if (!failing.has(endpoint)) {
      order.push('other')
      return accepted
    }
    order.push('failing')
    return clockMs === startMs ? status(500) : new Promise((resolve) => held.push(resolve))
  })
  await subscribe(100)
  await outbox.open(makeEntry(1, makeAlert(startMs)))
  await drain()
  expect(failing.size).toBeLessThan(50)
  clockMs += 5_000
  const stopping = new AbortController()
  const running = pusher.run(stopping.signal)
  await until(() => order.filter((it) => it === 'other').length === 100 - failing.size)
  expect(held).toEqual([])
  clockMs += 2_000
  pusher.wake()
  await until(() => held.length > 0)
  await outbox.open(makeEntry(2, makeAlert(clockMs)))
  pusher.wake()
  await until(() => order.filter((it) => it === 'other').length === 2 * (100 - failing.size))
  stopping.abort()
  await until(() => {
    for (const answer of held.splice(0)) answer(status(500))
    return !pusher.busy
  })
  await running
})

test('aborted in the middle, it returns the pushes that it has not begun, and another run sends exactly those', async () => {
  const stopping = new AbortController()
  const { outbox, pusher, drain, subscribe, alert, delivery, requests } = await setUp((_, nth) => {
    if (nth === 50) stopping.abort()
    return accepted
  })
  await subscribe(300)
  await outbox.open(makeEntry(1, alert))
  await pusher.run(stopping.signal)
  expect((await delivery())?.waiting).toBeGreaterThan(0)
  await drain()
  expect(await delivery()).toMatchObject({ accepted: 300, waiting: 0 })
  expect(new Set(requests.map(({ endpoint }) => endpoint)).size).toBe(300)
  expect(requests).toHaveLength(300)
})

test('a flash that is opened while a slow service delays all batches is sent at once to all readers at other services', async () => {
  const held: ((answer: PushResult) => void)[] = []
  const { outbox, pusherOf, subscribe, requests } = await setUp(({ endpoint }) =>
    endpoint.includes('apple') ? new Promise((resolve) => held.push(resolve)) : accepted,
  )
  await subscribe(1_700, undefined, 'web.push.apple.com')
  // More than fit into the additional batches for flashes: the rest must not wait for the slow service either.
  await subscribe(900, undefined, undefined, ['fa'])
  const [en, fa] = [
    { headline: 'To all', summary: '' },
    { headline: 'به همه', summary: '' },
  ]
  await outbox.open(makeEntry(1, makeAlert(startMs, { texts: { en } })))
  const stopping = new AbortController()
  const claimed: string[] = []
  const claim: PushOutbox['claim'] = async (limit, lowest) => {
    const batch = await outbox.claim(limit, lowest)
    if (batch !== null) claimed.push(batch.entry.alert.level)
    return batch
  }
  const pusher = pusherOf({ claim, settle: (batch, outcomes) => outbox.settle(batch, outcomes) })
  const running = pusher.run(stopping.signal)
  await until(() => claimed.length === 8 && held.length === 32)
  await outbox.open(makeEntry(2, makeAlert(startMs, { level: 'flash', texts: { fa } })))
  // Later alerts of level urgent do not get the additional batches for flashes.
  await outbox.open(makeEntry(3, makeAlert(startMs, { texts: { fa } })))
  pusher.wake()
  const sentToPersian = () => requests.filter(({ endpoint }) => endpoint.includes('fcm')).length
  await until(() => sentToPersian() === 900)
  expect(held).toHaveLength(32)
  expect(claimed).toEqual([...Array(8).fill('urgent'), ...Array(5).fill('flash')])
  stopping.abort()
  const release = setInterval(() => {
    for (const resolve of held.splice(0)) resolve(accepted)
  }, 1)
  clean(() => clearInterval(release))
  await running
})

test('a payload that cannot be made fails for its own readers, and nobody else is sent theirs twice', async () => {
  const { outbox, pusherOf, subscribe, alert, delivery, requests, error } = await setUp(() => accepted)
  await subscribe(3)
  await subscribe(2, undefined, undefined, ['fa'])
  await outbox.open(makeEntry(1, alert))
  const pusher = pusherOf(outbox, undefined, (_, language) => {
    if (language === 'fa') throw new Error('it does not fit')
    return new Uint8Array(10)
  })
  await pusher.drain(new AbortController().signal)
  clockMs += leaseMs
  await pusher.drain(new AbortController().signal)
  expect(requests).toHaveLength(3)
  expect(await delivery()).toMatchObject({ accepted: 3, failed: 2, waiting: 0 })
  expect(error).toEqual(['Error: it does not fit'])
})

test('an alert’s payload is made once for each language, in however many batches it is sent', async () => {
  const { outbox, pusherOf, subscribe, alert, requests } = await setUp(() => accepted)
  await subscribe(6)
  await subscribe(5, undefined, undefined, ['fa'])
  await outbox.open(makeEntry(1, alert))
  const made: string[] = []
  const pusher = pusherOf(outbox, { ...withoutTimeLimit, batchMax: 2 }, (_, language) => {
    made.push(language)
    return new Uint8Array(10)
  })
  await pusher.drain(new AbortController().signal)
  expect(requests).toHaveLength(11)
  expect(made.sort()).toEqual(['en', 'fa'])
})

test('one slow answer does not hide the results of its batch, and is added to them when it comes', async () => {
  const held: ((answer: PushResult) => void)[] = []
  const { outbox, drain, subscribe, alert, delivery, requests } = await setUp((_, nth) =>
    nth === 7 ? new Promise((resolve) => held.push(resolve)) : accepted,
  )
  await subscribe(30)
  await outbox.open(makeEntry(1, alert))
  const drained = drain()
  await until(async () => (await delivery())?.accepted === 29)
  expect(await delivery()).toMatchObject({ due: 30, accepted: 29, waiting: 1, finishedAt: null })
  for (const answer of held) answer(accepted)
  await drained
  expect(await delivery()).toMatchObject({ due: 30, accepted: 30, waiting: 0, finishedAt: expect.any(String) })
  expect(requests).toHaveLength(30)
})

test('a settlement that fails is tried again, so that nobody is sent anything twice', async () => {
  const { outbox, pusherOf, subscribe, alert, delivery, requests, error } = await setUp(() => accepted)
  await subscribe(5)
  await outbox.open(makeEntry(1, alert))
  let tries = 0
  const pusher = pusherOf({
    claim: (limit, lowest) => outbox.claim(limit, lowest),
    async settle(batch, outcomes) {
      tries += 1
      if (tries === 1) throw new Error('database is locked')
      await outbox.settle(batch, outcomes)
    },
  })
  await pusher.drain(new AbortController().signal)
  clockMs += leaseMs
  await pusher.drain(new AbortController().signal)
  expect(requests).toHaveLength(5)
  expect(await delivery()).toMatchObject({ accepted: 5, waiting: 0 })
  expect(error).toEqual(['Error: database is locked'])
})

test('the VAPID key that a service accepted is stored: the next alert is sent with it first', async () => {
  const { outbox, store, drain, subscribe, alert, requests } = await setUp(
    ({ headers }) => status(headers.authorization?.startsWith('vapid k2') ? 201 : 403),
    ['k1', 'k2'],
  )
  await subscribe(3)
  await outbox.open(makeEntry(1, alert))
  await drain()
  expect(requests).toHaveLength(6)
  expect(await store.hostKeyCounts()).toEqual([{ host: 'fcm.googleapis.com', vapidKeyId: 'k2', subscriptions: 3 }])
  await outbox.open(makeEntry(2, makeAlert(startMs)))
  await drain()
  expect(requests).toHaveLength(9)
})

test('a slow service delays its own pushes and no others, also of a later alert', async () => {
  const held: ((answer: PushResult) => void)[] = []
  const { outbox, pusherOf, subscribe, alert, delivery, requests } = await setUp(({ endpoint }) =>
    endpoint.includes('apple') ? new Promise((resolve) => held.push(resolve)) : accepted,
  )
  for (let round = 0; round < 10; round += 1) {
    await subscribe(100, undefined, 'web.push.apple.com')
    await subscribe(200)
  }
  await outbox.open(makeEntry(1, alert))
  await outbox.open(makeEntry(2, makeAlert(startMs)))
  const stopping = new AbortController()
  const pusher = pusherOf(outbox, { ...withoutTimeLimit, permitWaitMsMax: 20 })
  const running = pusher.run(stopping.signal)
  const elsewhere = () => requests.filter(({ endpoint }) => endpoint.includes('fcm')).length
  await until(() => elsewhere() === 4_000)
  expect(held).toHaveLength(32)
  stopping.abort()
  for (const resolve of held.splice(0)) resolve(accepted)
  await running
  expect(await delivery()).toMatchObject({ accepted: expect.any(Number), failed: 0, gone: 0 })
  const once = new Set(requests.map(({ endpoint, headers }) => `${endpoint} ${headers.topic}`))
  expect(once.size).toBe(requests.length)
})

test('no request is sent to an endpoint whose host is not allowed any more', async () => {
  const { outbox, drain, subscribe, alert, delivery, requests, error } = await setUp(() => accepted)
  await subscribe(1, undefined, 'push.example.org')
  await outbox.open(makeEntry(1, alert))
  await drain()
  expect(requests).toEqual([])
  expect(await delivery()).toMatchObject({ failed: 1 })
  expect(error).toHaveLength(1)
})

test('of an alert that is stopped while it is leased, no push is begun after the next check of its state', async () => {
  const { outbox, drain, subscribe, alert, delivery, requests } = await setUp(async (_, nth) => {
    if (nth === 50) await outbox.stop(alert.id, 1)
    if (nth >= 50) clockMs += 250
    return accepted
  })
  await subscribe(1_000)
  await outbox.open(makeEntry(1, alert))
  await drain()
  // As many as the service's concurrency limit have begun.
  expect(requests.length).toBeLessThan(50 + concurrencyMax)
  expect(await delivery()).toMatchObject({
    accepted: requests.length,
    stopped: 1_000 - requests.length,
    waiting: 0,
    failed: 0,
  })
})

test('a correction that is opened while the alert is being sent replaces it also in leased batches', async () => {
  const { outbox, drain, subscribe, alert, requests } = await setUp(async (_, nth) => {
    if (nth === 50) await outbox.open(makeEntry(2, { ...alert, version: 2, status: 'corrected' }, 'correction'))
    if (nth >= 50) clockMs += 250
    return accepted
  })
  await subscribe(400)
  await outbox.open(makeEntry(1, alert))
  await drain()
  const [first, second] = await outbox.delivery(alert.id)
  expect(first?.accepted).toBeLessThan(50 + concurrencyMax)
  expect(first).toMatchObject({ stopped: 400 - (first?.accepted ?? 0), waiting: 0 })
  expect(second).toMatchObject({ accepted: 400, stopped: 0 })
  expect(requests).toHaveLength(400 + (first?.accepted ?? 0))
})

test('paused in the middle, it stops; after the end of the pause it sends exactly the rest', async () => {
  const note = { reason: 'Wrong number.', by: 'e1', at: '2026-03-01T12:00:00.000Z' }
  const { outbox, pauses, drain, subscribe, alert, delivery, requests } = await setUp(async (_, nth) => {
    if (nth === 50) await pauses.change(() => ({ languages: ['en'], topics: [] }), note)
    if (nth >= 50 && nth < 300) clockMs += 250
    return accepted
  })
  await subscribe(1_000)
  await outbox.open(makeEntry(1, alert))
  await drain()
  const sent = requests.length
  expect(sent).toBeLessThan(50 + concurrencyMax)
  expect(await delivery()).toMatchObject({ accepted: sent, waiting: 1_000 - sent, stopped: 0, failed: 0 })
  await drain()
  expect(requests).toHaveLength(sent)
  await pauses.change(() => null, note)
  await drain()
  expect(await delivery()).toMatchObject({ accepted: 1_000, waiting: 0 })
  expect(new Set(requests.map(({ endpoint }) => endpoint)).size).toBe(1_000)
  expect(requests).toHaveLength(1_000)
})

test('while the delivery state cannot be read, no push is begun, and pushes that were sent are settled', async () => {
  const { outbox, pusherOf, subscribe, alert, delivery, requests, error } = await setUp(() => accepted)
  await subscribe(3)
  await outbox.open(makeEntry(1, alert))
  let claims = 0
  const withoutState = pusherOf({
    settle: (batch, outcomes) => outbox.settle(batch, outcomes),
    async claim(limit) {
      claims += 1
      const batch = claims === 1 ? await outbox.claim(limit) : null
      return batch && { ...batch, deliveryState: () => Promise.reject(new Error('the disk does not answer')) }
    },
  })
  await withoutState.drain(new AbortController().signal)
  expect(requests).toEqual([])
  expect(await delivery()).toMatchObject({ accepted: 0, failed: 0, waiting: 3 })
  expect(error).toEqual(['Error: the disk does not answer'])
})

test.each([401, 403])(
  'a single %i among many responses is no alarm; many pause requests to the service and are one',
  async (code) => {
    const one = await setUp((_, nth) => (nth === 5 || nth > 100 ? status(code) : accepted))
    await one.subscribe(100)
    await one.outbox.open(makeEntry(1, one.alert))
    await one.drain()
    clockMs += 10_000
    await one.drain()
    expect(await one.delivery()).toMatchObject({ accepted: 99, failed: 1 })
    expect(one.alarms).toEqual([])

    const many = await setUp(() => status(code))
    await many.subscribe(300)
    await many.outbox.open(makeEntry(1, many.alert))
    await many.drain()
    expect(many.requests.length).toBeLessThan(concurrencyMax)
    expect(many.alarms).toMatchObject([{ kind: 'key', host: 'fcm.googleapis.com' }])
    expect(await many.readers()).toBe(300)
  },
)

test.each([400, 413])('%i is one alarm for each service', async (code) => {
  const { outbox, drain, subscribe, alert, alarms } = await setUp(() => status(code))
  await subscribe(30)
  await subscribe(30, undefined, 'web.push.apple.com')
  await outbox.open(makeEntry(1, alert))
  await drain()
  expect(alarms.map(({ kind, host }) => [kind, host]).sort()).toEqual([
    ['ours', 'fcm.googleapis.com'],
    ['ours', 'web.push.apple.com'],
  ])
})

test('drain ends after so many pushes, with nothing left leased; the next call continues', async () => {
  const { outbox, pusherOf, subscribe, alert, delivery, requests } = await setUp(() => accepted)
  await subscribe(50)
  await outbox.open(makeEntry(1, alert))
  const pusher = pusherOf(outbox, { batchMax: 8, batchesMax: 3, semaphore: new Semaphore(() => 100) })
  const { signal } = new AbortController()
  expect(await pusher.drain(signal, 20)).toBe(true)
  expect(requests).toHaveLength(20)
  expect(await delivery()).toMatchObject({ accepted: 20, waiting: 30 })
  expect(await pusher.drain(signal, 20)).toBe(true)
  expect(await pusher.drain(signal, 20)).toBe(false)
  expect(new Set(requests.map(({ endpoint }) => endpoint)).size).toBe(50)
})

test('there are never more concurrent requests than permits, over all services', async () => {
  let inProgress = 0
  let most = 0
  const { outbox, pusherOf, subscribe, alert, requests } = await setUp(async () => {
    inProgress += 1
    most = Math.max(most, inProgress)
    await new Promise((resolve) => setTimeout(resolve, 2))
    inProgress -= 1
    return accepted
  })
  await subscribe(30)
  await subscribe(30, undefined, 'updates.push.services.mozilla.com')
  await outbox.open(makeEntry(1, alert))
  await pusherOf(outbox, { batchMax: 20, batchesMax: 8, semaphore: new Semaphore(() => 6) }).drain(
    new AbortController().signal,
  )
  expect(requests).toHaveLength(60)
  expect(most).toBe(6)
})

const hourMs = 3_600_000

test.each([13 * hourMs, 3 * hourMs, hourMs / 4])(
  'once a clock that was %i ms ahead is correct again, pushes whose tokens were refused are sent within the usual delays, and the next alert too',
  async (aheadMs) => {
    const { outbox, drain, subscribe, requests } = await setUp(() =>
      clockMs > startMs + hourMs / 8 ? status(403) : accepted,
    )
    await subscribe(60)
    clockMs = startMs + aheadMs
    const alert = makeAlert(clockMs)
    await outbox.open(makeEntry(1, alert))
    await drain()
    expect((await outbox.delivery(alert.id))[0]).toMatchObject({ accepted: 0, waiting: 60 })
    clockMs = startMs
    const next = makeAlert(clockMs, { level: 'flash' })
    const before = requests.length
    await outbox.open(makeEntry(2, next))
    await drain()
    expect(requests.length, 'the flash is sent at once').toBeGreaterThan(before)
    for (let second = 0; second < 20; second += 1) {
      clockMs += 1_000
      await drain()
    }
    for (const { id } of [alert, next])
      expect((await outbox.delivery(id))[0]).toMatchObject({ accepted: 60, failed: 0, waiting: 0 })
  },
)

test('whatever the clock was set to, and whichever leases were lost, all is sent within half an hour after the clock is correct', async () => {
  const anyRound = fc.record({
    stepMs: fc.oneof(fc.constantFrom(13 * hourMs, -13 * hourMs), fc.integer({ min: -20 * hourMs, max: 20 * hourMs })),
    isSlow: fc.boolean(),
    dies: fc.boolean(),
  })
  const check = async (rounds: readonly { stepMs: number; isSlow: boolean; dies: boolean }[]) => {
    let isSlow = true
    clockMs = startMs
    const { outbox, drain, subscribe } = await setUp(() => (isSlow ? status(429, '600') : accepted))
    await subscribe(40)
    const alert = makeAlert(startMs, { expiresAt: '2027-03-01T12:00:00.000Z' })
    await outbox.open(makeEntry(1, alert))
    for (const round of rounds) {
      isSlow = round.isSlow
      if (round.dies) await outbox.claim(7)
      await drain()
      clockMs += round.stepMs
    }
    isSlow = false
    for (let minute = 0; minute < 30; minute += 1) {
      await drain()
      clockMs += 60_000
    }
    expect((await outbox.delivery(alert.id))[0]).toMatchObject({ accepted: 40, failed: 0, waiting: 0 })
  }
  await fc.assert(fc.asyncProperty(fc.array(anyRound, { minLength: 1, maxLength: 6 }), check), { numRuns: runs(10) })
})

test('of a batch leased before the clock was set back, no push is begun; it is returned at once', async () => {
  const { outbox, pusherOf, subscribe, alert, requests } = await setUp(() => accepted)
  await subscribe(3)
  await outbox.open(makeEntry(1, alert))
  const late: Pick<PushOutbox, 'claim' | 'settle'> = {
    settle: (batch, outcomes) => outbox.settle(batch, outcomes),
    claim: async (limit) => {
      const batch = requests.length > 0 || clockMs < startMs ? null : await outbox.claim(limit)
      clockMs = startMs - 13 * hourMs
      return batch
    },
  }
  await pusherOf(late).drain(new AbortController().signal)
  expect(requests).toHaveLength(0)
  await pusherOf(outbox).drain(new AbortController().signal)
  expect(new Set(requests.map(({ endpoint }) => endpoint)).size).toBe(3)
})
