import type { Browser, Page } from 'puppeteer-core'
import { expect, test } from 'vitest'
import { browserPath, launchFirefox, launchPushedChromium } from '../../../support/browser/browsers.ts'
import { partsOf, stored } from '../../../support/browser/reader-page.ts'
import { blackHole } from '../../../support/mirrors/black-hole.ts'
import { mirrorHosts } from '../../../support/mirrors/mirror-hosts.ts'
import { publish, revise, startNode } from '../../../support/processes/service.ts'
import { until } from '../../../support/push/push-deps.ts'
import { cleaning, scratchFolder } from '../../../support/scratch.ts'

// An alert's own page while the service is a black hole: connections are made, and nothing comes of them. Mirrors have what it publishes.

const clean = cleaning()
const patient = { timeout: 180_000 }
const browsers = ['Firefox', 'Chromium'] as const
const [good, hostile, stale] = ['one', 'two', 'three'].map((it) => `mirror-${it}.example`) as [string, string, string]

const text = (headline: string) => ({ level: 'urgent', texts: { fa: { headline, summary: 'می‌گویند امن نیست.' } } })
const correction = (headline: string) => ({ note: { fa: 'نادرست بود.' }, texts: { fa: { headline } } })
const inPage = (page: Page, expression: string) => page.evaluate(expression) as Promise<unknown>
const headline = (page: Page) =>
  inPage(page, `document.querySelector('article.whole .headline')?.textContent.trim() ?? null`)
const source = (page: Page) => inPage(page, `document.getElementById('mirrored')?.innerText`)
const words = (page: Page) => inPage(page, 'document.body.innerText')
const isKept = (page: Page, path: string) =>
  inPage(page, `caches.match('${path}').then((it) => it !== undefined && navigator.serviceWorker.controller !== null)`)
const bundleOf = async (url: string) => Buffer.from(await (await fetch(`${url}/v1/bundle/fa`)).arrayBuffer())
const forged = (bundle: Buffer, from: string) => Buffer.from(bundle.toString().replaceAll(from, 'دروغ'))

/** A service with three mirrors, and a browser that may become unable to reach it. */
async function open(name: (typeof browsers)[number], skip: (note: string) => never) {
  const bundles = new Map<string, Buffer>()
  const hosts = await mirrorHosts(
    clean,
    new Map(
      [good, hostile, stale].map((host) => [
        host,
        (_, response) => {
          const headers = { 'content-type': 'text/plain', 'access-control-allow-origin': '*' }
          const bundle = bundles.get(host)
          if (bundle === undefined) response.writeHead(404, headers).end()
          else response.writeHead(200, headers).end(bundle)
        },
      ]),
    ),
  )
  const hole = await blackHole(clean)
  const mirrors = [good, hostile, stale].map((host) => `https://${host}/`)
  // Silence is noticed by missing heartbeats.
  const env = { ...hole.env, NEWSROOM: hole.newsroom({ mirrors }), HEARTBEAT_SECONDS: '1' }
  const tocsin = await startNode(scratchFolder(clean), env)
  clean(() => tocsin.end('SIGKILL'))
  const browser: Browser = await (name === 'Firefox'
    ? launchFirefox(browserPath('firefox', skip), 'ws://127.0.0.1:9/', hosts.prefs, true)
    : launchPushedChromium(browserPath('chromium', skip), scratchFolder(clean), [
        ...hosts.flags,
        '--ignore-certificate-errors',
      ]))
  clean(() => browser.close())
  const page = await browser.newPage()
  const pathOf = ({ alert }: Awaited<ReturnType<typeof publish>>) => `/fa/alerts/${alert.id}`
  const go = (path: string) => page.goto(`${hole.origin}${path}`, { waitUntil: 'domcontentloaded' })
  return { bundles, hosts, hole, tocsin, page, pathOf, go }
}

test.for(browsers)(
  'in %s an alert’s page that is open shows a correction that a mirror has, and goes back to the service',
  patient,
  async (name, { skip }) => {
    const { bundles, hole, tocsin, page, pathOf, go } = await open(name, skip)
    const first = await publish(tocsin.url, text('خبر نخست'))
    bundles.set(stale, await bundleOf(tocsin.url))
    // The front page brings the service worker.
    for (const path of ['/fa/', pathOf(first)]) {
      await go(path)
      await until(async () => (await isKept(page, path)) === true)
    }
    expect(await headline(page)).toBe('خبر نخست')

    hole.begin()
    await revise(tocsin.url, first.alert.id, 'correction', correction('خبر نخست، درست'))
    await publish(tocsin.url, text('خبر دیگر'))
    const genuine = await bundleOf(tocsin.url)
    bundles.set(hostile, forged(genuine, 'خبر نخست، درست'))
    bundles.set(good, genuine)
    await until(async () => (await headline(page)) === 'خبر نخست، درست')
    expect(await source(page)).toContain(good)
    expect(await inPage(page, `document.querySelector('#mirrored time').dateTime`)).toBe(
      JSON.parse(genuine.toString()).statement.at,
    )
    expect(await page.title()).toContain('خبر نخست، درست')
    expect(await inPage(page, `document.querySelectorAll('.history li').length`)).toBe(2)
    expect(await inPage(page, `document.getElementById('announce').textContent`)).toContain('خبر نخست، درست')
    expect(await words(page)).not.toMatch(/دروغ|خبر دیگر/)
    // The kept page of the alert, opened once more, is the one before: what is kept of the mirror comes over it without a mirror.
    bundles.clear()
    await go(pathOf(first))
    await until(async () => (await headline(page)) === 'خبر نخست، درست')
    expect(await source(page)).toContain(good)

    hole.end()
    await until(async () => (await source(page)) === undefined)
    await revise(tocsin.url, first.alert.id, 'retraction', { note: { fa: 'چنین نبود.' } })
    await until(
      async () => (await inPage(page, `document.querySelector('article.whole .retraction') !== null`)) === true,
    )
    expect(await words(page)).toContain('چنین نبود.')
  },
)

test.for(browsers)(
  'in %s a link leads to an alert that came by a mirror alone, and to one that only mirrors have',
  patient,
  async (name, { skip }) => {
    const { bundles, hosts, hole, tocsin, page, pathOf, go } = await open(name, skip)
    const first = await publish(tocsin.url, text('خبر نخست'))
    bundles.set(stale, await bundleOf(tocsin.url))
    await revise(tocsin.url, first.alert.id, 'correction', correction('خبر نخست، درست'))
    await go('/fa/')
    await until(async () => (await isKept(page, '/fa/')) === true)
    // What shows an alert in the place of the page for no connection is kept last.
    await until(async () => {
      const { named, kept } = await partsOf(page, '/fa/')
      return kept.join() === named.join()
    })

    hole.begin()
    // Of an alert whose page was never opened the device knows that it was corrected: what a mirror has from before is not shown.
    await go(pathOf(first))
    await until(async () => ((await stored(page, 'mirrors-seen')) ?? null) !== null)
    await new Promise((resolve) => setTimeout(resolve, 2_000))
    expect(await headline(page)).toBeNull()
    bundles.clear()
    await go('/fa/')
    const second = await publish(tocsin.url, text('خبر دوم'))
    const corrected = await revise(tocsin.url, second.alert.id, 'correction', correction('خبر دوم، درست'))
    bundles.set(good, await bundleOf(tocsin.url))
    const link = `#alerts a[href$="${pathOf(second)}"]`
    await until(async () => (await page.$(link)) !== null)
    // From here on no mirror answers: what was verified is kept.
    bundles.clear()
    await page.click(link)
    await until(async () => (await headline(page)) === 'خبر دوم، درست')
    expect(await source(page)).toContain(good)
    expect(await words(page)).toContain('نادرست بود.')
    expect(await inPage(page, `document.querySelector('article.whole').dataset.version`)).toBe(
      String(corrected.alert.version),
    )
    expect(await inPage(page, 'location.pathname')).toBe(pathOf(second))

    // Nothing of it is known on the device: a mirror that is older than what the device has seen, or forged, shows nothing.
    const third = await publish(tocsin.url, text('خبر سوم'))
    const genuine = await bundleOf(tocsin.url)
    bundles.set(hostile, forged(genuine, 'خبر سوم'))
    const asked = hosts.asked.length
    await go(pathOf(third))
    await until(() => hosts.asked.slice(asked).some(({ host }) => host === hostile))
    expect(await headline(page)).toBeNull()
    expect(await inPage(page, `document.querySelector('h1') !== null`)).toBe(true)
    bundles.set(good, genuine)
    await go(pathOf(third))
    await until(async () => (await headline(page)) === 'خبر سوم')
    expect(await source(page)).toContain(good)
    expect(await words(page)).not.toContain('دروغ')
    for (const { method, path, headers } of hosts.asked) {
      expect([method, path]).toEqual(['GET', '/bundles/fa.json'])
      for (const absent of ['cookie', 'referer', 'authorization']) expect(headers).not.toHaveProperty(absent)
    }

    // Of the alert that the service corrects meanwhile, its page learns from the service.
    await revise(tocsin.url, third.alert.id, 'correction', correction('خبر سوم، درست'))
    hole.end()
    await until(async () => (await headline(page)) === 'خبر سوم، درست')
    await until(async () => (await source(page)) === undefined)
  },
)
