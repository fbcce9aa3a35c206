import type { Page } from 'puppeteer-core'
import { expect, test } from 'vitest'
import { signIn } from '../../support/browser/desk-page.ts'
import { delayingProxy } from '../../support/networks/delaying-proxy.ts'
import { openProxied } from '../../support/networks/proxied-visit.ts'
import { adminKey, english, publish } from '../../support/processes/service.ts'
import { until } from '../../support/push/push-deps.ts'
import { cleaning } from '../../support/scratch.ts'

// The desk in real browsers behind Debian's proxies with their files from deploy/: HTTP/1.1, of which a browser opens at most six
// connections to one name, and each open desk holds one.

const clean = cleaning()
const headlines = (page: Page) =>
  page.evaluate(`[...document.querySelectorAll('#sent .headline')].map((it) => it.textContent)`) as Promise<string[]>

test.for([
  ['nginx', 'chromium'],
  ['haproxy', 'firefox'],
  ['caddy', 'chromium'],
] as const)(
  'behind %s five desks that are open in a real %s are told what is published, and keep what is typed',
  { timeout: 300_000 },
  async ([name, browserName], { skip }) => {
    const networkTo = (port: number) => delayingProxy(port, clean, 20)
    const { service, url, page } = await openProxied({ name, browserName, skip, clean, networkTo })
    await page.goto(`${url}/desk`)
    await page.waitForSelector('#key', { visible: true })
    await signIn(page, adminKey)
    const desks = [page]
    while (desks.length < 5) {
      const desk = await page.browser().newPage()
      desks.push(desk)
      await desk.goto(`${url}/desk`)
      await desk.waitForSelector('#desk', { visible: true })
    }
    const metrics = async () => (await fetch(`${service.url}/metrics`)).text()
    await until(async () => (await metrics()).includes('tocsin_desk_connections 5'))
    await publish(service.url, english('Told to five desks'))
    for (const desk of desks) await until(async () => (await headlines(desk)).includes('Told to five desks'))
    for (const [at, desk] of desks.entries()) {
      await desk.bringToFront()
      await desk.locator('#headline-en').fill(`Typed at desk ${at}`)
      await until(async () => (await desk.$eval('#kept', (it) => it.getAttribute('data-state'))) === 'saved')
    }
    const drafts = await fetch(`${service.url}/v1/desk/items`, { headers: { authorization: `Bearer ${adminKey}` } })
    const stored = await drafts.text()
    for (const at of desks.keys()) expect(stored).toContain(`Typed at desk ${at}`)
  },
)
