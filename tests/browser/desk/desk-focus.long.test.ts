import type { Page } from 'puppeteer-core'
import { afterAll, expect, test } from 'vitest'
import {
  deskOf,
  fieldOf,
  focusOf,
  isOpen,
  launched,
  newEditor,
  serviceForDesk,
  textOf,
} from '../../support/browser/desk-page.ts'
import { ask, english, newKey } from '../../support/processes/service.ts'
import { until } from '../../support/push/push-deps.ts'
import { cleaning } from '../../support/scratch.ts'

// After an act whose button is gone the focus is somewhere in the page, and not at its beginning.

const clean = cleaning()
const cleanAtEnd = cleaning(afterAll)
const patient = { timeout: 180_000 }
const newsroom = {
  name: 'Try',
  languages: [{ tag: 'en', zone: 'Europe/Berlin' }, { tag: 'fa' }],
  rules: { levels: { flash: { approvals: 1, holdSeconds: 900 }, urgent: { holdSeconds: 900 } } },
}

type Item = { readonly id: string; readonly version: number }

const has = (page: Page, selector: string) =>
  page.evaluate(`document.querySelector(${JSON.stringify(selector)}) !== null`) as Promise<boolean>

/** What has the focus: the element and its words; null: nothing, or what is hidden. */
const focused = (page: Page) =>
  page.evaluate(`((it) => it === null || it === document.body || it.getClientRects().length === 0
    ? null
    : it.localName + ' ' + (it.id || it.textContent))(document.activeElement)`) as Promise<string | null>

/** Presses Enter on a button that the act takes away. */
async function press(page: Page, selector: string) {
  await page.waitForSelector(selector, { visible: true })
  await page.focus(selector)
  await page.keyboard.press('Enter')
}

async function post(url: string, path: string, body: object, key: string): Promise<Item> {
  const headers = { authorization: `Bearer ${key}`, 'idempotency-key': newKey() }
  const answer = await ask(url, 'POST', path, body, headers)
  if (answer.status >= 300) throw new Error(`${path}: ${await answer.text()}`)
  return ((await answer.json()) as { item: Item }).item
}

test('the focus is not lost by any act whose button goes', patient, async ({ skip }) => {
  const browser = await launched('chromium', cleanAtEnd, skip)
  const { url } = await serviceForDesk(clean, newsroom)
  const boris = await newEditor(url, 'Boris')
  const { page, errors, close } = await deskOf(browser, url)
  clean(close)
  const put = async (version: number, id: string, headlines: Record<string, string>) => {
    const texts = Object.fromEntries(Object.entries(headlines).map(([tag, headline]) => [tag, { headline }]))
    const answer = await ask(
      url,
      'PUT',
      `/v1/desk/items/${id}`,
      { version, texts },
      { authorization: `Bearer ${boris.key}` },
    )
    expect(answer.status).toBe(200)
  }
  const saved = () => until(async () => (await page.$eval('#kept', (it) => it.getAttribute('data-state'))) === 'saved')
  const drafted = async () => {
    const answer = await ask(url, 'GET', '/v1/desk/items?state=draft')
    const [item] = ((await answer.json()) as { items: Item[] }).items
    if (item === undefined) throw new Error('nothing is stored')
    return item
  }
  /** After the act, `gone` is not there any more and the focus stays in one place. */
  const kept = async (act: string, gone: string, place: RegExp) => {
    let seen: unknown
    for (let look = 0; look < 100; look += 1) {
      seen = [act, await has(page, gone), await focused(page)]
      if (
        JSON.stringify(seen).startsWith(JSON.stringify([act, false]).slice(0, -1)) &&
        place.test((await focused(page)) ?? '')
      )
        return
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    expect(seen).toEqual([act, false, expect.stringMatching(place)])
  }

  await page.focus('#headline-en')
  await page.keyboard.type('Fire')
  await page.select('#add-language', 'fa')
  await page.waitForSelector('#headline-fa')
  await page.focus('#headline-fa')
  await page.keyboard.type('m')
  await saved()
  const clash = async (more: string) => {
    await saved()
    const { id, version } = await drafted()
    await page.setOfflineMode(true)
    for (const tag of ['en', 'fa']) {
      await page.focus(`#headline-${tag}`)
      await page.keyboard.type(more)
    }
    await put(version, id, { en: `Flood ${more}`, fa: `سیل ${more}` })
    await page.setOfflineMode(false)
    await page.waitForSelector('[data-part="texts/fa"]')
  }
  await clash('a')
  await press(page, '[data-part="texts/en"] button[aria-label^="Keep mine"]')
  await kept('Keep mine, of two', '[data-part="texts/en"]', /^h2 item-changed-title$/)
  await press(page, '[data-part="texts/fa"] button[aria-label^="Keep mine"]')
  await kept('Keep mine', '#item-changed', /^textarea headline-fa$/)
  await clash('b')
  await press(page, '[data-part="texts/fa"] button[aria-label^="Take theirs"]')
  await kept('Take theirs, of two', '[data-part="texts/fa"]', /^h2 item-changed-title$/)
  await press(page, '[data-part="texts/en"] button[aria-label^="Take theirs"]')
  await kept('Take theirs', '#item-changed', /^textarea headline-en$/)

  await saved()
  const { id, version } = await drafted()
  await put(version, id, { en: 'Storm', fa: 'طوفان' })
  await page.waitForSelector('#item-changed')
  await press(page, '#item-changed button')
  await kept('Understood', '#item-changed', /^h2 compose-title$/)

  await press(page, '.text[data-tag="fa"] .remove')
  await kept('Remove a language', '.text[data-tag="fa"]', /^select add-language$/)

  await page.evaluate(`document.getElementById('times').open = true`)
  await page.select('#publishAt-zone', 'Europe/Berlin')
  await page.evaluate(`{ const it = document.getElementById('publishAt-local')
    it.value = '2027-03-28T02:30'; it.dispatchEvent(new Event('input', { bubbles: true })) }`)
  await press(page, '#publishAt-asked button')
  await kept('Take a time', '#publishAt-asked', /^legend Publish at$/)
  await page.evaluate(`{ const it = document.getElementById('publishAt-local')
    it.value = ''; it.dispatchEvent(new Event('input', { bubbles: true })) }`)

  await saved()
  await press(page, '#discard')
  await until(async () => (await focusOf(page)) === 'headline-en')

  const flash = await post(url, '/v1/desk/items', { level: 'flash', ...english('Waits') }, boris.key)
  await post(url, `/v1/desk/items/${flash.id}/submit`, {}, boris.key)
  await press(page, `[data-item="${flash.id}"] button[aria-label^="Take back"]`)
  await until(() => isOpen(page, 'take-back'))
  await page.locator('#take-back button.main').click()
  await until(async () => (await fieldOf(page, '#headline-en')) === 'Waits')
  expect(await focusOf(page)).toBe('headline-en')
  await press(page, '#discard')
  await until(async () => (await fieldOf(page, '#headline-en')) === '')

  await post(url, '/v1/alerts', { level: 'urgent', ...english('Held by Boris') }, boris.key)
  await page.focus('#headline-en')
  await page.keyboard.type('Mine')
  await press(page, '#held button')
  await kept('Cancel', '#held', /^h2 drafts-title$/)
  await press(page, 'button[aria-label="Delete: Held by Boris"]')
  await until(() => isOpen(page, 'take-back'))
  await page.locator('#take-back button.main').click()
  await kept('Delete', 'button[aria-label="Delete: Held by Boris"]', /^h2 drafts-title$/)

  const tomorrow = new Date(Date.now() + 86_400_000).toISOString()
  await post(url, '/v1/alerts', { level: 'urgent', ...english('Planned'), publishAt: tomorrow }, boris.key)
  await press(page, '#waiting button[aria-label="Cancel: Planned"]')
  await kept('Cancel what is scheduled', '#waiting button[aria-label="Cancel: Planned"]', /^h2 drafts-title$/)

  await page.focus('#pause-reason')
  await page.keyboard.type('Try')
  await page.keyboard.press('Enter')
  await page.waitForSelector('#pause-resume', { visible: true })
  await page.focus('#pause-reason')
  await page.keyboard.type('Done')
  await press(page, '#pause-resume')
  await page.waitForSelector('#pause', { hidden: true })
  await until(async () => (await focused(page)) === 'select pause-scope')

  // This browser asks nobody and refuses.
  await press(page, '#notices button')
  await until(async () => (await page.$eval('#notices', (it) => it.getAttribute('data-state'))) === 'denied')
  await kept('Notify me', '#notices button', /^p notices$/)
  expect(await textOf(page, '#notices')).toMatch(/Chrome.*Firefox.*Safari/)

  await press(page, '[data-item] button[aria-label="Open: Planned"]')
  await kept('Open', '[data-item] button[aria-label="Open: Planned"]', /^textarea headline-en$/)
  expect(errors).toEqual([])
})
