import { readdirSync } from 'node:fs'
import { Agent, request as httpRequest } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { adminKey, ask, english, publish, type Running, startNode } from '../support/processes/service.ts'
import { addressOf, routes } from '../support/routes.ts'
import { cleaning, scratchFolder } from '../support/scratch.ts'

const clean = cleaning(afterAll)
let service: Running
let alertId = ''
beforeAll(async () => {
  service = await startNode(scratchFolder(clean))
  clean(() => service.end('SIGKILL'))
  alertId = (await publish(service.url, english('It stands'))).alert.id
})

const key = { authorization: `Bearer ${adminKey}` }
const unknown = ['PATCH', 'PROPFIND', 'QUERY', 'TRACE']
const verbs = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', ...unknown]
const paths = [...new Set(routes.map((it) => addressOf(it)))]
/** What `Allow` must list at an address: what the routes say, HEAD with GET, and OPTIONS. */
function allowedAt(address: string): string[] {
  const methods = new Set(routes.filter((it) => addressOf(it) === address).map((it) => it.method.toUpperCase()))
  if (methods.has('GET' as never)) methods.add('HEAD' as never)
  return [...methods, 'OPTIONS'].sort()
}
const listed = (allow: string | string[] | undefined) =>
  String(allow ?? '')
    .split(', ')
    .sort()

const agent = new Agent({ keepAlive: true })
clean(() => agent.destroy())
type Answer = { status: number; headers: Record<string, string | string[] | undefined>; body: string }
/** Asks with any method at all, which `fetch` would not. */
function say(method: string, path: string, headers: Record<string, string> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = httpRequest(service.url + path, { method, headers, agent }, (answer) => {
      let body = ''
      answer.setEncoding('utf8')
      const done = () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body })
      answer.on('data', (chunk) => {
        body += chunk
        if (String(answer.headers['content-type']).startsWith('text/event-stream')) {
          done()
          asked.destroy()
        }
      })
      answer.on('end', done)
    })
    asked.on('error', reject)
    asked.end()
  })
}

describe('a wrong method', () => {
  test.each(paths)('at %s is 405 with what is right, with a key and without', async (path) => {
    const allowed = allowedAt(path)
    const wrong = verbs.filter((verb) => !allowed.includes(verb))
    expect(wrong.length).toBeGreaterThan(3)
    const refused = async (method: string, headers: Record<string, string>) => {
      const answer = await say(method, path, headers)
      expect([method, answer.status]).toEqual([method, 405])
      expect(listed(answer.headers.allow)).toEqual(allowed)
      expect(answer.headers['cache-control']).toBe('no-store')
      if (method === 'HEAD') return expect(answer.body).toBe('')
      expect(answer.headers['content-type']).toBe('application/problem+json')
      expect(JSON.parse(answer.body)).toMatchObject({ status: 405, code: 'method-not-allowed' })
      for (const right of allowed.filter((it) => it !== 'OPTIONS')) expect(answer.body).toContain(right)
    }
    const askers = [{ ...key, 'content-type': 'application/json' }, { accept: 'text/html' }]
    await Promise.all(wrong.flatMap((method) => askers.map((headers) => refused(method, headers))))
  })

  test('with a query that nobody knows is still a wrong method', async () => {
    expect((await say('PATCH', '/v1/alerts?dryrun=true')).status).toBe(405)
  })

  test.each([
    ...['/nothing', '/v1', '/v1/', '/v1/nothing', '/v2/alerts', '/v1/alerts/', '/v1/alerts/x/explode', '/V1/alerts'],
    ...['/feeds/', '/feeds/en.rss', '/feeds/en', '/metrics/x', '/healthz/', '/desk/x', '/assets/nothing.js'],
    ...['/icons/nothing.svg', '/nothing.css', '/.well-known/x', '/%00', '/v1/subscriptions/a/b/c'],
  ])('at %s, where there is nothing, is 404 and lists nothing', async (path) => {
    for (const method of verbs) {
      const { status, headers } = await say(method, path)
      expect([method, status, headers.allow]).toEqual([method, 404, undefined])
    }
  })
})

describe('OPTIONS', () => {
  test.each(paths)('at %s lists the methods, and HEAD is GET without the body', async (path) => {
    const options = await say('OPTIONS', path)
    expect([options.status, options.body]).toEqual([204, ''])
    expect(listed(options.headers.allow)).toEqual(allowedAt(path))
    if (!allowedAt(path).includes('GET')) return
    for (const headers of [{}, key]) {
      const at = path.replace(/01932f6e-[\w-]+/, alertId)
      const [get, head] = [await say('GET', at, headers), await say('HEAD', at, headers)]
      // How a body is framed may be left out of the answer to HEAD (RFC 9110 §9.3.2).
      const framing = ['date', 'content-length', 'transfer-encoding']
      const told = ({ status, headers }: Answer) => ({
        status,
        headers: Object.entries(headers).filter(([name]) => !framing.includes(name)),
      })
      expect(told(head)).toEqual(told(get))
      expect(head.body).toBe('')
    }
  })
})

describe('a file that the browser gets as it is', () => {
  const root = new URL('../../public/', import.meta.url)
  const icons = readdirSync(new URL('icons/', root)).slice(0, 3)
  const files = [
    ...icons.map((name) => `/icons/${name}`),
    ...readdirSync(root)
      .filter((name) => /\.(css|svg|png|ico|webmanifest|txt)$/.test(name))
      .map((name) => `/${name}`),
  ]

  test('takes GET and HEAD alone', async () => {
    expect(files.length).toBeGreaterThan(2)
    for (const path of files) {
      const [get, head] = [await say('GET', path), await say('HEAD', path)]
      expect([path, get.status, head.status, head.body]).toEqual([path, 200, 200, ''])
      expect(head.headers['content-type']).toBe(get.headers['content-type'])
      for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) {
        const { status, headers } = await say(method, path)
        expect([path, method, status, headers.allow]).toEqual([path, method, 405, 'GET, HEAD, OPTIONS'])
      }
      const options = await say('OPTIONS', path)
      expect([options.status, options.headers.allow]).toEqual([204, 'GET, HEAD, OPTIONS'])
    }
  })
})

describe('another origin', () => {
  const origin = { origin: 'https://elsewhere.example' }
  const open = routes.filter(({ operation }) => operation.isOpenToAll)
  const closed = routes.filter(({ operation }) => !operation.isOpenToAll)
  const exposed = ['ETag', 'Heartbeat-Seconds', 'Retry-After']
  const isOpen = ({ headers }: Answer) => {
    if (headers['access-control-allow-origin'] !== '*') return false
    const names = String(headers['access-control-expose-headers']).split(', ')
    return exposed.every((name) => names.includes(name)) && headers['access-control-allow-credentials'] === undefined
  }

  test.each(open.map((it) => [it.path, it] as const))('may read %s, whatever the answer is', async (_, it) => {
    const at = addressOf(it, alertId)
    const good = await say('GET', at, origin)
    const etag = good.headers.etag
    const answers = [
      good,
      await say('HEAD', at, origin),
      await say('GET', `${at}?bogus=1`, origin),
      await say('GET', addressOf(it), origin),
      await say('PUT', at, origin),
      await say('PATCH', at, origin),
      await say('OPTIONS', at, { ...origin, 'access-control-request-method': 'GET' }),
      await say('OPTIONS', at, { ...origin, 'access-control-request-method': 'HEAD' }),
      ...(etag === undefined ? [] : [await say('GET', at, { ...origin, 'if-none-match': String(etag) })]),
      ...(it.operation.mayAskForTests ? [await say('GET', `${at}?audience=test`, origin)] : []),
    ]
    for (const answer of answers) expect([answer.status, isOpen(answer)]).toEqual([answer.status, true])
    const statuses = answers.map(({ status }) => status)
    expect(statuses).toEqual(expect.arrayContaining([400, 405, 204]))
    if (etag !== undefined) expect(statuses).toContain(304)
  })

  test.each(closed.map((it) => [`${it.method.toUpperCase()} ${it.path}`, it] as const))(
    'is told nothing at %s',
    async (_, it) => {
      const at = addressOf(it)
      const method = it.method.toUpperCase()
      // Nothing that would end what the other tests stand on.
      const answers = [
        ...(method === 'GET' ? [await say('GET', at, { ...origin, ...key })] : []),
        await say(method, `${at}?bogus=1`, { ...origin, 'content-type': 'application/json' }),
        await say('OPTIONS', at, { ...origin, 'access-control-request-method': method }),
      ]
      const mayBeRead = open.some((other) => addressOf(other) === at)
      for (const [index, { headers }] of answers.entries())
        if (!mayBeRead || index > 0) expect(headers['access-control-allow-origin']).toBeUndefined()
    },
  )

  test('reads why its request was none, which is told before anybody looks at the address', async () => {
    const tooLong = await say('GET', '/v1/alerts', { ...origin, 'x-long': 'x'.repeat(20_000) })
    expect([tooLong.status, isOpen(tooLong)]).toEqual([431, true])
  })
})

test('a preflight lets ask with what a reader needs', async () => {
  const answer = await say('OPTIONS', '/v1/events', {
    origin: 'https://elsewhere.example',
    'access-control-request-method': 'GET',
    'access-control-request-headers': 'last-event-id, if-none-match, cache-control',
  })
  const allowed = String(answer.headers['access-control-allow-headers']).toLowerCase().split(', ')
  expect(allowed).toEqual(expect.arrayContaining(['last-event-id', 'if-none-match', 'cache-control']))
  expect(await (await ask(service.url, 'GET', '/healthz')).json()).toEqual({ status: 'alive' })
})
