import { afterEach, expect, test } from 'vitest'
import { deskServer, tocsin } from '../../../support/processes/cli.ts'

const open: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of open.splice(0)) await close()
})

const item = {
  ...{ id: 'item-1', version: 2, state: 'awaiting-approval', kind: 'alert', hash: 'the-hash', alertId: 'a1' },
  ...{ level: 'flash', changedBy: { name: 'Mina\x1b[31m' }, approvalsWanted: 2, approvals: [{ by: { name: 'Sam' } }] },
  texts: { en: { headline: 'Quake\x1b[2J', summary: 'Many.' }, fa: { headline: 'زلزله' } },
  ...{ note: { en: 'Wrong place.' }, releaseAt: null, refusal: null },
}

async function serve(of: object = item) {
  const server = await deskServer(({ method, path }) =>
    method === 'GET' && path.startsWith('/v1/desk/items?')
      ? { status: 200, body: { items: [] } }
      : method === 'GET' && path === '/v1/desk/items'
        ? { status: 200, body: { items: [of, { ...of, id: 'item-2' }], next: 'x' } }
        : { status: 200, body: { item: of } },
  )
  open.push(server.close)
  return { ...server, env: { TOCSIN_URL: server.url, TOCSIN_KEY: 'secret' } }
}

test('items list: one after the other, with what each waits for; --state asks for some', async () => {
  const server = await serve()
  const { code, out, err } = await tocsin(['items', 'list'], server)
  expect([code, err]).toEqual([0, 'There are more.'])
  expect(out.split('\n')).toEqual([
    'Not out yet  awaits the approval of another editor (1 of 2)',
    '  item item-1 · alert · flash · last changed by Mina [31m',
    '  en      Quake [2J',
    'Not out yet  awaits the approval of another editor (1 of 2)',
    '  item item-2 · alert · flash · last changed by Mina [31m',
    '  en      Quake [2J',
  ])
  const none = await tocsin(['items', 'list', '--state', 'held,missed'], server)
  expect([none.out, none.err]).toEqual(['', 'There are none.'])
  expect(server.asked[1]?.path).toBe('/v1/desk/items?state=held%2Cmissed')
  const json = await tocsin(['items', 'list', '--json'], server)
  expect(JSON.parse(json.out)).toMatchObject({ items: [{ id: 'item-1' }, { id: 'item-2' }], next: 'x' })
})

test('items list: one without a text is recognised by its note; what is held of an alert that is out says so', async () => {
  const held = { ...item, kind: 'correction', state: 'held', releaseAt: '2026-03-01T12:00:10.000Z' }
  const { texts: _, ...bare } = held
  const { out } = await tocsin(['items', 'list'], await serve(bare))
  expect(out.split('\n')[2]).toBe('  en      Wrong place.')
  expect((await tocsin(['items', 'show', 'item-1'], await serve(held))).out).toContain('it is a correction of alert a1')
  expect((await tocsin(['items', 'show', 'item-1'], await serve({ ...item, state: 'cancelled' }))).out).toMatch(
    /^Not out {2}/,
  )
})

test.each([
  [{ state: 'held', releaseAt: '2026-03-01T12:00:10.000Z' }, 'held; goes out at 2026-03-01T12:00:10.000Z', 'cancel'],
  [{ state: 'scheduled', releaseAt: '2026-03-02T12:00:00.000Z' }, 'scheduled; goes out at 2026-03-02', 'cancel'],
  [{ state: 'missed' }, 'its time was missed', 'publish'],
  [{ state: 'refused', refusal: { detail: 'It has changed.' } }, 'could not go out: It has changed.', null],
  [{ state: 'published' }, 'published as alert a1', null],
  [{ state: 'of-a-later-version' }, 'of-a-later-version', null],
])('items show: %j', async (more, said, way) => {
  const { out } = await tocsin(['items', 'show', 'item-1'], await serve({ ...item, ...more }))
  for (const part of [said, 'Quake [2J', 'Many.', 'زلزله', 'note: Wrong place.']) expect(out).toContain(part)
  expect(/npx tocsin items (\w+) item-1/.exec(out)?.[1] ?? null).toBe(way)
})

test('items approve: what was read is approved, by its hash; without a terminal the hash is wanted', async () => {
  const server = await serve()
  const bare = await tocsin(['items', 'approve', 'item-1'], server)
  expect([bare.code, bare.err, server.asked.length]).toEqual([2, expect.stringContaining('--hash'), 0])
  await tocsin(['items', 'approve', 'item-1', '--hash', 'seen'], server)
  expect(server.asked[0]).toMatchObject({ path: '/v1/desk/items/item-1/approve', body: { hash: 'seen' } })
  const no = await tocsin(['items', 'approve', 'item-1'], { ...server, answer: 'no' })
  expect([no.code, server.asked.length]).toEqual([1, 2])
  await tocsin(['items', 'approve', 'item-1'], { ...server, answer: 'yes' })
  expect(server.asked.at(-1)).toMatchObject({ method: 'POST', body: { hash: 'the-hash' } })
  expect(server.asked.at(-1)?.headers['idempotency-key']).toMatch(/^[\x21-\x7e]{16,}$/)
})

test('items publish and cancel: an override has a reason; a name that is no path stays one', async () => {
  const server = await serve()
  await tocsin(['items', 'publish', 'a/../b', '--item-version', '7', '--override', 'It must go.'], server)
  await tocsin(['items', 'cancel', 'item-1', '--json'], server)
  expect(server.asked.map(({ path, body }) => [path, body])).toEqual([
    ['/v1/desk/items/a%2F..%2Fb/publish', { version: 7, overrideReason: 'It must go.' }],
    ['/v1/desk/items/item-1/cancel', {}],
  ])
})
