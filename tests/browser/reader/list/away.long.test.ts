import type { Page } from 'puppeteer-core'
import { expect, test } from 'vitest'
import { openChromium } from '../../../support/browser/subscribed-browsers.ts'
import { publish, revise } from '../../../support/processes/service.ts'
import { until } from '../../../support/push/push-deps.ts'
import { cleaning } from '../../../support/scratch.ts'

// The list of an open page while its stream is away, in a real Chromium.

const clean = cleaning()
const patient = { timeout: 180_000 }
const heads = ['Rain', 'More rain', 'No rain'] as const
const urgent = (headline: string) => ({ level: 'urgent', texts: { en: { headline } } })
const textOf = (page: Page, id: string) =>
  page.evaluate(`document.getElementById('${id}').textContent`) as Promise<string>
/** No socket and no event stream passes. */
const withoutStreams = `window.WebSocket = class { constructor() { throw new Error('blocked') } }
    const real = fetch
    window.fetch = (path, init) => /v1\\/(events|stream)/.test(String(path)) ? Promise.reject(new TypeError()) : real(path, init)`
const isLive = (page: Page) =>
  until(async () => (await page.evaluate(`document.getElementById('connection').dataset.state`)) === 'live')

test('of what a reconnect brings every alert is announced', patient, async ({ skip }) => {
  const { tocsin, page } = await openChromium(clean, skip, { path: '/en/' })
  await isLive(page)
  await page.setOfflineMode(true)
  await page.evaluate(`dispatchEvent(new Event('offline'))`)
  for (const headline of heads) await publish(tocsin.url, urgent(headline))
  await page.setOfflineMode(false)
  await page.evaluate(`dispatchEvent(new Event('online'))`)
  await until(async () => (await textOf(page, 'alerts')).includes(heads[2]))
  const said = await textOf(page, 'announce')
  for (const headline of heads) expect(said).toContain(headline)
})

test('where no stream passes, what comes is read and announced all the same', patient, async ({ skip }) => {
  const { tocsin, page } = await openChromium(clean, skip, { path: null })
  await publish(tocsin.url, urgent('From before'))
  await page.evaluateOnNewDocument(withoutStreams)
  await page.goto(new URL('/en/', tocsin.url).href)
  await until(async () => (await page.evaluate(`document.getElementById('connection').dataset.state`)) === 'waiting')
  await publish(tocsin.url, urgent(heads[0]))
  await until(async () => (await textOf(page, 'alerts')).includes(heads[0]))
  const said = await textOf(page, 'announce')
  expect(said).toContain(heads[0])
  expect(said).not.toContain('From before')
})

test('where no stream passes, an alert’s page learns of its retraction all the same', patient, async ({ skip }) => {
  const { tocsin, page } = await openChromium(clean, skip, { path: null })
  const { alert } = await publish(tocsin.url, urgent('Rain'))
  await page.evaluateOnNewDocument(withoutStreams)
  await page.goto(new URL(`/en/alerts/${alert.id}`, tocsin.url).href)
  await revise(tocsin.url, alert.id, 'retraction', { note: { en: 'There was none.' } })
  await until(async () => (await page.$eval('main', (it) => it.textContent ?? '')).includes('There was none.'))
  expect(await textOf(page, 'announce')).toContain('There was none.')
})
