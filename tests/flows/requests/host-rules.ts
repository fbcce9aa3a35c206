import { once } from 'node:events'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { runs } from '../../support/effort.ts'
import { answersIn, peerAt, requestText } from '../../support/streams/peers.ts'

/** Hosts that look like some, and of which no URL can be made. */
export const unreadableHosts = [
  ...['localhost:99999', 'localhost:65536', 'alerts.example:70000', '127.0.0.1:99999', '[::1]:99999'],
  ...[
    '999.999.999.999',
    '1.2.3.4.5',
    '1.2.3.256',
    '0x.0x.0xg.1',
    '1.2.3.08',
    '4294967296',
    '[:::]',
    '[::1.2.3]',
    '[1:2]',
  ],
  ...['xn--a', 'a..b:99999', '[::1', 'a b', 'x<y', 'x^y', '%zz', ':80'],
].filter((host) => !URL.canParse(`http://${host}/`))

const routes = [
  ...['/', '/en', '/en/', '/en/alerts/a', '/desk', '/feeds/en.atom', '/feeds/fa.json?topics=iran', '/assets/desk.js'],
  ...['/v1/alerts', '/v1/alerts?limit=1', '/v1/alerts/a', '/v1/newsroom', '/v1/events', '/v1/socket', '/v1/nothing'],
  ...['/v1/subscriptions/a', '/v1/desk/session', '/healthz', '/readyz', '/metrics', '/openapi.json', '//', '/%zz'],
]
const json = ['Content-Type: application/json', 'Content-Length: 2']
const handshake = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13']
const shaking = [...handshake, 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==']

/** A request to every kind of route, for a host. */
function asksFor(host: string): readonly string[] {
  const named = [`Host: ${host}`]
  return [
    ...routes.map((route) => requestText(route, [...named, 'Connection: close'])),
    ...routes.map((route) => requestText(`http://${host}${route}`, ['Host: x', 'Connection: close'])),
    requestText('/v1/subscriptions', [...named, ...json], { method: 'POST', body: '{}' }),
    requestText('/v1/alerts', [...named, ...json], { method: 'POST', body: '{}' }),
    requestText('*', [...named, 'Connection: close'], { method: 'OPTIONS' }),
    requestText('/v1/socket', [...named, ...shaking]),
    requestText('/en/', [...named, 'Accept-Language: fa', 'Cookie: a=b', 'Connection: close'], { method: 'HEAD' }),
  ]
}

/** What each is told: the status of the first answer; null for one who is told nothing. */
function told(url: string, asks: readonly string[]): Promise<readonly (number | null)[]> {
  return Promise.all(
    asks.map(async (text) => {
      const peer = await peerAt(url, text)
      const status = () => answersIn(peer.said(), { bodiless: text.startsWith('HEAD') }).answers[0]?.status ?? null
      while (status() === null && peer.isOpen()) await Promise.race([once(peer.socket, 'data'), peer.closed])
      peer.socket.destroy()
      return status()
    }),
  )
}

/** Some of them at the routes that are answered in other ways than the rest: then everybody else is answered as before. */
export async function hostsWithoutHarm(url: string): Promise<void> {
  const quickly = ['/v1/alerts', '/en/', '/feeds/en.atom', '/v1/events', '/healthz']
  const hosts = ['localhost:99999', '999.999.999.999', '1.2.3.4.5', '[:::]']
  const asks = hosts.flatMap((host) => [
    ...quickly.map((route) => requestText(route, [`Host: ${host}`, 'Connection: close'])),
    requestText('/v1/subscriptions', [`Host: ${host}`, ...json], { method: 'POST', body: '{}' }),
  ])
  expect(await told(url, asks)).toHaveLength(asks.length)
  // As many as reach every process of several.
  for (let count = 0; count < 8; count += 1)
    expect((await fetch(`${url}/v1/alerts`, { headers: { connection: 'close' } })).status).toBe(200)
}

/** Hosts that are none. `platform`: somebody else reads them first, and may know better. */
export function hostRules(url: () => string, platform: boolean): void {
  const tried = platform ? unreadableHosts.slice(0, 2) : unreadableHosts
  test.each(tried)('the host %s is refused by every route, and everybody else is answered', async (host) => {
    const answered = await told(url(), asksFor(host))
    if (!platform) expect(answered).toEqual(answered.map(() => 400))
    expect((await fetch(`${url()}/healthz`)).status).toBe(200)
    expect((await fetch(`${url()}/v1/alerts`)).status).toBe(200)
  })

  test.skipIf(platform)(
    'whatever stands as host and target, there is an answer, and everybody else has theirs',
    async () => {
      const host = fc.oneof(
        fc.constantFrom(...unreadableHosts, 'x', 'localhost:8080', '1.2.3.4', '[::1]:80', 'X', 'x:', ''),
        fc.string({ unit: fc.constantFrom(...'az09.:[]-_%@/?#\\0xé'), maxLength: 14 }),
      )
      const target = fc.oneof(
        fc.constantFrom(...routes.filter((route) => !route.startsWith('/v1/events'))),
        fc
          .string({ unit: fc.constantFrom(...'/ae:%.?#\\09[]@*'), minLength: 1, maxLength: 14 })
          .map((text) => `/${text}`),
        fc
          .string({ unit: fc.constantFrom(...'/a:%.?h[]@9'), minLength: 1, maxLength: 12 })
          .map((text) => `http://${text}`),
      )
      await fc.assert(
        fc.asyncProperty(host, target, async (named, asked) => {
          const [status] = await told(url(), [requestText(asked, [`Host: ${named}`, 'Connection: close'])])
          // A refusal, or an answer; never trouble of our own.
          expect(status).toBeGreaterThanOrEqual(200)
          expect(status).toBeLessThan(500)
        }),
        { numRuns: runs(150) },
      )
      expect((await fetch(`${url()}/v1/alerts`)).status).toBe(200)
    },
  )
}
