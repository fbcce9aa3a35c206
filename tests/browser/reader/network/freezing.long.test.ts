import type { Browser, Page } from 'puppeteer-core'
import { expect, test } from 'vitest'
import { cardsListed } from '../../../../src/http/pages/list/list-budget.ts'
import { browserPath, launchChromium, launchFirefox } from '../../../support/browser/browsers.ts'
import { freezingProxy } from '../../../support/networks/freezing-proxy.ts'
import { newsTexts, seeded } from '../../../support/newsroom/news-texts.ts'
import { publish, revise, startNode } from '../../../support/processes/service.ts'
import { until } from '../../../support/push/push-deps.ts'
import { cleaning, scratchFolder } from '../../../support/scratch.ts'

// Real browsers at a real service, behind a proxy that stops each connection silently after 15,000 bytes. The service keeps its
// connections, as a proxy of HTTP does.

const clean = cleaning()
const patient = { timeout: 120_000 }
const browsers = ['chromium', 'firefox'] as const

/** More than the page lists: as many as a newsroom has after some weeks. */
const count = 50
/** Words drawn at random, as long as those of a newsroom: what is repeated takes next to nothing in a compressed page. */
const textIn = newsTexts('fa', seeded(14))
const words = Array.from({ length: count + 1 }, () => textIn({ headline: 50, summary: 95 }))
const headline = (nth: number) => words[nth]?.headline ?? ''
const text = (nth: number) => ({
  level: 'routine',
  texts: { fa: { summary: '', ...words[nth], headline: headline(nth) } },
})

async function open(name: (typeof browsers)[number], skip: (note: string) => never) {
  const executable = browserPath(name, skip)
  const service = await startNode(scratchFolder(clean), { TRUST_PROXY: '1' })
  clean(() => service.end('SIGKILL'))
  const proxy = await freezingProxy(Number(new URL(service.url).port), clean)
  const browser: Browser = await (name === 'chromium'
    ? launchChromium(executable)
    : launchFirefox(executable, 'ws://127.0.0.1:9/'))
  clean(() => browser.close())
  return { service, proxy, url: `http://127.0.0.1:${proxy.port}`, page: await browser.newPage() }
}

const headlines = (page: Page) =>
  page.$$eval('#alerts .headline', (all) => all.map((it) => it.textContent?.trim() ?? '')) as Promise<string[]>
const newestFirst = (length: number) => Array.from({ length }, (_, nth) => headline(count - 1 - nth))
const isLive = async (page: Page) =>
  (await page.evaluate(`document.getElementById('connection')?.dataset.state`)) === 'live'

test.for(browsers)(
  'in %s the front page of a first visit comes whole with its script, and what is posted later comes to it',
  patient,
  async (name, { skip }) => {
    const { service, proxy, url, page } = await open(name, skip)
    for (let nth = 0; nth < count; nth += 1) await publish(service.url, text(nth))
    await page.goto(`${url}/fa/`, { waitUntil: 'domcontentloaded' })
    const listed = await headlines(page)
    expect(listed).toEqual(newestFirst(listed.length))
    expect(listed.length).toBeGreaterThanOrEqual(cardsListed.min)
    await until(() => isLive(page))
    // The panel of notifications is a part of its own.
    await until(async () => (await page.$('#push-form')) !== null)
    await publish(service.url, text(count))
    await until(async () => (await headlines(page)).includes(headline(count)))
    expect(await headlines(page)).toEqual([headline(count), ...listed])
    expect(proxy.frozen(), 'connections have stopped').toBeGreaterThan(0)
  },
)

test.for(browsers)(
  'in %s the page of an alert comes whole on a first visit, and a correction comes to it',
  patient,
  async (name, { skip }) => {
    const { service, url, page } = await open(name, skip)
    const { alert } = await publish(service.url, text(0))
    await page.goto(`${url}/fa/alerts/${alert.id}`, { waitUntil: 'domcontentloaded' })
    const shown = () => page.$eval('main', (main) => main.textContent ?? '')
    expect(await shown()).toContain(headline(0))
    await revise(service.url, alert.id, 'correction', { texts: text(1).texts, note: { fa: 'شماره نادرست بود.' } })
    await until(async () => (await shown()).includes(headline(1)))
  },
)

test.for(browsers)('in %s visits in a row come whole, each with its script', patient, async (name, { skip }) => {
  const { service, proxy, url, page } = await open(name, skip)
  for (let nth = 0; nth < count; nth += 1) await publish(service.url, text(nth))
  for (let visit = 0; visit < 10; visit += 1) {
    await page.goto(`${url}/fa/`, { waitUntil: 'domcontentloaded' })
    const listed = await headlines(page)
    expect(listed).toEqual(newestFirst(listed.length))
    expect(listed.length).toBeGreaterThanOrEqual(cardsListed.min)
    await until(() => isLive(page))
  }
  expect(proxy.frozen(), 'connections have stopped').toBeGreaterThan(0)
})
