import type { Page } from 'puppeteer-core'
import { expect, test } from 'vitest'
import { axeFindings } from '../../support/browser/axe.ts'
import { deskOf, fieldOf, focusOf, launched, serviceForDesk, textOf } from '../../support/browser/desk-page.ts'
import { ask, newKey } from '../../support/processes/service.ts'
import { until } from '../../support/push/push-deps.ts'
import { cleaning } from '../../support/scratch.ts'

const clean = cleaning()
const newsroom = { name: 'Search', languages: [{ tag: 'en' }, { tag: 'fa' }] }

const found = (page: Page) =>
  page.evaluate(`[...document.querySelectorAll('#found > li h3')].map((it) => it.textContent)`) as Promise<string[]>

test('by keyboard alone an item is found by its words and opened', { timeout: 180_000 }, async ({ skip }) => {
  const browser = await launched('chromium', clean, skip)
  const { url } = await serviceForDesk(clean, newsroom)
  for (const headline of ['Flood in the south', 'Fire at the harbour', 'A ship on fire']) {
    const item = { level: 'routine', texts: { en: { headline } } }
    expect((await ask(url, 'POST', '/v1/desk/items', item, { 'idempotency-key': newKey() })).status).toBe(201)
  }
  const { page, errors } = await deskOf(browser, url)
  const said = () => textOf(page, '#item-search-said')

  // In a field it is a character like others.
  await page.focus('#headline-en')
  await page.keyboard.type('1/2')
  expect(await fieldOf(page, '#headline-en')).toBe('1/2')
  await page.focus('#drafts-title')
  await page.keyboard.press('/')
  expect([await focusOf(page), await fieldOf(page, '#item-search')]).toEqual(['item-search', ''])

  await page.keyboard.type('fire')
  await until(async () => (await found(page)).length === 2)
  expect((await found(page)).toSorted()).toEqual(['A ship on fire', 'Fire at the harbour'])
  expect(await said()).toMatch(/2/)
  expect(await axeFindings(page)).toEqual([])
  await page.keyboard.type(' harbour')
  await until(async () => (await found(page)).length === 1)
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await until(async () => (await fieldOf(page, '#headline-en')) === 'Fire at the harbour')

  // What is not there is said.
  await page.focus('#item-search')
  await page.keyboard.type('x')
  await until(async () => /harbourx/.test(await said()))
  expect(await found(page)).toEqual([])

  // Turned off on the help sheet, the single key does nothing.
  await page.click('#help-open')
  await page.click('#single-keys')
  await page.keyboard.press('Escape')
  await page.focus('#drafts-title')
  await page.keyboard.press('/')
  expect(await focusOf(page)).not.toBe('item-search')
  expect(errors).toEqual([])
})
