import { expect, test } from 'vitest'
import { addressOf, makeBrowserKeys } from '../support/browser/browser-keys.ts'
import { adminKey, english } from '../support/processes/service.ts'
import type { Proxied } from './shipped-proxy-suite.ts'

const json = { 'content-type': 'application/json' }

/** What a browser asks with. */
const signIn = (url: string, headers: Record<string, string>) =>
  fetch(`${url}/v1/desk/session`, {
    method: 'POST',
    headers: { ...json, ...headers },
    body: JSON.stringify({ key: adminKey }),
  })

/** Requests and answers through a proxy. */
export function requestTests({ name, proxy, nodes, kill, restart }: Proxied): void {
  test('plain HTTP leads to the same address with TLS', async ({ skip }) => {
    const { plainPort } = proxy(skip)
    const answer = await fetch(`http://localhost:${plainPort}/fa/?a=b`, { redirect: 'manual' })
    expect([301, 308]).toContain(answer.status)
    expect(answer.headers.get('location')).toMatch(/^https:\/\/localhost(:\d+)?\/fa\/\?a=b$/)
  })

  test('a reader subscribes, looks at the subscription and ends it', async ({ skip }) => {
    const { url } = proxy(skip)
    const { endpoint, p256dh, auth } = addressOf(
      `https://fcm.googleapis.com/fcm/send/${crypto.randomUUID()}`,
      makeBrowserKeys(),
    )
    const subscription = { endpoint, keys: { p256dh, auth } }
    const body = JSON.stringify({ subscription, interest: { languages: ['fa'], topics: [], level: 'flash' } })
    const created = await fetch(`${url}/v1/subscriptions`, { method: 'POST', headers: json, body })
    expect(created.status).toBe(201)
    const { id, token } = (await created.json()) as Record<string, string>
    const ask = async (method: string) => {
      const headers = { authorization: `Bearer ${token}` }
      return (await fetch(`${url}/v1/subscriptions/${id}`, { method, headers })).status
    }
    expect([await ask('GET'), await ask('DELETE'), await ask('GET')]).toEqual([200, 204, 404])
  })

  test('an editor signs in at the desk and works on, in browsers with and without Sec-Fetch-Site', async ({ skip }) => {
    const { url } = proxy(skip)
    for (const more of [{}, { 'sec-fetch-site': 'same-origin' }]) {
      const headers = { origin: url, ...more }
      const opened = await signIn(url, headers)
      const [cookie = ''] = opened.headers.getSetCookie()
      expect([opened.status, /; *secure/i.test(cookie)]).toEqual([201, true])
      const preview = await fetch(`${url}/v1/alerts?dryRun=true`, {
        method: 'POST',
        headers: { ...json, ...headers, cookie: cookie.split(';')[0] ?? '' },
        body: JSON.stringify({ level: 'urgent', ...english('Only seen') }),
      })
      expect(preview.status).toBe(200)
    }
  })

  test("another site's page cannot sign in by saying that it is ours", async ({ skip }) => {
    const { url } = proxy(skip)
    const origin = 'https://other.example'
    for (const said of [{}, { 'x-forwarded-host': 'other.example' }, { forwarded: 'host=other.example;proto=https' }])
      expect((await signIn(url, { origin, ...said })).status).toBe(403)
  })

  test('the metrics are not served through the proxy', async ({ skip }) => {
    const { url } = proxy(skip)
    expect((await fetch(`${url}/metrics`)).status).toBe(403)
  })

  test('while nothing of the service runs, the answer is 503 with Retry-After, whatever is asked', async ({ skip }) => {
    const { url } = proxy(skip)
    const body = JSON.stringify({ level: 'urgent', ...english('Nobody is there') })
    const headers = { ...json, authorization: `Bearer ${adminKey}`, 'idempotency-key': crypto.randomUUID() }
    const ask = async (path: string, request: RequestInit = {}) => {
      const answer = await fetch(`${url}${path}`, request)
      const text = await answer.text()
      const { 'content-type': type, 'retry-after': after, connection } = Object.fromEntries(answer.headers)
      return `${answer.status} ${connection} ${after} ${type} ${text && (JSON.parse(text) as { code: string }).code}`
    }
    await kill()
    const paths = ['/en/', '/v1/newsroom', '/v1/events', '/v1/subscriptions/of-nobody', '/desk/']
    const answers = await Promise.all([
      ...paths.map((path) => ask(path)),
      ask('/v1/alerts', { method: 'POST', headers, body }),
      ask('/v1/desk/session', { method: 'POST', headers: json, body: '{"key":"wrong"}' }),
    ])
    await restart()
    const whole = '503 close 2 application/problem+json no-node'
    // Caddy says no more than 503 once it knows that the last of several nodes is gone: there is no error of an error's handling.
    const wordless = name === 'caddy' && nodes().length > 1 ? ['503 close undefined undefined '] : []
    expect(answers.filter((it) => it !== whole && !wordless.includes(it))).toEqual([])
    await expect.poll(async () => (await fetch(`${url}/readyz`)).status).toBe(200)
  })

  test('a body as long as an import may be passes', async ({ skip }) => {
    const { url } = proxy(skip)
    const line = `${JSON.stringify({ nothing: 'x'.repeat(1_000) })}\n`
    const body = line.repeat(Math.floor((1_024 * 1_024) / line.length))
    const headers = { authorization: `Bearer ${adminKey}`, 'content-type': 'application/x-ndjson' }
    const answer = await fetch(`${url}/v1/desk/subscriptions/import`, { method: 'POST', headers, body })
    expect(answer.headers.get('content-type')).toContain('json')
    expect(answer.status).not.toBe(413)
  })
}
