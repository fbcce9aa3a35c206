import type { Page } from 'puppeteer-core'
import { afterAll, expect, test } from 'vitest'
import {
  deskOf,
  fieldOf,
  focusOf,
  focusOn,
  isOpen,
  launched,
  newEditor,
  reviseAs,
  serviceForDesk,
  textOf,
} from '../../support/browser/desk-page.ts'
import { ask, newKey } from '../../support/processes/service.ts'
import { until } from '../../support/push/push-deps.ts'
import { cleaning } from '../../support/scratch.ts'

// A phone of 360 pixels: words without a space make nothing wider than it, and nothing is cut.

const clean = cleaning()
const cleanAtEnd = cleaning(afterAll)
const patient = { timeout: 180_000 }
const newsroom = {
  name: 'Try',
  languages: [{ tag: 'en' }, { tag: 'fa' }],
  topics: [{ id: 'rights', labels: { en: 'Human rights' } }],
  rules: { levels: { flash: { approvals: 1, holdSeconds: 900 }, urgent: { holdSeconds: 900 } } },
}
const long = (length: number) => 'W'.repeat(length)
const texts = { en: { headline: long(200), summary: long(300), url: `https://example.com/${long(280)}` } }
let browser: ReturnType<typeof launched> | undefined

type Item = { readonly id: string; readonly version: number }

async function post(url: string, path: string, body: object, key: string): Promise<Item> {
  const headers = { authorization: `Bearer ${key}`, 'idempotency-key': newKey() }
  const answer = await ask(url, 'POST', path, body, headers)
  if (answer.status >= 300) throw new Error(`${path}: ${await answer.text()}`)
  return ((await answer.json()) as { item: Item }).item
}

/** What sticks out of the window or of the dialog that is open. */
async function narrow(page: Page, view: string) {
  const wide = await page.evaluate(`(() => {
    const dialog = document.querySelector('dialog[open]')
    const root = dialog ?? document.documentElement
    const out = [...(dialog ?? document.body).querySelectorAll('*')].filter((it) => {
      const { left, right, width } = it.getBoundingClientRect()
      return width > 0 && !it.matches('.visually-hidden, .skip, option') && (right > innerWidth + 1 || left < -1)
    })
    return [root.scrollWidth - root.clientWidth, out.slice(0, 3).map((it) => it.localName + '#' + it.id + '.' + it.className)]
  })()`)
  expect([view, wide]).toEqual([view, [0, []]])
}

async function press(page: Page, selector: string) {
  await page.waitForSelector(selector)
  await page.focus(selector)
  await page.keyboard.press('Enter')
}

test.each(['en', 'fa'])('words of 300 letters widen no view of the desk in %s', patient, async (language) => {
  browser ??= launched('chromium', cleanAtEnd, () => {
    throw new Error('no browser')
  })
  const { url } = await serviceForDesk(clean, newsroom)
  const wanda = await newEditor(url, long(100))
  const { page, errors, close } = await deskOf(await browser, url, undefined, `/desk?lang=${language}`)
  clean(close)
  await page.setViewport({ width: 360, height: 740 })
  await narrow(page, 'empty')
  // The arrow of a choice is at the end of its line.
  const arrow = await page.$eval(
    '#pause-scope',
    (it) =>
      (globalThis as never as { getComputedStyle(of: unknown): { backgroundPositionX: string } }).getComputedStyle(it)
        .backgroundPositionX,
  )
  expect(arrow).toMatch(language === 'fa' ? /^[\d.]+px/ : /^(calc\(100% - |right)/)

  const urgent = { level: 'urgent', texts }
  const flash = await post(url, '/v1/desk/items', { level: 'flash', texts }, wanda.key)
  await post(url, `/v1/desk/items/${flash.id}/submit`, {}, wanda.key)
  await post(url, '/v1/alerts', urgent, wanda.key)
  const draft = await post(url, '/v1/desk/items', urgent, wanda.key)
  await ask(url, 'POST', '/v1/desk/pause', { reason: long(300) })
  await page.waitForSelector('#held')
  await page.waitForSelector('#pause', { visible: true })
  await page.waitForSelector(`[data-item="${flash.id}"]`)
  await page.waitForSelector(`[data-item="${draft.id}"]`)
  await narrow(page, 'what waits, the countdown, the pause')
  await ask(url, 'POST', '/v1/desk/resume', { reason: long(300) })

  await press(page, `[data-item="${flash.id}"] button.main`)
  await until(() => isOpen(page, 'confirm'))
  await page.evaluate(`for (const it of document.querySelectorAll('#confirm details')) it.open = true`)
  await narrow(page, 'the last look')
  await page.keyboard.press('Escape')
  await press(page, `[data-item="${flash.id}"] .buttons button:nth-of-type(2)`)
  await until(() => isOpen(page, 'take-back'))
  await narrow(page, 'taking back')
  await page.keyboard.press('Escape')

  await press(page, `[data-item="${draft.id}"] button`)
  await until(async () => (await fieldOf(page, '#headline-en')) === long(200))
  await page.evaluate(`for (const it of document.querySelectorAll('.compose details')) it.open = true`)
  await narrow(page, 'the form')
  await page.setOfflineMode(true)
  await page.focus('#headline-en')
  await page.keyboard.type('m')
  const theirs = { version: draft.version, texts: { en: { headline: 'M'.repeat(200), summary: long(300) } } }
  const put = await ask(url, 'PUT', `/v1/desk/items/${draft.id}`, theirs, { authorization: `Bearer ${wanda.key}` })
  expect(put.status).toBe(200)
  await page.setOfflineMode(false)
  await page.waitForSelector('#item-changed')
  await narrow(page, 'a conflict')

  const hook = { name: long(80), url: `https://example.com/${long(200)}`, events: ['alarm'], audience: 'public' }
  expect((await ask(url, 'POST', '/v1/desk/webhooks', hook)).status).toBe(201)
  await press(page, '#account-open')
  await page.waitForSelector('#keys')
  await page.waitForSelector('#hooks')
  await page.waitForSelector('#audit')
  await narrow(page, 'keys and audit log')
  await page.focus('#key-name')
  await page.keyboard.type(long(100))
  await page.keyboard.press('Enter')
  await page.waitForSelector('#made-key')
  await narrow(page, 'a key that is shown once')
  expect(
    await page.$eval(
      '#made-key',
      (it) =>
        (it as never as { scrollWidth: number; clientWidth: number }).scrollWidth -
        (it as never as { clientWidth: number }).clientWidth,
    ),
  ).toBeLessThanOrEqual(0)
  await page.focus('#made-kept')
  await page.keyboard.press('Enter')
  await page.keyboard.press('Escape')
  await until(async () => !(await isOpen(page, 'account')))

  await page.keyboard.down('Alt')
  await page.keyboard.press('h')
  await page.keyboard.up('Alt')
  await until(() => isOpen(page, 'help'))
  expect([await focusOf(page), await page.$eval('#help', (it) => it.scrollTop)]).toEqual(['help-title', 0])
  await narrow(page, 'the shortcuts')
  await page.keyboard.press('Escape')
  expect(errors).toEqual([])
})

test('words of 300 letters widen nothing of what is published', patient, async ({ skip }) => {
  browser ??= launched('chromium', cleanAtEnd, skip)
  const { url } = await serviceForDesk(clean, newsroom)
  const wanda = await newEditor(url, long(100))
  const headers = { authorization: `Bearer ${wanda.key}`, 'idempotency-key': newKey() }
  const answer = await ask(url, 'POST', '/v1/alerts', { level: 'routine', texts }, headers)
  const { alert } = (await answer.json()) as { alert: { id: string } }
  const { page, errors, close } = await deskOf(await browser, url)
  clean(close)
  await page.setViewport({ width: 360, height: 740 })
  await page.waitForSelector(`li[data-alert="${alert.id}"] summary`)
  await page.evaluate(`for (const it of document.querySelectorAll('#sent details')) it.open = true`)
  await narrow(page, 'published')
  await focusOn(page, 'Retract')
  await page.keyboard.press('Enter')
  await until(() => isOpen(page, 'retract'))
  await page.locator('#retract-note-en').fill(long(300))
  await narrow(page, 'retracting')
  expect(await textOf(page, '#retract-what')).toMatch(/On phones that are online, a retraction takes the place/)
  await page.keyboard.press('Escape')
  await focusOn(page, 'Correct')
  await page.keyboard.press('Enter')
  await page.waitForSelector('#note-en')
  await page.locator('#note-en').fill(long(300))
  await narrow(page, 'correcting')
  // Somebody else corrects it meanwhile: both are told apart above the form.
  const correction = {
    version: 1,
    holdSeconds: 0,
    note: { en: long(300) },
    texts: { en: { headline: 'M'.repeat(200) } },
  }
  await reviseAs(wanda.key, url, `/v1/alerts/${alert.id}/correction`, correction)
  await press(page, '#preview')
  await page.waitForSelector('#alert-changed')
  await narrow(page, 'changed meanwhile')
  expect(errors).toEqual([])
})
