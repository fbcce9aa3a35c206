import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { PushSender } from '../../../src/node/push/connections/connection-pool.ts'
import { HostLookup } from '../../../src/node/push/connections/host-lookup.ts'
import { openSqlite } from '../../../src/node/storage/sqlite-file.ts'
import { AddressEncryption } from '../../../src/push/crypto/address-encryption.ts'
import type { PushResult } from '../../../src/push/crypto/seal.ts'
import { VapidTokens } from '../../../src/push/crypto/vapid-tokens.ts'
import { AdaptiveConcurrency } from '../../../src/push/send/adaptive-concurrency.ts'
import { Pusher } from '../../../src/push/send/pusher.ts'
import { Semaphore } from '../../../src/push/send/semaphore.ts'
import { SendPush } from '../../../src/push/send/send-push.ts'
import { hostsPerSuffixMax, pushServiceHosts, withSuffixes } from '../../../src/push/subscriptions/push-services.ts'
import { SqliteOutbox } from '../../../src/store/sqlite/outbox/sqlite-outbox.ts'
import { SqliteSubscriptions } from '../../../src/store/sqlite/sqlite-subscriptions.ts'
import { addressOf, makeBrowserKeys } from '../../support/browser/browser-keys.ts'
import { makeAlert, makeEntry, makeInterest, newId, pushSecret, until } from '../../support/push/push-deps.ts'
import { startPushService } from '../../support/push/push-service.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'

// Below a suffix anybody can make up hosts: what these cost is bounded, and nobody else waits for them.

const clean = cleaning()
const keys = makeBrowserKeys()
const now = '2026-03-01T12:00:00.000Z'
const hosts = withSuffixes(['push.test'])

/** A name server that never answers, or gives one address for every name, or a code (RFC 1035 §4.1.1) and none. */
async function startNameServer(
  answers?: string | { readonly rcode: number },
): Promise<{ readonly place: string; readonly asked: Set<string> }> {
  const server: Socket = createSocket('udp4')
  const asked = new Set<string>()
  server.on('message', (query, { port }) => {
    let [at, name] = [12, '']
    for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
      name += `${query.toString('latin1', at + 1, at + 1 + length)}.`
      at += 1 + length
    }
    asked.add(name.slice(0, -1))
    if (answers === undefined) return
    const [address, rcode] = typeof answers === 'string' ? [answers, 0] : [null, answers.rcode]
    const isA = query.readUInt16BE(at + 1) === 1 && address !== null
    const head = Buffer.from(query.subarray(0, 12))
    head.writeUInt16BE(0x8180 + rcode, 2)
    head.writeUInt16BE(isA ? 1 : 0, 6)
    head.writeUInt32BE(0, 8)
    const question = query.subarray(12, at + 5)
    const answer = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ...(address ?? '').split('.').map(Number)])
    server.send(Buffer.concat([head, question, ...(isA ? [answer] : [])]), port, '127.0.0.1')
  })
  server.bind(0, '127.0.0.1')
  await once(server, 'listening')
  clean(() => server.close())
  return { place: `127.0.0.1:${server.address().port}`, asked }
}

type Way = (host: string, send: () => Promise<PushResult>) => Promise<PushResult>

async function setUp(strangers: HostLookup, way: Way = (_, send) => send()) {
  const sql = openSqlite(':memory:')
  clean(() => sql.close())
  const addressEncryption = await AddressEncryption.make(pushSecret)
  const service = await startPushService()
  clean(() => service.close())
  const sender = new PushSender({
    connectTo: service.connectTo,
    ca: service.certificate.cert,
    pushHosts: hosts,
    hostLookup: strangers,
  })
  clean(() => sender.close())
  const error: string[] = []
  const report = (it: unknown) => void error.push(String(it))
  const sendPush = new SendPush({
    seal: async () => new Uint8Array(100),
    send: (request) => way(new URL(request.endpoint).hostname, () => sender.send(request)),
    tokens: new VapidTokens(() => 'vapid t=a, k=b', Date.now),
    hosts,
    now: Date.now,
    random: Math.random,
    report,
  })
  const outbox = new SqliteOutbox({ sql, addressEncryption, now: Date.now, newId, report })
  const bounds = { batchMax: 200, batchesMax: 8, semaphore: new Semaphore(() => 10_000), crowdMsMax: 2_000 }
  const pusher = new Pusher({
    outbox,
    sendPush,
    payload: () => new Uint8Array(10),
    topic: async () => 't',
    now: Date.now,
    random: Math.random,
    report,
    limits: { ...bounds, unknownHosts: new Semaphore(() => 8) },
  })
  const store = new SqliteSubscriptions({ sql, addressEncryption, newId })
  const subscribe = (host: string) =>
    store.put(
      {
        ...addressOf(`https://${host}/wpush/${newId()}`, keys),
        interest: makeInterest(),
        discreet: false,
        vapidKeyId: 'k',
      },
      now,
    )
  return { sql, service, outbox, pusher, subscribe, error }
}

test('300 hosts whose look-ups hang, and 2,000 readers there, keep none of 200 honest readers waiting', async () => {
  const { place, asked } = await startNameServer()
  const { service, outbox, pusher, subscribe, error } = await setUp(new HostLookup({ servers: [place] }))
  // The strangers come first in the table.
  await Promise.all(Array.from({ length: 2_000 }, (_, nth) => subscribe(`host-${nth % 300}.push.test`)))
  await Promise.all(Array.from({ length: 200 }, () => subscribe('fcm.googleapis.com')))
  const alert = makeAlert(Date.now())
  await outbox.open(makeEntry(1, alert))
  const stopping = new AbortController()
  const running = pusher.run(stopping.signal)
  await until(() => service.counterTotals.length === 200)
  stopping.abort()
  await running
  const [delivery] = await outbox.delivery(alert.id)
  expect(delivery).toMatchObject({ accepted: 200, failed: 0, gone: 0 })
  // A host is asked for once and then left alone, whatever number of readers it has; and one alarm stands for all.
  expect(asked.size).toBeLessThanOrEqual(300)
  expect(error.length).toBeLessThanOrEqual(2)
}, 60_000)

test('hosts that have never answered get no more concurrent requests than their limit, however many they are; known hosts are sent to meanwhile', async () => {
  const { service, outbox, pusher, subscribe } = await setUp(
    new HostLookup({ servers: ['127.0.0.1:9'] }),
    (host, send) => {
      if (!host.endsWith('.push.test')) return send()
      at.once += 1
      at.most = Math.max(at.most, at.once)
      return until(() => service.counterTotals.length === 20).then(() => {
        at.once -= 1
        return { kind: 'broken', reason: 'a test' }
      })
    },
  )
  const at = { once: 0, most: 0 }
  await Promise.all(Array.from({ length: 60 }, (_, nth) => subscribe(`h${nth}.push.test`)))
  await Promise.all(Array.from({ length: 20 }, () => subscribe('fcm.googleapis.com')))
  await outbox.open(makeEntry(1, makeAlert(Date.now())))
  const stopping = new AbortController()
  const running = pusher.run(stopping.signal)
  await until(() => service.counterTotals.length === 20)
  stopping.abort()
  await running
  expect(at.most).toBe(8)
}, 30_000)

test('a host that answers is treated like any other from then on', () => {
  const concurrency = new AdaptiveConcurrency(true)
  const first = concurrency.limit
  expect(concurrency.record('down', 1_000)).toBe(true)
  expect(concurrency.pausedUntilMs).toBe(31_000)
  expect(concurrency.record('down', 31_000)).toBe(true)
  expect(concurrency.pausedUntilMs).toBe(91_000)
  concurrency.record('ok', 91_000)
  expect(concurrency.isUnknownHost).toBe(false)
  expect(concurrency.limit).toBeGreaterThan(first)
  expect(concurrency.record('down', 92_000)).toBe(false)
})

test('a host that keeps failing is paused for half an hour at most', () => {
  const concurrency = new AdaptiveConcurrency(true)
  let nowMs = 0
  const waits: number[] = []
  for (let nth = 0; nth < 9; nth += 1) {
    concurrency.record('down', nowMs)
    waits.push((concurrency.pausedUntilMs - nowMs) / 1_000)
    nowMs = concurrency.pausedUntilMs
  }
  expect(waits).toEqual([30, 60, 120, 240, 480, 960, 1_800, 1_800, 1_800])
})

test('a name is asked for once while it is fresh; one that is not there, ever more rarely', async () => {
  const clock = { ms: 0 }
  const { place, asked } = await startNameServer('127.0.0.9')
  const lookup = new HostLookup({ servers: [place], now: () => clock.ms })
  expect(await lookup.addresses('a.push.test')).toEqual(['127.0.0.9'])
  asked.clear()
  expect(await lookup.addresses('a.push.test')).toEqual(['127.0.0.9'])
  expect(asked.size).toBe(0)
  clock.ms = 60_001
  await lookup.addresses('a.push.test')
  expect(asked.size).toBe(1)

  const nobody = new HostLookup({ servers: ['127.0.0.1:9'], now: () => clock.ms })
  const tries = async (): Promise<boolean> => {
    const message = await nobody.addresses('b.push.test').then(String, (error: Error) => error.message)
    return !message.includes('found lately')
  }
  const begun = clock.ms
  const asks: number[] = []
  for (const second of [0, 1, 4, 5, 14, 15, 34, 35, 75]) {
    clock.ms = begun + second * 1_000
    if (await tries()) asks.push(second)
  }
  expect(asks).toEqual([0, 5, 15, 35, 75])
}, 30_000)

/** When a name is really asked for, of all seconds of an hour. */
async function secondsOfAsking(lookup: HostLookup, clock: { ms: number }): Promise<readonly number[]> {
  const asks: number[] = []
  for (let second = 0; second < 3_600; second += 5) {
    clock.ms = second * 1_000
    const message = await lookup.addresses('c.push.test').then(String, (error: Error) => error.message)
    if (!message.includes('found lately')) asks.push(second)
  }
  return asks
}

test.each([
  ['is refused', null],
  ['fails (SERVFAIL)', 2],
  ['does not do this (NOTIMP)', 4],
  ['refuses (REFUSED)', 5],
])('while our own name server %s, no host is left alone for longer than half a minute', async (_, rcode) => {
  const clock = { ms: 0 }
  const place = rcode === null ? '127.0.0.1:9' : (await startNameServer({ rcode })).place
  const asks = await secondsOfAsking(new HostLookup({ servers: [place], now: () => clock.ms }), clock)
  expect(asks.slice(0, 5)).toEqual([0, 5, 15, 35, 65])
  expect(asks.at(-1)).toBe(3_575)
})

test.each([
  ['there is no such host (NXDOMAIN)', 3],
  ['it has no address (NODATA)', 0],
])('where the name server says that %s, it is left alone for up to ten minutes', async (_, rcode) => {
  const clock = { ms: 0 }
  const { place } = await startNameServer({ rcode })
  const lookup = new HostLookup({ servers: [place], now: () => clock.ms })
  expect(await secondsOfAsking(lookup, clock)).toEqual([0, 5, 15, 35, 75, 155, 315, 635, 1_235, 1_835, 2_435, 3_035])
})

test('names of the hosts file are heeded, and looked up nowhere', async () => {
  const file = join(scratchFolder(clean), 'hosts')
  writeFileSync(file, '# ours\n127.0.0.7\tA.push.test b.push.test # both\n::1 a.push.test\nnonsense c.push.test\n')
  const { place, asked } = await startNameServer('127.0.0.9')
  const lookup = new HostLookup({ servers: [place], hostsFile: file })
  expect(await lookup.addresses('a.push.test')).toEqual(['127.0.0.7', '::1'])
  expect(await lookup.addresses('b.push.test')).toEqual(['127.0.0.7'])
  expect(asked.size).toBe(0)
  expect(await lookup.addresses('c.push.test')).toEqual(['127.0.0.9'])
  expect(await new HostLookup({ servers: [place], hostsFile: '/nowhere' }).addresses('a.push.test')).toHaveLength(1)
})

test('below a suffix no more hosts are taken than there may be; known ones, named ones and other suffixes go on', async () => {
  const sql = openSqlite(':memory:')
  clean(() => sql.close())
  const store = new SqliteSubscriptions({
    sql,
    addressEncryption: await AddressEncryption.make(pushSecret),
    newId,
    hosts,
  })
  const preferences = { interest: makeInterest(), discreet: false, vapidKeyId: 'k' }
  const put = (host: string) => store.put({ ...addressOf(`https://${host}/${newId()}`, keys), ...preferences }, now)
  const bring = (host: string) =>
    store.importOne({ ...addressOf(`https://${host}/${newId()}`, keys), ...preferences }, now)
  const crowd = (nth: number) => `r${nth}.notify.windows.com`
  const made = await Promise.all(Array.from({ length: hostsPerSuffixMax }, (_, nth) => put(crowd(nth))))
  await expect(put(crowd(hostsPerSuffixMax))).rejects.toMatchObject({
    status: 400,
    code: 'endpoint-refused',
    message: expect.stringContaining('PUSH_HOSTS'),
  })
  await expect(bring(crowd(hostsPerSuffixMax + 1))).rejects.toMatchObject({ code: 'endpoint-refused' })
  for (const host of [crowd(0), crowd(199), 'fcm.googleapis.com', 'web.push.apple.com', 'x.push.test', 'push.test'])
    expect(await put(host)).toMatchObject({ made: true })
  // When the last reader of a host has left, there is room for another.
  const [, second] = made
  await store.remove(second?.id ?? '', second?.token ?? '')
  expect(await put(crowd(hostsPerSuffixMax))).toMatchObject({ made: true })
  await expect(put(crowd(1))).rejects.toMatchObject({ code: 'endpoint-refused' })
})

test('rows at hosts that are not allowed any more are never asked, and are one alarm', async () => {
  const { place, asked } = await startNameServer()
  const { outbox, pusher, subscribe, error } = await setUp(new HostLookup({ servers: [place] }))
  await Promise.all(Array.from({ length: 500 }, (_, nth) => subscribe(`random-${nth}.push.apple.com`)))
  const alert = makeAlert(Date.now())
  await outbox.open(makeEntry(1, alert))
  await pusher.drain(new AbortController().signal)
  expect((await outbox.delivery(alert.id))[0]).toMatchObject({ due: 500, failed: 500, waiting: 0 })
  expect(asked.size).toBe(0)
  expect(error.filter((it) => it.includes('PUSH_HOSTS'))).toHaveLength(1)
})

test('tokens beyond the cache’s limit are signed again for the least used origins only', () => {
  const signed: string[] = []
  const tokens = new VapidTokens(
    (_, audience) => {
      signed.push(audience)
      return audience
    },
    () => 0,
  )
  tokens.authorization('k', 'https://fcm.googleapis.com')
  for (let nth = 0; nth < 5_000; nth += 1) {
    tokens.authorization('k', `https://h${nth}.notify.windows.com`)
    tokens.authorization('k', 'https://fcm.googleapis.com')
  }
  expect(signed.filter((it) => it === 'https://fcm.googleapis.com')).toHaveLength(1)
  expect(signed).toHaveLength(5_001)
})

test('a token signed before the clock was set back is signed again: services refuse one that lives longer than a day', () => {
  const clock = { ms: Date.parse(now) }
  const tokens = new VapidTokens(
    (_, __, expires) => String(expires),
    () => clock.ms,
  )
  const first = tokens.authorization('k', pushServiceHosts[0] ?? '')
  clock.ms -= 13 * 3_600_000
  expect(tokens.authorization('k', pushServiceHosts[0] ?? '')).not.toBe(first)
})
