import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { afterEach, expect, test, vi } from 'vitest'
import { PushSender } from '../../../../src/node/push/connections/connection-pool.ts'
import { proxyFor, proxyName } from '../../../../src/node/push/connections/outgoing-proxy.ts'
import { startPushService } from '../../../support/push/push-service.ts'
import { cleaning } from '../../../support/scratch.ts'

const clean = cleaning()
const names = ['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy', 'NO_PROXY', 'no_proxy']
const environment = (more: Readonly<Record<string, string>>): void => {
  for (const name of names) vi.stubEnv(name, more[name])
}
afterEach(() => {
  vi.unstubAllEnvs()
})

/** A proxy that leads every CONNECT to one port, or answers what it is told. */
async function startProxy(to: number, answer = 200) {
  const asked: { readonly target: string; readonly authorization: string | undefined }[] = []
  const server = createServer()
  const sockets = new Set<Socket>()
  server.on('connect', (request: IncomingMessage, socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    asked.push({ target: request.url ?? '', authorization: request.headers['proxy-authorization'] })
    if (answer === 0) return
    if (answer !== 200) return void socket.end(`HTTP/1.1 ${answer} No\r\n\r\n`)
    const way = connect(to, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      way.pipe(socket).pipe(way)
    })
    way.on('error', () => socket.destroy())
    socket.once('close', () => way.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  clean(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { asked, port: (server.address() as AddressInfo).port }
}

const send = (sender: PushSender, endpoint: string) =>
  sender.send({ endpoint, headers: { ttl: '60' }, body: new Uint8Array(100) })

async function setUp(options: { readonly http1Only?: boolean } = {}, answer = 200) {
  const service = await startPushService(options)
  clean(() => service.close())
  const proxy = await startProxy(service.port, answer)
  // Without `connectTo`: the only way to the service is the proxy.
  const sender = new PushSender({ ca: service.certificate.cert, requestMs: 3_000 })
  clean(() => sender.close())
  return { service, proxy, sender }
}

test.each([
  ['HTTPS_PROXY', false],
  ['https_proxy', false],
  ['ALL_PROXY', false],
  ['HTTPS_PROXY', true],
] as const)('pushes go through the proxy of %s (a service without HTTP/2: %s)', async (name, http1Only) => {
  const { service, proxy, sender } = await setUp({ http1Only })
  environment({ [name]: `http://127.0.0.1:${proxy.port}` })
  const readers = [service.makeReader(), service.makeReader('web.push.apple.com')]
  for (const { address } of [...readers, ...readers])
    expect(await send(sender, address.endpoint)).toMatchObject({ kind: 'answered', status: 201 })
  expect(service.counterTotals).toHaveLength(4)
  expect(new Set(proxy.asked.map(({ target }) => target))).toEqual(
    new Set(['updates.push.services.mozilla.com:443', 'web.push.apple.com:443']),
  )
})

test('a user name and a password are given to the proxy, and to nobody else', async () => {
  const { service, proxy, sender } = await setUp()
  environment({ HTTPS_PROXY: `http://desk:p%40ss@127.0.0.1:${proxy.port}` })
  expect(await send(sender, service.makeReader().address.endpoint)).toMatchObject({ kind: 'answered' })
  expect(proxy.asked[0]?.authorization).toBe(`Basic ${Buffer.from('desk:p@ss').toString('base64')}`)
  expect(Object.keys(service.counterTotals[0]?.headers ?? {})).not.toContain('proxy-authorization')
  expect(proxyName(proxyFor('fcm.googleapis.com') ?? new URL('http://none'))).toBe(`http://127.0.0.1:${proxy.port}`)
})

test.each([403, 407, 502])('a proxy that answers %i breaks the request and is named with it', async (status) => {
  const { service, proxy, sender } = await setUp({}, status)
  environment({ HTTPS_PROXY: `http://u:secret@127.0.0.1:${proxy.port}` })
  const answer = await send(sender, service.makeReader().address.endpoint)
  expect(answer).toMatchObject({ kind: 'broken', reason: expect.stringContaining(`answered ${status}`) })
  expect(JSON.stringify(answer)).not.toContain('secret')
  expect(service.counterTotals).toEqual([])
})

test('a proxy that says nothing, or is not there, breaks the request within its deadline', async () => {
  const { service, proxy, sender } = await setUp({}, 0)
  environment({ HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` })
  expect(await send(sender, service.makeReader().address.endpoint)).toMatchObject({ kind: 'broken' })
  environment({ HTTPS_PROXY: 'http://127.0.0.1:1' })
  expect(await send(sender, service.makeReader('web.push.apple.com').address.endpoint)).toMatchObject({
    kind: 'broken',
    reason: expect.stringContaining('http://127.0.0.1:1'),
  })
})

test.each([
  [{}, null],
  [{ HTTPS_PROXY: 'http://proxy.example:3128' }, 'http://proxy.example:3128'],
  [{ https_proxy: 'proxy.example:3128' }, 'http://proxy.example:3128'],
  [{ HTTPS_PROXY: 'https://proxy.example' }, 'https://proxy.example'],
  [{ HTTPS_PROXY: 'http://[::1]:8080' }, 'http://[::1]:8080'],
  [{ HTTPS_PROXY: 'http://a:1', NO_PROXY: '*' }, null],
  [{ HTTPS_PROXY: 'http://a:1', NO_PROXY: 'fcm.googleapis.com' }, null],
  [{ HTTPS_PROXY: 'http://a:1', no_proxy: 'x.example, .googleapis.com' }, null],
  [{ HTTPS_PROXY: 'http://a:1', NO_PROXY: 'fcm.googleapis.com:443' }, null],
  [{ HTTPS_PROXY: 'http://a:1', NO_PROXY: 'fcm.googleapis.com:8443' }, 'http://a:1'],
  [{ HTTPS_PROXY: 'http://a:1', NO_PROXY: 'googleapis.co' }, 'http://a:1'],
] as const)('with %j, fcm.googleapis.com is reached through %s', (env, expected) => {
  environment(env)
  const proxy = proxyFor('fcm.googleapis.com')
  expect(proxy === null ? null : proxyName(proxy)).toBe(expected)
})

test.each([
  ['HTTPS_PROXY', 'socks5://proxy.example:1080'],
  ['https_proxy', 'http://'],
  ['ALL_PROXY', 'http://:8080'],
  ['all_proxy', 'ftp://x'],
])('%s=%s is no proxy for pushes, and the error names the variable', (name, value) => {
  environment({ [name]: value })
  expect(() => proxyFor('fcm.googleapis.com')).toThrow(new RegExp(`^${name}: an http:// or https:// address`))
})

test.each([
  'http://u:100%@p.example:1',
  'http://50%off:x@p.example:1',
  'https://u:%zz@p.example',
  'u:%E0%A4@p.example:1',
])(
  'a name or password with a % that begins no escape is refused before anything is pushed, and not shown (%s)',
  (HTTPS_PROXY) => {
    environment({ HTTPS_PROXY })
    let said = ''
    try {
      proxyFor('fcm.googleapis.com')
    } catch (error) {
      said = String(error)
    }
    expect(said).toMatch(/^Error: HTTPS_PROXY: .*%25/)
    for (const secret of ['100%', '50%', '%zz', '%E0']) expect(said).not.toContain(secret)
  },
)
