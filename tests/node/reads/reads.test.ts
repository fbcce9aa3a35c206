import { once } from 'node:events'
import { closeSync, openSync, writeSync } from 'node:fs'
import { createServer, request as httpRequest, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { secretHash } from '../../../src/auth/secret.ts'
import { createReads } from '../../../src/http/app.ts'
import { FairQueue } from '../../../src/node/reads/fair-queue.ts'
import { isCacheableResponse, isKnown, type ReadAnswer, ReadCache } from '../../../src/node/reads/read-cache.ts'
import { readRequests } from '../../../src/node/reads/read-request.ts'
import { startReads } from '../../../src/node/reads/reads.ts'
import { openSqlite } from '../../../src/node/storage/sqlite-file.ts'
import { SqliteEditors } from '../../../src/store/sqlite/sqlite-editors.ts'
import { SqliteLog } from '../../../src/store/sqlite/sqlite-log.ts'
import { StorageFault } from '../../../src/store/storage-fault.ts'
import { runs } from '../../support/effort.ts'
import { draft, newAlert, newsroom, noon, retraction, updateOf } from '../../support/samples.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'
import { signed, signing } from '../../support/signing/published-signing.ts'

const clean = cleaning()
const vapid = { keyId: 'k1', publicKey: 'key', older: [], subject: null }
const wanted = { newsroom, vapid, signed, publicUrl: null }
const id = (number: number) => `01932f6e-0000-7000-8000-${String(number).padStart(12, '0')}`

/** The thread of the reads behind a server, and the app that it must be the same as, on the same database. */
async function open() {
  const path = join(scratchFolder(clean), 'tocsin.db')
  const sql = openSqlite(path)
  const log = new SqliteLog(sql, 'epoch1')
  const editors = new SqliteEditors(sql)
  const reported: unknown[] = []
  const report = (error: unknown) => void reported.push(error)
  const reads = startReads({
    ...{
      address: { kind: 'sqlite', path },
      epoch: 'epoch1',
      indexes: true,
      signingKey: signing.seed,
      wanted,
      log,
      report,
    },
    addressOf: () => 'somebody',
    now: Date.now,
    fault: () => null,
  })
  const app = createReads({ ...wanted, signer: signing.signer, log, editors, now: Date.now, report })
  let passed = 0
  const server = createServer((incoming, outgoing) => {
    if (reads.quick(incoming, outgoing) !== null) return
    passed += 1
    outgoing.writeHead(599).end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  clean(async () => {
    server.closeAllConnections()
    server.close()
    await reads.stop()
    sql.close()
  })
  const ask = (target: string, headers: Record<string, string> = {}, method = 'GET') =>
    new Promise<Told>((resolve, reject) => {
      const request = httpRequest({ port, path: target, method, headers, agent: false }, (answer) => {
        const chunks: Buffer[] = []
        answer.on('data', (chunk) => chunks.push(chunk))
        answer.on('end', () =>
          resolve({
            status: answer.statusCode ?? 0,
            headers: answer.headers as Told['headers'],
            text: Buffer.concat(chunks).toString(),
          }),
        )
      })
      request.on('error', reject)
      request.end()
    })
  const host = `localhost:${port}`
  const ofApp = (target: string, headers: Record<string, string> = {}) =>
    app.fetch(new Request(`http://${host}${target}`, { headers: { host, ...headers } }), {})
  return { log, editors, ask, ofApp, reads, reported, passed: () => passed, host }
}

type Told = { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly text: string }

const own = new Set(['date', 'connection', 'keep-alive', 'content-length', 'transfer-encoding'])

test('every plain read is answered as the app answers it: status, headers and body', async () => {
  const { log, ask, ofApp, passed, reported } = await open()
  await log.append(newAlert(id(1), { topics: ['iran'] }), 'a')
  await log.append(newAlert(id(2), { audience: 'test' }), 'b')
  await log.append(newAlert(id(3), { level: 'flash', topics: ['russia', 'ukraine'] }), 'c')
  await log.append(retraction(id(1)), 'd')
  const targets = [
    ...[
      '/v1/alerts',
      '/v1/alerts?limit=1',
      '/v1/alerts?languages=fa,en&topics=iran&level=flash',
      '/v1/alerts?after=now',
    ],
    ...[
      '/v1/alerts?after=epoch1.1',
      '/v1/alerts?after=epoch1.99',
      '/v1/alerts?after=other.1',
      '/v1/alerts?after=epoch1.0&limit=2',
    ],
    ...[
      '/v1/alerts?limit=501',
      '/v1/alerts?limt=5',
      '/v1/alerts?topics=nothing',
      '/v1/alerts?audience=test',
      '/v1/alerts?topics=',
    ],
    ...[
      '/v1/alerts?topics=russia,iran&topics=iran',
      '/v1/alerts?',
      '/v1/alerts?languages=%66a',
      '/v1/alerts?topics=iran%2Crussia',
    ],
    ...[`/v1/alerts/${id(1)}`, `/v1/alerts/${id(2)}`, `/v1/alerts/${id(9)}`, '/v1/alerts/%2e%2e', '/v1/alerts/%zz'],
    ...[
      '/feeds/en.atom',
      '/feeds/fa.json',
      '/feeds/en.atom?topics=russia,iran&level=urgent',
      '/feeds/zz.atom',
      '/feeds/en.rss',
    ],
    ...['/en/', '/fa/?topics=iran&topics=russia', '/FA/', '/xx/', '/en/?anything=1', `/en/alerts/${id(1)}`],
    ...[`/ru/alerts/${id(1)}`, `/en/alerts/${id(2)}`, '/en/alerts/nothing', `/EN/alerts/${id(3)}?a=b`],
  ]
  for (const target of targets)
    for (const headers of [{}, { accept: 'text/html', 'accept-language': 'fa' }]) {
      const [told, same] = [
        await ask(target, { host: 'localhost:1234', ...headers }),
        await ofApp(target, { ...headers }),
      ]
      const expected = await ofApp(target, { host: 'localhost:1234', ...headers })
      expect(told.status, target).toBe(same.status)
      const wantedHeaders = Object.fromEntries(
        [...expected.headers].filter(([name]) => !own.has(name) && name !== 'etag'),
      )
      // What compresses is behind the app.
      if (expected.headers.has('content-type'))
        wantedHeaders.vary = [wantedHeaders.vary ?? [], 'Accept-Encoding'].flat().join(', ')
      const heard = Object.fromEntries(
        Object.entries(told.headers).filter(([name]) => !own.has(name) && name !== 'etag'),
      )
      const here = (link = '') => link.replaceAll(/localhost:\d+/g, 'localhost:1234')
      expect({ ...heard, link: here(heard.link) }, target).toEqual({ ...wantedHeaders, link: here(wantedHeaders.link) })
      const body = (await same.text()).replaceAll(/localhost:\d+/g, 'localhost:1234')
      expect(told.text.replaceAll(/localhost:\d+/g, 'localhost:1234'), target).toBe(body)
    }
  expect(passed()).toBe(0)
  expect(reported).toEqual([])
})

test.each([
  ['the alerts', 'entries', '/v1/alerts'],
  ['one alert', 'entries_of_alert', `/v1/alerts/${id(1)}`],
  ['a feed', 'entries', '/feeds/en.atom'],
])('damage that %s meet is told, and the reader hears that it cannot be read', async (_, table, target) => {
  const path = join(scratchFolder(clean), 'tocsin.db')
  const sql = openSqlite(path)
  const log = new SqliteLog(sql, 'epoch1')
  new SqliteEditors(sql)
  for (let number = 1; number <= 30; number += 1) await log.append(newAlert(id(number)), `key-${number}`)
  const [row] = sql.all<{ rootpage: number }>('select rootpage from sqlite_schema where name = ?', table)
  sql.all('pragma wal_checkpoint(truncate)')
  sql.close()
  const file = openSync(path, 'r+')
  writeSync(file, Buffer.alloc(4_096, 0x55), 0, 4_096, (Number(row?.rootpage) - 1) * 4_096)
  closeSync(file)
  const reported: unknown[] = []
  const reads = startReads({
    ...{
      address: { kind: 'sqlite', path },
      epoch: 'epoch1',
      ...{ indexes: false, signingKey: signing.seed },
      wanted,
      report: (it) => void reported.push(it),
    },
    log: { bounds: async () => ({ epoch: 'epoch1', floor: 1, head: 30 }) },
    addressOf: () => 'somebody',
    now: Date.now,
    fault: () => null,
  })
  clean(() => reads.stop())
  const server = createServer((incoming, outgoing) => void reads.quick(incoming, outgoing)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  clean(() => void server.close())
  const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${target}`)
  expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([503, 'cannot-read'])
  await expect.poll(() => reported[0]).toBeInstanceOf(StorageFault)
  expect(reported[0]).toMatchObject({ kind: 'damaged', act: 'read' })
  // One alert is looked up by an index; who comes back reads the table.
  if (table === 'entries')
    await expect(reads.log.after(0, 10)).rejects.toMatchObject({ kind: 'damaged', code: 'cannot-read' })
})

test.each([
  ['POST', '/v1/alerts', {}],
  ['OPTIONS', '/v1/alerts', {}],
  ['GET', '/', {}],
  ['GET', '/desk', {}],
  ['GET', '/v1/newsroom', {}],
  ['GET', '/v1/socket', {}],
  ['GET', '/v1/events?languages=en', {}],
  ['GET', `/v1/alerts/${id(1)}/delivery`, {}],
  ['GET', '/en/alerts/a/b', {}],
  ['GET', '/assets/desk.js', {}],
  ['GET', '/v1/alerts', { host: 'two words' }],
  ['GET', '/v1/alerts', { host: '' }],
  ['GET', '/v1/alerts', { host: 'localhost:99999' }],
  ['GET', '/en/', { host: '999.999.999.999' }],
  ['GET', '/feeds/en.atom', { host: '[:::]' }],
  ['GET', `/v1/alerts/${id(1)}`, { host: '1.2.3.4.5' }],
  ['GET', '/v1/alerts', { 'content-length': '0' }],
  ['GET', `/v1/alerts?after=${'x'.repeat(5_000)}`, {}],
])('%s %s %o is left to the app', async (method, url, headers) => {
  const incoming = { method, url, headers: { host: 'alerts.example', ...headers } } as unknown as IncomingMessage
  expect(readRequests(wanted)(incoming)).toBeNull()
})

test('a response is made once for a head, and again after the next append, at once', async () => {
  const { log, ask } = await open()
  const seqs = async (target: string) => {
    const { entries } = JSON.parse((await ask(target)).text)
    return entries.map(({ seq }: { seq: number }) => seq)
  }
  for (let number = 1; number <= 20; number += 1) {
    await log.append(newAlert(id(number)), `key-${number}`)
    // What was answered to the editor is found by whoever reads next: also the second time, out of memory.
    expect((await seqs('/v1/alerts?limit=1'))[0]).toBe(number)
    expect((await seqs('/v1/alerts?limit=1'))[0]).toBe(number)
  }
})

test('a conditional request gets 304 without a body, and 200 once there is more; HEAD has the headers alone', async () => {
  const { log, ask } = await open()
  await log.append(newAlert(id(1)), 'a')
  const targets = ['/v1/alerts', '/feeds/en.atom', '/en/', `/v1/alerts/${id(1)}`]
  const first = new Map<string, Told>()
  for (const target of targets) {
    const told = await ask(target)
    first.set(target, told)
    const { etag = '' } = told.headers
    expect(etag, target).toMatch(/^(W\/)?"[^"]+"$/)
    for (const tags of [etag, `"x", ${etag}`, '*', `W/${etag.replace('W/', '')}`]) {
      const again = await ask(target, { 'if-none-match': tags })
      expect([again.status, again.text], target).toEqual([304, ''])
      expect(again.headers).toMatchObject({ etag, 'cache-control': told.headers['cache-control'] })
      expect(again.headers['content-type']).toBeUndefined()
    }
    expect((await ask(target, { 'if-none-match': '"x"' })).text).toBe(told.text)
    const head = await ask(target, {}, 'HEAD')
    expect([head.status, head.text, head.headers['content-length']]).toEqual([200, '', told.headers['content-length']])
  }
  await log.append(retraction(id(1)), 'b')
  for (const target of targets) {
    const told = await ask(target, { 'if-none-match': first.get(target)?.headers.etag ?? '' })
    expect(told.status, target).toBe(200)
    expect(told.text).not.toBe(first.get(target)?.text)
  }
})

test('what an editor is shown goes to nobody else, whatever was asked before', async () => {
  const { log, editors, ask } = await open()
  await editors.add({ id: 'e', name: 'E', role: 'editor', createdAt: noon }, await secretHash('the-key'))
  await log.append(newAlert(id(1), { audience: 'test' }), 'a')
  const target = `/v1/alerts/${id(1)}`
  for (let time = 0; time < 2; time += 1) {
    expect((await ask(target)).status).toBe(404)
    const told = await ask(target, { authorization: 'Bearer the-key' })
    expect([told.status, told.headers['cache-control']]).toEqual([200, 'private, no-store'])
    expect((await ask('/v1/alerts?audience=test', { authorization: 'Bearer the-key' })).status).toBe(200)
    expect((await ask('/v1/alerts?audience=test')).status).toBe(403)
    expect((await ask('/v1/alerts?audience=test', { authorization: 'Bearer another' })).status).toBe(403)
  }
})

test.each(['editor first', 'reader first'])(
  'an editor and readers who ask the same at the same time are each told what is theirs: %s',
  async (who) => {
    const { log, editors, ask } = await open()
    await editors.add({ id: 'e', name: 'Ed', role: 'writer', createdAt: noon }, await secretHash('the-key'))
    await log.append(newAlert(id(1)), 'a')
    await log.append(newAlert(id(2), { audience: 'test' }), 'b')
    const askers = [
      { authorization: 'Bearer the-key' },
      {},
      { authorization: 'Bearer another' },
      { cookie: 'tocsin-desk=x' },
    ]
    const order = who === 'editor first' ? [0, 1, 2, 3, 0, 1] : [1, 3, 0, 2, 1, 0]
    for (const [target, refused] of [
      [`/v1/alerts/${id(2)}`, 404],
      ['/v1/alerts?audience=test', 403],
    ] as const) {
      // Twice: at once, and when whatever is kept is there.
      for (let time = 0; time < 2; time += 1) {
        const answers = await Promise.all(order.map((requester) => ask(target, askers[requester])))
        expect(answers.map(({ status }) => status)).toEqual(order.map((requester) => (requester === 0 ? 200 : refused)))
      }
    }
  },
)

test('a page of large alerts ends by its size, and its cursor leads through all of them, each once', async () => {
  const { log, ask } = await open()
  const summary = 'ن'.repeat(1_000)
  const texts = Object.fromEntries(newsroom.languages.map(({ tag }) => [tag, { headline: tag, summary }]))
  for (let number = 1; number <= 60; number += 1) await log.append(newAlert(id(number), { texts }), `key-${number}`)
  const seen: number[] = []
  let cursor = 'epoch1.0'
  for (let pages = 0; seen.length < 60 && pages < 60; pages += 1) {
    const { text } = await ask(`/v1/alerts?languages=*&limit=500&after=${cursor}`)
    // One entry may pass the size; what comes with them is small.
    expect(Buffer.byteLength(text)).toBeLessThan(700 * 1_024)
    const page = JSON.parse(text) as { entries: { seq: number }[]; cursor: string }
    seen.push(...page.entries.map(({ seq }) => seq))
    cursor = page.cursor
  }
  expect(seen).toEqual(Array.from({ length: 60 }, (_, index) => index + 1))
  expect(cursor).toBe('epoch1.60')
  const newest = JSON.parse((await ask('/v1/alerts?languages=*&limit=500')).text) as { entries: { seq: number }[] }
  expect(newest.entries.at(-1)?.seq).toBe(60)
  expect(newest.entries.length).toBeLessThan(60)
})

test('the cursor of a page for a rare interest goes to the head, and a page that is exactly full goes on', async () => {
  const { log, ask } = await open()
  for (let number = 1; number <= 50; number += 1)
    await log.append(
      newAlert(id(number), draft({ topics: number % 10 === 0 ? ['iran'] : ['russia'] })),
      `key-${number}`,
    )
  const page = async (query: string) => {
    const { entries, cursor } = JSON.parse((await ask(`/v1/alerts?topics=iran&${query}`)).text)
    return [entries.map(({ seq }: { seq: number }) => seq), cursor]
  }
  expect(await page('after=epoch1.0')).toEqual([[10, 20, 30, 40, 50], 'epoch1.50'])
  expect(await page('after=epoch1.0&limit=5')).toEqual([[10, 20, 30, 40, 50], 'epoch1.50'])
  expect(await page('after=epoch1.0&limit=2')).toEqual([[10, 20], 'epoch1.20'])
  expect(await page('after=epoch1.20&limit=2')).toEqual([[30, 40], 'epoch1.40'])
  expect(await page('after=epoch1.50')).toEqual([[], 'epoch1.50'])
  expect(await page('after=epoch1.49&limit=1')).toEqual([[50], 'epoch1.50'])
  expect(await page('limit=2')).toEqual([[40, 50], 'epoch1.50'])
})

test('a long history comes in parts by its size, each entry once, and the last part says that it is the last', async () => {
  const { log, ask } = await open()
  const summary = 'ن'.repeat(1_000)
  const texts = Object.fromEntries(newsroom.languages.map(({ tag }) => [tag, { headline: tag, summary }]))
  const versions = 40
  await log.append(newAlert(id(1), { texts }), 'first')
  for (let version = 2; version <= versions; version += 1) {
    await log.append(newAlert(id(100 + version)), `other-${version}`)
    await log.append(updateOf(id(1), `Version ${version}`), `key-${version}`)
  }
  const seen: number[] = []
  let target: string | undefined = `/v1/alerts/${id(1)}`
  for (let parts = 0; target !== undefined && parts < versions; parts += 1) {
    const { text, headers } = await ask(target)
    expect(Buffer.byteLength(text)).toBeLessThan(800 * 1_024)
    const part = JSON.parse(text) as {
      alert: { version: number }
      history: { alert: { version: number } }[]
      next?: string
    }
    expect(part.alert.version).toBe(versions)
    seen.push(...part.history.map(({ alert }) => alert.version))
    expect(headers.link).toBe(part.next && `</v1/alerts/${id(1)}?after=${part.next}>; rel="next"`)
    target = part.next && `/v1/alerts/${id(1)}?after=${part.next}`
  }
  expect(target).toBeUndefined()
  expect(seen).toEqual(Array.from({ length: versions }, (_, index) => index + 1))
  const after = async (cursor: string) =>
    JSON.parse((await ask(`/v1/alerts/${id(1)}?after=${cursor}`)).text).history.length
  expect(await after('now')).toBe(0)
  expect(await after(`epoch1.${2 * versions - 1}`)).toBe(0)
  expect(await after(`epoch1.${2 * versions - 2}`)).toBe(1)
  expect(await after('another.5')).toBe(seen.length > 0 ? await after('epoch1.0') : 0)
  expect((await ask(`/v1/alerts/${id(1)}?after=x`)).status).toBe(400)
  const versionsAt = async (search: string) => {
    const { text } = await ask(`/en/alerts/${id(1)}${search}`)
    const listed = [...text.matchAll(/class="version">\D*(\d+)/g)].map(([, version]) => Number(version))
    return { listed, next: /href="(\?before=\d+)" rel="next"/.exec(text)?.[1] }
  }
  const oldest = await versionsAt('?before=4')
  expect(oldest).toEqual({ listed: [3, 2, 1], next: undefined })
  const listed: number[] = []
  for (let search: string | undefined = ''; search !== undefined && listed.length <= versions; ) {
    const part = await versionsAt(search)
    listed.push(...part.listed)
    search = part.next
  }
  expect(listed).toEqual(Array.from({ length: versions }, (_, index) => versions - index))
  const newest = await versionsAt('')
  for (const odd of ['', '0', '1', '-4', 'x', '4.0', '1e9', '9999999999'])
    expect(await versionsAt(`?before=${odd}`)).toEqual(newest)
})

const answerOf = (bytes: number, more: Partial<ReadAnswer> = {}): ReadAnswer => ({
  status: 200,
  headers: { 'cache-control': 'public, max-age=1', etag: '"e"' },
  body: new Uint8Array(bytes),
  ...more,
})

test('the memory of answers never holds more bytes than it may, whatever is asked', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(40), fc.nat(3_000), fc.boolean()), { maxLength: 200 }), (asked) => {
      const cache = new ReadCache({ once: 8_000, again: 12_000 })
      for (const [key, bytes, twice] of asked) {
        for (let time = twice ? 2 : 1; time > 0; time -= 1)
          if (cache.get(String(key), 'head') === undefined) cache.set(String(key), 'head', answerOf(bytes))
        expect(cache.bytes).toBeLessThanOrEqual(20_000)
      }
    }),
    { numRuns: runs(100) },
  )
})

test('ten thousand addresses that are asked for once drop nothing that is asked for again', () => {
  const cache = new ReadCache({ once: 100_000, again: 100_000 })
  for (let time = 0; time < 2; time += 1)
    if (cache.get('usual', 'h') === undefined) cache.set('usual', 'h', answerOf(10))
  for (let number = 0; number < 10_000; number += 1) {
    expect(cache.get(`rare-${number}`, 'h')).toBeUndefined()
    cache.set(`rare-${number}`, 'h', answerOf(10))
  }
  expect(cache.get('usual', 'h')).toBeDefined()
  expect(cache.get('rare-9999', 'h')).toBeDefined()
  expect(cache.get('rare-0', 'h')).toBeUndefined()
  expect(cache.get('usual', 'another head')).toBeUndefined()
  cache.set('late', 'h', answerOf(10))
  expect(cache.get('late', 'another head')).toBeUndefined()
  expect(cache.get('late', 'h')).toBeUndefined()
})

test.each<[Partial<ReadAnswer>, boolean]>([
  [{}, true],
  [{ status: 404 }, false],
  [{ status: 301 }, false],
  [{ headers: { 'cache-control': 'private, no-store' } }, false],
  [{ headers: {} }, false],
  [{ headers: { 'cache-control': 'public', vary: 'Accept-Language' } }, false],
  [{ headers: { 'cache-control': 'public', vary: 'Accept-Encoding' } }, true],
  [{ headers: { 'cache-control': 'public, no-cache' } }, false],
  [{ headers: { 'cache-control': 'public, max-age=15, stale-while-revalidate=60' } }, true],
])('an answer %o may be kept for others: %s', (more, may) => {
  expect(isCacheableResponse(answerOf(1, more))).toBe(may)
})

test.each([
  [{ 'if-none-match': '"e"' }, true],
  [{ 'if-none-match': 'W/"e"' }, true],
  [{ 'if-none-match': '"a","e"' }, true],
  [{ 'if-none-match': '"a", "ee"' }, false],
  [{ 'if-none-match': '' }, false],
  [{ 'if-none-match': '"a"', 'if-modified-since': 'Fri, 01 Jan 2100 00:00:00 GMT' }, false],
  [{ 'if-modified-since': 'Sun, 01 Mar 2026 12:00:00 GMT' }, true],
  [{ 'if-modified-since': 'Sun, 01 Mar 2026 11:59:59 GMT' }, false],
  [{ 'if-modified-since': 'Sun, 01 Mar 2026 12:00:01 GMT' }, false],
  [{ 'if-modified-since': 'yesterday' }, false],
  [{ 'if-modified-since': '2099' }, false],
  [{ 'if-modified-since': '2099-01-01T00:00:00Z' }, false],
  [{ 'if-modified-since': 'Sun Mar  1 12:00:00 2026' }, true],
  [{}, false],
])('who asks with %o knows the answer already: %s', (headers, known) => {
  const answer = answerOf(1, { headers: { etag: '"e"', 'last-modified': 'Sun, 01 Mar 2026 12:00:00 GMT' } })
  expect(isKnown(answer, headers, Date.UTC(2026, 10, 26))).toBe(known)
  expect(isKnown({ ...answer, status: 404 }, headers, Date.UTC(2026, 10, 26))).toBe(false)
})

test('who asks for much waits for their own: between two of theirs everyone else has a turn', async () => {
  const queue = new FairQueue({ runningMax: 1, waitingMax: 1_000, waitingOfOneMax: 500 })
  const order: string[] = []
  const work = (name: string) => queue.run(name, async () => void order.push(name))
  await Promise.all([...Array.from({ length: 100 }, () => work('greedy')), work('a'), work('b'), work('a')])
  // One of the greedy was under way already.
  expect(order.slice(0, 7)).toEqual(['greedy', 'greedy', 'a', 'b', 'greedy', 'a', 'greedy'])
  expect(order).toHaveLength(103)
  expect(queue.waiting).toBe(0)
})

test('shared work runs once, at the first turn of any client, and costs the others no turn', async () => {
  const queue = new FairQueue({ runningMax: 1, waitingMax: 1_000, waitingOfOneMax: 500 })
  const order: string[] = []
  const note = (name: string) => async () => name.length + order.push(name)
  const all = Array.from({ length: 100 }, (_, nth) => queue.run('greedy', note(`rare ${nth}`)))
  const popular = queue.share('greedy', note('popular'))
  popular.join('a')
  popular.join('a')
  popular.join('b')
  all.push(queue.run('b', note('of b')), queue.run('a', note('of a')), popular.result)
  // A place for each who waits: the greedy one's rare ones but the first, theirs and the popular one three times.
  expect(queue.waiting).toBe(99 + 2 + 3)
  await Promise.all(all)
  expect(order.slice(0, 5)).toEqual(['rare 0', 'rare 1', 'popular', 'of b', 'rare 2'])
  expect(order.filter((name) => name === 'popular')).toHaveLength(1)
  expect(order).toHaveLength(103)
  expect(queue.waiting).toBe(0)
  // Too late to give it a turn: it has had its own.
  popular.join('c')
  expect(queue.waiting).toBe(0)
})

test('who has no place left joins all the same, and waits for the other’s turn', async () => {
  const queue = new FairQueue({ runningMax: 1, waitingMax: 3, waitingOfOneMax: 2 })
  let release = () => {}
  const held = queue.run(
    'a',
    () =>
      new Promise<void>((resolve) => {
        release = resolve
      }),
  )
  const waited = [queue.run('b', async () => {}), queue.run('b', async () => {})]
  const shared = queue.share('a', async () => 'shared')
  shared.join('b')
  shared.join('c')
  expect(queue.waiting).toBe(3)
  release()
  await Promise.all([held, ...waited])
  expect(await shared.result).toBe('shared')
  expect(queue.waiting).toBe(0)
})

test('concurrent requests for a missing page are answered each in its language and accepted type', async () => {
  const { ask, ofApp, passed, host } = await open()
  const html = { accept: 'text/html' }
  const kinds = [
    { ...html, 'accept-language': 'fa' },
    { ...html, 'accept-language': 'ru' },
    { accept: 'application/json' },
    { ...html, 'accept-language': 'fa' },
    { ...html, 'accept-language': 'en' },
  ]
  for (const target of ['/zz/alerts/m1', '/zz/', '/en/alerts/none', '/fa/alerts/none', '/zz/alerts/m1?a=b']) {
    const told = await Promise.all(kinds.map((headers) => ask(target, { host, ...headers })))
    for (const [at, headers] of kinds.entries()) {
      const wantedAnswer = await ofApp(target, headers)
      expect([told[at]?.status, told[at]?.headers['content-type']]).toEqual([
        wantedAnswer.status,
        wantedAnswer.headers.get('content-type') ?? undefined,
      ])
      expect(told[at]?.text).toBe(await wantedAnswer.text())
    }
  }
  expect(passed()).toBe(0)
})

test('too much of one is 429, too much of all 503, both at once and with Retry-After; a place is free again after', async () => {
  const queue = new FairQueue({ runningMax: 2, waitingMax: 5, waitingOfOneMax: 3 })
  const open: (() => void)[] = []
  const hold = (name: string) => queue.run(name, () => new Promise<void>((resolve) => open.push(resolve)))
  const held = ['a', 'a', 'a', 'a', 'a'].map(hold)
  await expect(hold('a')).rejects.toMatchObject({ status: 429, retryAfterSeconds: 1 })
  held.push(hold('b'), hold('c'))
  await expect(hold('d')).rejects.toMatchObject({ status: 503, retryAfterSeconds: 1 })
  for (let released = 0; released < 7; released += 1) {
    await expect.poll(() => open.length).toBeGreaterThan(0)
    open.shift()?.()
  }
  await Promise.all(held)
  expect(queue.waiting).toBe(0)
  // More in a row than there are places: each gives its own back.
  for (let time = 0; time < 5; time += 1)
    await expect(queue.run('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(await queue.run('d', async () => 'free')).toBe('free')
})

test('the log is read in that thread for readers who come back, and stopped it refuses what is asked after', async () => {
  const { log, reads } = await open()
  const made = await log.append(newAlert(id(1), { topics: ['iran'] }), 'a')
  const interest = { audience: 'public', languages: ['en'], topics: ['russia'], level: 'routine' } as const
  expect(await reads.log.after(0, 10)).toEqual([made])
  expect(await reads.log.after(0, 10, interest)).toEqual([])
  await expect(reads.log.after(0, 0)).rejects.toThrow('a limit of at least 1')
  await reads.stop()
  await expect(reads.log.after(0, 10)).rejects.toMatchObject({ status: 503 })
})

test('a bundle of another version than If-Match names is refused by the thread as by the app, compressed, in parts and by HEAD', async () => {
  const { ask, ofApp, passed } = await open()
  const tag = (await ask('/v1/bundle/en')).headers.etag ?? ''
  const bodies = [{}, { range: 'bytes=0-9' }, { 'accept-encoding': 'gzip' }, { 'if-none-match': tag }]
  for (const more of bodies) {
    const headers = { 'if-match': '"q"', ...more }
    const told = await ask('/v1/bundle/en', headers)
    expect([told.status, told.headers['content-type']]).toEqual([412, 'application/problem+json'])
    expect(JSON.parse(told.text)).toEqual(await (await ofApp('/v1/bundle/en', headers)).json())
  }
  expect((await ask('/v1/bundle/en', { 'if-match': '"q"' }, 'HEAD')).status).toBe(412)
  const coded = await ask('/v1/bundle/en', { 'accept-encoding': 'gzip' })
  for (const known of [tag, coded.headers.etag ?? '', '*'])
    expect((await ask('/v1/bundle/en', { 'if-match': known, 'accept-encoding': 'gzip' })).status).toBe(200)
  expect(passed()).toBe(0)
})
