import type { Page } from 'puppeteer-core'
import { expect, test } from 'vitest'
import { panelSays, untilState } from '../../support/browser/push-panel.ts'
import { stateOf, story } from '../../support/browser/reader-page.ts'
import { openChromium } from '../../support/browser/subscribed-browsers.ts'
import { publish } from '../../support/processes/service.ts'
import { until } from '../../support/push/push-deps.ts'
import { cleaning } from '../../support/scratch.ts'

// A network that loses a request now and then: no part of the page's script is lost with it for the whole visit.

const clean = cleaning()
const patient = { timeout: 240_000 }

/** Lets the first requests for each script of these names fail. */
async function losing(page: Page, names: RegExp, times: number): Promise<void> {
  const lost = new Map<string, number>()
  await page.setRequestInterception(true)
  page.on('request', (request) => {
    const { pathname } = new URL(request.url())
    const before = lost.get(pathname) ?? 0
    if (!names.test(pathname) || before >= times) return void request.continue()
    lost.set(pathname, before + 1)
    void request.abort('connectionreset')
  })
}

const connection = (page: Page) => page.evaluate(`document.getElementById('connection').dataset.state`)

test.for(['live', 'listen', 'push-panel'])(
  'a script “%s” that is lost twice is there in the end, and what the page says until then is true',
  patient,
  async (name, { skip }) => {
    const { tocsin, page } = await openChromium(clean, skip, { path: null })
    await losing(page, new RegExp(`/immutable/${name}-`), 2)
    await page.goto(new URL('/en/', tocsin.url).href)
    if (name === 'push-panel') {
      expect(await page.evaluate(`document.getElementById('push').textContent`)).toContain(
        'Notifications need JavaScript',
      )
    } else await until(async () => (await page.evaluate(`document.getElementById('connection').textContent`)) !== '')
    await until(async () => (await stateOf(page)) === 'off')
    await until(async () => (await connection(page)) === 'live')
    expect(await page.evaluate(`document.getElementById('push').textContent`)).not.toContain('need JavaScript')
    await page.click('#subscribe')
    await untilState(page, 'on')
  },
)

test('a script that only a tap loads is asked for again, at once and at the next tap', patient, async ({ skip }) => {
  const { tocsin, page } = await openChromium(clean, skip, { path: null })
  await losing(page, /subscriber-panel-/, 3)
  await page.goto(new URL('/en/', tocsin.url).href)
  await untilState(page, 'off').catch(() => {})
  await page.click('#subscribe').catch(() => {})
  await until(async () => (await stateOf(page)) === 'on' || (await panelSays(page)) !== '')
  await page.click('#subscribe')
  await untilState(page, 'on')
  await publish(tocsin.url, story)
})

test('where the page’s own script is missing the panel says what that takes', patient, async ({ skip }) => {
  const { tocsin, page } = await openChromium(clean, skip, { path: null })
  await losing(page, /\/reader-/, 9)
  await page.goto(new URL('/en/', tocsin.url).href)
  await until(async () =>
    ((await page.evaluate(`document.getElementById('push').innerText`)) as string).includes(
      'Notifications need JavaScript',
    ),
  )
})
