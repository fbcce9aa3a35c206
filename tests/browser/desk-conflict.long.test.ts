import type { Page } from 'puppeteer-core'
import { afterAll, expect, test } from 'vitest'
import { deskOf, fieldOf, launched, newEditor, serviceForDesk, textOf } from '../support/browser/desk-page.ts'
import { ask } from '../support/processes/service.ts'
import { until } from '../support/push/push-deps.ts'
import { cleaning } from '../support/scratch.ts'

const clean = cleaning(afterAll)
const patient = { timeout: 180_000 }
const newsroom = { name: 'Try', languages: [{ tag: 'en' }], topics: [{ id: 'rights', labels: { en: 'Human rights' } }] }

const has = (page: Page, selector: string) =>
  page.evaluate(`document.querySelector('${selector}') !== null`) as Promise<boolean>
const as = (key: string) => ({ authorization: `Bearer ${key}` })
const body = { texts: { en: { headline: 'Flood', summary: '' } } }
const isAsked = (page: Page) => until(() => has(page, '[data-part="texts/en"]'))

test(
  'a conflict that is left without a choice is there again, and nothing of either is written over',
  patient,
  async ({ skip }) => {
    const browser = launched('chromium', clean, skip)
    const { url } = await serviceForDesk(clean, newsroom)
    const [anna, boris] = [await newEditor(url, 'Anna', 'editor'), await newEditor(url, 'Boris', 'editor')]
    const { page, errors, close } = await deskOf(await browser, url, anna.key)
    clean(close)
    await page.focus('#headline-en')
    await page.keyboard.type('Fire')
    await until(async () => (await page.$eval('#kept', (it) => it.getAttribute('data-state'))) === 'saved')
    const stored = async () => {
      const answer = await ask(url, 'GET', '/v1/desk/items?state=draft')
      const { items } = (await answer.json()) as { items: { id: string; version: number; texts: typeof body.texts }[] }
      const [item] = items
      if (item === undefined) throw new Error('nothing is stored')
      return item
    }
    // Boris stores another headline while Anna's line is down.
    await page.setOfflineMode(true)
    await page.focus('#headline-en')
    await page.keyboard.type(' in the port')
    const { id, version } = await stored()
    const put = await ask(url, 'PUT', `/v1/desk/items/${id}`, { version, ...body }, as(boris.key))
    expect(put.status).toBe(200)
    await page.setOfflineMode(false)
    await isAsked(page)

    await page.reload()
    await isAsked(page)
    expect(await textOf(page, '#item-changed')).toMatch(/Fire in the port[\s\S]*Flood/)
    expect((await stored()).texts.en.headline).toBe('Flood')

    // Another draft is begun, and the colleague's is opened from the list.
    await page.focus('#discard')
    await page.keyboard.press('Enter')
    await until(async () => (await fieldOf(page, '#headline-en')) === '')
    expect(await textOf(page, '#drafts')).toMatch(/Fire in the port[\s\S]*Flood/)
    const open = 'button[aria-label="Open: Flood"]'
    await until(() => has(page, open))
    await page.focus(open)
    await page.keyboard.press('Enter')
    await isAsked(page)
    expect((await stored()).texts.en.headline).toBe('Flood')
    await page.focus('button[aria-label^="Keep mine"]')
    await page.keyboard.press('Enter')
    await until(async () => (await stored()).texts.en.headline === 'Fire in the port')
    expect(errors).toEqual([])
  },
)
