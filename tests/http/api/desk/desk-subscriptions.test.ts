import { Hono } from 'hono'
import { expect, test } from 'vitest'
import type { Editor, Role } from '../../../../src/auth/editor.ts'
import { parseNewsroom } from '../../../../src/domain/newsroom.ts'
import { Problem } from '../../../../src/domain/problem.ts'
import { importBytesMax, importLinesMax } from '../../../../src/http/api/desk/desk-subscription-operations.ts'
import { type DeskSubscriptionsDeps, deskSubscriptionRoutes } from '../../../../src/http/api/desk/desk-subscriptions.ts'
import { type PushSettingsDeps, pushAnswer, pushSettingsRoutes } from '../../../../src/http/api/desk/push-settings.ts'
import type { App } from '../../../../src/http/app-env.ts'
import { openSqlite } from '../../../../src/node/storage/sqlite-file.ts'
import { AddressEncryption } from '../../../../src/push/crypto/address-encryption.ts'
import { pushServiceHosts } from '../../../../src/push/subscriptions/push-services.ts'
import { SqliteAudit } from '../../../../src/store/sqlite/desk/sqlite-audit.ts'
import { SqliteEditors } from '../../../../src/store/sqlite/sqlite-editors.ts'
import { SqliteSubscriptions } from '../../../../src/store/sqlite/sqlite-subscriptions.ts'
import { addressOf, makeBrowserKeys } from '../../../support/browser/browser-keys.ts'
import { newId, newsroom, pushSecret } from '../../../support/push/push-deps.ts'
import { cleaning } from '../../../support/scratch.ts'

const clean = cleaning()

async function setUp(role: Role | null = 'admin', more: Partial<DeskSubscriptionsDeps & PushSettingsDeps> = {}) {
  const sql = openSqlite(':memory:')
  clean(() => sql.close())
  const store = new SqliteSubscriptions({ sql, addressEncryption: await AddressEncryption.make(pushSecret), newId })
  const editor: Editor | null = role && { id: 'e', name: 'Ed', role, createdAt: '2026-01-01T00:00:00.000Z' }
  const credential = editor && ({ by: 'key', hash: 'hash' } as const)
  const editors = new SqliteEditors(sql)
  if (editor !== null) await editors.add(editor, 'hash')
  const app: App = new Hono()
  app.use(async (c, next) => {
    c.set('editor', editor)
    c.set('requester', { editor, credential, foreignOrigin: null })
    c.set('askedAt', '2026-03-01T12:00:00.000Z')
    await next()
  })
  app.onError((error) => {
    if (!(error instanceof Problem)) throw error
    return Response.json(error.body(), { status: error.status })
  })
  const deps = {
    newsroom,
    subscriptions: store,
    archive: store,
    audit: new SqliteAudit(sql),
    vapid: { keyId: 'k2', publicKey: 'new', older: [{ keyId: 'k1', publicKey: 'old' }], subject: null },
    pushHosts: pushServiceHosts,
    now: () => Date.parse('2026-03-01T12:00:00.000Z'),
    report: (error: unknown) => {
      throw error
    },
    ...more,
  }
  deskSubscriptionRoutes(app, deps)
  pushSettingsRoutes(app, deps)
  const bring = async (body: string | Uint8Array<ArrayBuffer>, type = 'application/x-ndjson') => {
    const answer = await app.request('/v1/desk/subscriptions', {
      method: 'POST',
      body,
      headers: { 'content-type': type },
    })
    return { status: answer.status, json: await answer.json() }
  }
  return { app, store, bring, sql }
}

function line(more: Record<string, unknown> = {}): Record<string, unknown> {
  const address = addressOf(`https://fcm.googleapis.com/fcm/send/${crypto.randomUUID()}`, makeBrowserKeys())
  const { endpoint, p256dh, auth } = address
  return { subscription: { endpoint, keys: { p256dh, auth } }, interest: { languages: ['fa', 'en'] }, ...more }
}
const text = (lines: readonly unknown[]) => lines.map((it) => JSON.stringify(it)).join('\n')

test('good lines are in, bad ones are named by their number with a code, and again everything is kept', async () => {
  const { bring, store } = await setUp()
  const offCurve = Buffer.alloc(65, 7)
  offCurve[0] = 4
  const { subscription } = line() as { subscription: { endpoint: string; keys: { auth: string } } }
  const keys = { p256dh: offCurve.toString('base64url'), auth: subscription.keys.auth }
  const body = [
    JSON.stringify(line()),
    '{"subscription":',
    '',
    JSON.stringify(line({ surprise: 1 })),
    JSON.stringify(line({ interest: { languages: ['tlh'] } })),
    JSON.stringify(line({ subscription: { ...subscription, endpoint: 'https://fcm.googleapis.com.evil.example/x' } })),
    JSON.stringify(line({ subscription: { ...subscription, keys } })),
    JSON.stringify(line({ vapidPublicKey: 'other' })),
    `${JSON.stringify(line())}\r`,
  ].join('\n')
  const first = await bring(body)
  expect(first.status).toBe(200)
  expect(first.json).toMatchObject({
    made: 2,
    kept: 0,
    refused: [
      { line: 2, code: 'malformed-json' },
      { line: 4, code: 'invalid', detail: expect.stringContaining('/surprise') },
      { line: 5, code: 'invalid', detail: expect.stringContaining('tlh') },
      { line: 6, code: 'endpoint-refused' },
      { line: 7, code: 'key-refused' },
      { line: 8, code: 'unknown-vapid-key' },
    ],
  })
  expect((await bring(body)).json).toMatchObject({ made: 0, kept: 2 })
  expect((await store.page(0, 10)).subscriptions).toHaveLength(2)
})

test('a refused line is named by its number also behind lines that are passed over, and in the next group', async () => {
  const { bring } = await setUp()
  const [passedOver, refused] = ['{"unreadable":3}', '{"subscription":']
  const good = JSON.stringify(line())
  expect((await bring([passedOver, refused, good, passedOver, '', refused].join('\n'))).json).toMatchObject({
    made: 1,
    refused: [{ line: 2 }, { line: 6 }],
  })
  const many = [...Array.from({ length: 70 }, () => good), passedOver, good, refused]
  expect((await bring(many.join('\n'))).json).toMatchObject({ made: 0, kept: 71, refused: [{ line: 73 }] })
})

test('rows that cannot be read are counted last, over all pages, and an import passes that over', async () => {
  const [from, to] = [await setUp(), await setUp()]
  const lines = Array.from({ length: 420 }, () => line())
  await from.bring(text(lines))
  const [{ first }] = from.sql.all<{ first: number }>('select min(row_id) as first from subscriptions') as [
    { first: number },
  ]
  // One in the first page, two in the second, none in the third.
  for (const at of [3, 250, 251]) from.sql.run(`update subscriptions set address = x'00' where row_id = ?`, first + at)
  const told = (await (await from.app.request('/v1/desk/subscriptions')).text()).trimEnd().split('\n')
  expect(told).toHaveLength(418)
  expect(told.at(-1)).toBe('{"unreadable":3}')
  expect(told.filter((it) => it.includes('unreadable'))).toHaveLength(1)
  expect((await to.bring(told.join('\n'))).json).toEqual({ made: 417, kept: 0, refused: [] })
})

test('bytes that are no UTF-8 spoil their own line only', async () => {
  const { bring } = await setUp()
  const bytes = Buffer.concat([Buffer.from([0xff, 0xfe, 10]), Buffer.from(text([line()]))])
  expect((await bring(Uint8Array.from(bytes))).json).toMatchObject({
    made: 1,
    refused: [{ line: 1, code: 'malformed-json' }],
  })
})

test('a line keeps its VAPID key, its audience and its age, which no line can set into the future', async () => {
  const { bring, store } = await setUp()
  const lines = [
    line({ vapidPublicKey: 'old', createdAt: '2024-01-01T00:00:00Z', discreet: true }),
    line({ vapidKeyId: 'k1', audience: 'test', createdAt: '2099-01-01T00:00:00Z' }),
    line(),
  ]
  expect((await bring(text(lines))).json).toEqual({ made: 3, kept: 0, refused: [] })
  const { subscriptions } = await store.page(0, 10)
  expect(subscriptions.map(({ vapidKeyId }) => vapidKeyId).sort()).toEqual(['k1', 'k1', 'k2'])
  expect(subscriptions.find(({ discreet }) => discreet)?.createdAt).toBe('2024-01-01T00:00:00.000Z')
  const tester = subscriptions.find(({ interest }) => interest.audience === 'test')
  expect(tester?.createdAt).toBe('2026-03-01T12:00:00.000Z')
})

test('what is exported can be brought elsewhere, whole', async () => {
  const [from, to] = [await setUp(), await setUp()]
  const lines = Array.from({ length: 450 }, (_, at) =>
    line(at % 2 ? { vapidPublicKey: 'old', discreet: true } : { audience: 'test' }),
  )
  await from.bring(text(lines))
  const answer = await from.app.request('/v1/desk/subscriptions')
  expect(answer.headers.get('content-type')).toBe('application/x-ndjson')
  expect(answer.headers.get('cache-control')).toBe('no-store')
  expect((await to.bring(await answer.text())).json).toEqual({ made: 450, kept: 0, refused: [] })
  const told = async (store: SqliteSubscriptions) =>
    (await store.page(0, 1_000)).subscriptions
      .map(({ id: _, ...rest }) => rest)
      .sort((a, b) => (a.endpoint < b.endpoint ? -1 : 1))
  expect(await told(to.store)).toEqual(await told(from.store))
})

test('too many bytes, too many lines and another type are refused, and nothing is in', async () => {
  const { bring, store } = await setUp()
  expect(await bring(`${text([line()])}\n${' '.repeat(importBytesMax)}`)).toMatchObject({ status: 413 })
  expect(await bring('{}\n'.repeat(importLinesMax + 1))).toMatchObject({
    status: 413,
    json: { code: 'too-many-lines' },
  })
  expect(await bring(text([line()]), 'application/json')).toMatchObject({ status: 415 })
  expect(await store.count()).toEqual([])
})

test.each<[Role | null, number, number]>([
  [null, 401, 401],
  ['writer', 403, 200],
  ['editor', 403, 200],
  ['admin', 200, 200],
])('%s: import and export answer %i, the count %i', async (role, move, count) => {
  const { app, bring } = await setUp(role)
  expect((await bring(text([line()]))).status).toBe(move)
  expect((await app.request('/v1/desk/subscriptions')).status).toBe(move)
  expect((await app.request('/v1/desk/subscriptions/count')).status).toBe(count)
})

test('readers are counted in each of their languages and topics, testers apart', async () => {
  const { app, bring } = await setUp()
  const preferences = (interest: object, more = {}) => line({ interest, ...more })
  await bring(
    text([
      preferences({ languages: ['fa', 'en'], topics: ['rights'], level: 'flash' }),
      preferences({ languages: ['fa'] }),
      preferences({ languages: '*', topics: ['rights', 'afghanistan'] }),
      preferences({}, { audience: 'test' }),
    ]),
  )
  expect(await (await app.request('/v1/desk/subscriptions/count')).json()).toEqual({
    total: 3,
    test: 1,
    languages: { fa: 2, en: 1, '*': 1 },
    levels: { flash: 1, urgent: 2 },
    topics: { rights: 2, afghanistan: 1, '*': 1 },
    dropped: 0,
  })
})

test('what the newsroom has given up stays wished for: counted, exported, and brought again where it is stored', async () => {
  const from = await setUp()
  const wishes = [
    { languages: ['fa', 'en'], topics: ['rights', 'afghanistan'] },
    { languages: ['ru'] },
    { languages: ['en'], topics: ['rights'] },
    { languages: ['en'], topics: ['afghanistan'] },
    { languages: '*' },
  ]
  // One after another: the lines of one request are encrypted side by side, and stored in the order in which that ends.
  for (const one of [...wishes.map((interest) => line({ interest })), line({ interest: wishes[1], audience: 'test' })])
    await from.bring(text([one]))
  const smaller = parseNewsroom({
    name: 'Radio Example',
    languages: [{ tag: 'en' }, { tag: 'fa' }],
    topics: [{ id: 'rights', labels: {} }],
  })
  const now = await setUp('admin', { newsroom: smaller, subscriptions: from.store, archive: from.store })
  const counts = await (await now.app.request('/v1/desk/subscriptions/count')).json()
  expect(counts).toMatchObject({ total: 5, test: 1, dropped: 4, languages: { ru: 1 }, topics: { afghanistan: 2 } })
  const exported = await (await now.app.request('/v1/desk/subscriptions')).text()
  const told = exported
    .trim()
    .split('\n')
    .map((it) => JSON.parse(it).interest)
  expect(told.map(({ languages, topics }) => [languages, topics])).toEqual([
    [
      ['fa', 'en'],
      ['afghanistan', 'rights'],
    ],
    [['ru'], []],
    [['en'], ['rights']],
    [['en'], ['afghanistan']],
    ['*', []],
    [['ru'], []],
  ])
  expect((await now.bring(exported)).json).toEqual({ made: 0, kept: 6, refused: [] })
  // Where it is not stored, the line is named with what is not known: nobody is brought in for less or more than they wished.
  const fresh = await setUp('admin', { newsroom: smaller })
  const brought = (await fresh.bring(exported)).json as { made: number; refused: { line: number; detail: string }[] }
  expect(brought.made).toBe(2)
  expect(
    brought.refused.map(({ line: number, detail }) => [number, /no (language|topic) "[a-z]+"/.exec(detail)?.[0]]),
  ).toEqual([
    [1, 'no topic "afghanistan"'],
    [2, 'no language "ru"'],
    [4, 'no topic "afghanistan"'],
    [6, 'no language "ru"'],
  ])
})

test('the desk gets the subject, the keys with the number of their subscriptions, and the services in use', async () => {
  const { app, bring } = await setUp('admin')
  const elsewhere = line()
  const { keys } = elsewhere.subscription as { keys: object }
  const mozilla = 'https://updates.push.services.mozilla.com/wpush/v2/a'
  const lines = [
    line(),
    line({ vapidPublicKey: 'old' }),
    line(),
    { ...elsewhere, subscription: { endpoint: mozilla, keys } },
  ]
  expect((await bring(text(lines))).json).toMatchObject({ made: 4 })
  const answer = pushAnswer.parse(await (await app.request('/v1/desk/push')).json())
  expect(answer).toEqual({
    subject: null,
    keyIds: ['k2', 'k1'],
    // A key has readers at several services, and a service has readers of several keys.
    subscriptionsByKey: { k2: 3, k1: 1 },
    hosts: [
      { host: 'fcm.googleapis.com', subscriptions: 3 },
      { host: 'updates.push.services.mozilla.com', subscriptions: 1 },
    ],
  })
  const nobody = await setUp(null)
  expect((await nobody.app.request('/v1/desk/push')).status).toBe(401)
})

test('what is wrong with a line as a whole is reported without a pointer', async () => {
  const { bring } = await setUp()
  const { refused } = (await bring('[]\n1\n"x"\nnull')).json as { refused: { detail: string }[] }
  expect(refused.map(({ detail }) => detail)).toEqual([
    expect.stringMatching(/^An object is wanted, not an empty list/),
    expect.stringMatching(/^An object is wanted, not the number 1/),
    expect.stringMatching(/^An object is wanted, not the string "x"/),
    expect.stringMatching(/^An object is wanted, not null/),
  ])
})
