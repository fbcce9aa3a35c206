import { expect, test } from 'vitest'
import type { PushRequest, PushResult } from '../../../src/push/crypto/seal.ts'
import { VapidTokens } from '../../../src/push/crypto/vapid-tokens.ts'
import { type PushMessage, SendPush } from '../../../src/push/send/send-push.ts'
import { requestMsMax } from '../../../src/push/send/sending-batch.ts'
import { pushServiceHosts } from '../../../src/push/subscriptions/push-services.ts'
import { addressOf, makeBrowserKeys } from '../../support/browser/browser-keys.ts'
import { newId } from '../../support/push/push-deps.ts'

// The real SendPush; only the clock, the encryption and the network are replaced.

const startMs = Date.parse('2026-03-01T12:00:00.000Z')
const keys = makeBrowserKeys()
const status = (code: number): PushResult => ({ kind: 'answered', status: code, retryAfter: null })

function setUp(answer: (request: PushRequest, nth: number) => PushResult, keySet: readonly string[] = ['k1']) {
  const clock = { ms: startMs }
  const requests: PushRequest[] = []
  const error: string[] = []
  let seals = 0
  let signatures = 0
  const sendPush = new SendPush({
    seal: async () => new Uint8Array([++seals]),
    send: async (request) => answer(request, requests.push(request)),
    tokens: new VapidTokens(
      (keyId) => `${keyId} ${++signatures}`,
      () => clock.ms,
      keySet,
    ),
    hosts: pushServiceHosts,
    now: () => clock.ms,
    random: () => 1,
    report: (it) => void error.push(String(it)),
  })
  const deliver = (vapidKeyId = 'k1', more: Partial<PushMessage> = {}) =>
    sendPush.deliver({
      subscription: {
        ...addressOf(`https://fcm.googleapis.com/${newId()}`, keys),
        vapidKeyId,
        createdAt: '2026-01-01T00:00:00.000Z',
      },
      payload: new Uint8Array(9),
      sealed: null,
      ttlSeconds: 60,
      urgency: 'normal',
      topic: 't',
      attempts: 0,
      lookedGone: false,
      ...more,
    })
  const keysUsed = () => requests.map(({ headers }) => headers.authorization?.split(' ')[0])
  return { clock, sendPush, deliver, requests, error, keysUsed }
}

test.each([401, 403])(
  '%i with the stored key: our other keys are tried at once, with the same ciphertext',
  async (code) => {
    const { deliver, requests, keysUsed, error } = setUp(
      ({ headers }) => status(headers.authorization?.startsWith('k3') ? 201 : code),
      ['k1', 'k2', 'k3'],
    )
    expect(await deliver('k2')).toMatchObject({ decision: { act: 'accepted' }, vapidKeyId: 'k3' })
    expect(keysUsed()).toEqual(['k2', 'k1', 'k3'])
    expect(new Set(requests.map(({ body }) => String(body))).size).toBe(1)
    expect(error).toEqual([])
  },
)

test('a push for which every key of ours is refused is tried again with a new token, then fails; the subscription is not gone', async () => {
  const { deliver, keysUsed } = setUp(
    // To a wrong key a service may respond that there is no such subscription: that proves nothing.
    ({ headers }) => status(headers.authorization?.startsWith('k1') ? 403 : 410),
    ['k1', 'k2'],
  )
  expect((await deliver()).decision).toMatchObject({ act: 'again', cause: 'key' })
  expect((await deliver('k1', { attempts: 1 })).decision).toEqual({ act: 'failed', cause: 'key' })
  expect(keysUsed()).toEqual(['k1', 'k2', 'k1', 'k2'])
})

test('no more than two other keys are tried for one push', async () => {
  const { deliver, requests } = setUp(() => status(401), ['k1', 'k2', 'k3', 'k4', 'k5'])
  await deliver()
  expect(requests).toHaveLength(3)
})

test('after a slow refusal no other key is tried for the same push, so that no push outlasts its lease', async () => {
  const { clock, deliver, requests } = setUp(() => {
    clock.ms += 9_000
    return { kind: 'unprocessed' }
  })
  expect((await deliver()).decision).toMatchObject({ act: 'again', counted: false })
  expect(requests).toHaveLength(1)
  expect(clock.ms - startMs).toBeLessThan(requestMsMax)
})

test('requests to a service that keeps refusing streams are paused, and there is an alarm', async () => {
  const { clock, sendPush, deliver, error } = setUp(() => ({ kind: 'unprocessed' }))
  const concurrency = sendPush.concurrencyOf('https://fcm.googleapis.com/x')
  for (let nth = 0; nth < 20; nth += 1) await deliver()
  expect(concurrency.pausedUntilMs).toBeGreaterThan(clock.ms)
  expect(error).toHaveLength(1)
})

test.each([
  [0, null],
  [4 * 60_000, null],
  [-5 * 60_000, null],
  [13 * 3_600_000, '780 minutes behind'],
  [-13 * 3_600_000, '780 minutes ahead of'],
  [6 * 60_000, '6 minutes behind'],
])("a service's clock that is %i ms off ours is told, once: %s", async (offMs, expected) => {
  const date = new Date(startMs + offMs).toUTCString()
  const { deliver, error } = setUp(() => ({ kind: 'answered', status: 201, retryAfter: null, date }))
  for (let nth = 0; nth < 3; nth += 1) await deliver()
  expect(error).toHaveLength(expected === null ? 0 : 1)
  if (expected !== null) expect(error[0]).toContain(expected)
})

test('a Date header that cannot be parsed raises no alarm about the clock', async () => {
  const { deliver, error } = setUp(() => ({ kind: 'answered', status: 201, retryAfter: null, date: 'soon' }))
  await deliver()
  expect(error).toEqual([])
})

test.each([
  ['a fragment', '/x#fragment'],
  ['more characters than are allowed', `/${'x'.repeat(2_100)}`],
  ['more characters than are allowed once they are encoded', `/${'é'.repeat(1_000)}`],
])('an endpoint at a service that has been sent to is refused with %s', async (_, path) => {
  const { deliver, sendPush, requests } = setUp(() => status(201))
  await deliver()
  const subscription = {
    ...addressOf(`https://fcm.googleapis.com${path}`, keys),
  }
  sendPush.concurrencyOf(subscription.endpoint)
  const stored = { vapidKeyId: 'k1', createdAt: '2026-01-01T00:00:00.000Z' }
  expect(await deliver('k1', { subscription: { ...subscription, ...stored } })).toMatchObject({
    decision: { act: 'failed', cause: 'invalid-request' },
  })
  expect(requests.length).toBe(1)
})

test('an endpoint at a host that is not allowed is refused each time', async () => {
  const { deliver, sendPush, requests } = setUp(() => status(201))
  const subscription = { ...addressOf('https://evil.example/x', keys) }
  const stored = { vapidKeyId: 'k1', createdAt: '2026-01-01T00:00:00.000Z' }
  for (let nth = 0; nth < 3; nth += 1) {
    sendPush.concurrencyOf(subscription.endpoint)
    expect(await deliver('k1', { subscription: { ...subscription, ...stored } })).toMatchObject({
      decision: { act: 'failed' },
    })
  }
  expect(requests).toEqual([])
})

test('the headers of a request are those of its own push, whatever the last push had', async () => {
  const { deliver, requests } = setUp(() => status(201))
  await deliver('k1', { ttlSeconds: 60, urgency: 'normal', topic: 'a' })
  await deliver('k1', { ttlSeconds: 60, urgency: 'high', topic: 'a' })
  await deliver('k1', { ttlSeconds: 59, urgency: 'high', topic: 'a' })
  await deliver('k1', { ttlSeconds: 59, urgency: 'high', topic: 'b' })
  expect(requests.map(({ headers }) => [headers.ttl, headers.urgency, headers.topic])).toEqual([
    ['60', 'normal', 'a'],
    ['60', 'high', 'a'],
    ['59', 'high', 'a'],
    ['59', 'high', 'b'],
  ])
})

test.each<[string, PushResult]>([
  ['no connection', { kind: 'broken', reason: 'getaddrinfo ENOTFOUND who4711.notify.windows.com' }],
  ['unread requests', { kind: 'unprocessed' }],
  ['too many requests', status(429)],
  ['a refused request', status(400)],
  ['a refused token', status(403)],
  ['an answer that nobody knows', status(302)],
])('what is reported of a host below a suffix never names it, as it may be one reader’s: %s', async (_, answer) => {
  const { deliver, error } = setUp(() => answer)
  const endpoint = 'https://who4711.notify.windows.com/w/?token=S3CRET'
  const subscription = { ...addressOf(endpoint, keys), vapidKeyId: 'k1', createdAt: '2026-01-01T00:00:00.000Z' }
  for (let nth = 0; nth < 20; nth += 1) await deliver('k1', { subscription })
  expect(error.length).toBeGreaterThan(0)
  expect(error.join()).not.toMatch(/who4711|S3CRET/)
  expect(error.join()).toContain('*.notify.windows.com')
})
