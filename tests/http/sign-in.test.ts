import { expect, test } from 'vitest'
import type { Role } from '../../src/auth/editor.ts'
import type { Requester } from '../../src/auth/requester.ts'
import { newSecret, secretHash } from '../../src/auth/secret.ts'
import { sessionRoutes } from '../../src/http/api/desk/keys/session.ts'
import { createPart } from '../../src/http/app.ts'
import { plainCookieName } from '../../src/http/session-cookie.ts'
import { authenticate } from '../../src/http/sign-in.ts'
import { openSqlite } from '../../src/node/storage/sqlite-file.ts'
import { SqliteEditors } from '../../src/store/sqlite/sqlite-editors.ts'
import { cleaning } from '../support/scratch.ts'

const clean = cleaning()
const desk = 'https://desk.example'
const noon = '2026-03-01T12:00:00.000Z'
const hourMs = 60 * 60_000
const startMs = Date.parse('2026-03-01T12:00:00.000Z')

/** Two editors with a key each, and the routes of their sessions. */
async function deskWith(
  place: { publicUrl?: string; trustProxy?: boolean } = {},
  roles: { ann: Role; ben: Role } = { ann: 'admin', ben: 'admin' },
) {
  const sql = openSqlite(':memory:')
  clean(() => sql.close())
  const editors = new SqliteEditors(sql)
  const clock = { ms: startMs }
  const deps = {
    editors,
    sessions: editors,
    now: () => clock.ms,
    newId: () => crypto.randomUUID(),
    publicUrl: null,
    ...place,
  }
  const report = (error: unknown) => {
    throw error
  }
  const app = createPart({ ...deps, report })
  sessionRoutes(app, deps)
  const keys = { ann: newSecret(), ben: newSecret() }
  for (const [id, key] of Object.entries(keys))
    await editors.add({ id, name: id, role: roles[id as 'ann'], createdAt: '2026' }, await secretHash(key))
  const ask = (method: string, headers: Record<string, string> = {}, key?: string, more = '') =>
    app.request(`http://10.0.0.5:3000/v1/desk/session${more}`, {
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
  return { ask, signIn, who, keys, clock, editors }
}

const cookieOf = (answer: Response) => answer.headers.getSetCookie()[0]?.split(';')[0] ?? ''
const nobody = { editor: null, credential: null, foreignOrigin: null }

test('a key is its holder, whatever cookie comes along; a wrong key is nobody, even beside a good cookie', async () => {
  const { keys, signIn, who } = await deskWith()
  const { cookie } = await signIn(keys.ann)
  expect((await who({ cookie })).editor?.id).toBe('ann')
  expect((await who({ authorization: `Bearer ${keys.ben}` })).editor?.id).toBe('ben')
  expect((await who({ authorization: `Bearer ${keys.ben}`, cookie })).editor?.id).toBe('ben')
  expect(await who({ authorization: 'Bearer nobody-has-this', cookie })).toEqual({ ...nobody, isKeyWrong: true })
  expect(await who({ cookie: `${plainCookieName}=nobody-has-this` })).toEqual(nobody)
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
    const [pair = '', ...attributes] = said.split('; ')
    expect(pair.split('=')[0]).toBe(isSecure ? '__Host-tocsin-desk' : 'tocsin-desk')
    const wanted = ['Max-Age=43200', 'Path=/', 'HttpOnly', 'SameSite=Strict', ...(isSecure ? ['Secure'] : [])]
    expect(attributes.sort()).toEqual(wanted.sort())
  },
)

test('a session ends by itself after twelve hours, to the millisecond', async () => {
  const { keys, signIn, ask, clock } = await deskWith()
  let { cookie } = await signIn(keys.ann)
  const again = async () => {
    const answer = await ask('GET', { cookie })
    cookie = answer.headers.getSetCookie()[0]?.split(';')[0] ?? cookie
    return answer.status
  }
  for (let hour = 1; hour < 12; hour += 1) {
    clock.ms = startMs + hour * hourMs
    expect([hour, await again()]).toEqual([hour, 200])
  }
  clock.ms = startMs + 12 * hourMs - 1
  expect(await again()).toBe(200)
  clock.ms += 1
  expect(await again()).toBe(401)
})

test('a session that nobody uses ends after four hours', async () => {
  const { keys, signIn, ask, clock } = await deskWith()
  const [left, used] = [await signIn(keys.ann), await signIn(keys.ann)]
  clock.ms = startMs + 2 * hourMs
  const renewed = cookieOf(await ask('GET', { cookie: used.cookie }))
  clock.ms = startMs + 4 * hourMs - 1
  expect((await ask('GET', { cookie: left.cookie })).status).toBe(200)
  clock.ms += 1
  expect((await ask('GET', { cookie: left.cookie })).status).toBe(401)
  expect((await ask('GET', { cookie: renewed })).status).toBe(200)
})

test('after an hour the answer brings another token; the former one is good for another minute', async () => {
  const { keys, signIn, ask, clock } = await deskWith()
  const { cookie } = await signIn(keys.ann, { origin: desk, 'sec-fetch-site': 'same-origin' })
  clock.ms = startMs + hourMs - 1
  expect((await ask('GET', { cookie })).headers.getSetCookie()).toEqual([])
  clock.ms += 1
  const answers = await Promise.all(Array.from({ length: 8 }, () => ask('GET', { cookie })))
  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200))
  const brought = answers.flatMap(({ headers }) => headers.getSetCookie())
  expect(brought, 'of requests at the same time one is told').toHaveLength(1)
  expect(brought[0]).toMatch(/^__Host-tocsin-desk=h\..*; HttpOnly; Secure; SameSite=Strict$/)
  const renewed = brought[0]?.split(';')[0] ?? ''
  expect(renewed).not.toBe(cookie)
  for (const good of [cookie, renewed]) expect((await ask('GET', { cookie: good })).status).toBe(200)
  clock.ms += 60_000
  expect((await ask('GET', { cookie })).status).toBe(401)
  expect((await ask('GET', { cookie: renewed })).status).toBe(200)
})

test('when the answer with the new token is lost, the former one is given another while it is good', async () => {
  const { keys, signIn, ask, clock } = await deskWith()
  const { cookie } = await signIn(keys.ann)
  clock.ms = startMs + hourMs
  await ask('GET', { cookie })
  clock.ms += 9_999
  expect((await ask('GET', { cookie })).headers.getSetCookie()).toEqual([])
  clock.ms += 1
  const second = cookieOf(await ask('GET', { cookie }))
  clock.ms += hourMs / 2
  expect((await ask('GET', { cookie: second })).status).toBe(200)
  expect((await ask('GET', { cookie })).status, 'its minute counts from the first time').toBe(401)
})

test('over https a token counts only under the name that browsers protect; an older session keeps its name', async () => {
  const { keys, signIn, who, editors } = await deskWith()
  const { cookie } = await signIn(keys.ann, { origin: desk, 'sec-fetch-site': 'same-origin' })
  const [, token] = cookie.split('=')
  expect((await who({ cookie })).editor?.id).toBe('ann')
  expect(await who({ cookie: `tocsin-desk=${token}` }), 'as a page of a subdomain could have set it').toEqual(nobody)
  const older = newSecret()
  const session = { tokenHash: await secretHash(older), now: noon, until: '2026-03-02T00:00:00.000Z', origin: desk }
  await editors.openSession(await secretHash(keys.ben), session)
  expect((await who({ cookie: `tocsin-desk=${older}` })).editor?.id).toBe('ben')
  expect((await who({ cookie: `tocsin-desk=${older}; ${cookie}` })).editor?.id).toBe('ann')
})

test('the open sessions are listed by day, one’s own or for an admin all, and can be ended one by one or all at once', async () => {
  const { keys, signIn, ask } = await deskWith({}, { ann: 'admin', ben: 'editor' })
  const cookies = [await signIn(keys.ann), await signIn(keys.ben), await signIn(keys.ben)].map((it) => it.cookie)
  const [ann = '', ben = '', other = ''] = cookies
  const list = async (cookie: string) => {
    const answer = await ask('GET', { cookie }, undefined, 's')
    type Listed = { id: string; editor: { id: string }; isCurrent: boolean }
    return ((await answer.json()) as { sessions: Listed[] }).sessions
  }
  const [all, own] = [await list(ann), await list(ben)]
  expect(all.map(({ editor }) => editor.id).sort()).toEqual(['ann', 'ben', 'ben'])
  expect(own.map(({ editor, isCurrent }) => [editor.id, isCurrent]).sort()).toEqual([
    ['ben', false],
    ['ben', true],
  ])
  expect(Object.keys(own[0] ?? {}).sort()).toEqual(['editor', 'id', 'isCurrent', 'lastUsedOn', 'openedOn'])
  const ofAnn = all.find(({ editor }) => editor.id === 'ann')?.id
  expect((await ask('DELETE', { cookie: ben }, undefined, `s/${ofAnn}`)).status, 'no admin').toBe(404)
  expect((await ask('DELETE', { cookie: ben }, undefined, 's/unknown')).status).toBe(404)
  const ofOther = own.find(({ isCurrent }) => !isCurrent)?.id
  expect((await ask('DELETE', { cookie: ann }, undefined, `s/${ofOther}`)).status).toBe(204)
  expect((await ask('GET', { cookie: other })).status).toBe(401)
  const again = await signIn(keys.ben)
  const out = await ask('DELETE', { cookie: ben }, undefined, 's')
  expect([out.status, out.headers.getSetCookie()[0]]).toEqual([204, expect.stringContaining('Max-Age=0')])
  for (const cookie of [ben, again.cookie]) expect((await ask('GET', { cookie })).status).toBe(401)
  expect((await ask('GET', { cookie: ann })).status).toBe(200)
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
