import type { Page } from 'puppeteer-core'
import { describe, expect, test } from 'vitest'
import { withHttp2 } from '../../../deploy/connections/http2-offered.ts'
import type { ProxyName } from '../../../deploy/shipped-proxy.ts'
import { freezingProxy } from '../../../support/networks/freezing-proxy.ts'
import {
  type BrowserName,
  browserNames,
  hasWorker,
  headlinesOf,
  isLive,
  isWhole,
  protocolOf,
} from '../../../support/networks/frozen-visits.ts'
import { openProxied } from '../../../support/networks/proxied-visit.ts'
import { publish, revise } from '../../../support/processes/service.ts'
import { until } from '../../../support/push/push-deps.ts'
import { cleaning } from '../../../support/scratch.ts'

// Real browsers at a real service behind Debian's proxies with TLS, and between browser and proxy one of TCP that stops each
// connection silently after 15,000 bytes, TLS included. The proxies have their files from deploy/, but for names, ports and paths.

const clean = cleaning()
const bytesMax = 15_000
const patient = { timeout: 400_000 }
/** The file, changed as docs/operating.md says. */
const overHttp2 = (text: string) => withHttp2('caddy', text)
const note = { fa: 'شماره نادرست بود.' }

const open = (
  name: ProxyName,
  browserName: BrowserName,
  skip: (note: string) => never,
  changed?: (text: string) => string,
  firstBytesMax = bytesMax,
) => {
  const networkTo = (port: number) => freezingProxy(port, clean, firstBytesMax)
  return openProxied({ name, browserName, skip, clean, networkTo, changed })
}

/** The time that something takes, which is printed and not asserted. */
async function timed(what: string, act: () => Promise<unknown>): Promise<void> {
  const began = performance.now()
  await act()
  console.log(`${what}: ${((performance.now() - began) / 1_000).toFixed(1)} s`)
}

const shown = (page: Page) => page.evaluate(`document.querySelector('main').textContent`) as Promise<string>

describe.each(browserNames)('in a real %s', (browserName) => {
  test.for(['nginx', 'haproxy', 'caddy'] as const)(
    'behind %s with its file from deploy/, a first visit brings page, script and service worker at once, and no connection stops',
    patient,
    async (name, { skip }) => {
      const { service, network, url, alert, newest, page } = await open(name, browserName, skip)
      await page.goto(`${url}/fa/`, { waitUntil: 'domcontentloaded' })
      expect([await isWhole(page), await protocolOf(page)]).toEqual([true, 'http/1.1'])
      await until(() => isLive(page))
      await until(() => hasWorker(page))
      expect(network.frozen()).toBe(0)
      const later = alert()
      await publish(service.url, later)
      await until(async () => (await headlinesOf(page))[0] === later.texts.fa.headline)
      await page.goto(`${url}/fa/alerts/${newest.alert.id}`, { waitUntil: 'domcontentloaded' })
      expect(await isWhole(page)).toBe(true)
      const corrected = alert()
      await revise(service.url, newest.alert.id, 'correction', { texts: corrected.texts, note })
      await until(async () => (await shown(page)).includes(corrected.texts.fa.headline))
      for (let visit = 0; visit < 3; visit += 1) {
        await page.goto(`${url}/fa/`, { waitUntil: 'domcontentloaded' })
        expect(await isWhole(page)).toBe(true)
        await until(() => isLive(page))
      }
    },
  )

  // When the browser finds its connection dead is its own matter: docs/operating.md has what was measured.
  test(
    'over HTTP/2 the page of a first visit comes whole, and what it asks for next is stopped on the same connection',
    patient,
    async ({ skip }) => {
      const { network, url, page } = await open('caddy', browserName, skip, overHttp2)
      await page.goto(`${url}/fa/`, { waitUntil: 'domcontentloaded' })
      expect([await isWhole(page), await protocolOf(page)]).toEqual([true, 'h2'])
      await until(() => network.frozen() > 0)
    },
  )

  test(
    'over HTTP/2 a page that a service worker answers comes whole on each visit, from another connection or as it was kept',
    patient,
    async ({ skip }) => {
      const unlimited = Number.POSITIVE_INFINITY
      const { service, network, url, alert, page } = await open('caddy', browserName, skip, overHttp2, unlimited)
      await page.goto(`${url}/fa/`, { waitUntil: 'domcontentloaded' })
      await until(() => hasWorker(page))
      await until(() => isLive(page))
      await until(async () => (await page.evaluate(`caches.match('/fa/').then((it) => it !== undefined)`)) === true)
      network.allow(bytesMax)
      for (let visit = 0; visit < 5; visit += 1) {
        const later = alert()
        await publish(service.url, later)
        await timed(`${browserName}: visit ${visit} over HTTP/2 with a worker`, () =>
          page.goto(`${url}/fa/`, { waitUntil: 'domcontentloaded' }),
        )
        expect(await isWhole(page)).toBe(true)
        await timed('  until the newest is there', () =>
          until(async () => (await headlinesOf(page)).includes(later.texts.fa.headline)),
        )
      }
      expect(network.frozen()).toBeGreaterThan(0)
    },
  )
})
