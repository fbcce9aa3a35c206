import type { Page } from 'puppeteer-core'
import { expect, test } from 'vitest'
import { stored } from '../../../support/browser/reader-page.ts'
import { openChromium, openFirefox } from '../../../support/browser/subscribed-browsers.ts'
import { blackHole } from '../../../support/mirrors/black-hole.ts'
import { mirrorHosts } from '../../../support/mirrors/mirror-hosts.ts'
import { publish } from '../../../support/processes/service.ts'
import { until } from '../../../support/push/push-deps.ts'
import { cleaning } from '../../../support/scratch.ts'

// Real browsers with an open page, whose live stream falls silent: nothing is refused, and nothing comes. The service sends heartbeats as
// often as it does without any setting.

const clean = cleaning()
const patient = { timeout: 240_000 }
const open = { Chromium: openChromium, Firefox: openFirefox }
const [good, hostile, stale] = ['mirror-one.example', 'mirror-two.example', 'mirror-three.example'] as const
/** These take every request: one says nothing, the other sends a file drop by drop. */
const [silent, dripping] = ['mirror-four.example', 'mirror-five.example'] as const
/** Ten seconds are promised; a machine that is busy with other tests is given more. Without the page's own heartbeats it takes 62. */
const lateMsMax = 30_000

const text = (headline: string) => ({ level: 'urgent', texts: { fa: { headline, summary: 'می‌گویند امن نیست.' } } })
const inPage = (page: Page, expression: string) => page.evaluate(expression) as Promise<unknown>
const headlines = (page: Page) =>
  inPage(page, `[...document.querySelectorAll('#alerts .headline')].map((it) => it.textContent.trim())`)
const isLive = async (page: Page) =>
  (await inPage(page, `document.getElementById('connection').dataset.state`)) === 'live'
const source = (page: Page) => inPage(page, `document.getElementById('mirrored')?.innerText`)
const bundleOf = async (url: string) => Buffer.from(await (await fetch(`${url}/v1/bundle/fa`)).arrayBuffer())

type Answer = [string, Parameters<typeof mirrorHosts>[1] extends Map<string, infer One> ? One : never]

/** Keeps the sockets that a page opens where the test finds them. */
const keepSockets = `
  window.sockets = []
  window.WebSocket = class extends WebSocket {
    constructor(...options) {
      super(...options)
      sockets.push(this)
    }
  }`
const askedHeartbeats = (page: Page) =>
  inPage(page, `sockets.map(({ url }) => new URL(url).searchParams.get('heartbeat'))`)
/** Whoever stands before the service says of it what nobody has signed: that the page is far ahead. */
const sayFarAhead = (page: Page) =>
  inPage(
    page,
    `(() => {
      const socket = sockets.at(-1)
      const epoch = new URL(socket.url).searchParams.get('after').split('.')[0]
      const data = JSON.stringify({ type: 'head', cursor: epoch + '.999999', at: new Date().toISOString() })
      socket.dispatchEvent(new MessageEvent('message', { data }))
    })()`,
  )

test.for(['Firefox', 'Chromium'] as const)(
  'an open page of a real %s shows each alert from one of several mirrors some seconds after that has it, once its stream fell silent',
  patient,
  async (name, { skip }) => {
    const bundles = new Map<string, Buffer>()
    const headers = { 'content-type': 'text/plain', 'access-control-allow-origin': '*' }
    const give = (host: string): Answer => [
      host,
      (_, response) => void response.writeHead(200, headers).end(bundles.get(host)),
    ]
    const hosts = await mirrorHosts(
      clean,
      new Map([
        ...[good, hostile, stale].map(give),
        [silent, () => {}],
        [
          dripping,
          (_, response) => {
            const timer = setInterval(() => response.write(' '), 500)
            response.writeHead(200, headers).on('close', () => clearInterval(timer))
          },
        ],
      ]),
    )
    const hole = await blackHole(clean)
    const { origin } = hole
    const mirrors = [silent, dripping, good, hostile, stale].map((host) => `https://${host}/`)
    const env = { ...hole.env, NEWSROOM: hole.newsroom({ mirrors }) }
    const how = { env, origin, prefs: hosts.prefs, flags: hosts.flags, acceptInsecureCerts: true }
    const { tocsin, page } = await open[name](clean, skip, how)
    await until(async () => JSON.stringify(await stored(page, 'mirrors'))?.includes(good) === true)
    await until(async () => (await inPage(page, `caches.match('/fa/').then((it) => it !== undefined)`)) === true)
    await until(async () => (await inPage(page, 'navigator.serviceWorker.controller !== null')) === true)
    await page.evaluateOnNewDocument(keepSockets)
    await page.goto(`${origin}/fa/`)
    await until(() => isLive(page))
    expect(await askedHeartbeats(page)).toEqual(['3'])
    await publish(tocsin.url, text('خبر نخست'))
    await until(async () => String(await headlines(page)) === 'خبر نخست')
    expect(hosts.asked, 'no mirror is asked while the service is there').toEqual([])
    bundles.set(stale, await bundleOf(tocsin.url))

    await sayFarAhead(page)
    hole.begin()
    /** Publishes an alert, which one mirror has and another one falsifies, and waits until the page shows it. */
    const shownAfter = async (headline: string, since: string) => {
      await publish(tocsin.url, text(headline))
      const genuine = await bundleOf(tocsin.url)
      bundles.set(good, genuine)
      bundles.set(hostile, Buffer.from(genuine.toString().replaceAll(headline, 'دروغ')))
      const beganAt = performance.now()
      await until(async () => String(await headlines(page)).includes(headline))
      const lateMs = performance.now() - beganAt
      console.info(`${name}: ${headline} was shown ${Math.round(lateMs)} ms after ${since}`)
      expect(lateMs).toBeLessThan(lateMsMax)
    }
    await shownAfter('خبر دوم', 'the stream fell silent')
    expect(await headlines(page)).toEqual(['خبر دوم', 'خبر نخست'])
    expect(await source(page)).toContain(good)
    expect(await inPage(page, 'document.body.innerText')).not.toContain('دروغ')

    // So are those after it, and nothing twice once the service is back.
    const more = ['خبر سوم', 'خبر چهارم', 'خبر پنجم']
    for (const headline of more) await shownAfter(headline, 'the mirror had it')
    for (const host of [silent, dripping]) expect(hosts.asked.map((it) => it.host)).toContain(host)
    hole.end()
    await until(() => isLive(page))
    await until(async () => (await source(page)) === undefined)
    expect(await headlines(page)).toEqual([...more.toReversed(), 'خبر دوم', 'خبر نخست'])
  },
)
