import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { createServer as createTls } from 'node:https'
import { type AddressInfo, createServer as createTcp, type Socket } from 'node:net'
import { expect, test } from 'vitest'
import { checkAddress } from '../../../src/cli/doctor/doctor-address.ts'
import { checkLastDelivery } from '../../../src/cli/doctor/doctor-delivery.ts'
import { makeHostProbe, proxyOf } from '../../../src/cli/doctor/doctor-push.ts'
import { checkStream } from '../../../src/cli/doctor/doctor-streams.ts'
import { deskServer } from '../../support/processes/cli.ts'
import { freePort } from '../../support/processes/service.ts'
import { makeCertificate } from '../../support/push/certificate.ts'
import { cleaning } from '../../support/scratch.ts'

const clean = cleaning()
const stop = new AbortController().signal
const alive = JSON.stringify({ status: 'alive' })
const at = (url: string) => ({ url: new URL(url), key: undefined })

async function listening(server: Server | ReturnType<typeof createTls> | ReturnType<typeof createTcp>, scheme: string) {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => sockets.add(socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  clean(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

type Page = { status?: number; headers?: Record<string, string>; body?: string }
const pages = (answer: (path: string) => Page) =>
  listening(
    createServer((request, response) => {
      const { status = 200, headers = {}, body = '' } = answer(request.url ?? '')
      response.writeHead(status, headers).end(body)
    }),
    'http',
  )

async function fault(url: string): Promise<{ why: string; mend: string }> {
  const { isOurs, findings } = await checkAddress(at(url), stop)
  expect([isOurs, findings.length, findings[0]?.state]).toEqual([false, 1, 'fault'])
  return findings[0] as { why: string; mend: string }
}

test('the service itself is found, at the root and below a path that a proxy put before it', async () => {
  const url = await pages((path) => (path.endsWith('/healthz') ? { body: alive } : { status: 404 }))
  expect((await checkAddress(at(url), stop)).isOurs).toBe(true)
  expect((await checkAddress(at(`${url}news/`), stop)).isOurs).toBe(true)
})

test('where nothing listens, the doctor says so and how to start it; a name that nobody has is named', async () => {
  const port = await freePort()
  expect(await fault(`http://127.0.0.1:${port}/`)).toMatchObject({
    why: `Nothing listens at 127.0.0.1:${port}.`,
    mend: expect.stringContaining('npm start'),
  })
  expect((await fault('http://127.0.0.1:1/')).why).toContain('port 1')
  expect((await fault('http://tocsin.invalid:80/')).why).toMatch(/tocsin\.invalid/)
})

test.each<[string, Page, RegExp]>([
  [
    'nginx and its first page',
    { headers: { server: 'nginx/1.22.1', 'content-type': 'text/html' }, body: '<title>Welcome to nginx!</title>' },
    /Something else.*status 200, server nginx\/1\.22\.1, a page “Welcome to nginx!”/,
  ],
  ['a program that knows no such page', { status: 404, body: 'not found' }, /Something else.*status 404/],
  [
    'JSON of another program',
    { headers: { 'content-type': 'application/json' }, body: '{"status":"ok"}' },
    /Something else.*status 200/,
  ],
  ['a proxy without a service behind it', { status: 502, body: '<title>502 Bad Gateway</title>' }, /status 502/],
])('%s is told by its answer, and is not taken for the service', async (_, page, why) => {
  expect((await fault(await pages(() => page))).why).toMatch(why)
})

test('of a proxy that does not reach the service, the doctor does not say that the service must be started', async () => {
  expect((await fault(await pages(() => ({ status: 503 })))).mend).toContain('that the proxy passes on to')
})

test('an address with a path too many is named without it, and one that sends on is followed in words', async () => {
  const url = await pages((path) => (path === '/healthz' ? { body: alive } : { status: 404, body: 'none' }))
  expect(await fault(`${url}desk/`)).toMatchObject({
    why: expect.stringContaining('not at this path'),
    mend: expect.stringContaining(`--url ${url}`),
  })
  const from = await pages((path) => ({ status: 308, headers: { location: `https://alerts.example${path}` } }))
  expect(await fault(from)).toMatchObject({
    why: 'It sends on to https://alerts.example/healthz (308).',
    mend: 'Give that address: --url https://alerts.example/',
  })
})

test('https where http is wanted, http where https is, and a certificate that nobody trusts: each by its name', async () => {
  const plain = await pages(() => ({ body: alive }))
  const { key, cert } = makeCertificate(['localhost'])
  const closed = await listening(
    createTls({ key, cert }, (_, response) => response.end(alive)),
    'https',
  )
  const swapped = (url: string, scheme: string) => url.replace(/^\w+/, scheme)
  expect(await fault(swapped(plain, 'https'))).toMatchObject({
    why: expect.stringContaining('speaks http, not https'),
    mend: expect.stringContaining(`--url ${plain}`),
  })
  expect(await fault(swapped(closed, 'http'))).toMatchObject({
    why: expect.stringContaining('speaks https, not http'),
    mend: expect.stringContaining(`--url ${closed}`),
  })
  expect((await fault(closed)).why).toContain('certificate')
  // As nginx answers a plain request on its port for TLS.
  const said = await pages(() => ({
    status: 400,
    body: '<center>The plain HTTP request was sent to HTTPS port</center>',
  }))
  expect((await fault(said)).mend).toContain(`--url ${swapped(said, 'https')}`)
})

const waitMs = 300

test('a proxy that keeps an event stream to itself, and one that drops upgrades, get different advice', async () => {
  const holding = await pages(() => ({ status: 200 }))
  // Its head and its first event stay with the proxy.
  const silent = await listening(
    createTcp(() => {}),
    'http',
  )
  expect(await checkStream(at(silent), 'events', stop, waitMs)).toMatchObject({
    state: 'fault',
    why: 'Nothing came in 0.3 s.',
    mend: expect.stringContaining('not buffer'),
  })
  const headed = createServer((_, response) =>
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders(),
  )
  expect(await checkStream(at(await listening(headed, 'http')), 'events', stop, waitMs)).toMatchObject({
    state: 'fault',
    mend: expect.stringContaining('not buffer'),
  })
  for (const url of [holding, silent])
    expect(await checkStream(at(url), 'socket', stop, waitMs)).toMatchObject({
      state: 'fault',
      mend: expect.stringContaining('Upgrade'),
    })
  const dropping = createServer()
  dropping.on('upgrade', (_, socket) => socket.destroy())
  expect(await checkStream(at(await listening(dropping, 'http')), 'socket', stop, waitMs)).toMatchObject({
    state: 'fault',
    mend: expect.stringContaining('Upgrade'),
  })
})

test.each([
  [{ HTTPS_PROXY: 'http://p:1' }, 'http://p:1'],
  [{ https_proxy: 'http://q:1', HTTPS_PROXY: 'http://p:1' }, 'http://q:1'],
  [{ ALL_PROXY: 'p:1' }, 'http://p:1'],
  [{ https_proxy: '', all_proxy: 'http://r:1' }, 'http://r:1'],
  [{ HTTP_PROXY: 'http://p:1' }, undefined],
  [{}, undefined],
])('of the environment %j the doctor takes the proxy %s', (env, proxy) => {
  expect(proxyOf(env)).toBe(proxy)
})

test('the doctor connects to push services through the proxy that pushes use, and directly where NO_PROXY says so', async () => {
  const asked: string[] = []
  const proxy = createServer()
  proxy.on('connect', ({ url = '' }, socket) => {
    asked.push(url)
    socket.end('HTTP/1.1 403 No\r\n\r\n')
  })
  const HTTPS_PROXY = await listening(proxy, 'http')
  await expect(makeHostProbe({ HTTPS_PROXY })('push.invalid', stop)).rejects.toThrow()
  expect(asked).toEqual(['push.invalid:443'])
  for (const name of ['NO_PROXY', 'no_proxy'])
    await expect(makeHostProbe({ HTTPS_PROXY, [name]: '.invalid' })('push.invalid', stop)).rejects.toThrow()
  expect(asked).toHaveLength(1)
})

const old = '2026-01-01T00:00:00.000Z'
test.each([
  ['all accepted', { due: 3, accepted: 3, gone: 0, failed: 0, waiting: 0 }, 'good', '3 of 3'],
  ['nobody to push to', { due: 0, accepted: 0, gone: 0, failed: 0, waiting: 0 }, 'good', 'nobody'],
  ['one of one failed', { due: 1, accepted: 0, gone: 0, failed: 1, waiting: 0 }, 'fault', 'Of 1 push '],
  ['all failed', { due: 40, accepted: 0, gone: 0, failed: 40, waiting: 0 }, 'fault', '40 failed'],
  ['exactly one in twenty failed', { due: 40, accepted: 38, gone: 0, failed: 2, waiting: 0 }, 'good', '38 of 40'],
  ['more than one in twenty failed', { due: 40, accepted: 37, gone: 0, failed: 3, waiting: 0 }, 'doubt', '3 failed'],
  ['nothing begun for long', { due: 5, accepted: 0, gone: 0, failed: 0, waiting: 5 }, 'fault', '5 wait'],
  ['some wait for long', { due: 5, accepted: 4, gone: 0, failed: 0, waiting: 1 }, 'doubt', '1 wait'],
])('of the newest alert’s last change, %s: %j is %s', async (_, figures, state, words) => {
  const deliveries = [
    { seq: 9, startedAt: old, ...figures },
    { seq: 4, startedAt: old, due: 7, accepted: 0, gone: 0, failed: 7, waiting: 0 },
  ]
  const server = await deskServer(({ path }) => ({
    status: 200,
    body: path.includes('/delivery') ? { deliveries } : { entries: [{ alert: { id: 'a b' } }] },
  }))
  clean(() => server.close())
  const [finding] = await checkLastDelivery({ url: new URL('/', server.url), key: 'k' }, stop)
  expect(finding?.state).toBe(state)
  expect(`${finding?.what} ${finding?.why}`).toContain(words)
  expect(server.asked.map(({ path }) => path)).toEqual(['/v1/alerts?limit=1', '/v1/alerts/a%20b/delivery'])
})
