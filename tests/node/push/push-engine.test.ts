import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import webPush from 'web-push'
import type { Entry } from '../../../src/log/log.ts'
import { type PushEngine, type PushEngineDeps, startPush } from '../../../src/node/push/push-engine.ts'
import { nodeSigner } from '../../../src/node/signing/node-signer.ts'
import { openSqlite } from '../../../src/node/storage/sqlite-file.ts'
import { sqlitePushStorage } from '../../../src/node/stores/sqlite-push-storage.ts'
import { vapidKeysOf } from '../../../src/push/crypto/webcrypto-vapid.ts'
import { pushServiceHosts } from '../../../src/push/subscriptions/push-services.ts'
import { seedBytes, successionOf } from '../../../src/signing/key-ring.ts'
import { signedMirrors } from '../../../src/signing/statements.ts'
import { outboxStats } from '../../../src/store/sqlite/outbox/outbox-stats.ts'
import {
  listLog,
  makeAlert,
  makeEntry,
  makeInterest,
  newId,
  newsroom,
  pushSecret,
  until,
} from '../../support/push/push-deps.ts'
import { type PushService, startPushService } from '../../support/push/push-service.ts'
import { scratchFolder } from '../../support/scratch.ts'
import { ringOf } from '../../support/signing/signed-logs.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

type Rig = { entries: Entry[]; room: PushEngine; service: PushService; error: unknown[]; deps: PushEngineDeps }

async function setUp(threads?: number, preparedMax = 10_000, signing: Partial<PushEngineDeps> = {}): Promise<Rig> {
  const service = await startPushService()
  closing.push(() => service.close())
  const databasePath =
    threads === undefined
      ? ':memory:'
      : join(
          scratchFolder((undo) => closing.push(undo)),
          'tocsin.db',
        )
  const sql = openSqlite(databasePath)
  closing.push(() => sql.close())
  const pair = webPush.generateVAPIDKeys()
  const entries: Entry[] = []
  const error: unknown[] = []
  const deps: PushEngineDeps = {
    openPushStorage: sqlitePushStorage(sql),
    log: listLog(entries),
    newsroom,
    sender: 'own',
    vapidKeys: [await vapidKeysOf(pair.publicKey, pair.privateKey)],
    vapidSubject: 'mailto:desk@news.example',
    secret: pushSecret,
    publicUrl: 'https://alerts.example',
    pushHosts: pushServiceHosts,
    connectTo: service.connectTo,
    ca: service.certificate.cert,
    now: Date.now,
    newId,
    report: (it) => error.push(it),
    ...signing,
    ...(threads === undefined
      ? {}
      : {
          threads: {
            ...{ count: threads, preparedMax, address: { kind: 'sqlite', path: databasePath } },
            outboxStats: () => outboxStats(sql, Date.now()),
          },
        }),
  }
  const room = await startPush(deps)
  closing.push(() => room.stop().then(() => room.close()))
  return { entries, room, service, error, deps }
}

test('an entry in the log reaches each subscription that wants it, sealed, in its language', async () => {
  const { entries, room, service, error } = await setUp()
  const english = service.makeReader()
  const persian = service.makeReader('fcm.googleapis.com')
  const russian = service.makeReader()
  const now = new Date().toISOString()
  const save = { discreet: false, vapidKeyId: room.vapid.keyId }
  await room.subscriptions.put({ ...english.address, ...save, interest: makeInterest() }, now)
  await room.subscriptions.put(
    { ...persian.address, ...save, interest: makeInterest({ languages: ['ru', 'fa'] }) },
    now,
  )
  await room.subscriptions.put({ ...russian.address, ...save, interest: makeInterest({ languages: ['ru'] }) }, now)
  const alert = makeAlert(Date.now())
  entries.push(makeEntry(1, alert))
  room.wake()
  await until(async () => (await room.outbox.delivery(alert.id))[0]?.finishedAt != null)
  expect(service.got(english.id)).toMatchObject([
    { notification: { title: 'Monitors leave the valley', lang: 'en', tag: alert.id } },
  ])
  expect(service.got(persian.id)).toMatchObject([{ notification: { lang: 'fa', dir: 'rtl' } }])
  expect(service.got(russian.id)).toEqual([])
  expect(await room.outbox.delivery(alert.id)).toMatchObject([
    { seq: 1, due: 2, accepted: 2, gone: 0, failed: 0, waiting: 0 },
  ])
  expect(error).toEqual([])
})

test.each([
  ['this thread', undefined],
  ['a thread of its own', 1],
])(
  'what is pushed from %s has the mirrors, and after a rotation says by what its key follows the one before',
  async (_, threads) => {
    const { seed, keys } = ringOf(1)
    const succession = successionOf(keys)
    if (succession === null) throw new Error('there was no rotation')
    const mirrors = signedMirrors(nodeSigner(seedBytes(seed)), {
      urls: ['https://m.example/'],
      at: '2026-03-01T12:00:00.000Z',
    })
    const { entries, room, service } = await setUp(threads, 10, { signingKey: seed, succession, mirrors })
    const { id, address } = service.makeReader()
    const wanted = { discreet: false, vapidKeyId: room.vapid.keyId, interest: makeInterest() }
    const saved = await room.subscriptions.put({ ...address, ...wanted }, new Date().toISOString())
    const alert = makeAlert(Date.now())
    entries.push(makeEntry(1, alert))
    room.wake()
    await until(async () => (await room.outbox.delivery(alert.id))[0]?.finishedAt != null)
    expect(await room.sendTest(saved.id, saved.token)).toBe('sent')
    const proof = { key: keys[0].id, succession }
    const push = { notification: { data: { proof } }, mirrors }
    expect(service.got(id)).toMatchObject([push, push])
  },
)

async function subscribeMany(room: PushEngine, service: PushService, count: number): Promise<string[]> {
  const readers = Array.from({ length: count }, () => service.makeReader())
  const save = { discreet: false, vapidKeyId: room.vapid.keyId, interest: makeInterest() }
  const now = new Date().toISOString()
  await Promise.all(readers.map(({ address }) => room.subscriptions.put({ ...address, ...save }, now)))
  return readers.map(({ id }) => id)
}

test('several threads share the work: each reader is sent it once, and how it ended is counted here', async () => {
  const { entries, room, service, error } = await setUp(3, 1_000)
  const ids = await subscribeMany(room, service, 1_000)
  // Each thread prepares keys for its part of the subscriptions, so all run then.
  await until(() => room.prepared() > 700)
  const alert = makeAlert(Date.now())
  entries.push(makeEntry(1, alert))
  room.wake()
  await until(async () => (await room.outbox.delivery(alert.id))[0]?.finishedAt != null)
  expect(service.counterTotals.map(({ readerId }) => readerId).sort()).toEqual(ids.sort())
  expect(service.sessions.size, 'more than one thread has sent').toBeGreaterThan(1)
  await until(() => room.pushCounts.accepted === 1_000)
  expect(error).toEqual([])
})

test('stopped in the middle, the threads give back what they have not sent, and the next run sends exactly that', async () => {
  const { entries, room, service, deps } = await setUp(2)
  const ids = await subscribeMany(room, service, 1_000)
  const alert = makeAlert(Date.now())
  let stopped: Promise<void> | undefined
  service.script = () => {
    if (service.counterTotals.length === 200) stopped ??= room.stop()
    return { status: 201 }
  }
  entries.push(makeEntry(1, alert))
  room.wake()
  await until(() => stopped !== undefined)
  await stopped
  const sent = service.counterTotals.length
  expect(sent).toBeLessThan(1_000)
  expect(await room.outbox.delivery(alert.id)).toMatchObject([{ accepted: sent, waiting: 1_000 - sent }])
  const next = await startPush(deps)
  closing.push(() => next.stop().then(() => next.close()))
  await until(async () => (await next.outbox.delivery(alert.id))[0]?.finishedAt != null)
  expect(service.counterTotals.map(({ readerId }) => readerId).sort()).toEqual(ids.sort())
})

test('errors in a thread are reported here', async () => {
  const { entries, room, service, error } = await setUp(1)
  await subscribeMany(room, service, 3)
  service.script = () => ({ status: 400 })
  entries.push(makeEntry(1, makeAlert(Date.now())))
  room.wake()
  await until(() => room.pushCounts.failed === 3)
  expect(error.map(String).sort()).toEqual([
    'Error: Of 3 pushes of entry 1, none was accepted: 3 failed, 0 were gone.',
    'Error: updates.push.services.mozilla.com: response 400 (invalid-request)',
  ])
})

test('when too many look gone, the threads go on sending, nobody is deleted, and the desk shows one alarm', async () => {
  const { entries, room, service, error } = await setUp(2)
  const old = new Date(Date.now() - 86_400_000).toISOString()
  const readers = Array.from({ length: 600 }, () => service.makeReader())
  const save = { discreet: false, vapidKeyId: room.vapid.keyId, interest: makeInterest() }
  await Promise.all(readers.map(({ address }) => room.subscriptions.put({ ...address, ...save }, old)))
  const lost = new Set(readers.filter((_, at) => at % 10 === 0).map(({ id }) => id))
  service.script = ({ readerId }) => ({ status: lost.has(readerId) ? 410 : 201 })
  const alert = makeAlert(Date.now())
  entries.push(makeEntry(1, alert))
  room.wake()
  await until(async () => (await room.outbox.delivery(alert.id))[0]?.finishedAt != null)
  expect(await room.outbox.delivery(alert.id)).toMatchObject([{ accepted: 540, gone: 60 }])
  await until(() => room.alarms().length > 0)
  expect(room.alarms()).toMatchObject([{ kind: 'gone', detail: expect.stringContaining('5 %') }])
  expect(error).toHaveLength(1)
  const left = (await room.subscriptions.count()).reduce((sum, { count }) => sum + count, 0)
  expect(left).toBe(600)
})

test('keys made ahead in a quiet hour are what the alert is sealed with, and are made again after it', async () => {
  const { entries, room, service } = await setUp(2)
  const ids = await subscribeMany(room, service, 50)
  await until(() => room.prepared() === 50)
  const alert = makeAlert(Date.now())
  entries.push(makeEntry(1, alert))
  const counts: number[] = []
  service.script = () => {
    counts.push(room.prepared())
    return { status: 201 }
  }
  room.wake()
  await until(() => counts.length === 50)
  // One thread may be making its keys again before the other has sent.
  expect(Math.min(...counts)).toBeLessThan(50)
  for (const id of ids) expect(service.got(id)).toMatchObject([{ notification: { tag: alert.id } }])
  await until(() => room.prepared() === 50)
})

test('no more keys are made ahead than allowed; who has none is sent the alert all the same', async () => {
  const { entries, room, service, error } = await setUp(2, 16)
  const ids = await subscribeMany(room, service, 60)
  await until(() => room.prepared() === 16)
  entries.push(makeEntry(1, makeAlert(Date.now())))
  const counts: number[] = []
  service.script = () => {
    counts.push(room.prepared())
    return { status: 201 }
  }
  room.wake()
  await until(() => counts.length === 60)
  expect(Math.max(...counts)).toBeLessThanOrEqual(16)
  for (const id of ids) expect(service.got(id)).toMatchObject([{ notification: { lang: 'en' } }])
  expect(error).toEqual([])
})

test('a stop written by this thread takes hold in those that send', async () => {
  const { entries, room, service, error } = await setUp(2)
  await subscribeMany(room, service, 1_000)
  const alert = makeAlert(Date.now())
  let stopped: Promise<void> | undefined
  service.script = () => {
    // A slow service: what goes out before the next look is a small part of all.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3)
    if (service.counterTotals.length === 50) stopped ??= room.outbox.stop(alert.id, 1)
    return { status: 201 }
  }
  entries.push(makeEntry(1, alert))
  room.wake()
  await until(() => stopped !== undefined)
  await until(async () => (await room.outbox.delivery(alert.id))[0]?.accepted === service.counterTotals.length)
  const sent = service.counterTotals.length
  expect(sent).toBeLessThan(900)
  expect(await room.outbox.delivery(alert.id)).toMatchObject([{ accepted: sent, stopped: 1_000 - sent, waiting: 0 }])
  expect(error).toEqual([])
})

test('started with a wrong secret it sends nothing, says so everywhere, and counts who waits; with the right one they hear', async () => {
  const { entries, room, service, deps } = await setUp()
  await subscribeMany(room, service, 3)
  await room.stop()
  const error: unknown[] = []
  const wrong = await startPush({ ...deps, secret: Buffer.alloc(32, 7), report: (it) => error.push(it) })
  closing.push(() => wrong.stop().then(() => wrong.close()))
  const alert = makeAlert(Date.now())
  entries.push(makeEntry(1, alert))
  wrong.wake()
  await until(async () => (await wrong.outbox.delivery(alert.id)).length > 0)
  expect(await wrong.outbox.delivery(alert.id)).toMatchObject([{ due: 3, accepted: 0, failed: 0, waiting: 3 }])
  expect(wrong.notReady()).toContain('push-secret')
  expect(wrong.alarms()).toMatchObject([{ kind: 'secret', detail: wrong.notReady() }])
  expect(error).toHaveLength(1)
  await expect(wrong.sendTest('x', 'y')).rejects.toMatchObject({ status: 503 })
  await expect(wrong.subscribe({ body: new Uint8Array(), audience: undefined, by: null })).rejects.toMatchObject({
    status: 503,
    code: 'push-secret',
  })
  expect(service.counterTotals).toEqual([])
  await wrong.stop()

  const right = await startPush(deps)
  closing.push(() => right.stop().then(() => right.close()))
  expect(right.notReady()).toBeNull()
  await until(async () => (await right.outbox.delivery(alert.id))[0]?.finishedAt != null)
  expect(await right.outbox.delivery(alert.id)).toMatchObject([{ due: 3, accepted: 3, failed: 0 }])
})
