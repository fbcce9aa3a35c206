import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'puppeteer-core'
import { expect, test } from 'vitest'
import { browserPath, launchFirefox, launchPushedChromium } from '../../../support/browser/browsers.ts'
import { blackHole } from '../../../support/mirrors/black-hole.ts'
import { mirrorHosts } from '../../../support/mirrors/mirror-hosts.ts'
import { publish, revise, startNode } from '../../../support/processes/service.ts'
import { until } from '../../../support/push/push-deps.ts'
import { cleaning, scratchFolder } from '../../../support/scratch.ts'

// Real browsers in which no service worker answers for a page: it asks the mirrors itself. The service becomes a black hole.

const clean = cleaning()
const patient = { timeout: 240_000 }
const [good, hostile, stale, unlisted] = ['one', 'two', 'three', 'four'].map((it) => `mirror-${it}.example`) as [
  ...[string, string, string, string],
]
const workerPath = '/assets/service-worker.js'

type Hosts = Awaited<ReturnType<typeof mirrorHosts>>
type Launch = (skip: (note: string) => never, hosts: Hosts) => Promise<Browser>

const firefox =
  (prefs: Readonly<Record<string, unknown>>): Launch =>
  (skip, hosts) =>
    launchFirefox(browserPath('firefox', skip), 'ws://127.0.0.1:9/', { ...hosts.prefs, ...prefs }, true)

const chromium =
  (preferences: object): Launch =>
  (skip, hosts) => {
    const profile = scratchFolder(clean)
    mkdirSync(join(profile, 'Default'))
    writeFileSync(join(profile, 'Default', 'Preferences'), JSON.stringify(preferences))
    const flags = [...hosts.flags, '--ignore-certificate-errors']
    return launchPushedChromium(browserPath('chromium', skip), profile, flags)
  }

const noStorage = { profile: { default_content_setting_values: { cookies: 2 } } }
/** How a browser comes to have no worker. `lost`: what is never answered. */
const ways: readonly (readonly [string, Launch, string?])[] = [
  [
    'a private window of an older Firefox',
    firefox({ 'browser.privatebrowsing.autostart': true, 'dom.serviceWorkers.privateBrowsing.enabled': false }),
  ],
  ['a Firefox that lets sites keep nothing', firefox({ 'network.cookie.cookieBehavior': 2 })],
  ['a Firefox on a first visit whose worker never came', firefox({}), workerPath],
  ['a Chromium that lets sites keep nothing', chromium(noStorage)],
  ['a Chromium on a first visit whose worker never came', chromium({}), workerPath],
]

const text = (level: string, headline: string) => ({ level, texts: { fa: { headline, summary: 'می‌گویند امن نیست.' } } })
const inPage = (page: Page, expression: string) => page.evaluate(expression) as Promise<unknown>
const headlines = (page: Page) =>
  inPage(page, `[...document.querySelectorAll('#alerts .headline')].map((it) => it.textContent.trim())`)
const isLive = async (page: Page) =>
  (await inPage(page, `document.getElementById('connection').dataset.state`)) === 'live'
const source = (page: Page) => inPage(page, `document.getElementById('mirrored')?.innerText`)
const bundleOf = async (url: string) => Buffer.from(await (await fetch(`${url}/v1/bundle/fa`)).arrayBuffer())
/** What a page can ask the mirrors with is there; the keys, unless another page has pinned them. */
const isReady = async (page: Page, keys: readonly string[] = []) =>
  (await inPage(
    page,
    `(() => {
      const names = performance.getEntriesByType('resource').map(({ name }) => name)
      return ${JSON.stringify(['/assets/immutable/page-mirrors-', '/assets/immutable/while-away-', '/fa/offline', ...keys])}
        .every((part) => names.some((name) => name.includes(part)))
    })()`,
  )) === true

async function open(launch: Launch, skip: (note: string) => never, lost?: string) {
  const bundles = new Map<string, Buffer>()
  const hosts = await mirrorHosts(
    clean,
    new Map(
      [good, hostile, stale, unlisted].map((host) => [
        host,
        (_, response) => {
          const headers = { 'content-type': 'text/plain', 'access-control-allow-origin': '*' }
          response
            .writeHead(200, { ...headers, 'set-cookie': 'reader=1; Secure; SameSite=None' })
            .end(bundles.get(host))
        },
      ]),
    ),
  )
  const hole = await blackHole(clean, lost)
  const mirrors = [good, hostile, stale].map((host) => `https://${host}/news/`)
  // Silence is noticed by missing heartbeats.
  const env = { ...hole.env, NEWSROOM: hole.newsroom({ mirrors }), HEARTBEAT_SECONDS: '1' }
  const tocsin = await startNode(scratchFolder(clean), env)
  clean(() => tocsin.end('SIGKILL'))
  const browser = await launch(skip, hosts)
  clean(() => browser.close())
  return { bundles, hosts, hole, tocsin, browser, page: await browser.newPage() }
}

test.for(ways)(
  '%s shows what a mirror has, verified, and goes back to the service',
  patient,
  async ([, launch, lost], { skip }) => {
    const { bundles, hosts, hole, tocsin, browser, page } = await open(launch, skip, lost)
    const first = await publish(tocsin.url, text('urgent', 'خبر نخست'))
    bundles.set(stale, await bundleOf(tocsin.url))
    // The page of an alert is open besides.
    const alertPage = await browser.newPage()
    await alertPage.goto(`${hole.origin}/fa/alerts/${first.alert.id}`, { waitUntil: 'domcontentloaded' })
    await until(() => isReady(alertPage, ['/v1/newsroom']))
    await page.bringToFront()
    await page.goto(`${hole.origin}/fa/`, { waitUntil: 'domcontentloaded' })
    await until(() => isLive(page))
    await until(() => isReady(page))
    expect(await inPage(page, 'navigator.serviceWorker?.controller ?? null')).toBeNull()
    expect(hosts.asked, 'no mirror is asked while the service is there').toEqual([])

    hole.begin()
    await publish(tocsin.url, text('routine', 'خبر دوم'))
    await revise(tocsin.url, first.alert.id, 'correction', {
      note: { fa: 'نادرست بود.' },
      texts: { fa: { headline: 'خبر نخست، درست' } },
    })
    const genuine = await bundleOf(tocsin.url)
    bundles.set(good, genuine)
    bundles.set(hostile, Buffer.from(genuine.toString().replaceAll('خبر دوم', 'دروغ')))
    await until(async () => String(await headlines(page)).includes('خبر دوم'))
    expect(await headlines(page)).toEqual(['خبر دوم', 'خبر نخست، درست'])
    expect(await source(page)).toContain(good)
    expect(await inPage(page, `document.querySelector('#mirrored time').dateTime`)).toBe(
      JSON.parse(genuine.toString()).statement.at,
    )
    expect(await inPage(page, 'document.body.innerText')).not.toContain('دروغ')
    expect(hosts.asked.map(({ host }) => host)).toContain(good)
    await until(async () => (await inPage(alertPage, `document.querySelector('h1').textContent`)) === 'خبر نخست، درست')
    expect(await source(alertPage)).toContain(good)
    expect(await inPage(alertPage, 'document.body.innerText')).not.toMatch(/دروغ|خبر دوم/)
    for (const { method, path, headers } of hosts.asked) {
      expect([method, path]).toEqual(['GET', '/news/bundles/fa.json'])
      for (const absent of ['cookie', 'referer', 'authorization', 'if-none-match', 'if-modified-since', 'range'])
        expect(headers).not.toHaveProperty(absent)
    }
    // The policy of the page lets it ask those of the list, and no other host.
    const tried = (host: string) =>
      inPage(page, `fetch('https://${host}/', { mode: 'no-cors' }).then(() => 'answered', () => 'refused')`)
    expect([await tried(good), await tried(unlisted)]).toEqual(['answered', 'refused'])
    expect(hosts.asked.some(({ host }) => host === unlisted)).toBe(false)

    hole.end()
    await until(() => isLive(page))
    await until(async () => (await source(page)) === undefined)
    // As the service lists them: what is corrected by the time of its correction.
    await until(async () => `${await headlines(page)}` === 'خبر نخست، درست,خبر دوم')
  },
)
