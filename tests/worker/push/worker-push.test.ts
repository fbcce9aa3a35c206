import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { shardOf } from '../../../src/worker/push/shard-of.ts'
import { ask, english, publish, revise } from '../../support/processes/service.ts'
import { type RunningWorker, startWorker } from '../../support/processes/worker-process.ts'
import { until } from '../../support/push/push-deps.ts'
import { type Delivered, type PushService, type Reader, startPushService } from '../../support/push/push-service.ts'

// The push path of the Worker in workerd, from the reader's request to the service's ledger: one for all tests.

const shards = 2
/** Pushes that a shard has leased at once; what of them was sent and not settled is sent again. */
const leasedMax = 400
const folder = mkdtempSync(join(tmpdir(), 'tocsin-'))
let service: PushService
let worker: RunningWorker
let start: (more?: Readonly<Record<string, string>>) => Promise<RunningWorker>

beforeAll(async () => {
  service = await startPushService()
  const caFile = join(folder, 'ca.pem')
  writeFileSync(caFile, service.certificate.cert)
  const connectTo = [...service.connectTo].map(([host, { address, port }]) => `${host}=${address}:${port}`)
  start = (more = {}) =>
    startWorker({
      main: 'tests/support/push/worker-push-main.ts',
      folder,
      caFile,
      settings: { PUSH_CONNECT_TO: connectTo.join(','), PUSH_SHARDS: String(shards), ...more },
    })
  worker = await start()
})

beforeEach(() => {
  service.script = () => ({ status: 201 })
})

afterAll(async () => {
  await worker.end()
  await service.close()
  rmSync(folder, { recursive: true, force: true })
})

const years = '2020-01-01T00:00:00.000Z'

function bodyOf({ address: { endpoint, p256dh, auth } }: Reader) {
  return { subscription: { endpoint, keys: { p256dh, auth } }, interest: { languages: ['en'] } }
}

async function subscribe(reader: Reader): Promise<{ id: string; token: string }> {
  const answer = await fetch(new URL('/v1/subscriptions', worker.url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(bodyOf(reader)),
  })
  if (answer.status !== 201) throw new Error(`${answer.status}: ${await answer.text()}`)
  return (await answer.json()) as { id: string; token: string }
}

async function readerIn(shard: number): Promise<Reader> {
  const reader = service.makeReader()
  return (await shardOf(reader.address.endpoint, shards)) === shard ? reader : readerIn(shard)
}

/** Many old subscriptions at once, as an operator who moves brings them. */
async function bringIn(count: number): Promise<readonly Reader[]> {
  const readers = Array.from({ length: count }, () => service.makeReader())
  const lines = readers.map((reader) => JSON.stringify({ ...bodyOf(reader), createdAt: years }))
  const answer = await fetch(new URL('/v1/desk/subscriptions', worker.url), {
    method: 'POST',
    headers: { authorization: 'Bearer the-admin-key-of-the-tests', 'content-type': 'application/x-ndjson' },
    body: `${lines.join('\n')}\n`,
  })
  expect(await answer.json()).toMatchObject({ made: count, refused: [] })
  return readers
}

const sentTo = (readers: readonly Reader[]): readonly Delivered[] => {
  const ids = new Set(readers.map(({ id }) => id))
  return service.counterTotals.filter(({ readerId }) => ids.has(readerId))
}

/** What was sent of an alert: each of its pushes says which it is. */
const sentOf = (alertId: string): readonly Delivered[] =>
  service.counterTotals.filter(({ payload }) => JSON.stringify(payload).includes(alertId))

async function deliveryOf(id: string) {
  const answer = await ask(worker.url, 'GET', `/v1/alerts/${id}/delivery`)
  return ((await answer.json()) as { deliveries: Record<string, unknown>[] }).deliveries
}

function finished(id: string): Promise<void> {
  return until(async () => {
    const deliveries = await deliveryOf(id)
    return deliveries.length > 0 && deliveries.every(({ finishedAt }) => finishedAt !== null)
  })
}

async function total(): Promise<number> {
  const answer = await ask(worker.url, 'GET', '/v1/desk/subscriptions/count')
  return ((await answer.json()) as { total: number }).total
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

test('a reader who subscribed gets each alert once, and its correction under the same Topic', async () => {
  const reader = await readerIn(0)
  await subscribe(reader)
  const { alert } = await publish(worker.url, english('Monitors leave the valley'))
  await until(() => service.got(reader.id).length === 1)
  await revise(worker.url, alert.id, 'correction', { ...english('Monitors stay'), note: { en: 'They stay.' } })
  await until(() => service.got(reader.id).length === 2)
  expect(service.got(reader.id)).toMatchObject([
    {
      notification: {
        title: 'Monitors leave the valley',
        tag: alert.id,
        navigate: `${worker.url}/en/alerts/${alert.id}`,
      },
    },
    { notification: { title: 'Correction: Monitors stay', tag: alert.id, body: 'They stay.' } },
  ])
  const [first, second] = sentTo([reader])
  expect(first?.host).toBe(new URL(reader.address.endpoint).host)
  expect(first?.headers).toMatchObject({ urgency: 'normal', 'content-encoding': 'aes128gcm' })
  expect(second?.headers.topic).toBe(first?.headers.topic)
  await finished(alert.id)
  expect(await deliveryOf(alert.id)).toMatchObject([{ accepted: 1 }, { accepted: 1 }])
})

test('the first subscription of a shard is sent what is published from then on, and not what was before', async () => {
  const newcomer = await readerIn(1)
  await subscribe(newcomer)
  const { alert } = await publish(worker.url, english('After they came'))
  await until(() => service.got(newcomer.id).length > 0)
  await finished(alert.id)
  expect(service.got(newcomer.id)).toMatchObject([{ notification: { title: 'After they came' } }])
})

test('a reader sees, changes, tries and ends the subscription that is theirs, and nobody else does', async () => {
  const reader = service.makeReader()
  const { id, token } = await subscribe(reader)
  const own = (method: string, path = '', body?: unknown, key = token) =>
    ask(worker.url, method, `/v1/subscriptions/${id}${path}`, body, { authorization: `Bearer ${key}` })
  expect(await (await own('GET')).json()).toMatchObject({ id, interest: { languages: ['en'] } })
  const changed = await own('PUT', '', { interest: { languages: ['fa'], level: 'flash' } })
  expect(await changed.json()).toMatchObject({ interest: { languages: ['fa'], level: 'flash' } })
  expect(await (await own('POST', '/test')).json()).toEqual({ result: 'sent' })
  expect(service.got(reader.id)).toMatchObject([{ notification: { tag: 'test', lang: 'fa' } }])
  for (const method of ['GET', 'DELETE']) expect((await own(method, '', undefined, 'guessed')).status).toBe(404)
  expect((await own('DELETE')).status).toBe(204)
  expect((await own('GET')).status).toBe(404)
  const other = `${id.slice(0, -4)}ffff`
  expect((await ask(worker.url, 'GET', `/v1/subscriptions/${other}`)).status).toBe(404)
})

test('the same address again is the same subscription; with other keys it is refused', async () => {
  const reader = service.makeReader()
  const { id } = await subscribe(reader)
  const again = await ask(worker.url, 'POST', '/v1/subscriptions', bodyOf(reader))
  expect([again.status, await again.json()]).toMatchObject([200, { id }])
  const stranger = { ...service.makeReader().address, endpoint: reader.address.endpoint }
  const taken = await ask(worker.url, 'POST', '/v1/subscriptions', bodyOf({ ...reader, address: stranger }))
  expect([taken.status, await taken.json()]).toMatchObject([409, { code: 'endpoint-taken' }])
})

test('what is malformed is answered with its problem', async () => {
  const post = (body: string, type = 'application/json') =>
    fetch(new URL('/v1/subscriptions', worker.url), { method: 'POST', headers: { 'content-type': type }, body })
  expect((await post('{')).status).toBe(400)
  expect((await post('x'.repeat(70_000))).status).toBe(413)
  expect((await post('{}', 'text/plain')).status).toBe(415)
  const elsewhere = { ...service.makeReader().address, endpoint: 'https://attacker.example/x' }
  const refused = await ask(
    worker.url,
    'POST',
    '/v1/subscriptions',
    bodyOf({ ...service.makeReader(), address: elsewhere }),
  )
  expect(await refused.json()).toMatchObject({ code: 'endpoint-refused' })
})

test('who is gone is said goodbye to; who was not reached gets the same ciphertext again', async () => {
  const [gone, late, ...others] = await bringIn(6)
  const before = await total()
  service.script = ({ readerId, nth }) => {
    if (readerId === gone?.id) return { status: 410 }
    return { status: readerId === late?.id && nth === 1 ? 500 : 201 }
  }
  const { alert } = await publish(worker.url, english('One is gone'))
  await finished(alert.id)
  expect(await deliveryOf(alert.id)).toMatchObject([{ gone: 1, failed: 0, waiting: 0 }])
  expect(await total()).toBe(before - 1)
  const tries = late === undefined ? [] : sentTo([late])
  expect(tries.map(({ status }) => status)).toEqual([500, 201])
  expect(tries[1]?.body).toEqual(tries[0]?.body)
  for (const reader of others) expect(service.got(reader.id)).toHaveLength(1)
})

test('an object that dies in the middle of its work goes on by itself: everyone has it, and few have it twice', async () => {
  const readers = await bringIn(1_000)
  let killed = false
  service.script = () => {
    if (!killed && service.counterTotals.length - before > 900) {
      killed = true
      for (let shard = 0; shard < shards; shard += 1) void fetch(new URL(`/kill/${shard}`, worker.url))
    }
    return { status: 201, afterMs: 10 }
  }
  const before = service.counterTotals.length
  const { alert } = await publish(worker.url, english('Killed in the middle'))
  await until(() => new Set(sentTo(readers).map(({ readerId }) => readerId)).size === readers.length)
  await finished(alert.id)
  expect(killed).toBe(true)
  const sent = sentOf(alert.id)
  const repeats = sent.length - new Set(sent.map(({ readerId }) => readerId)).size
  expect(repeats).toBeLessThanOrEqual(shards * leasedMax)
  expect(new Set(sent.map(({ headers }) => headers.topic)).size).toBe(1)
})

test('a stop and a pause take hold within a second; after the pause exactly the rest goes out', async () => {
  service.script = () => ({ status: 201, afterMs: 50 })
  const { alert } = await publish(worker.url, english('To be stopped'))
  await until(() => sentOf(alert.id).length > 20)
  expect((await ask(worker.url, 'POST', `/v1/alerts/${alert.id}/stop`)).status).toBe(200)
  await wait(1_000)
  const stopped = sentOf(alert.id).length
  const held = (await publish(worker.url, english('To be held'))).alert
  await until(() => sentOf(held.id).length > 20)
  expect((await ask(worker.url, 'POST', '/v1/desk/pause', { reason: 'Something is wrong.' })).status).toBe(200)
  await wait(1_000)
  const paused = sentOf(held.id).length
  await wait(1_000)
  expect(sentOf(alert.id)).toHaveLength(stopped)
  expect(sentOf(held.id)).toHaveLength(paused)
  const [counts] = await deliveryOf(alert.id)
  expect(counts).toMatchObject({ accepted: stopped, waiting: 0 })
  expect(paused).toBeLessThan(Number(counts?.due))
  expect(stopped).toBeLessThan(Number(counts?.due))
  service.script = () => ({ status: 201 })
  expect((await ask(worker.url, 'POST', '/v1/desk/resume', { reason: 'All is well.' })).status).toBe(200)
  await finished(held.id)
  const sent = sentOf(held.id)
  expect(sent).toHaveLength(Number(counts?.due))
  expect(new Set(sent.map(({ readerId }) => readerId)).size).toBe(sent.length)
})

test('an export has every subscription once, whatever its shard', async () => {
  const text = await (await ask(worker.url, 'GET', '/v1/desk/subscriptions')).text()
  const lines = text
    .trim()
    .split('\n')
    .map((line): unknown => JSON.parse(line).subscription.endpoint)
  expect(new Set(lines).size).toBe(lines.length)
  expect(lines).toHaveLength(await total())
})

/** Takes the VAPID keys out of what the log object keeps; gives how many were there. */
function loseVapidKeys(): number {
  let lost = 0
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.sqlite')) continue
    const sql = new DatabaseSync(join(folder, name), { timeout: 10_000 })
    const [table] = sql.prepare("select 1 as found from sqlite_schema where name = 'push_keys'").all()
    if (table !== undefined) lost += Number(sql.prepare("delete from push_keys where name = 'vapid'").run().changes)
    sql.close()
  }
  return lost
}

// The last: it leaves a Worker that does not push.
test('started with another secret and without its VAPID keys it says both, pushes to nobody, and takes no address', {
  timeout: 60_000,
}, async () => {
  const readers = await total()
  await worker.end()
  expect(loseVapidKeys()).toBe(1)
  worker = await start({ PUSH_SECRET: Buffer.alloc(32, 7).toString('base64url') })
  const before = service.counterTotals.length
  expect(await (await fetch(new URL('/readyz', worker.url))).json()).toMatchObject({
    status: 503,
    code: 'not-ready',
    detail: expect.stringMatching(/pushing is off: the push secret/),
  })
  const { alert } = await publish(worker.url, english('Nobody is told'))
  // The bell that opens it comes after the answer.
  await until(async () => (await deliveryOf(alert.id)).length > 0)
  expect((await deliveryOf(alert.id))[0]).toMatchObject({ accepted: 0, failed: 0, gone: 0 })
  const answer = await fetch(new URL('/v1/subscriptions', worker.url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(bodyOf(service.makeReader())),
  })
  expect([answer.status, await answer.json()]).toMatchObject([503, { code: 'push-secret' }])
  const { alarms } = (await (await ask(worker.url, 'GET', '/v1/desk/alarms')).json()) as {
    alarms: readonly { kind: string; detail: string }[]
  }
  expect(alarms.map(({ kind }) => kind).sort()).toEqual(['key', 'secret'])
  expect(alarms.find(({ kind }) => kind === 'key')?.detail).toContain(
    `${readers.toLocaleString('en')} of ${readers.toLocaleString('en')} subscriptions`,
  )
  expect([service.counterTotals.length, await total()]).toEqual([before, readers])
})
