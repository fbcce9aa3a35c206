import type { ServerResponse } from 'node:http'
import type { Page } from 'puppeteer-core'
import { expect, test } from 'vitest'
import { stored, wholeWith } from '../../../support/browser/reader-page.ts'
import { openChromium, openFirefox, subscribe } from '../../../support/browser/subscribed-browsers.ts'
import { blackHole } from '../../../support/mirrors/black-hole.ts'
import { mirrorHosts } from '../../../support/mirrors/mirror-hosts.ts'
import { publish, revise } from '../../../support/processes/service.ts'
import { until } from '../../../support/push/push-deps.ts'
import { cleaning } from '../../../support/scratch.ts'

// The service becomes a black hole: connections are made, and nothing comes of them. Mirrors have what it publishes.

const clean = cleaning()
const patient = { timeout: 240_000 }
const open = { Chromium: openChromium, Firefox: openFirefox }
const [good, hostile, stale] = ['mirror-one.example', 'mirror-two.example', 'mirror-three.example'] as const

const text = (level: string, headline: string) => ({ level, texts: { fa: { headline, summary: 'می‌گویند امن نیست.' } } })
const headlines = (page: Page) =>
  page.$$eval('#alerts .headline', (all) => all.map((it) => it.textContent?.trim() ?? '')) as Promise<string[]>
const inPage = (page: Page, expression: string) => page.evaluate(expression) as Promise<unknown>
const isLive = async (page: Page) =>
  (await inPage(page, `document.getElementById('connection').dataset.state`)) === 'live'
const source = (page: Page) => inPage(page, `document.getElementById('mirrored')?.innerText`)
const bundleOf = async (url: string) => Buffer.from(await (await fetch(`${url}/v1/bundle/fa`)).arrayBuffer())

/** As hosts answer that do not know such a file, and would like to know their readers. */
const sendFile = (response: ServerResponse, bytes: Buffer | undefined) =>
  void response
    .writeHead(200, {
      ...{ 'content-type': 'text/plain', 'access-control-allow-origin': '*' },
      'set-cookie': 'reader=1; Secure; SameSite=None',
    })
    .end(bytes)

test.for(['Firefox', 'Chromium'] as const)(
  'a real %s whose service is a black hole shows what a mirror has, with its name and age, and goes back without doubles',
  patient,
  async (name, { skip }) => {
    const bundles = new Map<string, Buffer>()
    const hosts = await mirrorHosts(
      clean,
      new Map([good, hostile, stale].map((host) => [host, (_, response) => sendFile(response, bundles.get(host))])),
    )
    const hole = await blackHole(clean)
    const { origin } = hole
    const env = { ...hole.env, NEWSROOM: hole.newsroom({}) }
    const how = { env, origin, prefs: hosts.prefs, flags: hosts.flags, acceptInsecureCerts: true }
    const started = await open[name](clean, skip, how)
    const { page } = started
    await subscribe(page)
    await until(async () => JSON.stringify(await stored(page, 'mirrors'))?.includes('"urls":[]') === true)

    // The list comes by push alone: the service was asked for it already today.
    await started.tocsin.end('SIGTERM')
    const urls = [good, hostile, stale].map((host) => `https://${host}/`)
    env.NEWSROOM = hole.newsroom({ mirrors: urls, mirrorsAt: new Date().toISOString() })
    const tocsin = await started.start()
    const first = await publish(tocsin.url, text('urgent', 'خبر نخست'))
    await wholeWith(page, first.alert)
    await until(async () => JSON.stringify(await stored(page, 'mirrors')).includes(good))
    await page.goto(`${origin}/fa/`)
    await until(() => isLive(page))
    await until(async () => (await headlines(page)).includes('خبر نخست'))
    await until(
      async () =>
        (await inPage(page, `caches.match('/fa/').then((it) => it.text()).then((it) => it.includes('خبر نخست'))`)) ===
        true,
    )

    bundles.set(stale, await bundleOf(tocsin.url))
    hole.begin()
    const second = await publish(tocsin.url, text('routine', 'خبر دوم'))
    const corrected = await revise(tocsin.url, first.alert.id, 'correction', {
      note: { fa: 'نادرست بود.' },
      texts: { fa: { headline: 'خبر نخست، درست' } },
    })
    // Push services are elsewhere, and their pushes still come.
    await wholeWith(page, corrected.alert)
    const genuine = await bundleOf(tocsin.url)
    bundles.set(good, genuine)
    bundles.set(hostile, Buffer.from(genuine.toString().replaceAll('خبر دوم', 'دروغ')))

    await page.goto(`${origin}/fa/`, { waitUntil: 'domcontentloaded' })
    await until(async () => (await headlines(page)).includes('خبر دوم'))
    expect(await headlines(page)).toEqual(['خبر نخست، درست', 'خبر دوم'])
    expect(await source(page)).toContain(good)
    expect(await inPage(page, `document.querySelector('#mirrored time').dateTime`)).toBe(
      JSON.parse(genuine.toString()).statement.at,
    )
    expect(await inPage(page, 'document.body.innerText')).not.toContain('دروغ')

    // Nothing of the reader: the same path for all, no cookie, no referrer, nothing that the browser would not send for everybody.
    expect(hosts.asked.length).toBeGreaterThan(0)
    for (const { method, path, headers } of hosts.asked) {
      expect([method, path]).toEqual(['GET', '/bundles/fa.json'])
      expect(headers['accept-language']).toBe('*')
      for (const absent of ['cookie', 'referer', 'authorization', 'if-none-match', 'if-modified-since', 'range'])
        expect(headers).not.toHaveProperty(absent)
      const own =
        /^(host|connection|user-agent|accept|accept-language|accept-encoding|origin|pragma|cache-control|priority|te|dnt|sec-.*)$/
      expect(Object.keys(headers).filter((it) => !own.test(it))).toEqual([])
    }

    hole.end()
    await until(() => isLive(page))
    await until(async () => (await source(page)) === undefined)
    const third = await publish(tocsin.url, text('routine', 'خبر سوم'))
    await until(async () => (await headlines(page)).length === 3)
    expect(await headlines(page)).toEqual(['خبر سوم', 'خبر نخست، درست', 'خبر دوم'])
    const ids = await inPage(page, `[...document.querySelectorAll('#alerts article')].map((it) => it.dataset.id)`)
    expect((ids as string[]).toSorted()).toEqual([first, second, third].map(({ alert }) => alert.id).toSorted())
  },
)

test.for(['Firefox', 'Chromium'] as const)(
  'an open page of a real %s whose stream stops silently shows what a mirror has, though another sends it drop by drop',
  patient,
  async (name, { skip }) => {
    let genuine = Buffer.alloc(0)
    const hosts = await mirrorHosts(
      clean,
      new Map([
        [good, (_, response) => sendFile(response, genuine)],
        [
          hostile,
          (_, response) => {
            response.writeHead(200, { 'access-control-allow-origin': '*' })
            const timer = setInterval(() => response.write(' '), 100)
            response.on('close', () => clearInterval(timer))
          },
        ],
      ]),
    )
    const hole = await blackHole(clean)
    const { origin } = hole
    const mirrors = [good, hostile].map((host) => `https://${host}/`)
    // Silence is noticed by missing heartbeats.
    const env = { ...hole.env, NEWSROOM: hole.newsroom({ mirrors }), HEARTBEAT_SECONDS: '1' }
    const how = { env, origin, prefs: hosts.prefs, flags: hosts.flags, acceptInsecureCerts: true }
    const { tocsin, page } = await open[name](clean, skip, how)
    await until(async () => JSON.stringify(await stored(page, 'mirrors'))?.includes(good) === true)
    // Kept with all its parts.
    await until(async () => (await inPage(page, `caches.match('/fa/').then((it) => it !== undefined)`)) === true)
    await until(async () => (await inPage(page, 'navigator.serviceWorker.controller !== null')) === true)
    await until(() => isLive(page))
    hole.begin()
    await publish(tocsin.url, text('routine', 'خبر نخست'))
    genuine = await bundleOf(tocsin.url)
    await until(async () => (await headlines(page)).includes('خبر نخست'))
    expect(await source(page)).toContain(good)
    expect(await inPage(page, `document.getElementById('announce').textContent`)).toContain('خبر نخست')
    hole.end()
    await until(() => isLive(page))
    await until(async () => (await source(page)) === undefined)
    expect(await headlines(page)).toEqual(['خبر نخست'])
  },
)
