import { expect, test } from 'vitest'
import { newSecret, secretHash } from '../../../../src/auth/secret.ts'
import { createApp } from '../../../../src/http/app.ts'
import { memoryDeps } from '../../../support/http/memory-deps.ts'
import { newsroom, noon } from '../../../support/samples.ts'

/** The service in memory, with an admin and an editor who have asked for something. */
async function setUp() {
  const deps = await memoryDeps(newsroom, null)
  const app = createApp(deps)
  const keys = { admin: newSecret(), editor: newSecret() }
  for (const role of ['admin', 'editor'] as const)
    await deps.desk.editors.add({ id: role, name: role, role, createdAt: noon }, await secretHash(keys[role]))
  const ask = (who: keyof typeof keys, method: string, path: string, body?: unknown) =>
    app.request(path, {
      method,
      headers: {
        authorization: `Bearer ${keys[who]}`,
        'idempotency-key': path,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
  const read = async (query = '') => {
    const answer = await ask('admin', 'GET', `/v1/desk/audit${query}`)
    return { status: answer.status, body: await jsonOf(answer) }
  }
  return { ask, read, app, keys }
}

type Body = {
  readonly alert: { readonly id: string }
  readonly editor: { readonly id: string }
  readonly lines: readonly { readonly act: string; readonly by: { readonly id: string } | null }[]
  readonly next?: string
  readonly errors: readonly { readonly pointer: string }[]
}
const jsonOf = async (answer: Response): Promise<Body> => (await answer.json()) as Body

const alert = { level: 'routine', texts: { en: { headline: 'A headline', summary: '' } } }

test('whatever an editor does at the desk is a line; what they only look at is none', async () => {
  const { ask, read, app, keys } = await setUp()
  const published = await jsonOf(await ask('editor', 'POST', '/v1/alerts', alert))
  const { id } = published.alert
  await ask('editor', 'POST', `/v1/alerts/${id}/update`, { level: 'urgent' })
  await ask('editor', 'POST', `/v1/alerts/${id}/correction`, { note: { en: 'x' } })
  await ask('editor', 'POST', `/v1/alerts/${id}/retraction`, { note: { en: 'x' } })
  await ask('editor', 'POST', `/v1/alerts/${id}/stop`)
  await ask('editor', 'POST', '/v1/alerts?dryRun=true', alert)
  await ask('admin', 'POST', '/v1/desk/pause', { reason: 'x' })
  await ask('admin', 'POST', '/v1/desk/resume', { reason: 'y' })
  const { editor } = await jsonOf(await ask('admin', 'POST', '/v1/desk/editors', { name: 'Sam', role: 'writer' }))
  await ask('admin', 'DELETE', `/v1/desk/editors/${editor.id}`)
  const signedIn = await app.request('/v1/desk/session', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ key: keys.editor }),
  })
  const cookie = signedIn.headers.getSetCookie()[0]?.split(';')[0] ?? ''
  await app.request('/v1/desk/session', { method: 'DELETE', headers: { cookie } })
  await (await ask('admin', 'GET', '/v1/desk/subscriptions')).text()
  const lines = { method: 'POST', headers: { 'content-type': 'application/x-ndjson' }, body: '{}\n{}\n' }
  const headers = { ...lines.headers, authorization: `Bearer ${keys.admin}` }
  expect((await app.request('/v1/desk/subscriptions', { ...lines, headers })).status).toBe(200)
  for (const path of ['/v1/desk/editors', '/v1/desk/pause', '/v1/desk/items', `/v1/alerts/${id}/delivery`])
    await ask('admin', 'GET', path)
  const { body } = await read('?limit=100')
  const acts = body.lines.map((it) => `${it.act} ${it.by?.id ?? 'nobody'}`)
  expect(acts.toReversed()).toEqual([
    ...['key-made nobody', 'key-made nobody'],
    ...['published editor', 'published editor', 'published editor', 'published editor', 'pushes-stopped editor'],
    ...['paused admin', 'resumed admin', 'key-made admin', 'key-revoked admin'],
    ...['session-opened editor', 'session-ended editor'],
    ...['subscriptions-exported admin', 'subscriptions-imported admin'],
  ])
  expect(JSON.stringify(body), 'no key and no hash of one').not.toMatch(
    new RegExp([keys.admin, keys.editor, await secretHash(keys.editor)].join('|')),
  )
})

test('an import that is refused before it began is no line, nor an export by who may not', async () => {
  const { ask, read } = await setUp()
  expect((await ask('editor', 'GET', '/v1/desk/subscriptions')).status).toBe(403)
  expect((await ask('admin', 'POST', '/v1/desk/subscriptions', '{}')).status).toBe(415)
  expect((await read('?act=subscriptions-exported')).body).toEqual({ lines: [] })
  expect((await read('?act=subscriptions-imported')).body).toEqual({ lines: [] })
})

test('the log is for admins alone, as a page and as a whole', async () => {
  const { ask, app } = await setUp()
  for (const path of ['/v1/desk/audit', '/v1/desk/audit.jsonl']) {
    expect((await ask('editor', 'GET', path)).status).toBe(403)
    expect((await app.request(path)).status).toBe(401)
    expect((await ask('admin', 'GET', path)).headers.get('cache-control')).toBe('private, no-store')
  }
})

test('pages follow each other by next, and filters narrow them', async () => {
  const { ask, read } = await setUp()
  for (let nth = 0; nth < 5; nth += 1) await (await ask('admin', 'GET', '/v1/desk/subscriptions')).text()
  const first = await read('?act=subscriptions-exported&limit=3')
  const second = await read(`?act=subscriptions-exported&limit=3&before=${first.body.next}`)
  expect([first.body.lines.length, second.body.lines.length, second.body.next]).toEqual([3, 2, undefined])
  expect((await read('?editor=nobody')).body.lines).toEqual([])
  expect((await read('?editor=admin')).body.lines).toHaveLength(5)
  expect((await read('?since=2026-03-01T13:00:00%2B01:00')).body.lines).toHaveLength(7)
  expect((await read('?since=2026-03-01T12:00:00.001Z')).body.lines).toHaveLength(0)
})

test('every wrong filter is named at once, with what is known', async () => {
  const { read } = await setUp()
  const { status, body } = await read('?act=publishd&since=yesterday&limit=0&before=x')
  expect(status).toBe(400)
  expect(body.errors.map((it) => it.pointer).sort()).toEqual([...['/act', '/before', '/limit', '/since']])
  expect(JSON.stringify(body)).toContain('did you mean published?')
  expect((await read('?acts=x')).status).toBe(400)
})

test('an export has every line once, newest first, over many pages', async () => {
  const { ask, read } = await setUp()
  for (let nth = 0; nth < 450; nth += 1) await (await ask('admin', 'GET', '/v1/desk/subscriptions')).text()
  const answer = await ask('admin', 'GET', '/v1/desk/audit.jsonl?act=subscriptions-exported')
  expect(answer.headers.get('content-type')).toBe('application/x-ndjson')
  const lines = (await answer.text())
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(new Set(lines.map(({ id }) => id)).size).toBe(450)
  expect(lines.map(({ id }) => id)).toEqual(lines.map(({ id }) => id).toSorted((a, b) => b - a))
  expect(lines.slice(0, 50)).toEqual((await read('?act=subscriptions-exported')).body.lines)
})
