import type { Page } from 'puppeteer-core'
import { afterAll, expect, test } from 'vitest'
import { axeFindings } from '../support/browser/axe.ts'
import { deskOf, focusOf, isOpen, launched, newEditor, serviceForDesk, textOf } from '../support/browser/desk-page.ts'
import { ask, newKey } from '../support/processes/service.ts'
import { until } from '../support/push/push-deps.ts'
import { cleaning } from '../support/scratch.ts'

const clean = cleaning()
const cleanAtEnd = cleaning(afterAll)
const patient = { timeout: 180_000 }
const newsroom = {
  name: 'Try',
  languages: [{ tag: 'en' }, { tag: 'fa' }],
  topics: [{ id: 'rights', labels: { en: 'Human rights' } }],
  rules: { levels: { urgent: { holdSeconds: 900 } } },
}

let browser: ReturnType<typeof launched> | undefined
let service: ReturnType<typeof serviceForDesk> | undefined

async function editor(name: string, skip: (note: string) => never, role = 'editor', path = '/desk') {
  browser ??= launched('chromium', cleanAtEnd, skip)
  service ??= serviceForDesk(cleanAtEnd, newsroom)
  const { url } = await service
  const { key } = await newEditor(url, name, role)
  const desk = await deskOf(await browser, url, key, path)
  clean(desk.close)
  return { url, key, ...desk }
}

const has = (page: Page, selector: string) =>
  page.evaluate(`document.querySelector(${JSON.stringify(selector)}) !== null`) as Promise<boolean>
const message = (page: Page) => textOf(page, '#desk-message')

async function pressButton(page: Page, selector: string) {
  await until(() => has(page, selector))
  await page.focus(selector)
  await page.keyboard.press('Enter')
}

/** An alert of somebody, through the API: held for a quarter of an hour, or for a time. */
async function publishAs(key: string, url: string, headline: string, more: object = {}) {
  const headers = { authorization: `Bearer ${key}`, 'idempotency-key': newKey() }
  const body = { level: 'urgent', audience: 'public', texts: { en: { headline, summary: '' } }, ...more }
  const answer = await ask(url, 'POST', '/v1/alerts', body, headers)
  expect([[201, 202].includes(answer.status), await answer.text()]).toEqual([true, expect.any(String)])
}

test(
  'everyone who sees a countdown is told who ended it, and nothing goes on being said',
  patient,
  async ({ skip }) => {
    const anna = await editor('Anna', skip)
    const boris = await editor('Boris', skip)
    await publishAs(anna.key, anna.url, 'Bridge closed')
    await until(() => has(anna.page, '#held li'))
    await pressButton(boris.page, 'button[aria-label="Cancel: Bridge closed"]')
    await until(async () => (await message(boris.page)) === 'Cancelled: “Bridge closed” does not go out.')
    await until(async () =>
      (await message(anna.page)).startsWith('Boris cancelled “Bridge closed”: it does not go out.'),
    )
    // Anna sends it after all: what Boris read is over.
    await pressButton(anna.page, 'button[aria-label="Open: Bridge closed"]')
    await until(async () => (await focusOf(anna.page)) === 'headline-en')
    await pressButton(anna.page, '#preview')
    await until(() => isOpen(anna.page, 'confirm'))
    await anna.page.focus('#confirm .deliberate input')
    // Enter says what is missing; after the tick it goes to the button.
    await anna.page.keyboard.press('Enter')
    expect(await textOf(anna.page, '#confirm-error')).toBe('Nothing was sent. Tick the box first.')
    await anna.page.keyboard.press('Space')
    await anna.page.keyboard.press('Enter')
    expect(await focusOf(anna.page)).toBe('confirm-send')
    await anna.page.keyboard.press('Enter')
    await until(async () => (await message(boris.page)).startsWith('Anna let “Bridge closed” go'))
    expect([anna.errors, boris.errors]).toEqual([[], []])
  },
)

test(
  'a writer is offered what writers do, and asks before taking back what a colleague scheduled',
  patient,
  async ({ skip }) => {
    const anna = await editor('Anna', skip)
    const wanda = await editor('Wanda', skip, 'writer')
    await publishAs(anna.key, anna.url, 'Out', { level: 'routine', audience: 'test' })
    await publishAs(anna.key, anna.url, 'Later', { publishAt: new Date(Date.now() + 3_600_000).toISOString() })
    expect(await textOf(wanda.page, '#preview')).toBe('Submit for approval…')
    await until(() => has(wanda.page, '#sent button[aria-label="Correct: Out"]'))
    expect(await textOf(wanda.page, '#sent')).not.toMatch(/Retract|Stop pushing/)
    await until(async () => /Retract/.test(await textOf(anna.page, '#sent')))
    const takeBack = 'button[aria-label="Take back and edit: Later"]'
    await pressButton(wanda.page, takeBack)
    await until(() => isOpen(wanda.page, 'take-back'))
    expect(await axeFindings(wanda.page)).toEqual([])
    expect(await focusOf(wanda.page)).toBe('take-back-leave')
    await wanda.page.keyboard.press('Enter')
    await until(async () => !(await isOpen(wanda.page, 'take-back')))
    expect(await textOf(wanda.page, '#waiting')).toContain('Later')
    await pressButton(wanda.page, takeBack)
    await until(() => isOpen(wanda.page, 'take-back'))
    await pressButton(wanda.page, '#take-back button[value="take"]')
    await until(async () => (await message(anna.page)).startsWith('Wanda cancelled “Later”'))
    expect([anna.errors, wanda.errors]).toEqual([[], []])
  },
)

test(
  'what a colleague did stays to be read while one writes; how an own act ended does not',
  patient,
  async ({ skip }) => {
    const anna = await editor('Anna', skip)
    const boris = await editor('Boris', skip)
    await publishAs(anna.key, anna.url, 'Ferry runs')
    await until(() => has(anna.page, '#held button[aria-label$=": Ferry runs"]'))
    await pressButton(boris.page, 'button[aria-label="Cancel: Ferry runs"]')
    const told = 'Boris cancelled “Ferry runs”: it does not go out.'
    await until(async () => (await message(anna.page)).startsWith(told))
    await anna.page.type('#headline-en', 'Next')
    expect(await message(anna.page)).toContain(told)
    await pressButton(anna.page, '#desk-message-close')
    expect(await message(anna.page)).toBe('')
    await until(async () => (await message(boris.page)) === 'Cancelled: “Ferry runs” does not go out.')
    await until(async () => (await focusOf(boris.page)) === 'headline-en')
    await boris.page.keyboard.type('s')
    expect(await message(boris.page)).toBe('')
    expect([anna.errors, boris.errors]).toEqual([[], []])
  },
)

test('what a pause and a lost connection say ends with them, and the focus stays', patient, async ({ skip }) => {
  const anna = await editor('Anna', skip)
  const admin = await editor('Admin', skip, 'admin')
  await ask(anna.url, 'POST', '/v1/desk/pause', { reason: 'Try' })
  // The notice moves the form: a press would meet another place.
  await until(async () => (await textOf(anna.page, '#pause')).includes('Try'))
  await anna.page.click('input[name="level"][value="routine"]')
  await anna.page.click('input[name="audience"][value="public"]')
  await anna.page.type('#headline-en', 'Held back')
  await pressButton(anna.page, '#preview')
  await until(() => isOpen(anna.page, 'confirm'))
  await anna.page.click('#confirm .deliberate input')
  await pressButton(anna.page, '#confirm-send')
  const error = '#compose [role="alert"]'
  await until(async () => (await textOf(anna.page, error)).includes('Publishing is paused'))
  expect(await textOf(anna.page, error)).not.toMatch(/\/v1|\dT\d/)
  await admin.page.reload()
  await until(async () => (await textOf(admin.page, '#pause')).includes('Try'))
  await admin.page.type('#pause-reason', 'Over')
  await pressButton(admin.page, '#pause-resume')
  await until(async () => (await message(admin.page)) === 'Publishing goes on.')
  expect(await focusOf(admin.page)).toBe('pause-scope')
  await until(async () => (await textOf(anna.page, error)) === '')
  await anna.page.setOfflineMode(true)
  await until(() => has(anna.page, '#connection-lost'))
  await anna.page.evaluate(`document.dispatchEvent(new Event('visibilitychange'))`)
  await until(async () => (await textOf(anna.page, '#stale')) !== '')
  await anna.page.setOfflineMode(false)
  await until(async () => !(await has(anna.page, '#connection-lost')) && (await textOf(anna.page, '#stale')) === '')
  expect([anna.errors, admin.errors]).toEqual([[], []])
})

test('what is published is in Persian at the Persian desk, its times and digits too', patient, async ({ skip }) => {
  const { url, key, page, errors } = await editor('Anna', skip, 'admin', '/desk?lang=fa')
  await publishAs(key, url, 'Herat', { level: 'routine', audience: 'test' })
  // The alerts of the other tests may be above or below it.
  await until(() => has(page, '#sent button[aria-label*="Herat"]'))
  const words = (await textOf(page, '#sent')).replace(/Out|Herat|TEST|English/g, '')
  expect(words).not.toMatch(/[a-z0-9]/i)
  expect(await textOf(page, '#who')).not.toMatch(/admin|Sign/)
  // As if some time had passed: the time that was written is written again.
  const time = '#sent li:has(button[aria-label*="Herat"]) time'
  expect(await page.evaluate(`document.querySelector('${time}').dir`)).toBe('')
  await page.evaluate(`{ const real = Date.now; Date.now = () => real() + 11 * 60_000 }`)
  await until(async () => (await textOf(page, time)).includes('۱۱'))
  expect(errors).toEqual([])
})
