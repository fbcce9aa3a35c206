import { expect, test } from 'vitest'
import type { Requester } from '../../src/auth/requester.ts'
import { newSecret, secretHash } from '../../src/auth/secret.ts'
import { sessionRoutes } from '../../src/http/api/desk/session.ts'
import { createPart } from '../../src/http/app.ts'
import { authenticate, cookieName } from '../../src/http/sign-in.ts'
import { openSqlite } from '../../src/node/storage/sqlite-file.ts'
import { SqliteEditors } from '../../src/store/sqlite/sqlite-editors.ts'
import { cleaning } from '../support/scratch.ts'

const clean = cleaning()
const desk = 'https://desk.example'
const startMs = Date.parse('2026-03-01T12:00:00.000Z')

/** Two editors with a key each, and the routes of their sessions. */
async function deskWith(place: { publicUrl?: string; trustProxy?: boolean } = {}) {
  const sql = openSqlite(':memory:')
  clean(() => sql.close())
  const editors = new SqliteEditors(sql)
  const clock = { ms: startMs }
  const deps = { editors, now: () => clock.ms, publicUrl: null, ...place }
  const report = (error: unknown) => {
    throw error
  }
  const app = createPart({ ...deps, report })
  sessionRoutes(app, deps)
  const keys = { ann: newSecret(), ben: newSecret() }
  for (const [id, key] of Object.entries(keys))
    await editors.add({ id, name: id, role: 'admin', createdAt: '2026' }, await secretHash(key))
  const ask = (method: string, headers: Record<string, string> = {}, key?: string) =>
    app.request('http://10.0.0.5:3000/v1/desk/session', {
      method,
      headers: {
        host: '10.0.0.5:3000',
        ...(key === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(key === undefined ? {} : { body: JSON.stringify({ key }) }),
    })
  /** Signs in; the cookie, as a browser would send it, and what was said of it. */
  async function signIn(key: string, headers: Record<string, string> = {}) {
    const answer = await ask('POST', headers, key)
    expect(answer.status).toBe(201)
    const said = answer.headers.getSetCookie()
    expect(said).toHaveLength(1)
    return { cookie: said[0]?.split(';')[0] ?? '', said: said[0] ?? '' }
  }
  const who = async (headers: Record<string, string>): Promise<Requester> => authenticate(deps, (name) => headers[name])
  return { ask, signIn, who, keys, clock }
}

const nobody = { editor: null, credential: null, foreignOrigin: null }

test('a key is its holder, whatever cookie comes along; a wrong key is nobody, even beside a good cookie', async () => {
  const { keys, signIn, who } = await deskWith()
  const { cookie } = await signIn(keys.ann)
  expect((await who({ cookie })).editor?.id).toBe('ann')
  expect((await who({ authorization: `Bearer ${keys.ben}` })).editor?.id).toBe('ben')
  expect((await who({ authorization: `Bearer ${keys.ben}`, cookie })).editor?.id).toBe('ben')
  expect(await who({ authorization: 'Bearer nobody-has-this', cookie })).toEqual(nobody)
  expect(await who({ cookie: `${cookieName}=nobody-has-this` })).toEqual(nobody)
  expect(await who({})).toEqual(nobody)
})

test.each([
  ['the page where the session was opened', desk, true],
  ['another page', 'https://other.example', false],
  ['the same host without https', 'http://desk.example', false],
])('behind a proxy that changes Host, a session asked for by %s: %s is taken: %s', async (_, origin, isTaken) => {
  const { keys, signIn, ask } = await deskWith()
  const { cookie } = await signIn(keys.ann, { origin: desk, 'sec-fetch-site': 'same-origin' })
  expect((await ask('GET', { cookie, origin })).status).toBe(isTaken ? 200 : 403)
})

test('what one session was opened at is nothing to another’s', async () => {
  const { keys, signIn, ask } = await deskWith()
  await signIn(keys.ann, { origin: desk, 'sec-fetch-site': 'same-origin' })
  const { cookie } = await signIn(keys.ben)
  expect((await ask('GET', { cookie, origin: desk })).status).toBe(403)
  expect((await ask('GET', { cookie })).status).toBe(200)
})

test.each([
  ['https, at a page that says so', {}, { origin: desk, 'sec-fetch-site': 'same-origin' }, true],
  ['PUBLIC_URL of https', { publicUrl: desk }, {}, true],
  ['a trusted proxy that ends TLS', { trustProxy: true }, { 'x-forwarded-proto': 'https' }, true],
  ['a proxy that is not trusted', {}, { 'x-forwarded-proto': 'https' }, false],
  ['this machine', { publicUrl: desk }, { origin: 'http://localhost:3000', 'sec-fetch-site': 'same-origin' }, false],
])(
  'the session’s cookie is for our pages alone, for twelve hours, out of reach of scripts: %s',
  async (_, place, headers, isSecure) => {
    const { keys, signIn } = await deskWith(place)
    const { said } = await signIn(keys.ann, headers)
    const [, ...attributes] = said.split('; ')
    const wanted = ['Max-Age=43200', 'Path=/', 'HttpOnly', 'SameSite=Strict', ...(isSecure ? ['Secure'] : [])]
    expect(attributes.sort()).toEqual(wanted.sort())
  },
)

test('a session ends by itself after twelve hours, to the millisecond', async () => {
  const { keys, signIn, ask, clock } = await deskWith()
  const { cookie } = await signIn(keys.ann)
  clock.ms = startMs + 12 * 60 * 60_000 - 1
  expect((await ask('GET', { cookie })).status).toBe(200)
  clock.ms += 1
  expect((await ask('GET', { cookie })).status).toBe(401)
})

test('a sign-out ends that session for every client with its cookie, and no other session', async () => {
  const { keys, signIn, ask } = await deskWith()
  const [first, second, other] = [await signIn(keys.ann), await signIn(keys.ann), await signIn(keys.ben)]
  const out = await ask('DELETE', { cookie: first.cookie })
  expect(out.status).toBe(204)
  expect(out.headers.getSetCookie()[0]).toMatch(/^tocsin-desk=; Max-Age=0; Path=\//)
  const statuses = await Promise.all(
    [first, second, other].map(async ({ cookie }) => (await ask('GET', { cookie })).status),
  )
  expect(statuses).toEqual([401, 200, 200])
  // With a key there is no session to end.
  expect((await ask('DELETE', { authorization: `Bearer ${keys.ann}` })).status).toBe(204)
  expect((await ask('GET', { cookie: second.cookie })).status).toBe(200)
})
