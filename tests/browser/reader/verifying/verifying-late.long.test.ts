import type { Page } from 'puppeteer-core'
import { expect, test } from 'vitest'
import { openPages } from '../../../support/browser/open-pages.ts'
import { publish } from '../../../support/processes/service.ts'
import { until } from '../../../support/push/push-deps.ts'
import { cleaning } from '../../../support/scratch.ts'

// Where what verifies cannot be had, and news in other languages.

const clean = cleaning()
const patient = { timeout: 180_000 }
const texts = { en: { headline: 'Five killed', summary: 'In Kabul.' } }
const visible = (page: Page) => page.evaluate('document.body.innerText') as Promise<string>
const shows = (page: Page, words: string) => until(async () => (await visible(page)).includes(words))
/** Its service worker would have the scripts already. */
const withoutWorker = (page: Page) => page.evaluateOnNewDocument('delete Navigator.prototype.serviceWorker')

test(
  'news waits while the part that verifies is frozen, the page says so, and shows it when the part is there',
  patient,
  async ({ skip }) => {
    const { url, page, errors } = await openPages(clean, skip)
    await withoutWorker(page)
    await page.setRequestInterception(true)
    let isFrozen = true
    let asked = 0
    page.on('request', (request) => {
      if (!/\/page-news-check-/.test(request.url())) return void request.continue()
      asked += 1
      // The first is never answered.
      if (asked > 1) void (isFrozen ? request.abort('connectionreset') : request.continue())
    })
    await page.goto(new URL('/en/', url).href)
    await until(async () => (await page.evaluate(`document.getElementById('connection').dataset.state`)) === 'live')
    expect(asked).toBe(0)
    await publish(url, { level: 'flash', texts })
    await publish(url, { level: 'urgent', texts: { en: { headline: 'And more' } } })
    await shows(page, 'Some alerts may be missing here. Reload the page.')
    expect(await visible(page)).not.toMatch(/Five killed|And more/)
    isFrozen = false
    await shows(page, 'Five killed')
    await shows(page, 'And more')
    expect(await visible(page)).not.toContain('may be missing')
    expect(await page.$$eval('#alerts .headline', (all) => all.map((it) => it.textContent))).toEqual([
      'And more',
      'Five killed',
    ])
    expect(errors).toEqual([])
  },
)

test(
  'news in another language that the reader chose besides is verified and shown, also from before',
  patient,
  async ({ skip }) => {
    const { url, page, errors } = await openPages(clean, skip)
    await publish(url, { level: 'urgent', texts: { fa: { headline: 'پیش از آن' } } })
    await page.goto(new URL('/en/', url).href)
    await until(async () => (await page.evaluate(`document.getElementById('connection').dataset.state`)) === 'live')
    await page.evaluate(`document.querySelector('#choice-form [name=languages][value=fa]').checked = true`)
    await page.evaluate(`document.getElementById('choice-form').requestSubmit()`)
    await shows(page, 'پیش از آن')
    await publish(url, { level: 'urgent', texts: { fa: { headline: 'پس از آن' } } })
    await shows(page, 'پس از آن')
    await publish(url, { level: 'urgent', texts: { fa: { headline: 'هر دو' }, en: { headline: 'Both' } } })
    await shows(page, 'Both')
    expect(await page.$('#unverified')).toBeNull()
    expect(errors).toEqual([])
  },
)
