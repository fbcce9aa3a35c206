import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { problemAnswerSchema } from '../../../src/http/openapi/response-schemas.ts'
import { watchAnswers } from '../../support/openapi-check.ts'
import { adminKey, ask, english, publish } from '../../support/processes/service.ts'
import type { Door } from './surface.ts'

type Attempt = {
  readonly method: string
  readonly path: string
  readonly status: number
  readonly code?: string
  readonly body?: string | Uint8Array
  readonly headers?: Readonly<Record<string, string>>
}

const key = { authorization: `Bearer ${adminKey}` }
const json = { 'content-type': 'application/json' }
const once = { 'idempotency-key': 'hostile-1' }
const good = JSON.stringify({ level: 'urgent', ...english('Good') })
const unknownId = '01932f6e-0000-7000-8000-00000000dead'

const publishing = [
  '/v1/alerts',
  ...['update', 'correction', 'retraction'].map((kind) => `/v1/alerts/${unknownId}/${kind}`),
]

const attempts: readonly Attempt[] = [
  ...publishing.flatMap((path): Attempt[] => [
    { method: 'POST', path, status: 401, code: 'not-signed-in', body: good, headers: { ...json, ...once } },
    {
      method: 'POST',
      path,
      status: 401,
      code: 'not-signed-in',
      body: good,
      headers: { ...json, ...once, authorization: 'Bearer wrong' },
    },
    {
      method: 'POST',
      path,
      status: 415,
      code: 'not-json',
      body: good,
      headers: { ...key, ...once, 'content-type': 'text/plain' },
    },
    { method: 'POST', path, status: 400, code: 'malformed-json', body: '', headers: { ...key, ...json, ...once } },
    { method: 'POST', path, status: 400, code: 'malformed-json', body: '{', headers: { ...key, ...json, ...once } },
    {
      method: 'POST',
      path,
      status: 400,
      code: 'malformed-json',
      body: new Uint8Array([0x22, 0xff, 0x22]),
      headers: { ...key, ...json, ...once },
    },
    {
      method: 'POST',
      path,
      status: 413,
      code: 'body-too-large',
      body: ' '.repeat(65_537),
      headers: { ...key, ...json, ...once },
    },
    ...['null', '[]', '"x"', '7', '{"__proto__":{"x":1}}', '{"constructor":1}', '{"level":"flash","bogus":1}'].map(
      (body): Attempt => ({
        method: 'POST',
        path,
        status: 400,
        code: 'invalid',
        body,
        headers: { ...key, ...json, ...once },
      }),
    ),
  ]),
  {
    method: 'POST',
    path: '/v1/alerts',
    status: 400,
    code: 'idempotency-key-missing',
    body: good,
    headers: { ...key, ...json },
  },
  {
    method: 'POST',
    path: '/v1/alerts',
    status: 400,
    code: 'idempotency-key-missing',
    body: good,
    headers: { ...key, ...json, 'idempotency-key': 'x'.repeat(201) },
  },
  {
    method: 'POST',
    path: '/v1/alerts?dryRun=ture',
    status: 400,
    code: 'unknown-parameter',
    body: good,
    headers: { ...key, ...json, ...once },
  },
  {
    method: 'POST',
    path: `/v1/alerts/${unknownId}/retraction`,
    status: 404,
    code: 'no-such-alert',
    body: '{"note":{"en":"x"}}',
    headers: { ...key, ...json, ...once },
  },
  {
    method: 'POST',
    path: `/v1/alerts/${unknownId}/explode`,
    status: 404,
    body: '{}',
    headers: { ...key, ...json, ...once },
  },
  { method: 'GET', path: `/v1/alerts/${unknownId}`, status: 404, code: 'no-such-alert' },
  { method: 'GET', path: '/v1/alerts/%00', status: 404 },
  { method: 'GET', path: `/v1/alerts/${unknownId}/delivery`, status: 401, code: 'not-signed-in' },
  { method: 'GET', path: `/v1/alerts/${unknownId}/delivery`, status: 404, code: 'no-such-alert', headers: key },
  { method: 'GET', path: '/v1/alerts?limit=0', status: 400, code: 'limit-out-of-range' },
  { method: 'GET', path: '/v1/alerts?limit=501', status: 400, code: 'limit-out-of-range' },
  { method: 'GET', path: '/v1/alerts?limit=1e2', status: 400, code: 'limit-out-of-range' },
  { method: 'GET', path: '/v1/alerts?after=%F0', status: 400, code: 'cursor-malformed' },
  { method: 'GET', path: '/v1/alerts?level=loud', status: 400, code: 'invalid' },
  { method: 'GET', path: '/v1/alerts?language=fa', status: 400, code: 'unknown-parameter' },
  { method: 'GET', path: `/v1/alerts?topics=${'x,'.repeat(100)}`, status: 400, code: 'invalid' },
  { method: 'GET', path: '/v1/events?after=x', status: 400, code: 'cursor-malformed' },
  { method: 'GET', path: '/v1/socket', status: 426, code: 'upgrade-required' },
  { method: 'POST', path: '/v1/desk/session', status: 401, code: 'wrong-key', body: '{"key":"nobody"}', headers: json },
  { method: 'POST', path: '/v1/desk/session', status: 400, code: 'invalid', body: '{}', headers: json },
  {
    method: 'POST',
    path: '/v1/desk/session',
    status: 400,
    code: 'invalid',
    body: JSON.stringify({ key: 'x'.repeat(300) }),
    headers: json,
  },
  { method: 'GET', path: '/v1/desk/session', status: 401, code: 'not-signed-in' },
  { method: 'GET', path: '/v1/desk/editors', status: 401, code: 'not-signed-in' },
  {
    method: 'POST',
    path: '/v1/desk/editors',
    status: 400,
    code: 'invalid',
    body: '{"name":"x","role":"king"}',
    headers: { ...key, ...json },
  },
  { method: 'DELETE', path: '/v1/desk/editors/nobody', status: 404, code: 'no-such-editor', headers: key },
  { method: 'POST', path: '/v1/subscriptions', status: 400, body: '{}', headers: json },
  { method: 'POST', path: '/v1/subscriptions', status: 400, body: 'null', headers: json },
  { method: 'POST', path: '/v1/subscriptions', status: 413, body: ' '.repeat(65_537), headers: json },
  { method: 'GET', path: `/v1/subscriptions/${unknownId}`, status: 404, headers: { authorization: 'Bearer x' } },
  { method: 'DELETE', path: `/v1/subscriptions/${unknownId}`, status: 404, headers: { authorization: 'Bearer x' } },
  {
    method: 'POST',
    path: `/v1/alerts/${unknownId}/stop`,
    status: 400,
    code: 'no-body-taken',
    body: '{"dryRun":true}',
    headers: { ...key, ...json },
  },
  {
    method: 'DELETE',
    path: `/v1/desk/editors/${unknownId}`,
    status: 400,
    code: 'no-body-taken',
    body: '{"dryRun":true}',
    headers: { ...key, ...json },
  },
  {
    method: 'PUT',
    path: `/v1/subscriptions/${unknownId}`,
    status: 404,
    body: '{"interest":{"languages":["en"]}}',
    headers: { ...json, authorization: 'Bearer x' },
  },
  { method: 'GET', path: '/feeds/tlh.atom', status: 404 },
  { method: 'GET', path: '/feeds/en.atom?topics=sports', status: 400 },
  { method: 'GET', path: '/v2/alerts', status: 404 },
  { method: 'GET', path: '/assets/..%2f..%2fpackage.json', status: 404 },
  { method: 'GET', path: '/.git/config', status: 404 },
]

/** Input from people who mean ill or mistake themselves: the right problem, and nothing changed. */
export function hostileSuite(name: string, open: () => Promise<Door>): void {
  describe(`bad input on ${name}`, () => {
    let door: Door
    let described = () => {}
    beforeAll(async () => {
      door = await open()
      described = await watchAnswers(door.url)
    })
    // Red by itself when an answer was not as described.
    afterAll(() => door.close().finally(described))

    const stateOf = async () => ({
      alerts: await (await ask(door.url, 'GET', '/v1/alerts')).text(),
      // The day of a key's last use is noted some time after the use.
      editors: (await (await ask(door.url, 'GET', '/v1/desk/editors')).text()).replace(/"lastUsedOn":[^,}]+/g, ''),
    })

    test.each(
      attempts.map((it) => [`${it.method} ${it.path.slice(0, 60)} ${String(it.body ?? '').slice(0, 30)}`, it] as const),
    )(
      '%s is refused with a problem and changes nothing',
      async (_, { method, path, status, code, body, headers = {} }) => {
        const before = await stateOf()
        const answer = await fetch(`${door.url}${path}`, {
          method,
          headers,
          redirect: 'manual',
          ...(body === undefined ? {} : { body: body as string }),
        })
        const text = await answer.text()
        expect([answer.status, text]).toEqual([status, expect.any(String)])
        expect(answer.headers.get('content-type')).toBe('application/problem+json')
        const problem = problemAnswerSchema.parse(JSON.parse(text))
        expect(problem.status).toBe(status)
        if (code !== undefined) expect(problem.code).toBe(code)
        expect(text).not.toMatch(/node_modules|\.ts:|at async/)
        expect(await stateOf()).toEqual(before)
      },
    )

    test('a long body that is refused before it is read gets its answer each time', { timeout: 60_000 }, async () => {
      const body = Buffer.alloc(2 * 1024 * 1024, ' ')
      const posts = [
        { path: '/v1/alerts', headers: json, right: 401 },
        { path: '/v1/alerts', headers: { ...key, ...once, 'content-type': 'text/plain' }, right: 415 },
        { path: '/v1/alerts', headers: { ...key, ...json, ...once }, right: 413 },
        { path: '/v1/subscriptions', headers: json, right: 413 },
        { path: '/v1/nothing', headers: json, right: 404 },
      ]
      for (let round = 0; round < 4; round += 1) {
        const asked = posts.map(async ({ path, headers, right }) => {
          const answer = await fetch(`${door.url}${path}`, { method: 'POST', headers, body })
          return [path, right, answer.status, answer.headers.get('content-type')]
        })
        expect(await Promise.all(asked)).toEqual(
          posts.map(({ path, right }) => [path, right, right, 'application/problem+json']),
        )
      }
    })

    test('roles bound what a key may do', async () => {
      const answer = await ask(door.url, 'POST', '/v1/desk/editors', { name: 'Writer', role: 'writer' })
      const made = (await answer.json()) as { key: string; editor: { id: string } }
      const writer = { authorization: `Bearer ${made.key}` }
      const post = (path: string, body: object) =>
        ask(door.url, 'POST', path, body, { ...writer, 'idempotency-key': 'w1' })
      expect((await post('/v1/alerts', { level: 'urgent', ...english('Mine') })).status).toBe(403)
      expect((await post('/v1/desk/editors', { name: 'x', role: 'admin' })).status).toBe(403)
      const { alert } = await publish(door.url, english('Theirs'))
      expect((await post(`/v1/alerts/${alert.id}/retraction`, { note: { en: 'x' } })).status).toBe(403)
      expect((await ask(door.url, 'DELETE', `/v1/desk/editors/${made.editor.id}`)).status).toBe(204)
      expect((await post('/v1/alerts', { level: 'urgent', ...english('Mine') })).status).toBe(401)
    })

    test('the last admin cannot lock everyone out', async () => {
      const listed = await (await ask(door.url, 'GET', '/v1/desk/editors')).json()
      const { editors } = listed as { editors: { id: string; role: string }[] }
      const admin = editors.find(({ role }) => role === 'admin')
      const answer = await ask(door.url, 'DELETE', `/v1/desk/editors/${admin?.id}`)
      expect(answer.status).toBe(409)
      expect((await ask(door.url, 'GET', '/v1/desk/editors')).status).toBe(200)
    })

    test('every answer carries the strict headers', async () => {
      for (const path of ['/en/', '/desk', '/v1/alerts', '/nothing', '/v1/subscriptions/x']) {
        const { headers } = await fetch(`${door.url}${path}`)
        expect([path, headers.get('content-security-policy')]).toEqual([
          path,
          expect.stringContaining("default-src 'none'"),
        ])
        expect(headers.get('content-security-policy')).not.toContain('unsafe')
        expect(headers.get('x-content-type-options')).toBe('nosniff')
        expect(headers.get('referrer-policy')).toBe('no-referrer')
        expect(headers.get('x-powered-by')).toBeNull()
      }
    })
  })
}
