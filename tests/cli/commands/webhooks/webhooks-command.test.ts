import { expect, test } from 'vitest'
import { deskServer, tocsin } from '../../../support/processes/cli.ts'
import { cleaning } from '../../../support/scratch.ts'

const clean = cleaning()
const at = '2026-03-01T12:00:00.000Z'
const webhook = {
  ...{ id: 'w1', name: 'CMS', url: 'https://cms.example/in', events: ['alarm'], audience: 'all', state: 'ended' },
  ...{ createdAt: at, createdBy: { id: 'ada', name: 'Ada' }, formerSecretUntil: null },
  last: { at, outcome: 'failed', detail: '410' },
}
const deadLetter = { id: 'msg_1', webhookId: 'w1', event: 'alarm', at, diedAt: at, attempts: 12, detail: '503' }

async function setUp() {
  const server = await deskServer(({ method, path }) => {
    if (path.endsWith('/test')) return { status: 200, body: { accepted: false, status: 500 } }
    if (path.endsWith('/replay')) return { status: 200, body: { replayed: 2 } }
    if (path.includes('dead-letters')) return { status: 200, body: { deadLetters: [deadLetter] } }
    if (method === 'DELETE') return { status: 204 }
    if (method === 'GET' && path === '/v1/desk/webhooks') return { status: 200, body: { webhooks: [webhook] } }
    return { status: method === 'POST' ? 201 : 200, body: { webhook, secret: 'whsec_c2VjcmV0' } }
  })
  clean(() => server.close())
  const env = { TOCSIN_URL: server.url, TOCSIN_KEY: 'secret' }
  const run = (...args: readonly string[]) => tocsin(['webhooks', ...args], { env })
  return { run, asked: server.asked }
}

test('a webhook is made with what was given, and its secret is shown', async () => {
  const { run, asked } = await setUp()
  const { code, out } = await run('add', '--name', 'CMS', '--to', webhook.url, '--events', 'alarm,alert.published')
  expect([code, out]).toEqual([0, expect.stringContaining('whsec_c2VjcmV0')])
  expect(asked[0]?.body).toMatchObject({ name: 'CMS', url: webhook.url, events: ['alarm', 'alert.published'] })
  expect((await run('add', '--name', 'CMS')).code).toBe(2)
})

test('the list says where each leads and how its newest attempt ended; no secret', async () => {
  const { run } = await setUp()
  const { out } = await run('list')
  expect(out).toMatch(
    /^ended {2}CMS {2}https:\/\/cms\.example\/in\n {2}w1 · alarm · audience all\n {2}failed at .*: 410$/,
  )
})

test('a change keeps what is not given, and makes an ended one active', async () => {
  const { run, asked } = await setUp()
  expect((await run('change', 'w1', '--name', 'Our CMS')).code).toBe(0)
  const { name: _, ...rest } = { ...webhook, state: 'active' }
  const { url, events, audience, state } = rest
  expect(asked.at(-1)).toMatchObject({ method: 'PUT', path: '/v1/desk/webhooks/w1' })
  expect(asked.at(-1)?.body).toEqual({ name: 'Our CMS', url, events, audience, state })
})

test('a test that is not accepted is exit code 1', async () => {
  const { run } = await setUp()
  expect(await run('test', 'w1')).toMatchObject({ code: 1, out: expect.stringContaining('answered 500') })
})

test('dead letters are listed, and one, those of a webhook or all are sent again', async () => {
  const { run, asked } = await setUp()
  expect((await run('dead-letters', '--webhook', 'w1')).out).toContain('msg_1')
  expect(asked.at(-1)?.path).toBe('/v1/desk/dead-letters?webhook=w1')
  await run('replay', 'msg_1')
  expect(asked.at(-1)?.path).toBe('/v1/desk/dead-letters/msg_1/replay')
  expect((await run('replay', '--webhook', 'w1')).out).toBe('Sent again: 2')
  expect(asked.at(-1)?.body).toEqual({ webhook: 'w1' })
  expect((await run('replay', 'msg_1', '--webhook', 'w1')).code).toBe(2)
  expect((await run('delete', 'w1')).out).toContain('Deleted')
})
