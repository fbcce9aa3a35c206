import { expect, test } from 'vitest'
import type { PushAnswer, PushRequest } from '../../../src/push/crypto/seal.ts'
import { VapidTokens } from '../../../src/push/crypto/vapid-tokens.ts'
import { requestMsMax } from '../../../src/push/send/pusher.ts'
import { type PushMessage, SendPush } from '../../../src/push/send/send-push.ts'
import { pushServiceHosts } from '../../../src/push/subscriptions/push-services.ts'
import { addressOf, makeBrowserKeys } from '../../support/browser/browser-keys.ts'
import { makeInterest, newId } from '../../support/push/push-deps.ts'

// The real courier; only the clock, the sealing and the network are the test's.

const startMs = Date.parse('2026-03-01T12:00:00.000Z')
const keys = makeBrowserKeys()
const status = (code: number): PushAnswer => ({ kind: 'answered', status: code, retryAfter: null })

function setUp(answer: (request: PushRequest, nth: number) => PushAnswer, keySet: readonly string[] = ['k1']) {
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
        id: newId(),
        interest: makeInterest(),
        discreet: false,
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
  const keysAsked = () => requests.map(({ headers }) => headers.authorization?.split(' ')[0])
  return { clock, sendPush, deliver, requests, error, keysAsked }
}

test.each([401, 403])(
  '%i with the key that was stored: our others are tried at once, with the same bytes',
  async (code) => {
    const { deliver, requests, keysAsked, error } = setUp(
      ({ headers }) => status(headers.authorization?.startsWith('k3') ? 201 : code),
      ['k1', 'k2', 'k3'],
    )
    expect(await deliver('k2')).toMatchObject({ decision: { act: 'accepted' }, vapidKeyId: 'k3' })
    expect(keysAsked()).toEqual(['k2', 'k1', 'k3'])
    expect(new Set(requests.map(({ body }) => String(body))).size).toBe(1)
    expect(error).toEqual([])
  },
)

test('a subscription that none of our keys serves is asked again with a new token, and then has failed; it is not gone', async () => {
  const { deliver, keysAsked } = setUp(
    // A stranger's key may be told that there is no such subscription: that says nothing.
    ({ headers }) => status(headers.authorization?.startsWith('k1') ? 403 : 410),
    ['k1', 'k2'],
  )
  expect((await deliver()).decision).toMatchObject({ act: 'again', cause: 'key' })
  expect((await deliver('k1', { attempts: 1 })).decision).toEqual({ act: 'failed', cause: 'key' })
  expect(keysAsked()).toEqual(['k1', 'k2', 'k1', 'k2'])
})

test('no more than two other keys are tried for one push', async () => {
  const { deliver, requests } = setUp(() => status(401), ['k1', 'k2', 'k3', 'k4', 'k5'])
  await deliver()
  expect(requests).toHaveLength(3)
})

test('a service that refuses slowly is not asked again within the same push: no push outlasts its place in a lease', async () => {
  const { clock, deliver, requests } = setUp(() => {
    clock.ms += 9_000
    return { kind: 'unprocessed' }
  })
  expect((await deliver()).decision).toMatchObject({ act: 'again', counted: false })
  expect(requests).toHaveLength(1)
  expect(clock.ms - startMs).toBeLessThan(requestMsMax)
})

test('a service that keeps refusing is paused, and there is an alarm', async () => {
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

test('a Date that is none says nothing of the clock', async () => {
  const { deliver, error } = setUp(() => ({ kind: 'answered', status: 201, retryAfter: null, date: 'soon' }))
  await deliver()
  expect(error).toEqual([])
})
