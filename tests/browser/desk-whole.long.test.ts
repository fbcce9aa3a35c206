import type { Page } from 'puppeteer-core'
import { expect, test } from 'vitest'
import {
  deskOf,
  fieldOf,
  focusOn,
  isOpen,
  launched,
  newEditor,
  serviceForDesk,
  textOf,
} from '../support/browser/desk-page.ts'
import { until } from '../support/push/push-deps.ts'
import { cleaning } from '../support/scratch.ts'

const clean = cleaning()

const newsroom = {
  name: 'Try',
  languages: [{ tag: 'en' }, { tag: 'fa' }],
  rules: { levels: { flash: { approvals: 1, holdSeconds: 1 } } },
}

/** What a socket of a reader is sent: the kind and the headline of each alert. */
function socketOf(url: string): string[] {
  const heard: string[] = []
  const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/socket?languages=en`)
  socket.addEventListener('message', ({ data }) => {
    const { type, kind, alert } = JSON.parse(String(data))
    if (type === 'alert') heard.push(`${kind}: ${alert.headline}`)
  })
  clean(() => socket.close())
  return heard
}

/** Presses a key, perhaps with Control or Alt held. */
async function chord(page: Page, key: Parameters<Page['keyboard']['press']>[0], held?: 'Control' | 'Alt') {
  if (held !== undefined) await page.keyboard.down(held)
  await page.keyboard.press(key)
  if (held !== undefined) await page.keyboard.up(held)
}

/** Reaches an element with the Tab key alone. */
async function tabTo(page: Page, selector: string) {
  for (let tabs = 0; tabs < 120; tabs += 1) {
    if (await page.evaluate(`document.activeElement.matches(${JSON.stringify(selector)})`)) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`Tab does not reach ${selector}`)
}

async function confirm(page: Page, word: string) {
  await until(() => isOpen(page, 'confirm'))
  await tabTo(page, '#confirm-word')
  await page.keyboard.type(word)
  await tabTo(page, '#confirm-send')
  await page.keyboard.press('Enter')
  await until(async () => !(await isOpen(page, 'confirm')))
}

test('by keyboard alone: written, approved, published, corrected and retracted, before the eyes of a reader', {
  timeout: 180_000,
}, async ({ skip }) => {
  const browser = await launched('chromium', clean, skip)
  const { url } = await serviceForDesk(clean, newsroom)
  const heard = socketOf(url)
  const reader = await (await browser.createBrowserContext()).newPage()
  await reader.goto(`${url}/en/`)
  await reader.waitForFunction(`document.getElementById('connection').dataset.state === 'live'`, { polling: 50 })
  const anna = await deskOf(browser, url, (await newEditor(url, 'Anna')).key)
  const boris = await deskOf(browser, url, (await newEditor(url, 'Boris')).key)
  clean(anna.close)
  clean(boris.close)

  const { page } = anna
  await tabTo(page, 'input[name="level"]')
  await page.keyboard.press('Space')
  await tabTo(page, 'input[name="audience"]')
  await page.keyboard.press('Space')
  await chord(page, '1', 'Alt')
  await page.keyboard.type('Five killed')
  await chord(page, 'l', 'Alt')
  await page.select('#add-language', 'fa')
  await page.keyboard.type('پنج نفر کشته شدند')
  await chord(page, 'Enter', 'Control')
  await confirm(page, 'FLASH')
  expect(heard).toEqual([])

  await until(async () => (await textOf(boris.page, '#waiting')).includes('Five killed'))
  await chord(boris.page, 'w', 'Alt')
  await tabTo(boris.page, 'button[aria-label^="Read and approve"]')
  await boris.page.keyboard.press('Enter')
  await confirm(boris.page, 'FLASH')
  await until(() => heard.length === 1)
  await until(async () => (await textOf(reader, 'main')).includes('Five killed'))

  await until(async () => (await textOf(page, '#sent')).includes('Five killed'))
  await focusOn(page, 'Correct')
  await page.keyboard.press('Enter')
  await until(async () => (await fieldOf(page, '#headline-en')) === 'Five killed')
  await chord(page, '1', 'Alt')
  await chord(page, 'a', 'Control')
  await page.keyboard.type('Four killed')
  await tabTo(page, '#note-en')
  await page.keyboard.type('It was four.')
  await chord(page, 'Enter', 'Control')
  await confirm(page, 'FLASH')
  await until(() => heard.length === 2)
  await until(async () => (await textOf(reader, 'main')).includes('Four killed'))

  await until(async () => (await textOf(boris.page, '#sent')).includes('Four killed'))
  await focusOn(boris.page, 'Retract')
  await boris.page.keyboard.press('Enter')
  await until(() => isOpen(boris.page, 'retract'))
  expect(await fieldOf(boris.page, '#retract-note-en')).toBe('This alert was wrong and has been withdrawn.')
  expect(await fieldOf(boris.page, '#retract-note-fa')).not.toBe('')
  await tabTo(boris.page, '#retract .deliberate input')
  await boris.page.keyboard.press('Space')
  await tabTo(boris.page, '#retract-send')
  await boris.page.keyboard.press('Enter')
  await until(() => heard.length === 3)
  expect(heard).toEqual(['alert: Five killed', 'correction: Four killed', 'retraction: Four killed'])
  await until(async () => (await textOf(reader, 'main')).includes('Retracted'))
  expect([anna.errors, boris.errors]).toEqual([[], []])
})
