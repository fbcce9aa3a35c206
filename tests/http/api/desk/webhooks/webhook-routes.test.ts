import { expect, test } from 'vitest'
import { newSecret, secretHash } from '../../../../../src/auth/secret.ts'
import { createApp } from '../../../../../src/http/app.ts'
import { memoryDeps } from '../../../../support/http/memory-deps.ts'
import { newsroom, noon } from '../../../../support/samples.ts'

/** The service in memory, with an admin and an editor. Receivers answer 204. */
async function setUp() {
  const deps = await memoryDeps(newsroom, null)
  const app = createApp(deps)
  const keys = { admin: newSecret(), editor: newSecret() }
  for (const role of ['admin', 'editor'] as const)
    await deps.desk.editors.add({ id: role, name: role, role, createdAt: noon }, await secretHash(keys[role]))
  return async (method: string, path: string, body?: unknown, who: keyof typeof keys = 'admin') => {
    const json = body === undefined ? {} : { 'content-type': 'application/json' }
    const answer = await app.request(path.startsWith('/dead') ? `/v1/desk${path}` : `/v1/desk/webhooks${path}`, {
      ...{ method, headers: { authorization: `Bearer ${keys[who]}`, ...json } },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    return { status: answer.status, text, body: text === '' ? null : JSON.parse(text), headers: answer.headers }
  }
}

const cms = { name: 'CMS', url: 'https://cms.example/in' }

test('an admin makes, reads, changes, tries and deletes a webhook; its secret is in two answers only', async () => {
  const ask = await setUp()
  const made = await ask('POST', '', cms)
  expect([made.status, made.body.webhook.state, made.body.secret]).toEqual([
    201,
    'active',
    expect.stringMatching(/^whsec_/),
  ])
  const { id } = made.body.webhook
  expect(made.headers.get('location')).toBe(`/v1/desk/webhooks/${id}`)
  expect((await ask('GET', '')).body.webhooks).toEqual([made.body.webhook])
  expect((await ask('GET', `/${id}`)).body.webhook.url).toBe(cms.url)
  const changed = await ask('PUT', `/${id}`, { ...cms, events: ['alarm', 'alarm'], audience: 'all', state: 'paused' })
  expect(changed.body.webhook).toMatchObject({ events: ['alarm'], audience: 'all', state: 'paused' })
  const rotated = await ask('POST', `/${id}/rotate`)
  expect(rotated.body.secret).not.toBe(made.body.secret)
  expect(rotated.body.webhook.formerSecretUntil).toBe('2026-03-02T12:00:00.000Z')
  expect((await ask('POST', `/${id}/test`)).body).toEqual({ accepted: true, status: 204 })
  const shown = [await ask('GET', ''), await ask('GET', `/${id}`), changed].map(({ text }) => text).join()
  expect(shown).not.toContain('whsec_')
  expect((await ask('DELETE', `/${id}`)).status).toBe(204)
  for (const [method, path] of [
    ['GET', ''],
    ['DELETE', ''],
    ['POST', '/rotate'],
    ['POST', '/test'],
  ] as const)
    expect((await ask(method, `/${id}${path}`)).body.code).toBe('no-such-webhook')
})

test('dead letters of a webhook that is not there are neither listed nor sent again', async () => {
  const ask = await setUp()
  const { id } = (await ask('POST', '', cms)).body.webhook
  expect((await ask('POST', '/dead-letters/replay', { webhook: id })).body).toEqual({ replayed: 0 })
  expect((await ask('GET', `/dead-letters?webhook=${id}`)).body).toEqual({ deadLetters: [] })
  for (const unknown of ['nobody', `${id}x`, id.toUpperCase(), ' ']) {
    const replay = await ask('POST', '/dead-letters/replay', { webhook: unknown })
    const list = await ask('GET', `/dead-letters?webhook=${encodeURIComponent(unknown)}`)
    for (const answer of [replay, list]) expect([answer.status, answer.body.code]).toEqual([404, 'no-such-webhook'])
  }
})

test('nobody but an admin has anything to do with them', async () => {
  const ask = await setUp()
  for (const [method, path, body] of [
    ['GET', '', undefined],
    ['POST', '', cms],
    ['GET', '/dead-letters', undefined],
    ['POST', '/dead-letters/replay', {}],
    ['POST', '/one/test', undefined],
  ] as const)
    expect((await ask(method, path, body, 'editor')).body.code).toBe('role-too-low')
})

test.each([
  [{ ...cms, url: 'https://169.254.169.254/latest' }, '/url'],
  [{ ...cms, url: 'http://cms.example/' }, '/url'],
  [{ ...cms, url: 'https://localhost/' }, '/url'],
  [{ ...cms, events: ['alert.deleted'] }, '/events/0'],
  [{ ...cms, secret: 'mine' }, '/secret'],
  [{ url: cms.url }, '/name'],
])('a mistake is named where it is: %j', async (body, pointer) => {
  const ask = await setUp()
  const { status, body: problem } = await ask('POST', '', body)
  expect([status, problem.errors.map((it: { pointer: string }) => it.pointer)]).toEqual([400, [pointer]])
})

test('dead letters are listed and sent again; one that is not there is a 404', async () => {
  const ask = await setUp()
  expect((await ask('GET', '/dead-letters?limit=2')).body).toEqual({ deadLetters: [] })
  expect((await ask('GET', '/dead-letters?limit=0')).body.code).toBe('limit-out-of-range')
  expect((await ask('POST', '/dead-letters/replay', {})).body).toEqual({ replayed: 0 })
  expect((await ask('POST', '/dead-letters/msg_1/replay')).body.code).toBe('no-such-message')
})
