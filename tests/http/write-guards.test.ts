import { beforeAll, expect, test } from 'vitest'
import { newSecret, secretHash } from '../../src/auth/secret.ts'
import { createApp } from '../../src/http/app.ts'
import type { App } from '../../src/http/app-env.ts'
import { memoryDeps } from '../support/http/memory-deps.ts'
import { addressOf, routes } from '../support/routes.ts'
import { newsroom, noon } from '../support/samples.ts'

// Every write of the desk, from the description of the routes: one that is added is held to this as well.

const writes = routes.filter(({ method, operation }) => method !== 'get' && operation.role !== undefined)
const named = writes.map((route) => [`${route.method.toUpperCase()} ${route.path}`, route] as const)

let app: App
let cookie = ''
beforeAll(async () => {
  const deps = await memoryDeps(newsroom, null)
  app = createApp(deps)
  const key = newSecret()
  await deps.desk.editors.add({ id: 'a', name: 'A', role: 'admin', createdAt: noon }, await secretHash(key))
  const signedIn = await app.request('/v1/desk/session', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ key }),
  })
  cookie = signedIn.headers.getSetCookie()[0]?.split(';')[0] ?? ''
})

/** A request to a route with the desk's cookie, and a body where it takes one. */
async function send({ method, path, operation }: (typeof writes)[number], headers: Record<string, string>) {
  const { body } = operation
  const answer = await app.request(`http://desk.example${addressOf({ path })}`, {
    method,
    headers: {
      ...{ cookie, host: 'desk.example', 'idempotency-key': crypto.randomUUID() },
      ...(body === undefined ? {} : { 'content-type': body.type }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: '{}' }),
  })
  const text = await answer.text()
  return { status: answer.status, code: text === '' ? null : JSON.parse(text).code }
}

test('there are writes, and every route that writes asks for a role, a key or a reader’s token', () => {
  expect(writes.length).toBeGreaterThan(15)
  const open = routes.filter(({ method, operation }) => method !== 'get' && operation.role === undefined)
  expect(open.map(({ method, path }) => `${method} ${path}`).sort()).toEqual([
    'delete /v1/subscriptions/:id',
    'post /v1/desk/session',
    'post /v1/subscriptions',
    'post /v1/subscriptions/:id/test',
    // Asks the callback whether it wants this, and does nothing else.
    'post /v1/websub',
    'put /v1/subscriptions/:id',
  ])
})

test.each(named)('%s is refused to a page of another origin, however it says so', async (_, route) => {
  for (const headers of [
    { origin: 'https://evil.example' },
    { origin: 'http://desk.example:81' },
    { origin: 'http://desk.example.evil.example' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site', origin: 'http://desk.example' },
  ])
    expect([headers, await send(route, headers as Record<string, string>)]).toEqual([
      headers,
      { status: 403, code: 'foreign-origin' },
    ])
})

test.each(named)('%s takes the desk’s own page, and asks who it is without its cookie', async (_, route) => {
  const ends = route.path.startsWith('/v1/desk/session')
  if (!ends) {
    const own = await send(route, { origin: 'http://desk.example', 'sec-fetch-site': 'same-origin' })
    expect([401, 415, 500, 'foreign-origin']).not.toContain(own.status)
    expect(own.code).not.toBe('foreign-origin')
  }
  expect((await send(route, { cookie: '' })).status).toBe(401)
})

test.each(named.filter(([, { operation }]) => operation.body !== undefined))(
  '%s takes its own content type alone: none that a form of another page can send',
  async (_, route) => {
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'text/json',
    ])
      expect([type, (await send(route, { 'content-type': type })).status]).toEqual([type, 415])
  },
)

test('the sign-in is refused to other origins and other content types, too', async () => {
  const post = async (headers: Record<string, string>) => {
    const request = {
      method: 'POST',
      body: JSON.stringify({ key: 'x' }),
      headers: { host: 'desk.example', ...headers },
    }
    return (await app.request('http://desk.example/v1/desk/session', request)).status
  }
  const type = { 'content-type': 'application/json' }
  expect(await post({ ...type, origin: 'https://evil.example' })).toBe(403)
  expect(await post({ ...type, 'sec-fetch-site': 'cross-site' })).toBe(403)
  expect(await post({ 'content-type': 'text/plain' })).toBe(415)
  expect(await post(type)).toBe(401)
})
