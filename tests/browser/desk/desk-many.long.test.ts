import type { Page } from 'puppeteer-core'
import { expect, test } from 'vitest'
import { axeFindings } from '../../support/browser/axe.ts'
import { deskOf, fieldOf, launched, serviceForDesk } from '../../support/browser/desk-page.ts'
import { storeDrafts } from '../../support/http/many-drafts.ts'
import { until } from '../../support/push/push-deps.ts'
import { cleaning } from '../../support/scratch.ts'

const clean = cleaning()
const newsroom = { name: 'Many', languages: [{ tag: 'en' }, { tag: 'fa' }, { tag: 'ru' }] }

const draftsIn = (page: Page) => page.evaluate(`document.querySelectorAll('#drafts > li').length`) as Promise<number>
const nodesIn = (page: Page) => page.evaluate(`document.querySelectorAll('*').length`) as Promise<number>

test('with ten thousand drafts the desk shows the newest hundred, takes what is typed, and opens any that is shown', {
  timeout: 600_000,
}, async ({ skip }) => {
  const browser = await launched('chromium', clean, skip)
  const { url } = await serviceForDesk(clean, newsroom)
  const empty = await deskOf(browser, url)
  const few = await nodesIn(empty.page)
  await empty.close()
  await storeDrafts(url, 10_000)
  const { page, errors } = await deskOf(browser, url)
  await until(async () => (await draftsIn(page)) === 100)
  const perDraft = ((await nodesIn(page)) - few) / 100
  expect(perDraft, 'elements of one draft').toBeLessThan(40)

  await page.focus('#headline-en')
  await page.keyboard.type('Typed beside ten thousand')
  expect(await fieldOf(page, '#headline-en')).toBe('Typed beside ten thousand')
  await until(async () => (await page.$eval('#kept', (it) => it.getAttribute('data-state'))) === 'saved')
  // The new draft is at the top of the list; the last of those that were shown is not any more.
  await until(async () =>
    (await page.$eval('#drafts > li:first-child', (it) => it.textContent ?? '')).includes('Typed beside ten thousand'),
  )
  await until(async () => (await draftsIn(page)) === 100)

  for (const shown of [200, 300]) {
    await page.focus('#more-drafts')
    await page.keyboard.press('Enter')
    await until(async () => (await draftsIn(page)) === shown)
  }
  expect(await nodesIn(page)).toBeLessThan(few + 300 * (perDraft + 1))
  expect(await axeFindings(page)).toEqual([])
  await page.focus('#drafts > li:last-child button')
  const headline = await page.$eval('#drafts > li:last-child h3', (it) => it.textContent ?? '')
  await page.keyboard.press('Enter')
  await until(async () => (await fieldOf(page, '#headline-en')) === headline)
  expect((await page.metrics()).JSHeapUsedSize ?? 0).toBeLessThan(100 * 1_024 * 1_024)
  expect(errors).toEqual([])
})
