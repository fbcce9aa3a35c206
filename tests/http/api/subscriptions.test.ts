import fc from 'fast-check'
import { Hono } from 'hono'
import { expect, test } from 'vitest'
import type { Editor } from '../../../src/auth/editor.ts'
import { type Newsroom, parseNewsroom } from '../../../src/domain/newsroom.ts'
import { Problem } from '../../../src/domain/problem.ts'
import { subscriptionRoutes } from '../../../src/http/api/subscriptions.ts'
import type { App } from '../../../src/http/app-env.ts'
import { openSqlite } from '../../../src/node/storage/sqlite-file.ts'
import { AddressEncryption } from '../../../src/push/crypto/address-encryption.ts'
import { pushServiceHosts } from '../../../src/push/subscriptions/push-services.ts'
import { makeSubscribe } from '../../../src/push/subscriptions/subscribe.ts'
import { SubscribeLimits } from '../../../src/push/subscriptions/subscribe-limits.ts'
import type { SubscriptionStore } from '../../../src/push/subscriptions/subscription.ts'
import { SqliteEditors } from '../../../src/store/sqlite/sqlite-editors.ts'
import { SqliteSubscriptions } from '../../../src/store/sqlite/sqlite-subscriptions.ts'
import { addressOf, makeBrowserKeys } from '../../support/browser/browser-keys.ts'
import { newId, newsroom, pushSecret } from '../../support/push/push-deps.ts'
import { cleaning } from '../../support/scratch.ts'

const clean = cleaning()
const editor: Editor = { id: 'e', name: 'Ed', role: 'editor', createdAt: '2026-01-01T00:00:00.000Z' }

type SetUp = { newsroom?: Newsroom; subscriptions?: SubscriptionStore; perMinute?: number }

async function setUp(more: SetUp = {}, as: Editor | null = null) {
  const { perMinute = 0, ...others } = more
  const sql = openSqlite(':memory:')
  clean(() => sql.close())
  const store = new SqliteSubscriptions({ sql, addressEncryption: await AddressEncryption.make(pushSecret), newId })
  if (as !== null) await new SqliteEditors(sql).add(as, 'key')
  const app: App = new Hono()
  app.use(async (c, next) => {
    c.set('editor', as)
    c.set('requester', { editor: as, credential: as === null ? null : { by: 'key', hash: 'key' }, foreignOrigin: null })
    c.set('askedAt', '2026-03-01T12:00:10.000Z')
    await next()
  })
  app.onError((error) => {
    if (!(error instanceof Problem)) throw error
    return Response.json(error.body(), { status: error.status })
  })
  const rooms = {
    newsroom,
    subscriptions: store,
    vapid: { keyId: 'k2', publicKey: 'new', older: [{ keyId: 'k1', publicKey: 'old' }], subject: null },
    pushHosts: pushServiceHosts,
    addressOf: (raw: unknown) => String((raw as { address?: string }).address),
    now: () => Date.parse('2026-03-01T12:00:10.000Z'),
    sendTest: async () => 'sent' as const,
    ...others,
  }
  const subscribing = new SubscribeLimits({ subscribe: makeSubscribe(rooms), perMinute, now: rooms.now })
  const deps = { ...rooms, subscribing }
  subscriptionRoutes(app, deps)
  const ask = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}, env = {}) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    const init = { method, headers: { 'content-type': 'application/json', ...headers } }
    const answer = await app.request(path, body === undefined ? init : { ...init, body: text }, env)
    const answered = await answer.text()
    return { status: answer.status, json: answered === '' ? null : JSON.parse(answered), headers: answer.headers }
  }
  const count = async (): Promise<number> => (await store.count()).reduce((sum, it) => sum + it.count, 0)
  return { ask, count, store }
}

function body(more: Record<string, unknown> = {}) {
  const address = addressOf(`https://fcm.googleapis.com/fcm/send/${crypto.randomUUID()}`, makeBrowserKeys())
  const { endpoint, p256dh, auth } = address
  return {
    subscription: { endpoint, expirationTime: null, keys: { p256dh, auth } },
    interest: { languages: ['fa', 'en'], topics: ['rights'] },
    ...more,
  }
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

test('a reader subscribes, reads, changes and ends a subscription with the token', async () => {
  const { ask } = await setUp()
  const { status, json, headers } = await ask('POST', '/v1/subscriptions', body())
  expect(status).toBe(201)
  expect(headers.get('cache-control')).toBe('no-store')
  const path = `/v1/subscriptions/${json.id}`
  const shown = {
    id: json.id,
    interest: { languages: ['fa', 'en'], topics: ['rights'], level: 'urgent' },
    audience: 'public',
    discreet: false,
    createdAt: '2026-03-01T12:00:10.000Z',
  }
  expect(await ask('GET', path, undefined, bearer(json.token))).toMatchObject({ status: 200, json: shown })
  const preferences = { interest: { languages: '*', level: 'flash' }, discreet: true }
  const changed = { ...shown, interest: { languages: '*', topics: [], level: 'flash' }, discreet: true }
  expect(await ask('PUT', path, preferences, bearer(json.token))).toMatchObject({ status: 200, json: changed })
  // Who changes topics alone does not bring headlines to a locked screen.
  const { interest } = preferences
  expect(await ask('PUT', path, { interest }, bearer(json.token))).toMatchObject({ status: 200, json: changed })
  expect(await ask('PUT', path, { interest, discreet: false }, bearer(json.token))).toMatchObject({
    json: { ...changed, discreet: false },
  })
  expect(await ask('DELETE', path, undefined, bearer(json.token))).toMatchObject({ status: 204, json: null })
  expect(await ask('GET', path, undefined, bearer(json.token))).toMatchObject({ status: 404 })
})

test('the same subscription again answers 200, the same id and a token that works', async () => {
  const { ask, count } = await setUp()
  const same = body()
  const first = await ask('POST', '/v1/subscriptions', same)
  const second = await ask('POST', '/v1/subscriptions', same)
  expect(second).toMatchObject({ status: 200, json: { id: first.json.id } })
  expect(await count()).toBe(1)
  const read = await ask('GET', `/v1/subscriptions/${first.json.id}`, undefined, bearer(second.json.token))
  expect(read.status).toBe(200)
})

test('other keys for a known endpoint are refused with 409', async () => {
  const { ask, count } = await setUp()
  const first = body()
  await ask('POST', '/v1/subscriptions', first)
  const foreign = { ...first, subscription: { ...body().subscription, endpoint: first.subscription.endpoint } }
  expect(await ask('POST', '/v1/subscriptions', foreign)).toMatchObject({
    status: 409,
    json: { code: 'endpoint-taken' },
  })
  expect(await count()).toBe(1)
})

test('a page from before a rotation names its key, which its subscription keeps; a key that is not ours is refused', async () => {
  const { ask, store } = await setUp()
  expect((await ask('POST', '/v1/subscriptions', body({ vapidPublicKey: 'old' }))).status).toBe(201)
  expect((await ask('POST', '/v1/subscriptions', body({ vapidPublicKey: 'new' }))).status).toBe(201)
  expect((await ask('POST', '/v1/subscriptions', body())).status).toBe(201)
  const { subscriptions } = await store.page(0, 10)
  expect(subscriptions.map(({ vapidKeyId }) => vapidKeyId)).toEqual(['k1', 'k2', 'k2'])
  expect(await ask('POST', '/v1/subscriptions', body({ vapidPublicKey: 'other' }))).toMatchObject({
    status: 400,
    json: { code: 'unknown-vapid-key' },
  })
})

test('"not there" and "not yours" answer the same', async () => {
  const { ask } = await setUp()
  const { json } = await ask('POST', '/v1/subscriptions', body())
  const answers = []
  for (const id of [json.id, newId(), 'x'])
    for (const headers of [{}, bearer('x'), { authorization: 'Basic eDp5' }])
      for (const method of ['GET', 'DELETE', 'PUT', 'POST'])
        answers.push(
          await ask(
            method,
            `/v1/subscriptions/${id}${method === 'POST' ? '/test' : ''}`,
            method === 'PUT' ? { interest: {} } : undefined,
            headers,
          ),
        )
  expect(new Set(answers.map(({ status, json }) => `${status} ${JSON.stringify(json)}`)).size).toBe(1)
  expect(answers[0]).toMatchObject({ status: 404, json: { code: 'no-such-subscription' } })
})

const good = body()
const { subscription, interest } = good

test('every mistake of a subscription is reported at once: its form, its interest, its endpoint', async () => {
  const { ask } = await setUp()
  const { json } = await ask('POST', '/v1/subscriptions', {
    subscription: { endpoint: 'https://example.com/x', keys: { p256dh: 5, auth: 'x' } },
    interest: { languages: ['xx', 5], topics: ['sports'], level: 'loud' },
    user: 1,
  })
  const pointers = (json as { errors: { pointer: string }[] }).errors.map(({ pointer }) => pointer)
  expect(pointers.toSorted()).toEqual([
    '/interest/languages',
    '/interest/languages/1',
    '/interest/level',
    '/interest/topics',
    '/subscription/endpoint',
    '/subscription/keys/auth',
    '/subscription/keys/p256dh',
    '/user',
  ])
})

test.each<[string, unknown, number, string]>([
  ['no JSON', '{', 400, 'malformed-json'],
  ['an array', [], 400, 'invalid'],
  ['nothing', {}, 400, 'invalid'],
  ['an unknown field', { ...good, user: 1 }, 400, 'invalid'],
  ['an unknown language', { ...good, interest: { languages: ['xx'] } }, 400, 'invalid'],
  ['an unknown topic', { ...good, interest: { topics: ['sports'] } }, 400, 'invalid'],
  [
    'no secret',
    { subscription: { ...subscription, keys: { p256dh: subscription.keys.p256dh } }, interest },
    400,
    'invalid',
  ],
  [
    'a host that is no push service',
    { subscription: { ...subscription, endpoint: 'https://example.com/x' }, interest },
    400,
    'endpoint-refused',
  ],
  [
    'a private address',
    { subscription: { ...subscription, endpoint: 'https://127.0.0.1/x' }, interest },
    400,
    'endpoint-refused',
  ],
  [
    'a key off the curve',
    {
      subscription: {
        ...subscription,
        keys: {
          ...subscription.keys,
          p256dh: Buffer.concat([Buffer.from([4]), Buffer.alloc(64, 7)]).toString('base64url'),
        },
      },
      interest,
    },
    400,
    'key-refused',
  ],
  [
    'a host that merely contains an allowed name',
    { subscription: { ...subscription, endpoint: 'https://fcm.googleapis.com.example.org/x' }, interest },
    400,
    'endpoint-refused',
  ],
  ['the test audience', { ...good, audience: 'test' }, 403, 'test-audience'],
  ['too much', { ...good, filler: 'x'.repeat(70_000) }, 413, 'body-too-large'],
])('a body with %s is refused and saves nothing', async (_, wrong, status, code) => {
  const { ask, count } = await setUp()
  expect(await ask('POST', '/v1/subscriptions', wrong)).toMatchObject({ status, json: { code } })
  expect(await count()).toBe(0)
})

test('mistakes in an interest are pointed to where they stand in the body', async () => {
  const { ask } = await setUp()
  const { json } = await ask('POST', '/v1/subscriptions', { ...good, interest: { languages: ['xx'] } })
  expect(json.errors).toMatchObject([{ pointer: '/interest/languages' }])
})

test('a body that is not marked as JSON is refused, so that another site cannot send it unasked', async () => {
  const { ask, count } = await setUp()
  const answer = await ask('POST', '/v1/subscriptions', good, { 'content-type': 'text/plain' })
  expect(answer).toMatchObject({ status: 415, json: { code: 'not-json' } })
  expect(await count()).toBe(0)
})

test('any JSON whatever is answered with 400, never with a crash', async () => {
  const { ask } = await setUp()
  await fc.assert(
    fc.asyncProperty(fc.json(), async (text) => {
      const { status } = await ask('POST', '/v1/subscriptions', text)
      expect(status).toBe(400)
    }),
  )
})

test('an editor may subscribe to test alerts, and then to those only', async () => {
  const { ask } = await setUp({}, editor)
  for (const [path, wanted] of [
    ['/v1/subscriptions?audience=test', body()],
    ['/v1/subscriptions', body({ audience: 'test' })],
  ] as const) {
    const { json } = await ask('POST', path, wanted)
    const read = await ask('GET', `/v1/subscriptions/${json.id}`, undefined, bearer(json.token))
    expect(read.json).toMatchObject({ audience: 'test' })
    // A changed wish leaves the audience as it is, the second time as well.
    for (const level of ['flash', 'routine']) {
      const preferences = { interest: { languages: ['fa'], level }, discreet: true }
      const changed = await ask('PUT', `/v1/subscriptions/${json.id}`, preferences, bearer(json.token))
      expect(changed.json).toMatchObject({ audience: 'test', interest: { languages: ['fa'], level } })
    }
  }
})

test('one address subscribes so often a minute and no more; others are not held up', async () => {
  const { ask } = await setUp({ perMinute: 2 })
  const from = async (address: string) => ask('POST', '/v1/subscriptions', body(), {}, { address })
  expect([(await from('a')).status, (await from('a')).status]).toEqual([201, 201])
  const refused = await from('a')
  expect(refused).toMatchObject({ status: 429, json: { code: 'too-many-subscriptions' } })
  expect((await from('b')).status).toBe(201)
})

test('a flood from everywhere is turned away beyond what can be worked on at a time; what is answered 201 is saved', async () => {
  const { ask, count } = await setUp()
  const flood = Array.from({ length: 2_200 }, (_, at) => ({
    ...good,
    subscription: { ...subscription, endpoint: `https://fcm.googleapis.com/fcm/send/flood-${at}` },
  }))
  const answers = await Promise.all(
    flood.map((one, at) => ask('POST', '/v1/subscriptions', one, {}, { address: String(at) })),
  )
  const taken = answers.filter(({ status }) => status === 201).length
  const refused = answers.filter(({ status }) => status === 503)
  expect(taken).toBeGreaterThanOrEqual(2_000)
  expect(taken + refused.length).toBe(2_200)
  expect(refused[0]).toMatchObject({ json: { code: 'too-many-at-once' } })
  expect(await count()).toBe(taken)
  expect((await ask('POST', '/v1/subscriptions', body())).status).toBe(201)
})

test('a test notification is sent a few times an hour', async () => {
  const { ask } = await setUp()
  const { json } = await ask('POST', '/v1/subscriptions', body())
  const send = () => ask('POST', `/v1/subscriptions/${json.id}/test`, undefined, bearer(json.token))
  for (let time = 0; time < 3; time += 1) expect(await send()).toMatchObject({ status: 200, json: { result: 'sent' } })
  expect(await send()).toMatchObject({ status: 429, json: { code: 'too-many-tests' } })
  // Another reader has their own.
  const other = (await ask('POST', '/v1/subscriptions', body())).json
  const sent = await ask('POST', `/v1/subscriptions/${other.id}/test`, undefined, bearer(other.token))
  expect(sent).toMatchObject({ status: 200, json: { result: 'sent' } })
})

const smaller = parseNewsroom({
  name: 'Radio Example',
  languages: [{ tag: 'en' }, { tag: 'ru' }],
  topics: [{ id: 'afghanistan', labels: {} }],
})

test('an interest in names that the newsroom has dropped stays when a page sends it again, and cannot be added', async () => {
  const before = await setUp()
  const now = await setUp({ newsroom: smaller, subscriptions: before.store })
  const wishes = [
    { languages: ['fa', 'en'], topics: ['rights', 'afghanistan'] },
    { languages: ['fa'], topics: [] },
    { languages: ['en'], topics: ['rights'] },
  ]
  for (const interest of wishes) {
    const sent = body({ interest })
    const first = await before.ask('POST', '/v1/subscriptions', sent)
    const again = await now.ask('POST', '/v1/subscriptions', { ...sent, discreet: true })
    expect([again.status, again.json.id]).toEqual([200, first.json.id])
    const path = `/v1/subscriptions/${first.json.id}`
    const own = bearer(again.json.token)
    const kept = { ...interest, topics: [...interest.topics].sort() }
    expect((await now.ask('GET', path, undefined, own)).json).toMatchObject({ discreet: true, interest: kept })
    const quieter = { ...interest, level: 'flash' }
    expect((await now.ask('PUT', path, { interest: quieter }, own)).json.interest).toEqual({ ...kept, level: 'flash' })
    for (const more of [
      { ...interest, languages: [...interest.languages, 'tlh'] },
      { ...interest, topics: ['tennis'] },
    ]) {
      const refused = [
        await now.ask('POST', '/v1/subscriptions', { ...sent, interest: more }),
        await now.ask('PUT', path, { interest: more }, own),
      ]
      expect(refused.map(({ status, json }) => [status, json.errors.length])).toEqual([
        [400, 1],
        [400, 1],
      ])
    }
    // Once it is let go of, it cannot be wished for again.
    await now.ask('PUT', path, { interest: { languages: ['ru'] } }, own)
    expect((await now.ask('POST', '/v1/subscriptions', sent)).status).toBe(400)
    expect((await now.ask('PUT', path, { interest }, own)).status).toBe(400)
  }
})

test('what the newsroom has given up is not taken from a new address, nor from one with other keys', async () => {
  const before = await setUp()
  const now = await setUp({ newsroom: smaller, subscriptions: before.store })
  const sent = body()
  await before.ask('POST', '/v1/subscriptions', sent)
  const { keys } = body().subscription
  const bodies = [body(), { ...sent, subscription: { ...sent.subscription, keys } }]
  for (const other of bodies)
    expect(await now.ask('POST', '/v1/subscriptions', other)).toMatchObject({
      status: 400,
      json: { code: 'invalid' },
    })
  const wrong = { ...sent, subscription: { ...sent.subscription, endpoint: 'https://evil.example/x' } }
  expect((await now.ask('POST', '/v1/subscriptions', wrong)).json.errors).toHaveLength(3)
})
