import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { adminKey, ask, english, publish, type Running, startNode } from '../support/processes/service.ts'
import { addressOf, routes } from '../support/routes.ts'
import { cleaning, scratchFolder } from '../support/scratch.ts'

const clean = cleaning(afterAll)
let service: Running
let ids = { public: '', test: '' }
let itemId = ''
let webhookId = ''
let cookie = ''
beforeAll(async () => {
  service = await startNode(scratchFolder(clean))
  clean(() => service.end('SIGKILL'))
  const idOf = async (audience: string) => (await publish(service.url, { ...english(audience), audience })).alert.id
  ids = { public: await idOf('public'), test: await idOf('test') }
  const draft = await ask(service.url, 'POST', '/v1/desk/items', {}, { 'idempotency-key': 'draft' })
  itemId = ((await draft.json()) as { item: { id: string } }).item.id
  const webhook = await ask(service.url, 'POST', '/v1/desk/webhooks', {
    name: 'A CMS',
    url: 'https://cms.example/hook',
  })
  webhookId = ((await webhook.json()) as { webhook: { id: string } }).webhook.id
  cookie = (await signIn()).headers.getSetCookie()[0]?.split(';')[0] ?? ''
})

const signIn = (headers: Readonly<Record<string, string>> = {}, url = service.url) =>
  fetch(`${url}/v1/desk/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ key: adminKey }),
  })

const idFor = (path: string): string | undefined => ({ items: itemId, webhooks: webhookId })[path.split('/')[3] ?? '']

type Row = {
  readonly route: (typeof routes)[number]
  readonly audience: 'public' | 'test'
  readonly who: 'nobody' | 'a key' | 'a session' | 'a wrong key'
}
const rows: readonly Row[] = routes
  .filter(({ method }) => method === 'get')
  .flatMap((route) =>
    (['public', 'test'] as const).flatMap((audience) =>
      (['nobody', 'a key', 'a session', 'a wrong key'] as const).map((who) => ({ route, audience, who })),
    ),
  )

async function look({ route, audience, who }: Row, more: Readonly<Record<string, string>> = {}): Promise<Response> {
  const { operation } = route
  const query = operation.query !== undefined && 'audience' in operation.query ? `?audience=${audience}` : ''
  const headers: Readonly<Record<Row['who'], Record<string, string>>> = {
    nobody: {},
    'a key': { authorization: `Bearer ${adminKey}` },
    'a session': { cookie },
    'a wrong key': { authorization: 'Bearer nobody-has-this' },
  }
  const stop = new AbortController()
  const answer = await fetch(`${service.url}${addressOf(route, idFor(route.path) ?? ids[audience])}${query}`, {
    headers: { ...headers[who], ...more },
    redirect: 'manual',
    signal: stop.signal,
  })
  if (answer.headers.get('content-type')?.startsWith('text/event-stream')) stop.abort()
  return answer
}

/** Whether a cache that many share may keep an answer (RFC 9111 §3). */
function mayBeShared(answer: Response): boolean {
  const said = answer.headers.get('cache-control') ?? ''
  return !/\b(no-store|private)\b/.test(said)
}
const varies = (answer: Response) => (answer.headers.get('vary') ?? '').toLowerCase().split(/, */)

describe('a shared cache', () => {
  test.each(rows.map((row) => [row.route.path, row.audience, row.who, row] as const))(
    'at %s, for the %s audience, asked by %s, keeps only what anyone is given',
    async (_, audience, who, row) => {
      const { operation } = row.route
      const answer = await look(row)
      expect(answer.headers.get('cache-control')).not.toBeNull()
      const isOk = answer.status < 400
      if (operation.role !== undefined) expect(isOk).toBe(who === 'a key' || who === 'a session')
      if (operation.role !== undefined || operation.token || operation.cache === 'private') {
        // An event stream ends no cache's wait: no-cache, no-transform is what EventSource asks for.
        if (operation.id !== 'openEvents') expect(mayBeShared(answer)).toBe(false)
        return
      }
      const isOfTests = audience === 'test' && (operation.mayAskForTests ?? false)
      if (isOfTests && isOk) expect(answer.headers.get('cache-control')).toBe('private, no-store')
      if (!isOk && answer.headers.get('content-type') === 'application/problem+json')
        expect(answer.headers.get('cache-control')).toBe('no-store')
      if (!mayBeShared(answer)) return
      // What may be kept is the same for everybody, or says upon what it depends.
      const others = await Promise.all(
        (['nobody', 'a key', 'a session', 'a wrong key'] as const).map((it) => look({ ...row, who: it })),
      )
      const bodies = new Set(await Promise.all(others.map(async (it) => `${it.status} ${await it.text()}`)))
      expect(bodies.size).toBe(1)
      expect(answer.headers.get('set-cookie')).toBeNull()
    },
  )

  const changing = {
    'Accept-Language': ['fa', 'ru, en;q=0.5'],
    Accept: ['text/html', 'application/json'],
    Origin: ['https://elsewhere.example', 'https://other.example'],
    'Sec-Fetch-Site': ['cross-site', 'same-origin'],
    Cookie: ['tocsin-desk=nobodys', 'other=1'],
  } as const
  const open = [
    ...routes.filter(({ method, operation }) => method === 'get' && operation.role === undefined),
    { method: 'get', path: '/nothing', operation: { id: 'none' } } as unknown as (typeof routes)[number],
  ]
  test.each(open.map((route) => [route.path, route] as const))(
    'is told by Vary upon which headers the answer at %s depends',
    async (_, route) => {
      if (route.operation.id === 'openEvents' || route.operation.id === 'readMetrics') return
      const row = { route, audience: 'public', who: 'nobody' } as const
      const plain = await look(row)
      for (const [name, values] of Object.entries(changing)) {
        const answers = await Promise.all(values.map((value) => look(row, { [name]: value })))
        const told = new Set(
          await Promise.all(
            [plain.clone(), ...answers.map((it) => it.clone())].map(
              async (it) => `${it.status} ${it.headers.get('location')} ${await it.text()}`,
            ),
          ),
        )
        const isKept = [plain, ...answers].filter((it) => !/no-store/.test(it.headers.get('cache-control') ?? ''))
        if (told.size > 1)
          for (const answer of isKept)
            expect([name, varies(answer)]).toEqual([name, expect.arrayContaining([name.toLowerCase()])])
      }
    },
  )

  test('is not lied to by 304: it has what 200 says of caches', async () => {
    for (const route of routes.filter(({ method, operation }) => method === 'get' && operation.cache === 'public')) {
      const row = { route, audience: 'public', who: 'nobody' } as const
      const etag = (await look(row)).headers.get('etag')
      if (etag === null) continue
      const [full, same] = [await look(row), await look(row, { 'If-None-Match': etag })]
      expect([route.path, same.status]).toEqual([route.path, 304])
      for (const name of ['etag', 'cache-control', 'vary'])
        expect([route.path, name, same.headers.get(name)]).toEqual([route.path, name, full.headers.get(name)])
    }
  })
})

describe("the session's cookie", () => {
  const flags = async (answer: Promise<Response>) => {
    const [set = ''] = (await answer).headers.getSetCookie()
    return set
      .split('; ')
      .slice(1)
      .map((it) => it.replace(/^Max-Age=\d+$/, 'Max-Age'))
      .sort()
  }
  const plain = ['HttpOnly', 'Max-Age', 'Path=/', 'SameSite=Strict']
  const secure = [...plain, 'Secure'].sort()

  test('is Secure wherever the browser is on https, and nowhere else', async () => {
    expect(await flags(signIn())).toEqual(plain)
    expect(await flags(signIn({ origin: service.url }))).toEqual(plain)
    // Behind a proxy that nobody believes, its word is nobody's.
    expect(await flags(signIn({ 'x-forwarded-proto': 'https' }))).toEqual(plain)
    const host = new URL(service.url).host
    expect(await flags(signIn({ origin: `https://${host}`, 'sec-fetch-site': 'same-origin' }))).toEqual(secure)
  })

  test('of a service that says it is on https is Secure, and one behind a believed proxy as the proxy says', async () => {
    const known = await startNode(scratchFolder(clean), { PUBLIC_URL: 'https://alerts.example' })
    clean(() => known.end('SIGKILL'))
    expect(await flags(signIn({}, known.url))).toEqual(secure)
    expect(await flags(signIn({ origin: 'https://alerts.example' }, known.url))).toEqual(secure)
    const behind = await startNode(scratchFolder(clean), { TRUST_PROXY: '1' })
    clean(() => behind.end('SIGKILL'))
    expect(await flags(signIn({ 'x-forwarded-proto': 'https' }, behind.url))).toEqual(secure)
    expect(await flags(signIn({ 'x-forwarded-proto': 'http' }, behind.url))).toEqual(plain)
  })

  test('goes with the session, from the same path', async () => {
    const own = (await signIn()).headers.getSetCookie()[0]?.split(';')[0] ?? ''
    const out = await fetch(`${service.url}/v1/desk/session`, { method: 'DELETE', headers: { cookie: own } })
    expect([out.status, out.headers.getSetCookie()]).toEqual([
      204,
      [expect.stringMatching(/^tocsin-desk=; .*Max-Age=0.*Path=\//)],
    ])
    expect(
      (await ask(service.url, 'GET', '/v1/desk/session', undefined, { authorization: '', cookie: own })).status,
    ).toBe(401)
  })
})

test('limits of an address are 429, of the whole 503, both with a time that other origins can read', async () => {
  const limited = await startNode(scratchFolder(clean), { CONNECTIONS_PER_ADDRESS: '1', SUBSCRIBE_PER_MINUTE: '1' })
  clean(() => limited.end('SIGKILL'))
  const stop = new AbortController()
  clean(() => stop.abort())
  const events = (path: string) =>
    fetch(limited.url + path, { headers: { origin: 'https://x.example' }, signal: stop.signal })
  expect((await events('/v1/events')).status).toBe(200)
  const refused = await events('/v1/events')
  expect(await refused.json()).toMatchObject({ status: 429, code: 'too-many-from-here' })
  expect(refused.status).toBe(429)
  expect(refused.headers.get('access-control-allow-origin')).toBe('*')
  expect(refused.headers.get('access-control-expose-headers')).toContain('Retry-After')
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
  const subscribe = () =>
    fetch(`${limited.url}/v1/subscriptions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    })
  await subscribe()
  const second = await subscribe()
  expect([second.status, Number(second.headers.get('retry-after')) > 0]).toEqual([429, true])
  expect(second.headers.get('cache-control')).toBe('no-store')
  stop.abort()
})
