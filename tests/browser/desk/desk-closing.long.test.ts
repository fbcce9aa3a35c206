import type { Page } from 'puppeteer-core'
import { afterAll, expect, test } from 'vitest'
import {
  deskOf,
  focusOf,
  isOpen,
  launched,
  newEditor,
  serviceForDesk,
  textOf,
} from '../../support/browser/desk-page.ts'
import { ask, newKey } from '../../support/processes/service.ts'
import { until } from '../../support/push/push-deps.ts'
import { cleaning } from '../../support/scratch.ts'

const clean = cleaning()
const cleanAtEnd = cleaning(afterAll)
const patient = { timeout: 180_000 }
const newsroom = {
  name: 'Try',
  languages: [{ tag: 'en' }],
  topics: [],
  rules: { levels: { flash: { approvals: 1, holdSeconds: 900 }, urgent: { holdSeconds: 900 } } },
}

let browser: ReturnType<typeof launched> | undefined
let service: ReturnType<typeof serviceForDesk> | undefined

/**
 * The desk in a page that draws no more frames as far as its dialogs are concerned: the event `close`, which comes with a
 * frame, never comes. Under load it comes late.
 */
async function editor(name: string, skip: (note: string) => never, role = 'editor') {
  browser ??= launched('chromium', cleanAtEnd, skip)
  service ??= serviceForDesk(cleanAtEnd, newsroom)
  const { url } = await service
  const { key } = await newEditor(url, name, role)
  const desk = await deskOf(await browser, url, key)
  clean(desk.close)
  await desk.page.evaluate(`addEventListener('close', (event) => event.stopImmediatePropagation(), true)`)
  return { url, key, ...desk }
}

const has = (page: Page, selector: string) =>
  page.evaluate(`document.querySelector(${JSON.stringify(selector)}) !== null`) as Promise<boolean>
const message = (page: Page) => textOf(page, '#desk-message')

async function press(page: Page, selector: string) {
  await until(() => has(page, selector))
  await page.focus(selector)
  await page.keyboard.press('Enter')
}

/** Asks the service as an editor does. Throws when it was refused. */
async function askAs(key: string, url: string, path: string, body: object): Promise<void> {
  const headers = { authorization: `Bearer ${key}`, 'idempotency-key': newKey() }
  const answer = await ask(url, 'POST', path, body, headers)
  if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`)
}

const alertOf = (headline: string, level: string) => ({ level, audience: 'public', texts: { en: { headline } } })

test('a question that is left and asked again at once has an answer of its own', patient, async ({ skip }) => {
  const anna = await editor('Anna', skip)
  const wanda = await editor('Wanda', skip, 'writer')
  const publishAt = new Date(Date.now() + 3_600_000).toISOString()
  await askAs(anna.key, anna.url, '/v1/alerts', { ...alertOf('Later', 'urgent'), publishAt })
  const takeBack = 'button[aria-label="Take back and edit: Later"]'
  await until(() => has(wanda.page, takeBack))
  // Three presses, all before the next frame.
  await wanda.page.evaluate(`(async () => {
    const pressed = (selector) => { document.querySelector(selector).click(); return Promise.resolve() }
    await pressed('${takeBack.replaceAll('"', '\\"')}')
    await pressed('#take-back-leave')
    await pressed('${takeBack.replaceAll('"', '\\"')}')
  })()`)
  expect(await isOpen(wanda.page, 'take-back')).toBe(true)
  await wanda.page.bringToFront()
  await press(wanda.page, '#take-back button[value="take"]')
  await until(async () => (await message(anna.page)).startsWith('Wanda cancelled “Later”'))
  expect([anna.errors, wanda.errors]).toEqual([[], []])
})

test('what was approved is not told as decided by somebody else', patient, async ({ skip }) => {
  const anna = await editor('Anna', skip)
  const boris = await editor('Boris', skip)
  await askAs(anna.key, anna.url, '/v1/alerts', alertOf('President resigns', 'flash'))
  await press(boris.page, 'button[aria-label="Read and approve…: President resigns"]')
  await until(() => isOpen(boris.page, 'confirm'))
  await boris.page.focus('#confirm-word')
  await boris.page.keyboard.type('FLASH')
  await press(boris.page, '#confirm-send')
  await until(async () => !(await isOpen(boris.page, 'confirm')))
  const held = 'Held. It goes out when the countdown ends.'
  await until(async () => (await message(boris.page)) === held)
  // The lists have been read since.
  await askAs(anna.key, anna.url, '/v1/desk/items', { texts: { en: { headline: 'A later draft' } } })
  await until(async () => (await textOf(boris.page, '#drafts')).includes('A later draft'))
  expect(await message(boris.page)).toBe(held)
  expect(await has(boris.page, '#confirm > *')).toBe(false)
  expect([anna.errors, boris.errors]).toEqual([[], []])
})

test(
  'a list that waited behind a dialog catches up, and a closed view knows nothing any more',
  patient,
  async ({ skip }) => {
    const { page, key, url, errors } = await editor('Boris', skip)
    await press(page, '#account-open')
    await until(() => has(page, '#end-all'))
    const read = page.waitForResponse((answer) => answer.url().includes('/v1/alerts?') && answer.ok())
    await askAs(key, url, '/v1/alerts', { ...alertOf('Tram line opens', 'routine'), audience: 'test' })
    // The list was read, and is not changed under the dialog.
    await read
    await press(page, '#account-close')
    await until(async () => !(await isOpen(page, 'account')))
    expect(await has(page, '#account-place > *')).toBe(false)
    expect(await focusOf(page)).toBe('account-open')
    await until(async () => (await textOf(page, '#sent')).includes('Tram line opens'))
    expect(errors).toEqual([])
  },
)
