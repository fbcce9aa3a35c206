import type { ServerResponse } from 'node:http'
import type { Page } from 'puppeteer-core'
import { expect, test } from 'vitest'
import { fakedClock } from '../../../interop/faked-clock.ts'
import { stored } from '../../../support/browser/reader-page.ts'
import { openChromium, openFirefox } from '../../../support/browser/subscribed-browsers.ts'
import { blackHole } from '../../../support/mirrors/black-hole.ts'
import { mirrorHosts } from '../../../support/mirrors/mirror-hosts.ts'
import { publish, revise } from '../../../support/processes/service.ts'
import { until } from '../../../support/push/push-deps.ts'
import { cleaning } from '../../../support/scratch.ts'

// The clocks of a device and of the newsroom differ by a day. The service has the wrong one here: browsers do not start under another.

const clean = cleaning()
const open = { Chromium: openChromium, Firefox: openFirefox }
const [good, stale] = ['mirror-one.example', 'mirror-two.example'] as const
const dayMs = 24 * 60 * 60 * 1_000
const text = (headline: string) => ({ level: 'urgent', texts: { en: { headline, summary: 'It is not safe.' } } })
const inPage = (page: Page, expression: string) => page.evaluate(expression) as Promise<unknown>
const headlines = (page: Page) =>
  inPage(page, `[...document.querySelectorAll('#alerts .headline')].map((it) => it.textContent.trim()).join(', ')`)
const isLive = async (page: Page) =>
  (await inPage(page, `document.getElementById('connection').dataset.state`)) === 'live'
const told = (page: Page) => inPage(page, `document.getElementById('mirrored')?.innerText ?? ''`)
const bundleOf = async (url: string) => Buffer.from(await (await fetch(`${url}/v1/bundle/en`)).arrayBuffer())

test.for((['Firefox', 'Chromium'] as const).flatMap((name) => [1, -1].map((days) => [name, days] as const)))(
  'a real %s whose newsroom’s clock differs by %i days shows what is genuine: live, corrected, and from a mirror',
  { timeout: 240_000 },
  async ([name, days], { skip }) => {
    const bundles = new Map<string, Buffer>()
    const answer = (host: string) =>
      [
        host,
        (_: unknown, response: ServerResponse) =>
          void response.writeHead(200, { 'access-control-allow-origin': '*' }).end(bundles.get(host)),
      ] as const
    const hosts = await mirrorHosts(clean, new Map([answer(good), answer(stale)]))
    const hole = await blackHole(clean)
    const newsroom = hole.newsroom({ mirrors: [`https://${good}/`, `https://${stale}/`] })
    const env = { ...hole.env, NEWSROOM: newsroom, ...fakedClock(days, skip) }
    const how = { env, origin: hole.origin, prefs: hosts.prefs, flags: hosts.flags, acceptInsecureCerts: true }
    const { tocsin, page } = await open[name](clean, skip, how)
    await until(async () => JSON.stringify(await stored(page, 'mirrors'))?.includes(good) === true)
    await until(async () => (await inPage(page, 'navigator.serviceWorker.controller !== null')) === true)
    await page.goto(`${hole.origin}/en/`)
    await until(() => isLive(page))
    const first = await publish(tocsin.url, text('First news'))
    await until(async () => (await headlines(page)) === 'First news')
    bundles.set(stale, await bundleOf(tocsin.url))
    const { at } = JSON.parse(String(bundles.get(stale))).statement
    expect(Math.abs(Date.parse(at) - Date.now() - days * dayMs), 'the clocks differ').toBeLessThan(60_000)
    await revise(tocsin.url, first.alert.id, 'correction', {
      texts: { en: { headline: 'First' } },
      note: { en: 'No.' },
    })
    await until(async () => (await headlines(page)) === 'First')

    hole.begin()
    await publish(tocsin.url, text('Second news'))
    bundles.set(good, await bundleOf(tocsin.url))
    await until(async () => (await headlines(page)) === 'Second news, First')
    expect(await told(page)).toContain(good)
    hole.end()
    await until(() => isLive(page))
    await until(async () => (await told(page)) === '')
    expect(await headlines(page)).toBe('Second news, First')
    const words = String(await inPage(page, 'document.body.innerText'))
    expect(words).not.toMatch(/could not be verified|cannot be verified|NaN|[-−]\d+ (?:min|hour|day)/)
    expect(await page.$('#unverified')).toBeNull()
  },
)
