import { expect, test } from 'vitest'
import type { Change } from '../../../src/domain/change.ts'
import type { Newsroom } from '../../../src/domain/newsroom.ts'
import { createApp } from '../../../src/http/app.ts'
import { bundleAnswer } from '../../../src/http/openapi/response-schemas.ts'
import type { AlertLog } from '../../../src/log/log.ts'
import { openSqlite } from '../../../src/node/storage/sqlite-file.ts'
import { bundleLimits } from '../../../src/signing/bundle-format.ts'
import { openVerifier } from '../../../src/signing/verify/verifier.ts'
import { verifyBundle } from '../../../src/signing/verify/verify-bundle.ts'
import { SqliteLog } from '../../../src/store/sqlite/sqlite-log.ts'
import { memoryDeps } from '../../support/http/memory-deps.ts'
import { newAlert, newsroom, retraction, updateOf } from '../../support/samples.ts'
import { signing } from '../../support/signing/published-signing.ts'

const id = (nth: number) => `01932f6e-0000-7000-8000-${String(nth).padStart(12, '0')}`

/** A service whose log is empty, with a clock of the test's. */
async function opened(about: Newsroom = newsroom) {
  const deps = await memoryDeps(about, 'https://alerts.example')
  const clock = { ms: Date.parse('2026-11-28T12:01:00.000Z') }
  const log = deps.reads.log as AlertLog
  const app = createApp({ ...deps, reads: { ...deps.reads, now: () => clock.ms } })
  let keys = 0
  const append = (change: Change) => {
    keys += 1
    return log.append({ ...change, at: new Date(clock.ms).toISOString() }, `k${keys}`)
  }
  const get = async (path: string, headers = {}) => app.request(path, { headers })
  const verifier = await openVerifier()
  if (verifier === null) throw new Error('Node has Web Crypto')
  const read = async (language: string) => {
    const bytes = new Uint8Array(await (await get(`/v1/bundle/${language}`)).arrayBuffer())
    const bundle = bundleAnswer.parse(JSON.parse(new TextDecoder().decode(bytes)))
    return { bytes, bundle, report: await verifyBundle(verifier, bytes, signing.keys) }
  }
  return { app, clock, append, get, read }
}

const longText = (nth: number, summary: string) =>
  newAlert(id(nth), {
    texts: { en: { headline: `Alert ${nth}`, summary }, fa: { headline: `خبر ${nth}`, summary: '' } },
  })

test('an empty bundle verifies, and says that there is nothing', async () => {
  const { read } = await opened()
  const { bundle, report } = await read('fa')
  expect(report.faults).toEqual([])
  expect(bundle.statement).toMatchObject({ newest: '', count: 0, leftOut: 0, language: 'fa', head: 0 })
})

test('a bundle has the bytes of the golden file, which programs of others have stored and still verify', async () => {
  const { append, clock, get, read } = await opened({ ...newsroom, mirrors: ['https://mirror.example/'] })
  await append(newAlert(id(1)))
  clock.ms += 60_000
  await append(updateOf(id(1), 'Another headline: “quoted”, € and 🌍'))
  await append(newAlert(id(2)))
  await append(retraction(id(2)))
  for (const language of ['en', 'fa']) {
    const answer = await get(`/v1/bundle/${language}`)
    await expect(await answer.text()).toMatchFileSnapshot(`../../golden/bundle-${language}.json`)
    expect((await read(language)).report.faults).toEqual([])
  }
})

test('the list of mirrors has the time that the newsroom gives it, in a bundle as everywhere; an empty one without a time replaces none', async () => {
  const urls = ['https://mirror.example/']
  const mirrorsAt = '2026-03-01T12:00:00.000Z'
  expect((await (await opened({ ...newsroom, mirrors: urls, mirrorsAt })).read('fa')).report.mirrors).toEqual({
    urls,
    at: mirrorsAt,
  })
  const { report } = await (await opened({ ...newsroom, mirrors: urls })).read('fa')
  const started = report.mirrors?.at ?? ''
  expect(report.mirrors).toEqual({ urls, at: `${started.slice(0, 13)}:00:00.000Z` })
  const { report: without } = await (await opened(newsroom)).read('fa')
  expect(without.mirrors).toEqual({ urls: [], at: '1970-01-01T00:00:00.000Z' })
})

test('while the newest entry of a language is not signed there is no bundle of it, because it would say that there is no news', async () => {
  const sql = openSqlite(':memory:')
  // The other one is of a version that does not sign.
  const [log, old] = [new SqliteLog(sql, 'k3f9'), new SqliteLog(sql, 'k3f9')]
  log.signing.begin({ signer: signing.signer, newsroom })
  const deps = await memoryDeps(newsroom, 'https://alerts.example')
  const app = createApp({ ...deps, reads: { ...deps.reads, log } })
  await log.append(newAlert(id(1)), 'k1')
  await old.append(updateOf(id(1), 'Only in English'), 'k2')
  const refused = await app.request('/v1/bundle/en')
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5'])
  expect(await refused.json()).toMatchObject({ code: 'not-signed-yet' })
  // Nothing is missing in the language that it says nothing in.
  expect((await app.request('/v1/bundle/fa')).status).toBe(200)
  await log.signing.signMore(1)
  const bundle = bundleAnswer.parse(await (await app.request('/v1/bundle/en')).json())
  expect(bundle.statement).toMatchObject({ count: 2, head: 2 })
})

test('a bundle has every entry that says something in its language, oldest first, and no test', async () => {
  const { append, read } = await opened()
  await append(newAlert(id(1)))
  await append(updateOf(id(1), 'Only in English'))
  await append(newAlert(id(2), { audience: 'test' }))
  await append(newAlert(id(3)))
  await append(retraction(id(3)))
  const [en, fa] = [await read('en'), await read('fa')]
  expect([en.report.faults, fa.report.faults]).toEqual([[], []])
  expect(en.report.entries.map(({ seq }) => seq)).toEqual([1, 2, 4, 5])
  expect(fa.report.entries.map(({ seq }) => seq)).toEqual([1, 4, 5])
  expect(en.report.entries.map(({ kind }) => kind)).toEqual(['alert', 'update', 'alert', 'retraction'])
  expect(en.report.head).toMatchObject({ head: 5 })
})

test('of more than 50 entries it has the newest, also where one alert has changed often since', async () => {
  const { append, read } = await opened()
  for (let nth = 1; nth <= 130; nth += 1) await append(newAlert(id(nth)))
  for (let nth = 1; nth <= 20; nth += 1) await append(updateOf(id(3), `Update ${nth}`))
  const { report } = await read('en')
  expect(report.faults).toEqual([])
  expect(report.entries.at(-1)?.seq).toBe(150)
  expect(report.entries.map(({ seq }) => seq)).toEqual(
    Array.from({ length: report.entries.length }, (_, nth) => 151 - report.entries.length + nth),
  )
  // Its readers were told nothing by the updates.
  const old = await read('fa')
  expect(old.report.entries.at(-1)?.seq).toBe(130)
})

test('it is never larger than 32,768 bytes, and says how many entries it left out', async () => {
  const { append, read } = await opened()
  for (let nth = 1; nth <= 60; nth += 1) await append(longText(nth, '界'.repeat(nth * 16)))
  const { bytes, bundle, report } = await read('en')
  expect(report.faults).toEqual([])
  expect(bytes.length).toBeLessThanOrEqual(bundleLimits.bytesMax)
  const { count, leftOut } = bundle.statement
  expect(count).toBeGreaterThan(3)
  expect(count + leftOut).toBe(50)
  // One more would not have fitted.
  expect(bytes.length + new TextEncoder().encode(JSON.stringify(bundle.entries[0])).length).toBeGreaterThan(
    bundleLimits.bytesMax,
  )
})

test('its bytes stay the same for five minutes while no entry comes, and change with the next entry', async () => {
  const { append, read, clock } = await opened()
  await append(newAlert(id(1)))
  const first = await read('en')
  clock.ms += 3 * 60_000
  expect((await read('en')).bytes).toEqual(first.bytes)
  clock.ms += 5 * 60_000
  expect((await read('en')).bundle.statement.at > first.bundle.statement.at).toBe(true)
  await append(newAlert(id(2)))
  expect((await read('en')).bundle.statement.at >= new Date(clock.ms).toISOString()).toBe(true)
})

test('a download that was cut off goes on, and never with another version', async () => {
  const { append, get, clock } = await opened()
  await append(newAlert(id(1)))
  const whole = await get('/v1/bundle/en')
  const tag = whole.headers.get('etag') ?? ''
  const text = await whole.text()
  expect(whole.headers.get('accept-ranges')).toBe('bytes')
  const rest = await get('/v1/bundle/en', { range: 'bytes=100-', 'if-range': tag })
  expect([rest.status, rest.headers.get('content-range')]).toEqual([206, `bytes 100-${text.length - 1}/${text.length}`])
  expect(text.slice(0, 100) + (await rest.text())).toBe(text)
  expect((await get('/v1/bundle/en', { range: `bytes=${text.length}-`, 'if-range': tag })).status).toBe(416)
  clock.ms += 1
  await append(newAlert(id(2)))
  const other = await get('/v1/bundle/en', { range: 'bytes=100-', 'if-range': tag })
  expect(other.status).toBe(200)
  expect(JSON.parse(await other.text()).statement.count).toBe(2)
  const known = await get('/v1/bundle/en', { 'if-none-match': other.headers.get('etag') ?? '', range: 'bytes=0-1' })
  expect(known.status).toBe(304)
})

test('who wants one version alone gets 412 where it is another by now, also of a part', async () => {
  const { append, app, get } = await opened()
  await append(newAlert(id(1)))
  const tag = (await get('/v1/bundle/en')).headers.get('etag') ?? ''
  for (const known of [tag, `"a", ${tag}`, '*', tag.replace(/"$/, '-br"')])
    expect([known, (await get('/v1/bundle/en', { 'if-match': known })).status]).toEqual([known, 200])
  for (const other of ['"q"', `W/${tag}`, tag.slice(1, -1), '']) {
    for (const more of [{}, { range: 'bytes=0-9' }, { 'if-none-match': tag }]) {
      const refused = await get('/v1/bundle/en', { 'if-match': other, ...more })
      expect([other, refused.status, refused.headers.get('content-type')]).toEqual([
        ...[other, 412, 'application/problem+json'],
      ])
    }
    const head = await app.request('/v1/bundle/en', { method: 'HEAD', headers: { 'if-match': other } })
    expect(head.status).toBe(412)
  }
})

test('every reader gets the same, by HEAD too, and a language that there is not is refused', async () => {
  const { app, get } = await opened()
  const answer = await get('/v1/bundle/EN', { 'accept-language': 'fa', cookie: 'a=b' })
  expect([answer.status, answer.headers.get('vary'), answer.headers.get('set-cookie')]).toEqual([200, null, null])
  expect(answer.headers.get('cache-control')).toMatch(/^public, max-age=\d$/)
  expect(answer.headers.get('access-control-allow-origin')).toBe('*')
  const head = await app.request('/v1/bundle/en', { method: 'HEAD' })
  expect([head.status, head.headers.get('etag')]).toEqual([200, answer.headers.get('etag')])
  const refused = await get('/v1/bundle/xx')
  expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([404, 'no-such-bundle'])
  expect((await get('/v1/bundle/en?languages=fa')).status).toBe(400)
})
