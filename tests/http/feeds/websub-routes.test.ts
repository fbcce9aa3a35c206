import { expect, test } from 'vitest'
import { createApp } from '../../../src/http/app.ts'
import { memoryDeps } from '../../support/http/memory-deps.ts'
import { newsroom } from '../../support/samples.ts'
import { linksOf } from '../../support/websub/subscriber.ts'

const topic = 'https://alerts.example/feeds/fa.atom?topics=iran'
const good = { 'hub.mode': 'subscribe', 'hub.topic': topic, 'hub.callback': 'https://reader.example/hub?id=7' }

async function setUp(publicUrl: string | null = 'https://alerts.example') {
  const app = createApp(await memoryDeps(newsroom, publicUrl))
  const ask = async (form: Record<string, string> | string, headers: Record<string, string> = {}) => {
    const answer = await app.request('http://localhost:3000/v1/websub', {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      body: typeof form === 'string' ? form : new URLSearchParams(form).toString(),
    })
    const text = await answer.text()
    return { status: answer.status, headers: answer.headers, text, body: text === '' ? null : JSON.parse(text) }
  }
  return { app, ask }
}

test.each([
  ['a subscription', good],
  ['the end of one', { ...good, 'hub.mode': 'unsubscribe' }],
  ['a secret of 199 bytes', { ...good, 'hub.secret': 'x'.repeat(199) }],
  ['fields of older hubs', { ...good, 'hub.verify': 'async', 'hub.verify_token': 'x', foo: 'bar' }],
  ['a lease that says nothing', { ...good, 'hub.lease_seconds': '' }],
  ['a feed in another format', { ...good, 'hub.topic': 'https://alerts.example/feeds/en.json' }],
])('%s is taken with 202, and nothing else is said', async (_, form) => {
  const { ask } = await setUp()
  const { status, text, headers } = await ask(form)
  expect([status, text]).toEqual([202, ''])
  expect(headers.get('cache-control')).toContain('no-store')
})

test.each([
  ['/hub.mode', { ...good, 'hub.mode': 'publish' }],
  ['/hub.topic', { ...good, 'hub.topic': 'not a URL' }],
  ['/hub.topic', { ...good, 'hub.topic': 'https://news.example/feeds/fa.atom' }],
  ['/hub.topic', { ...good, 'hub.topic': 'https://alerts.example/fa/' }],
  ['/hub.topic', { ...good, 'hub.topic': `${topic}#newest` }],
  ['/hub.topic', { ...good, 'hub.topic': 'https://alerts.example/feeds/fa.atom?topics=iran,iran' }],
  ['/hub.topic', { ...good, 'hub.topic': 'https://alerts.example/feeds/fa.atom?utm_source=x' }],
  ['/hub.callback', { ...good, 'hub.callback': '/hub' }],
  ['/hub.callback', { ...good, 'hub.callback': 'http://reader.example/hub' }],
  ['/hub.callback', { ...good, 'hub.callback': 'https://reader.example:8443/hub' }],
  ['/hub.callback', { ...good, 'hub.callback': 'https://user:pass@reader.example/hub' }],
  ['/hub.callback', { ...good, 'hub.callback': 'https://127.0.0.1/hub' }],
  ['/hub.callback', { ...good, 'hub.callback': 'https://[::1]/hub' }],
  ['/hub.callback', { ...good, 'hub.callback': 'https://0x7f000001/hub' }],
  ['/hub.callback', { ...good, 'hub.callback': 'https://169.254.169.254/latest' }],
  ['/hub.callback', { ...good, 'hub.callback': 'https://localhost/hub' }],
  ['/hub.callback', { ...good, 'hub.callback': 'https://metadata.google.internal/hub' }],
  ['/hub.callback', { ...good, 'hub.callback': `https://reader.example/${'x'.repeat(2_100)}` }],
  ['/hub.secret', { ...good, 'hub.secret': 'x'.repeat(200) }],
  ['/hub.secret', { ...good, 'hub.secret': 'ж'.repeat(100) }],
  ['/hub.lease_seconds', { ...good, 'hub.lease_seconds': '-1' }],
])('what is wrong is refused at once, with its field: %s %#', async (pointer, form) => {
  const { ask } = await setUp()
  const { status, body } = await ask(form)
  expect(status).toBe(400)
  expect(body.errors.map((it: { pointer: string }) => it.pointer)).toEqual([pointer])
})

test('a feed or a topic that there is not is refused as the feed itself refuses it', async () => {
  const { ask } = await setUp()
  expect(await ask({ ...good, 'hub.topic': 'https://alerts.example/feeds/tlh.atom' })).toMatchObject({
    status: 404,
    body: { code: 'no-such-feed' },
  })
  expect(await ask({ ...good, 'hub.topic': 'https://alerts.example/feeds/fa.atom?topics=sport' })).toMatchObject({
    status: 400,
  })
})

test('a field that is given twice, all that is missing, and every mistake are told together', async () => {
  const { ask } = await setUp()
  const twice = await ask(`${new URLSearchParams(good)}&hub.callback=https://other.example/`)
  expect(twice.body.errors.map((it: { pointer: string }) => it.pointer)).toEqual(['/hub.callback'])
  const empty = await ask('')
  expect(empty.body.errors.map((it: { pointer: string }) => it.pointer)).toEqual([
    '/hub.mode',
    '/hub.topic',
    '/hub.callback',
  ])
})

test('only a form of usual size is read', async () => {
  const { ask } = await setUp()
  expect(await ask('{}', { 'content-type': 'application/json' })).toMatchObject({
    status: 415,
    body: { code: 'not-form' },
  })
  expect((await ask({ ...good, more: 'x'.repeat(20_000) })).status).toBe(413)
})

test('one address may ask sixty times a minute', async () => {
  const { ask } = await setUp()
  for (let nth = 0; nth < 60; nth += 1) expect((await ask(good)).status).toBe(202)
  const { status, headers } = await ask(good)
  expect([status, headers.get('retry-after')]).toEqual([429, '60'])
})

test.each([
  ['https://alerts.example', 'https://alerts.example'],
  [null, 'http://localhost:3000'],
])(
  'feeds name the hub and themselves, in their head and in the document, and the hub takes what they name (%s)',
  async (publicUrl, origin) => {
    const { app, ask } = await setUp(publicUrl)
    for (const path of ['/feeds/fa.atom?level=flash&topics=iran', '/feeds/fa.json']) {
      const answer = await app.request(`http://localhost:3000${path}`)
      const text = await answer.text()
      const links = linksOf(answer.headers.get('link') ?? '')
      expect(links.get('hub')).toBe(`${origin}/v1/websub`)
      const self = links.get('self') ?? ''
      expect(text).toContain(
        path.includes('atom') ? `<link rel="hub" href="${origin}/v1/websub"/>` : `${origin}/v1/websub`,
      )
      expect(text).toContain(self.replaceAll('&', '&amp;'))
      if (path.includes('json'))
        expect(JSON.parse(text)).toMatchObject({ hubs: [{ type: 'WebSub', url: links.get('hub') }] })
      expect((await app.request(`http://localhost:3000${path}`, { method: 'HEAD' })).headers.get('link')).toContain(
        'hub',
      )
      expect((await ask({ ...good, 'hub.topic': self })).status).toBe(202)
    }
  },
)
