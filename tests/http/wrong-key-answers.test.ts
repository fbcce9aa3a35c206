import { expect, test } from 'vitest'
import { newSecret, secretHash } from '../../src/auth/secret.ts'
import { createApp } from '../../src/http/app.ts'
import { memoryDeps } from '../support/http/memory-deps.ts'
import { newsroom, noon } from '../support/samples.ts'

async function setUp() {
  const deps = await memoryDeps(newsroom, null)
  const app = createApp(deps)
  const key = newSecret()
  await deps.desk.editors.add({ id: 'e', name: 'E', role: 'writer', createdAt: noon }, await secretHash(key))
  const signIn = (given: string) =>
    app.request('/v1/desk/session', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ key: given }),
    })
  const read = (given: string, path = '/v1/desk/session') =>
    app.request(path, { headers: { authorization: `Bearer ${given}` } })
  return { app, key, signIn, read }
}

test('wrong keys are slowed down, at the sign-in and in headers alike; a right one from the same address is taken', async () => {
  const { key, signIn, read } = await setUp()
  for (let nth = 0; nth < 50; nth += 1) {
    expect((await signIn(`wrong ${nth}`)).status).toBe(401)
    expect((await read('wrong')).status).toBe(401)
  }
  for (const [ask, seconds] of [
    [signIn, '1'],
    [read, '2'],
  ] as const) {
    const answer = await ask('wrong')
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, seconds])
    expect(answer.headers.get('www-authenticate')).toBeNull()
    expect(answer.headers.get('content-security-policy')).not.toBeNull()
    expect(await answer.json()).toMatchObject({ code: 'too-many-wrong-keys' })
  }
  expect((await signIn(key)).status).toBe(201)
  expect((await read(key)).status).toBe(200)
  expect((await signIn('wrong')).headers.get('retry-after'), 'a right one does not make up for wrong ones').toBe('4')
})

test('what is no key is not counted: no header, an ended session, a reader’s token, a wrong body', async () => {
  const { app, signIn, read } = await setUp()
  const cookie = 'tocsin-desk=ended'
  for (let nth = 0; nth < 105; nth += 1) {
    expect((await app.request('/v1/desk/session')).status).toBe(401)
    expect((await app.request('/v1/desk/session', { headers: { cookie } })).status).toBe(401)
    await read('token', '/v1/subscriptions/01932f6e-0000-7000-8000-00000000dead')
    expect((await read('token', '/v1/alerts')).status).toBe(200)
    expect((await signIn('')).status).toBe(400)
  }
  expect((await signIn('wrong')).status).toBe(401)
})
