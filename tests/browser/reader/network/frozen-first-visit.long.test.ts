import { request } from 'node:http'
import { expect, test } from 'vitest'
import { freezingProxy } from '../../../support/networks/freezing-proxy.ts'
import {
  browserFor,
  browserNames,
  hasWorker,
  headlinesOf,
  isLive,
  isWhole,
  protocolOf,
  randomAlerts,
} from '../../../support/networks/frozen-visits.ts'
import { publish, startNode } from '../../../support/processes/service.ts'
import { until } from '../../../support/push/push-deps.ts'
import { cleaning, scratchFolder } from '../../../support/scratch.ts'

// Real browsers at a real service without a proxy of HTTP, behind one of TCP that stops each connection silently after 15,000
// bytes. Nobody asks again for the page of a first visit, nor for a script of the service worker, when it stops on the way.

const clean = cleaning()
const bytesMax = 15_000

test.for(browserNames)(
  'in %s a first visit brings the page, its script and the whole service worker, and no connection stops; an update comes too',
  { timeout: 180_000 },
  async (name, { skip }) => {
    const browser = await browserFor(name, clean, skip)
    const service = await startNode(scratchFolder(clean))
    clean(() => service.end('SIGKILL'))
    const proxy = await freezingProxy(Number(new URL(service.url).port), clean, bytesMax)
    const url = `http://localhost:${proxy.port}`
    const alert = randomAlerts(14)
    for (let nth = 0; nth < 50; nth += 1) await publish(service.url, alert())
    const page = await browser.newPage()
    await page.goto(`${url}/fa/`, { waitUntil: 'domcontentloaded' })
    expect([await isWhole(page), await protocolOf(page)]).toEqual([true, 'http/1.1'])
    await until(() => isLive(page))
    await until(() => hasWorker(page))
    expect(proxy.frozen()).toBe(0)
    const later = alert()
    await publish(service.url, later)
    await until(async () => (await headlinesOf(page))[0] === later.texts.fa.headline)

    // The browser asks for each script of the worker again, and compares it.
    const asked = page.evaluate(
      `navigator.serviceWorker.getRegistration('/').then((it) => it.update()).then(({ active }) => active.state)`,
    )
    expect(await asked).toBe('activated')
    // The next visits are the worker's.
    for (let visit = 0; visit < 3; visit += 1) {
      await page.goto(`${url}/fa/`, { waitUntil: 'domcontentloaded' })
      expect(await isWhole(page)).toBe(true)
      await until(() => isLive(page))
      expect((await headlinesOf(page))[0]).toBe(later.texts.fa.headline)
    }
    expect(await stops(proxy.port), 'a connection that is kept stops').toBe(true)
  },
)

/** Whether an answer that is longer than what the proxy lets through never ends. */
function stops(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request({ port, host: '127.0.0.1', path: '/assets/service-worker.js' }, (answer) => {
      let came = 0
      answer.on('data', (bytes: Buffer) => {
        came += bytes.length
      })
      answer.on('end', () => resolve(false))
      setTimeout(() => {
        resolve(came < bytesMax)
        asked.destroy()
      }, 2_000)
    })
    asked.on('error', () => {})
    asked.end()
  })
}
