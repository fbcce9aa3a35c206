import { createECDH } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, describe, expect, test } from 'vitest'
import { WebSocketServer } from 'ws'
import { checkPush } from '../../../src/cli/doctor/doctor-push.ts'
import { checkLinks, isAtom } from '../../../src/cli/doctor/doctor-streams.ts'
import { tocsin } from '../../support/processes/cli.ts'
import { freePort } from '../../support/processes/service.ts'
import { live, welcome } from '../../support/streams/collected-events.ts'

const open: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of open.splice(0)) await close()
})

type Page = (request: IncomingMessage, response: ServerResponse) => void
function say(body: unknown, type = 'application/json', status = 200, headers: Record<string, string> = {}): Page {
  return (_, response) => {
    response.writeHead(status, { 'content-type': type, ...headers })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  }
}
const healthy: Record<string, Page> = {
  '/healthz': say({ status: 'alive' }),
  '/readyz': say({ status: 'ready' }),
  '/v1/newsroom': say({
    languages: [{ tag: 'fa' }],
    vapidPublicKey: createECDH('prime256v1').generateKeys('base64url'),
  }),
  '/v1/events': (_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(`event: live\ndata: ${JSON.stringify(live(1))}\n\n`)
  },
  '/feeds/fa.atom': say(
    '<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>A &amp; B</title><link href="x"/></feed>',
    'application/atom+xml',
  ),
  '/feeds/fa.json': say({ version: 'https://jsonfeed.org/version/1.1', items: [] }),
  '/v1/desk/session': say({ editor: { name: 'Mina', role: 'editor' } }),
  '/v1/desk/push': push({}),
  '/v1/desk/alarms': say({ alarms: [] }),
  '/v1/alerts': say({ entries: [] }),
}

function alarm(more: object): Page {
  const at = new Date().toISOString()
  return say({ alarms: [{ kind: 'key', host: 'web.push.apple.com', detail: 'answer 403 (key)', at, ...more }] })
}

function push(more: object): Page {
  return say({
    subject: 'mailto:desk@news.example',
    keyIds: ['new', 'old'],
    subscriptionsByKey: { new: 2, old: 1 },
    hosts: [],
    ...more,
  })
}

async function serve(pages: Record<string, Page>, greet = true): Promise<Record<string, string>> {
  const server = createServer((request, response) => {
    const page = pages[new URL(request.url ?? '/', 'http://host').pathname]
    if (page) page(request, response)
    else say({ code: 'none', detail: 'None.' }, 'application/problem+json', 404)(request, response)
  })
  const sockets = new WebSocketServer({ server, path: '/v1/socket' })
  sockets.on('connection', (ws) => (greet ? ws.send(JSON.stringify(welcome(1))) : ws.close(1011, 'no log')))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  open.push(async () => {
    for (const ws of sockets.clients) ws.terminate()
    server.closeAllConnections()
    await new Promise<void>((resolve) => server.close(() => resolve()))
  })
  return { TOCSIN_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, TOCSIN_KEY: 'secret' }
}

describe('doctor', () => {
  test('finds nothing wrong with a healthy service, and names the key’s editor', async () => {
    const { code, out } = await tocsin(['doctor'], { env: await serve(healthy) })
    expect(out).not.toMatch(/FAIL|warn {2}/)
    expect(out).toContain('Mina, editor')
    expect(code).toBe(0)
  })

  const offCurve = Buffer.alloc(65, 7)
  offCurve[0] = 4
  test.each<[string, Record<string, Page>, boolean, string]>([
    [
      'a service that is not ready',
      { '/readyz': say({ code: 'x', detail: 'Starting.' }, 'application/problem+json', 503) },
      true,
      'Starting.',
    ],
    ['another service', { '/healthz': say('<html>', 'text/html') }, true, 'Something else answers'],
    [
      'a clock two minutes behind',
      {
        '/healthz': say({ status: 'alive' }, 'application/json', 200, {
          date: new Date(Date.now() - 120_000).toUTCString(),
        }),
      },
      true,
      's behind this one',
    ],
    ['a newsroom without languages', { '/v1/newsroom': say({}) }, true, 'NEWSROOM'],
    [
      'a push key that is no point of the curve',
      { '/v1/newsroom': say({ languages: [{ tag: 'fa' }], vapidPublicKey: offCurve.toString('base64url') }) },
      true,
      'VAPID_PUBLIC_KEY',
    ],
    [
      'a push key of another length',
      { '/v1/newsroom': say({ languages: [{ tag: 'fa' }], vapidPublicKey: 'BA' }) },
      true,
      'VAPID_PUBLIC_KEY',
    ],
    ['sockets that end before their welcome', {}, false, '1011'],
    ['an event stream that is a page', { '/v1/events': say('hello', 'text/html') }, true, 'not buffer'],
    ['a feed that is cut off', { '/feeds/fa.atom': say('<feed><title>A') }, true, '/feeds/fa.atom'],
    ['a JSON feed that is none', { '/feeds/fa.json': say({ items: [] }) }, true, '/feeds/fa.json'],
    [
      'a VAPID subject that Apple refuses',
      { '/v1/desk/push': push({ subject: 'mailto:me@localhost' }) },
      true,
      'Apple',
    ],
    [
      'subscriptions whose VAPID key is lost',
      { '/v1/desk/push': push({ subscriptionsByKey: { new: 1, lost: 7 } }) },
      true,
      '7 subscriptions made with lost',
    ],
    [
      'a push service that cannot be reached',
      { '/v1/desk/push': push({ hosts: [{ host: 'push.invalid', subscriptions: 3 }] }) },
      true,
      'push.invalid',
    ],
    ['an alarm of this hour', { '/v1/desk/alarms': alarm({}) }, true, 'web.push.apple.com: answer 403'],
    ['a desk that tells nothing of push', { '/v1/desk/push': say([]) }, true, 'own version'],
    [
      'a key that nobody has',
      { '/v1/desk/session': say({ code: 'not-signed-in', detail: 'Sign in.' }, 'application/problem+json', 401) },
      true,
      'revoked',
    ],
  ])('finds %s, says how to mend it and ends with exit code 1', async (_, pages, greet, sentence) => {
    const env = await serve({ ...healthy, ...pages }, greet)
    const { code, out } = await tocsin(['doctor'], { env })
    expect(out.match(/FAIL/g)?.length).toBe(1)
    expect(out).toContain(sentence)
    expect(code).toBe(1)
    const { faults, findings } = JSON.parse((await tocsin(['doctor', '--json'], { env })).out)
    expect(faults).toBe(1)
    for (const { state, mend } of findings) expect(typeof mend).toBe(state === 'good' ? 'undefined' : 'string')
  })

  test('doubts a service that names nobody to write to, and finds no fault in it', async () => {
    const env = await serve({ ...healthy, '/v1/desk/push': push({ subject: null }) })
    const { code, out } = await tocsin(['doctor'], { env })
    expect(code).toBe(0)
    expect(out).toMatch(/warn[\s\S]*VAPID subject[\s\S]*VAPID_SUBJECT/)
  })

  test.each([
    ['nodes have different VAPID keys: readers who subscribe at one may get no push', 'Give every node the same'],
    [
      'nothing is pushed to 1 of 1 subscription: made with the VAPID key k, which this service does not have. Put',
      'Put back the vapid.json',
    ],
    ['answer 403 (key)', 'Look at VAPID_SUBJECT'],
  ])('says of the alarm key, when it is that %s: %s', async (detail, mend) => {
    const env = await serve({ ...healthy, '/v1/desk/alarms': alarm({ host: undefined, detail }) })
    const { out } = await tocsin(['doctor', '--json'], { env })
    expect(JSON.parse(out).findings).toContainEqual(expect.objectContaining({ mend: expect.stringContaining(mend) }))
  })

  test('doubts because of an alarm of hours ago, and finds no fault in it', async () => {
    const env = await serve({ ...healthy, '/v1/desk/alarms': alarm({ at: new Date(Date.now() - 7_200_000) }) })
    const { code, out } = await tocsin(['doctor'], { env })
    expect(code).toBe(0)
    expect(out).toMatch(/warn[\s\S]*no alarm[\s\S]*VAPID_SUBJECT/)
  })

  test('publishes nothing unless --push is given, and then a test alert', async () => {
    const published: unknown[] = []
    const alerts: Page = async (request, response) => {
      if (request.method === 'GET') return say({ entries: [] })(request, response)
      published.push(JSON.parse(await text(request)))
      say({ alert: { id: 'one' } }, 'application/json', 201)(request, response)
    }
    const done = { due: 2, accepted: 2, finishedAt: new Date().toISOString(), percentiles: { p50: 0.5 } }
    const delivery = say({ deliveries: [done] })
    const env = await serve({ ...healthy, '/v1/alerts': alerts, '/v1/alerts/one/delivery': delivery })
    await tocsin(['doctor'], { env })
    expect(published).toEqual([])
    const { code, out } = await tocsin(['doctor', '--push'], { env })
    expect(published).toMatchObject([{ audience: 'test', texts: { fa: { headline: 'Test' } } }])
    expect(out).toContain('2 of 2 accepted, half within 0.5 s')
    expect(code).toBe(0)
  })

  test('connects to each push service in use; any response counts, a time-out or a broken connection does not', async () => {
    const hosts = ['a.example', 'b.example'].map((host) => ({ host, subscriptions: 1 }))
    const env = await serve({ ...healthy, '/v1/desk/push': push({ hosts }) })
    const service = { url: new URL('/', env.TOCSIN_URL), key: 'secret' }
    const findings = await checkPush(service, new AbortController().signal, {}, async (host) => {
      if (host === 'a.example') return 404
      throw new DOMException('late', 'TimeoutError')
    })
    expect(findings.map(({ state }) => state)).toEqual(['good', 'good', 'good', 'fault'])
    expect(findings[3]).toMatchObject({ what: expect.stringContaining('b.example'), why: 'No answer in 10 s.' })
  })

  test('says which former key nobody is left with', async () => {
    const env = await serve({ ...healthy, '/v1/desk/push': push({ subscriptionsByKey: { new: 3 } }) })
    expect((await tocsin(['doctor'], { env })).out).toContain('nobody is left with old')
  })

  test('says when nobody answers, and asks no further', async () => {
    const { code, out } = await tocsin(['doctor', '--url', `http://127.0.0.1:${await freePort()}`])
    expect(code).toBe(1)
    expect(out).toContain('npm start')
    expect(out).not.toContain('WebSocket')
  })

  test('without a key it doubts, but finds no fault', async () => {
    const { TOCSIN_URL } = await serve(healthy)
    const { code, out } = await tocsin(['doctor'], { env: { TOCSIN_URL } })
    expect(code).toBe(0)
    expect(out).toContain('warn')
  })
})

test.each([
  ['<feed/>', true],
  ['<!-- <x> --><feed a="1" b=\'2\'><![CDATA[<y>]]>&#x4e;</feed>', true],
  ['<feed><a></feed></a>', false],
  ['<feed>A & B</feed>', false],
  ['<feed><a b=c/></feed>', false],
  ['<html></html>', false],
  ['', false],
])('%j is Atom: %s', (text, is) => {
  expect(isAtom(text)).toBe(is)
})

test.each([
  ['https://alerts.example', 'https://alerts.example/en/', 'good'],
  ['http://localhost:3000', 'http://localhost:3000/en/', 'good'],
  ['http://127.0.0.1:3000', 'https://alerts.example/en/', 'good'],
  ['http://[::1]:3000', 'https://alerts.example/en/', 'good'],
  ['http://localhost:8080', 'http://127.0.0.1:3000/en/', 'fault'],
  ['https://alerts.example', 'http://127.0.0.1:3000/en/', 'fault'],
  ['https://alerts.example', 'http://alerts.example/en/', 'fault'],
  ['https://alerts.example', 'https://other.example/en/', 'fault'],
  ['https://alerts.example', 'https://alerts.example:8443/en/', 'fault'],
])('asked at %s, links to %s are %s', (asked, home, state) => {
  const findings = checkLinks(new URL(asked), JSON.stringify({ home_page_url: home }))
  expect(findings).toMatchObject([{ state, what: `Links lead to ${new URL(home).origin}` }])
  if (state === 'fault') expect(findings[0]?.mend).toContain('PUBLIC_URL')
})

test.each([
  ['http://node-1:3000', 'https://alerts.example/en/', 'good'],
  ['http://localhost:3001', 'http://localhost:3000/en/', 'good'],
  ['https://alerts.example', 'http://127.0.0.1:3000/en/', 'fault'],
  ['https://alerts.example', 'http://alerts.example/en/', 'fault'],
])('asked at %s, links to %s, where the same service answers, are %s', (asked, home, state) => {
  expect(checkLinks(new URL(asked), JSON.stringify({ home_page_url: home }), true)).toMatchObject([{ state }])
})

test('asked at the address of one node, links that lead to the address of all are good; to another service, not', async () => {
  const { TOCSIN_URL: all = '' } = await serve(healthy)
  const feed = { version: 'https://jsonfeed.org/version/1.1', items: [], home_page_url: all }
  const node = await serve({ ...healthy, '/feeds/fa.json': say(feed) })
  const { out } = await tocsin(['doctor', '--json'], { env: node })
  const what = `Links lead to ${all}`
  expect(JSON.parse(out).findings).toContainEqual({ state: 'good', what })
  const other = { languages: [{ tag: 'fa' }], vapidPublicKey: createECDH('prime256v1').generateKeys('base64url') }
  const stranger = await serve({ ...healthy, '/feeds/fa.json': say(feed), '/v1/newsroom': say(other) })
  const wrong = await tocsin(['doctor', '--json'], { env: stranger })
  expect(JSON.parse(wrong.out).findings).toContainEqual(expect.objectContaining({ state: 'fault', what }))
})

test('a feed without an address of its own says nothing of links', () => {
  for (const feed of ['{}', 'null', '[]', '{"home_page_url":1}', '{"home_page_url":"x"}'])
    expect(checkLinks(new URL('https://alerts.example'), feed)).toEqual([])
})
