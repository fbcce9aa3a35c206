import type { Page } from 'puppeteer-core'
import { expect, test } from 'vitest'
import { browserPath, launchChromium, launchFirefox } from '../../../support/browser/browsers.ts'
import { story } from '../../../support/browser/reader-page.ts'
import { startHttpFront } from '../../../support/http/http-front.ts'
import { publish, startNode } from '../../../support/processes/service.ts'
import { until } from '../../../support/push/push-deps.ts'
import { cleaning, scratchFolder } from '../../../support/scratch.ts'

// A network that takes a request and never answers it. Browsers let one request for an address wait for the one before
// (Chromium: 20 s), so what hangs must not hold up the visits after it.

const clean = cleaning()
const patient = { timeout: 240_000 }
const launch = {
  Chromium: (skip: (note: string) => never) => launchChromium(browserPath('chromium', skip)),
  Firefox: (skip: (note: string) => never) => launchFirefox(browserPath('firefox', skip), 'ws://127.0.0.1:9/'),
}

const keptHas = (page: Page, path: string, words: string) =>
  page.evaluate(
    `caches.match(${JSON.stringify(path)}).then((it) => it?.text() ?? '').then((it) => it.includes(${JSON.stringify(words)}))`,
  ) as Promise<boolean>

test.for(['Chromium', 'Firefox'] as const)(
  'in a real %s a visit after one that hung asks the network at once, and shows the newest',
  patient,
  async (name, { skip }) => {
    const browser = await launch[name](skip)
    clean(() => browser.close())
    const tocsin = await startNode(scratchFolder(clean))
    clean(() => tocsin.end('SIGKILL'))
    const front = await startHttpFront(clean, () => tocsin.url)
    const page = await browser.newPage()
    const address = new URL('/fa/', front.url).href
    await page.goto(address)
    await until(() => keptHas(page, '/fa/', '</html>'))
    const visits = () => front.asked.filter((path) => path === '/fa/').length

    front.route = (path) => (path === '/fa/' ? 'silence' : tocsin.url)
    await page.goto(address)
    expect(await page.evaluate(`document.getElementById('kept') !== null`)).toBe(true)

    // The network is back; the request that hung still hangs.
    front.route = () => tocsin.url
    await publish(tocsin.url, story)
    const before = visits()
    await page.goto(address)
    expect(visits()).toBeGreaterThan(before)
    expect(await page.evaluate(`document.getElementById('kept')`)).toBeNull()
    expect(await page.evaluate('document.body.innerText')).toContain(story.texts.fa.headline)
  },
)
