import { request } from 'node:http'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { adminKey, ask, newKey, publish, type Running, startNode } from '../../support/processes/service.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'

// Compression by a whole service (RFC 9110 §8.4, §12.5.3). Node's fetch decodes by itself, so that requests are made by hand.

const clean = cleaning(afterAll)
let service: Running
let alertId = ''

beforeAll(async () => {
  service = await startNode(scratchFolder(clean))
  clean(() => service.end('SIGKILL'))
  const en = { headline: 'Compressed or not', summary: 'What is known so far. '.repeat(20) }
  alertId = (await publish(service.url, { texts: { en }, level: 'routine' })).alert.id
})

type Asked = Readonly<Record<string, string>>

function get(path: string, headers: Asked = {}, method = 'GET') {
  return new Promise<{ status: number; headers: Record<string, string | undefined>; body: Buffer }>(
    (resolve, reject) => {
      const asked = request(new URL(path, service.url), { method, headers }, async (response) => {
        const chunks: Buffer[] = []
        for await (const chunk of response) chunks.push(chunk)
        const { statusCode: status = 0, headers: said } = response
        resolve({ status, headers: said as Record<string, string | undefined>, body: Buffer.concat(chunks) })
      })
      asked.once('error', reject)
      asked.end()
    },
  )
}

/** The cookie of an admin's session at the desk. */
async function signedIn(): Promise<string> {
  const answer = await ask(service.url, 'POST', '/v1/desk/session', { key: adminKey }, { authorization: '' })
  expect(answer.status).toBe(201)
  return answer.headers.get('set-cookie')?.split(';')[0] ?? ''
}

const decoders = { br: brotliDecompressSync, gzip: gunzipSync } as const

/** Addresses that are read by all kinds of ways: from the thread of the reads, the app, and files. */
const texts = () =>
  [
    ...['/en/', `/en/alerts/${alertId}`, '/feeds/en.atom', '/feeds/en.json', '/v1/alerts', `/v1/alerts/${alertId}`],
    ...['/desk', '/v1/newsroom', '/openapi.json', '/nothing/here', '/style.css', '/assets/service-worker.js'],
  ] as const

test.each(['br', 'gzip'] as const)(
  'every text is sent in %s to who takes it, the same text, and is smaller',
  async (coding) => {
    for (const path of texts()) {
      const accept = { accept: 'text/html' }
      const [plain, coded] = [await get(path, accept), await get(path, { ...accept, 'accept-encoding': coding })]
      expect([path, plain.headers['content-encoding'], coded.headers['content-encoding']]).toEqual([
        path,
        undefined,
        coding,
      ])
      expect(decoders[coding](coded.body).equals(plain.body)).toBe(true)
      expect(coded.body.length).toBeLessThan(plain.body.length)
      for (const { headers } of [plain, coded])
        expect([path, headers.vary]).toEqual([path, expect.stringMatching(/accept-encoding/i)])
      expect(Number(coded.headers['content-length'])).toBe(coded.body.length)
      expect(coded.status).toBe(plain.status)
      // Another sequence of bytes has another tag.
      if (plain.headers.etag !== undefined) expect(coded.headers.etag).not.toBe(plain.headers.etag)
    }
  },
)

test('every text that can be asked for again is answered 304 by the tag it had, in each coding', async () => {
  for (const path of texts().filter((it) => it !== '/nothing/here' && it !== '/desk'))
    for (const coding of ['identity', 'gzip', 'br']) {
      const asked = { 'accept-encoding': coding }
      const { headers } = await get(path, asked)
      expect([path, headers.etag]).toEqual([path, expect.any(String)])
      const again = await get(path, { ...asked, 'if-none-match': headers.etag ?? '' })
      expect([path, coding, again.status, again.body.length]).toEqual([path, coding, 304, 0])
      for (const name of ['etag', 'vary', 'cache-control'])
        expect([path, coding, name, again.headers[name]]).toEqual([path, coding, name, headers[name]])
      expect((await get(path, { ...asked, 'if-none-match': '"another"' })).status).toBe(200)
    }
})

test('HEAD says what GET says, in each coding, of who reads it from wherever', async () => {
  const more = ['/fa/privacy', '/en/notifications', '/en/offline', '/en/manifest.webmanifest', '/feeds/en.ninjs.json']
  for (const path of [...texts(), ...more, `/v1/alerts/${alertId}.cap.xml`, '/icons/icon-192.png'])
    for (const coding of ['identity', 'gzip', 'br']) {
      const asked = { accept: 'text/html', 'accept-encoding': coding }
      const [head, whole] = [await get(path, asked, 'HEAD'), await get(path, asked)]
      expect([path, head.status, head.body.length]).toEqual([path, whole.status, 0])
      for (const name of ['content-encoding', 'content-length', 'content-type', 'etag', 'vary', 'cache-control'])
        expect([path, coding, name, head.headers[name]]).toEqual([path, coding, name, whole.headers[name]])
    }
})

test('a file says of caches the same with 304 as with 200, whether it has compressed forms or not', async () => {
  for (const path of [
    '/style.css',
    '/icons/icon-192.png',
    '/icons/icon.svg',
    '/favicon.ico',
    '/assets/service-worker.js',
  ])
    for (const coding of ['identity', 'gzip', 'br']) {
      const asked = { 'accept-encoding': coding }
      const { status, headers } = await get(path, asked)
      const again = await get(path, { ...asked, 'if-none-match': headers.etag ?? '' })
      expect([path, status, again.status]).toEqual([path, 200, 304])
      for (const name of ['etag', 'vary', 'cache-control', 'service-worker-allowed'])
        expect([path, coding, name, again.headers[name]]).toEqual([path, coding, name, headers[name]])
    }
})

test('HEAD knows no range', async () => {
  for (const path of ['/style.css', '/icons/icon-192.png'])
    for (const range of ['bytes=0-9', 'bytes=-5', 'bytes=99999999-']) {
      const { status, headers } = await get(path, { range }, 'HEAD')
      const whole = await get(path, {}, 'HEAD')
      expect([path, range, status, headers['content-range'], headers['content-length']]).toEqual([
        ...[path, range, 200, undefined],
        whole.headers['content-length'],
      ])
    }
})

test('a revision may name the version by the tag of a compressed answer', async () => {
  const { headers } = await get(`/v1/alerts/${alertId}`, { 'accept-encoding': 'br' })
  const send = (tag: string) =>
    ask(
      service.url,
      'POST',
      `/v1/alerts/${alertId}/update?dryRun=true`,
      { texts: { en: { summary: 'More.' } } },
      { 'if-match': tag },
    )
  expect((await send(headers.etag ?? '')).status).toBe(200)
})

test('an event stream is never compressed, nor what is for one client alone', async () => {
  const stream = await new Promise<Record<string, unknown>>((resolve, reject) => {
    const asked = request(
      new URL('/v1/events?languages=en', service.url),
      { headers: { 'accept-encoding': 'br, gzip' } },
      (response) => {
        resolve(response.headers)
        asked.destroy()
      },
    )
    asked.once('error', reject)
    asked.end()
  })
  expect([stream['content-type'], stream['content-encoding']]).toEqual([
    expect.stringContaining('text/event-stream'),
    undefined,
  ])
  const authorization = `Bearer ${adminKey}`
  const cookie = await signedIn()
  const said = { en: { headline: 'A draft', summary: 'What is known so far. '.repeat(40) } }
  await ask(service.url, 'POST', '/v1/desk/items', { texts: said }, { 'idempotency-key': newKey() })
  await publish(service.url, { texts: said, level: 'routine', audience: 'test' })
  for (const path of ['/v1/desk/items', '/v1/desk/audit', '/v1/alerts?audience=test'])
    for (const secret of [{ authorization }, { cookie }] as Asked[]) {
      const { status, headers, body } = await get(path, { ...secret, 'accept-encoding': 'br, gzip' })
      // The desk's cookie is for the desk alone.
      if (status === 200) expect(body.length).toBeGreaterThan(512)
      expect([path, [200, 403].includes(status), headers['content-encoding']]).toEqual([path, true, undefined])
    }
})

test('a range is of the file as it is, and what is no text stays as it is', async () => {
  const part = await get('/style.css', { range: 'bytes=0-9', 'accept-encoding': 'br' })
  expect([part.status, part.headers['content-encoding'], part.body.length]).toEqual([206, undefined, 10])
  const whole = await get('/style.css')
  for (const name of ['etag', 'vary', 'cache-control', 'last-modified'])
    expect([name, part.headers[name]]).toEqual([name, whole.headers[name]])
  const icon = await get('/icons/icon-192.png', { 'accept-encoding': 'br, gzip' })
  expect([icon.status, icon.headers['content-encoding']]).toEqual([200, undefined])
  const script = /\/assets\/immutable\/[\w-]+\.js/.exec((await get('/en/')).body.toString())?.[0] ?? ''
  const { status, headers } = await get(script, { 'accept-encoding': 'br' })
  expect([status, headers['content-encoding'], headers['cache-control']]).toEqual([
    200,
    'br',
    'public, max-age=31536000, immutable',
  ])
  for (const form of ['/style.css.br', '/assets/service-worker.js.gz', `${script}.br`, '/assets/immutable/none.js'])
    expect((await get(form)).status).toBe(404)
})

test('what any cache may keep is compressed for everybody, whatever cookies come along', async () => {
  for (const path of texts().filter((it) => it !== '/nothing/here' && it !== '/desk'))
    for (const more of [
      { cookie: '_ga=1' },
      { cookie: 'consent=yes; _ga=GA1.2' },
      { cookie: await signedIn() },
    ] as Asked[]) {
      const [usual, coded] = [
        await get(path, { 'accept-encoding': 'br' }),
        await get(path, { ...more, 'accept-encoding': 'br' }),
      ]
      expect([path, coded.headers['content-encoding'], coded.headers.etag]).toEqual([path, 'br', usual.headers.etag])
      expect(coded.body.equals(usual.body)).toBe(true)
      const again = await get(path, { ...more, 'accept-encoding': 'br', 'if-none-match': coded.headers.etag ?? '' })
      expect([path, again.status, again.headers.etag]).toEqual([path, 304, coded.headers.etag])
    }
})

test('the tag of one coding is not that of what is sent in another', async () => {
  for (const path of texts().filter(
    (it) => it !== '/nothing/here' && it !== '/desk' && !it.startsWith('/assets/') && it !== '/style.css',
  ))
    for (const [had, asked] of [
      ['br', 'gzip'],
      ['gzip', 'br'],
      ['br', 'identity'],
      ['gzip', 'identity'],
    ] as const) {
      const { headers } = await get(path, { 'accept-encoding': had })
      const again = await get(path, { 'accept-encoding': asked, 'if-none-match': headers.etag ?? '' })
      expect([path, had, asked, again.status]).toEqual([path, had, asked, 200])
    }
})
