import type { IncomingMessage } from 'node:http'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createReads } from '../../../src/http/app.ts'
import { readRequests } from '../../../src/node/reads/read-request.ts'
import { openSqlite } from '../../../src/node/storage/sqlite-file.ts'
import { SqliteEditors } from '../../../src/store/sqlite/sqlite-editors.ts'
import { SqliteLog } from '../../../src/store/sqlite/sqlite-log.ts'
import { runs } from '../../support/effort.ts'
import { draft, newAlert, newsroom, noon } from '../../support/samples.ts'
import { cleaning } from '../../support/scratch.ts'
import { signed, signing } from '../../support/signing/published-signing.ts'

const clean = cleaning()
const wanted = { newsroom, vapid: { keyId: 'k1', publicKey: 'key', older: [], subject: null }, signed, publicUrl: null }
const id = (number: number) => `01932f6e-0000-7000-8000-${String(number).padStart(12, '0')}`

/** The app alone, on a log of its own. */
async function openApp() {
  const sql = openSqlite(':memory:')
  clean(() => sql.close())
  const log = new SqliteLog(sql, 'epoch1')
  const report = (error: unknown) => {
    throw error
  }
  return {
    log,
    app: createReads({
      ...wanted,
      signer: signing.signer,
      log,
      editors: new SqliteEditors(sql),
      now: () => Date.parse(noon),
      report,
    }),
  }
}

const keyed =
  (publicUrl: string | null) =>
  (url: string, headers = {}): string | null | undefined =>
    readRequests({ newsroom, publicUrl })({
      method: 'GET',
      url,
      headers: { host: 'a.example', ...headers },
    } as unknown as IncomingMessage)?.key

test.each([
  [
    '/v1/alerts',
    '/v1/alerts?',
    '/v1/alerts?limit=50',
    '/v1/alerts?limit=',
    '/v1/alerts?limit=050',
    '/v1/alerts?level=routine',
  ],
  ['/v1/alerts?languages=*', '/v1/alerts?topics=', '/v1/alerts?audience=public', '/v1/alerts?after='],
  [
    '/v1/alerts?level=flash&topics=russia,iran',
    '/v1/alerts?topics=iran,russia,iran&level=flash',
    '/v1/alerts?level=flash&topics=iran%2C%20russia',
    '/v1/alerts?topics=russia&level=flash&topics=iran',
  ],
  [
    '/v1/alerts?languages=fa,en',
    '/v1/alerts?languages=FA,en',
    '/v1/alerts?languages=fa&languages=en',
    '/v1/alerts?languages=fa,en,fa',
    '/v1/alerts?%6canguages=fa,en',
  ],
  [`/v1/alerts/${id(1)}`, `/v1/alerts/${id(1)}?`, `/v1/alerts/${id(1)}?after=`],
  ['/feeds/fa.atom', '/feeds/FA.atom', '/feeds/fa.atom?level=routine', '/feeds/fa.atom?topics='],
  ['/feeds/fa.json?topics=iran,russia', '/feeds/fa.json?topics=russia,iran'],
  ['/fa/', '/fa/?utm_source=x', '/fa/?languages=fa', '/fa/?level=nonsense', '/fa/?topics=nothing'],
  ['/fa/?topics=iran&languages=en', '/fa/?languages=en,fa&topics=iran&fbclid=1'],
  [`/fa/alerts/${id(1)}`, `/fa/alerts/${id(1)}?utm_source=y`],
  [`/fa/?before=${id(18)}`, `/fa/?before=${id(18).toUpperCase()}&x=1`],
  [`/feeds/fa.json?before=${id(18)}`, `/feeds/FA.json?level=&before=${id(18).toUpperCase()}`],
])('%s is one answer however it is written', (url, ...others) => {
  const key = keyed(null)(url)
  expect(key).toEqual(expect.any(String))
  for (const other of others) expect(keyed(null)(other), other).toBe(key)
})

test('what asks for something else, or is refused or redirected, is another answer', () => {
  const urls = [
    ...[
      '/v1/alerts',
      '/v1/alerts?limit=49',
      '/v1/alerts?level=urgent',
      '/v1/alerts?topics=iran',
      '/v1/alerts?topics=iran,russia',
    ],
    ...['/v1/alerts?languages=fa,en', '/v1/alerts?languages=en,fa', '/v1/alerts?languages=fa', '/v1/alerts?after=now'],
    ...[
      '/v1/alerts?after=epoch1.1',
      '/v1/alerts?after=epoch1.2',
      '/v1/alerts?after=epoch2.1',
      '/v1/alerts?after=epoch1.01',
    ],
    ...['/v1/alerts?limit=0', '/v1/alerts?limit=x', '/v1/alerts?topcs=iran', '/v1/alerts?level=flash&level=urgent'],
    ...['/v1/alerts?audience=test', '/v1/alerts?languages=xx', '/v1/alerts?topics=zz'],
    ...[
      `/v1/alerts/${id(1)}`,
      `/v1/alerts/${id(2)}`,
      `/v1/alerts/${id(1)}?after=epoch1.1`,
      `/v1/alerts/${id(1)}?limit=1`,
    ],
    ...[
      '/feeds/fa.atom',
      '/feeds/fa.json',
      '/feeds/en.atom',
      '/feeds/fa.atom?level=flash',
      '/feeds/xx.atom',
      '/feeds/fa.rss',
    ],
    ...[
      '/fa/',
      '/en/',
      '/FA/',
      '/FA/?a=1',
      '/FA/?a=2',
      '/xx/',
      '/fa/?languages=en',
      '/fa/?level=flash',
      '/fa/?topics=iran',
    ],
    ...[`/fa/alerts/${id(1)}`, `/en/alerts/${id(1)}`, `/fa/alerts/${id(2)}`],
  ]
  expect(new Set(urls.map((url) => keyed(null)(url))).size).toBe(urls.length)
})

test('an address that a reader writes makes an answer of its own only where it is in the answer', () => {
  const [a, b] = [{ host: 'a.example' }, { host: 'b.example' }]
  for (const url of ['/v1/alerts', `/v1/alerts/${id(1)}`]) expect(keyed(null)(url, a)).toBe(keyed(null)(url, b))
  for (const url of ['/fa/', '/feeds/fa.atom', `/fa/alerts/${id(1)}`]) {
    expect(keyed(null)(url, a)).not.toBe(keyed(null)(url, b))
    expect(keyed(null)(url, a)).toBe(keyed(null)(url, { host: 'A.Example' }))
    expect(keyed('https://alerts.example')(url, a)).toBe(keyed('https://alerts.example')(url, b))
  }
})

test('responses to clients with credentials are not cached', () => {
  for (const cookie of ['tocsin-desk=x', '_ga=1; __Host-tocsin-desk=h.x'])
    expect(keyed(null)('/v1/alerts', { cookie })).toBeNull()
  // Other sites below the same domain have theirs.
  expect(keyed(null)('/v1/alerts', { cookie: '_ga=1' })).toBe(keyed(null)('/v1/alerts', {}))
  expect(keyed(null)('/v1/alerts', { authorization: 'Bearer x' })).toBeNull()
})

test('two addresses that are kept as one are answered alike by the app, whatever their spelling', async () => {
  const { log, app } = await openApp()
  for (let number = 1; number <= 12; number += 1) {
    const level = (['flash', 'urgent', 'routine'] as const)[number % 3] ?? 'flash'
    const topics = number % 2 === 0 ? ['iran'] : ['russia', 'afghanistan']
    await log.append(newAlert(id(number), draft({ level, topics })), `key-${number}`)
  }
  const path = fc.constantFrom(
    '/v1/alerts',
    `/v1/alerts/${id(3)}`,
    '/feeds/en.atom',
    '/feeds/EN.json',
    '/en/',
    '/En/',
    `/en/alerts/${id(3)}`,
  )
  const parameter = fc.oneof(
    fc.tuple(
      fc.constant('topics'),
      fc.constantFrom('', 'iran', 'russia,iran', 'iran,russia', ' iran', 'zz', 'iran,iran'),
    ),
    fc.tuple(fc.constant('languages'), fc.constantFrom('', '*', 'en', 'EN', 'fa,en', 'en,fa', 'en,en', 'xx')),
    fc.tuple(fc.constant('level'), fc.constantFrom('', 'flash', 'urgent', 'routine', 'FLASH')),
    fc.tuple(fc.constant('limit'), fc.constantFrom('', '1', '01', '50', '5', '0')),
    fc.tuple(fc.constant('after'), fc.constantFrom('', 'now', 'epoch1.3', 'epoch1.0', 'other.3', '3')),
    fc.tuple(fc.constant('before'), fc.constantFrom('', id(2), id(2).toUpperCase(), id(3), 'x', 'x y')),
    fc.tuple(fc.constant('audience'), fc.constantFrom('', 'public', 'test')),
    fc.tuple(fc.constant('utm'), fc.constantFrom('a', 'b')),
  )
  const address = fc
    .tuple(path, fc.array(parameter, { maxLength: 3 }))
    .map(([at, parameters]) => `${at}?${new URLSearchParams(parameters)}`)
  const first = new Map<string, { readonly url: string; readonly told: unknown }>()
  let shared = 0
  const check = async (url: string): Promise<void> => {
    const key = keyed(null)(url)
    if (typeof key !== 'string') return
    const answer = await app.fetch(new Request(`http://a.example${url}`), {})
    const told = [answer.status, answer.headers.get('location'), await answer.text()]
    const known = first.get(key)
    if (known === undefined) first.set(key, { url, told })
    else if (known.url !== url) {
      shared += 1
      expect(told, `${known.url} and ${url}`).toEqual(known.told)
    }
  }
  await fc.assert(fc.asyncProperty(address, check), { numRuns: runs(400) })
  expect(shared).toBeGreaterThan(10)
})

test.each([
  '/fa/?topics=x%FF%2Ciran&level=x%FF%2Cflash',
  '/fa/?topics=%2Ciran%2C&level=flash',
  '/fa/?topics=iran%E0%A4&level=flash%',
  '/fa/?%74opics=iran&level=%66lash',
  '/fa/?topics=%FF&topics=iran&level=flash',
  '/fa/?topics=iran+&level=+flash',
])(
  '%s is answered as its key says: two readers of one address never share what only one of them is shown',
  async (url) => {
    const { app, log } = await openApp()
    await log.append(newAlert(id(1), { ...draft, level: 'urgent', topics: ['russia'] }), 'a')
    await log.append(newAlert(id(2), { ...draft, level: 'flash', topics: ['iran'] }), 'b')
    const key = keyed(null)(url)
    const same = ['/fa/', '/fa/?topics=iran', '/fa/?level=flash', '/fa/?topics=iran&level=flash'].filter(
      (plain) => keyed(null)(plain) === key,
    )
    expect(same).toHaveLength(1)
    const text = async (of: string) => (await app.request(`http://a.example${of}`)).text()
    expect(await text(url)).toBe(await text(same[0] ?? ''))
  },
)
