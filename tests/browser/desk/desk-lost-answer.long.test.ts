import type { Page } from 'puppeteer-core'
import { afterAll, expect, test } from 'vitest'
import {
  deskOf,
  fieldOf,
  isOpen,
  launched,
  newEditor,
  serviceForDesk,
  textOf,
} from '../../support/browser/desk-page.ts'
import { adminKey, ask, newKey } from '../../support/processes/service.ts'
import { until } from '../../support/push/push-deps.ts'
import { cleaning } from '../../support/scratch.ts'

// The answer to a confirmation is lost on the way: the page says what became of it as soon as it hears of it.

const clean = cleaning()
const cleanAtEnd = cleaning(afterAll)
const patient = { timeout: 180_000 }
const newsroom = {
  name: 'Try',
  languages: [{ tag: 'en' }],
  rules: { levels: { urgent: { holdSeconds: 900 } } },
}
type Item = { readonly id: string; readonly state: string; readonly version: number }
let browser: ReturnType<typeof launched> | undefined

/** The desk of Anna, whose answers to publications are lost while `sessionStorage.lose` is set. */
async function desk(skip: (note: string) => never) {
  browser ??= launched('chromium', cleanAtEnd, skip)
  const { url } = await serviceForDesk(clean, newsroom)
  const { key } = await newEditor(url, 'Anna')
  const { page, errors, close } = await deskOf(await browser, url, key)
  clean(close)
  await page.evaluateOnNewDocument(`{ const real = fetch
    globalThis.fetch = async (path, ...more) => {
      const answer = await real(path, ...more)
      if (/publish$/.test(String(path)) && sessionStorage.getItem('lose') !== null) throw new TypeError('lost')
      return answer
    } }`)
  await page.reload()
  await page.waitForSelector('#desk', { visible: true })
  return { url, key, page, errors }
}

async function confirmed(page: Page) {
  await page.locator('#preview').click()
  await until(() => isOpen(page, 'confirm'))
  await page.locator('#confirm .deliberate input').click()
  await page.locator('#confirm-send').click()
}

async function sentWithoutAnswer(url: string, page: Page, headline: string, level = 'urgent') {
  await page.locator(`input[name="level"][value="${level}"]`).click()
  await page.locator('input[name="audience"][value="public"]').click()
  await page.focus('#headline-en')
  await page.keyboard.type(headline)
  await page.evaluate(`sessionStorage.setItem('lose', '')`)
  await confirmed(page)
  await until(async () => (await itemsOf(url, 'held,published')).length > 0)
}

/** Loads the page again, on a line that loses nothing. */
async function again(page: Page) {
  await Promise.all([page.waitForNavigation(), page.evaluate(`sessionStorage.removeItem('lose'), location.reload()`)])
  await page.waitForSelector('#desk', { visible: true })
}

async function itemsOf(url: string, states: string): Promise<readonly Item[]> {
  const answer = await ask(url, 'GET', `/v1/desk/items?state=${states}`)
  return ((await answer.json()) as { items: Item[] }).items
}

async function cancelled(url: string, by: string) {
  const [held] = await itemsOf(url, 'held')
  const headers = { authorization: `Bearer ${by}`, 'idempotency-key': newKey() }
  await ask(url, 'POST', `/v1/desk/items/${held?.id}/cancel`, {}, headers)
}

const says = (page: Page, words: string) => until(async () => (await textOf(page, '#desk-message')) === words)
const heldAgain = 'The last attempt was received. Held. It goes out when the countdown ends.'

test('what was held is said after a reload, and confirmed anew after it was cancelled', patient, async ({ skip }) => {
  const { url, page, errors } = await desk(skip)
  await sentWithoutAnswer(url, page, 'Bridge closed')
  await again(page)
  await says(page, heldAgain)
  expect(await fieldOf(page, '#headline-en')).toBe('')
  await page.waitForSelector('#held li')
  await page.keyboard.press('Escape')
  await says(page, 'Cancelled: “Bridge closed” does not go out.')
  await until(async () => (await fieldOf(page, '#headline-en')) === 'Bridge closed')
  await confirmed(page)
  await says(page, 'Held. It goes out when the countdown ends.')
  expect((await itemsOf(url, 'held')).length).toBe(1)
  expect(errors).toEqual([])
})

test('what was published meanwhile is said, and is not published twice', patient, async ({ skip }) => {
  const { url, page, errors } = await desk(skip)
  await sentWithoutAnswer(url, page, 'Bridge closed', 'routine')
  await again(page)
  await says(page, 'The last attempt was received. Published.')
  expect(await fieldOf(page, '#headline-en')).toBe('')
  expect((await itemsOf(url, 'published')).length).toBe(1)
  expect(errors).toEqual([])
})

test('what was cancelled before the page was loaded again stays in the form', patient, async ({ skip }) => {
  const { url, page, errors } = await desk(skip)
  await sentWithoutAnswer(url, page, 'Bridge closed')
  await page.goto('about:blank')
  await cancelled(url, adminKey)
  await page.goto(new URL('/desk', url).href)
  await page.evaluate(`sessionStorage.removeItem('lose')`)
  await says(page, 'Cancelled: “Bridge closed” does not go out.')
  expect(await fieldOf(page, '#headline-en')).toBe('Bridge closed')
  expect(await page.$('#item-changed')).toBeNull()
  await confirmed(page)
  await says(page, 'Held. It goes out when the countdown ends.')
  expect((await itemsOf(url, 'held')).length).toBe(1)
  expect(errors).toEqual([])
})

test('without a reload the dialog closes when the page hears of it', patient, async ({ skip }) => {
  const { url, page, errors } = await desk(skip)
  await sentWithoutAnswer(url, page, 'Bridge closed')
  await says(page, heldAgain)
  expect([await isOpen(page, 'confirm'), await fieldOf(page, '#headline-en')]).toEqual([false, ''])
  expect(errors).toEqual([])
})

test('who wrote on after the reload is told when it was published after all', patient, async ({ skip }) => {
  const { url, page } = await desk(skip)
  await page.evaluate(`document.querySelector('#times').open = true`)
  await page.focus('#hold-seconds')
  await page.keyboard.type('15')
  await sentWithoutAnswer(url, page, 'Bridge closed')
  // The page hears nothing of its items until it is written on.
  await page.evaluateOnNewDocument(`{ const real = fetch
    globalThis.fetch = (path, ...more) => /desk.items.state/.test(String(path)) && globalThis.isWritten !== true
      ? Promise.reject(new TypeError('lost'))
      : real(path, ...more) }`)
  await again(page)
  await page.waitForSelector('#headline-en')
  await page.focus('#headline-en')
  await page.keyboard.type(' to all')
  await page.evaluate('globalThis.isWritten = true')
  await until(async () => (await textOf(page, '#item-changed-title')).startsWith('It was sent on meanwhile'))
  await until(async () => (await textOf(page, '#item-changed-title')) === 'It was published meanwhile')
  expect(await page.$('#item-changed button.main')).toBeNull()
  expect(await fieldOf(page, '#headline-en')).toContain(' to all')
})

test(
  'while it is being sent the button keeps the focus, and Escape says why it closes nothing',
  patient,
  async ({ skip }) => {
    const { url, page } = await desk(skip)
    await sentWithoutAnswer(url, page, 'Bridge closed')
    expect(await page.evaluate('document.activeElement.id')).toBe('confirm-send')
    await page.keyboard.press('Escape')
    await until(async () => (await textOf(page, '#confirm-error')).startsWith('It is being sent'))
    expect([await isOpen(page, 'confirm'), await page.evaluate('document.activeElement.id')]).toEqual([
      true,
      'confirm-send',
    ])
    expect((await itemsOf(url, 'held')).length).toBe(1)
  },
)
