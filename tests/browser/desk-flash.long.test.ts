import { readFileSync } from 'node:fs'
import type { Page } from 'puppeteer-core'
import { expect, test } from 'vitest'
import { axeFindings } from '../support/browser/axe.ts'
import {
  deskOf,
  fieldOf,
  focusOf,
  isOpen,
  launched,
  newEditor,
  serviceForDesk,
  textOf,
} from '../support/browser/desk-page.ts'
import { publish } from '../support/processes/service.ts'
import { until } from '../support/push/push-deps.ts'
import { cleaning } from '../support/scratch.ts'

const clean = cleaning()
const article = readFileSync(new URL('../desk/article/pages/un-monitors.txt', import.meta.url), 'utf8')

const headlines = {
  en: '{place}: magnitude {magnitude} earthquake',
  fa: '{place}: زمین‌لرزه‌ای به بزرگی {magnitude}',
  ru: '{place}: землетрясение магнитудой {magnitude}',
  ps: '{place}: د {magnitude} درجو زلزله',
}
const newsroom = {
  name: 'Try',
  languages: ['en', 'fa', 'ru', 'ps', 'uk'].map((tag) => ({ tag })),
  // Without a hold: what is told is the time of the people's acts.
  rules: { levels: { flash: { approvals: 1, holdSeconds: 0, leastHoldSeconds: 0 } } },
  templates: [
    {
      ...{ id: 'earthquake', name: 'Earthquake', level: 'urgent' },
      texts: Object.fromEntries(Object.entries(headlines).map(([tag, headline]) => [tag, { headline }])),
      blanks: [
        { id: 'magnitude', label: 'Magnitude', kind: 'number', examples: ['6.0'] },
        { id: 'place', label: 'Place', kind: 'text' },
      ],
    },
  ],
}

type Key = Parameters<Page['keyboard']['press']>[0]

async function chord(page: Page, held: 'Control' | 'Alt', key: Key) {
  await page.keyboard.down(held)
  await page.keyboard.press(key)
  await page.keyboard.up(held)
}

/** Reaches an element with the Tab key alone. */
async function tabTo(page: Page, selector: string) {
  for (let tabs = 0; tabs < 120; tabs += 1) {
    if (await page.evaluate(`document.activeElement.matches(${JSON.stringify(selector)})`)) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`Tab does not reach ${selector}`)
}

/** Goes back to a group of radio buttons, and to one of them. */
async function choose(page: Page, name: string, value: string) {
  await page.keyboard.down('Shift')
  await tabTo(page, `input[name="${name}"]`)
  await page.keyboard.up('Shift')
  const chosen = `input[name="${name}"][value="${value}"]:checked`
  while ((await page.$(chosen)) === null) await page.keyboard.press('ArrowDown')
}

async function confirm(page: Page) {
  await until(() => isOpen(page, 'confirm'))
  await tabTo(page, '#confirm-word')
  await page.keyboard.type('FLASH')
  await tabTo(page, '#confirm-send')
  await page.keyboard.press('Enter')
  await until(async () => !(await isOpen(page, 'confirm')))
}

/** The headlines that a reader of a language is sent over a socket. */
function socketOf(url: string, language: string): string[] {
  const heard: string[] = []
  const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/socket?languages=${language}`)
  socket.addEventListener('message', ({ data }) => {
    const { type, alert } = JSON.parse(String(data))
    if (type === 'alert') heard.push(alert.headline)
  })
  clean(() => socket.close())
  return heard
}

test('two people, by keyboard alone: from a pasted article to an approved flash in five languages', {
  timeout: 180_000,
}, async ({ skip }) => {
  const browser = await launched('chromium', clean, skip)
  const { url } = await serviceForDesk(clean, newsroom)
  const heard = socketOf(url, 'uk')
  const anna = await deskOf(browser, url, (await newEditor(url, 'Anna')).key)
  const boris = await deskOf(browser, url, (await newEditor(url, 'Boris')).key)
  clean(anna.close)
  clean(boris.close)
  const { page } = anna
  const startedMs = performance.now()

  await tabTo(page, '.pasting summary')
  await page.keyboard.press('Enter')
  await tabTo(page, '#paste-text')
  await page.keyboard.sendCharacter(article)
  await tabTo(page, '#paste button')
  await page.keyboard.press('Enter')
  await until(async () => (await fieldOf(page, '#headline-en')) !== '')
  await until(async () => (await focusOf(page)) === 'headline-en')
  const translations = {
    fa: 'گزارش ناظران سازمان ملل',
    ru: 'Доклад наблюдателей ООН',
    ps: 'د ملګرو ملتونو راپور',
    uk: 'Звіт спостерігачів ООН',
  }
  for (const [tag, headline] of Object.entries(translations)) {
    await chord(page, 'Alt', 'l')
    // The first of the languages that are left.
    await page.keyboard.press('ArrowDown')
    await until(async () => (await focusOf(page)) === `headline-${tag}`)
    await page.keyboard.sendCharacter(headline)
  }
  await choose(page, 'audience', 'public')
  await choose(page, 'level', 'flash')
  await chord(page, 'Control', 'Enter')
  await confirm(page)

  await until(async () => (await textOf(boris.page, '#waiting')) !== '')
  await chord(boris.page, 'Alt', 'w')
  await tabTo(boris.page, 'button[aria-label^="Read and approve"]')
  await boris.page.keyboard.press('Enter')
  await confirm(boris.page)
  await until(() => heard.length > 0)
  console.log(
    `from the pasted article to the reader: ${((performance.now() - startedMs) / 1_000).toFixed(1)} s of scripted acts`,
  )
  expect(heard).toEqual([translations.uk])
  expect([anna.errors, boris.errors]).toEqual([[], []])
})

test('a template is chosen, its blanks are filled once, and every language but the missing one, which is named, has its text', {
  timeout: 180_000,
}, async ({ skip }) => {
  const browser = await launched('chromium', clean, skip)
  const { url } = await serviceForDesk(clean, newsroom)
  await publish(url, { level: 'routine', texts: { en: { headline: 'A tremor was felt' } } })
  const { page, errors, close } = await deskOf(browser, url)
  clean(close)
  await page.waitForSelector('#templates')
  await tabTo(page, '#templates summary')
  await page.keyboard.press('Enter')
  await tabTo(page, '#template')
  await page.keyboard.press('ArrowDown')
  await tabTo(page, '#template-fill')
  await page.keyboard.press('Enter')
  await until(async () => (await textOf(page, '#blank-place-error')) !== '')
  expect(await axeFindings(page)).toEqual([])
  await until(async () => (await focusOf(page)) === 'blank-magnitude')
  await page.keyboard.type('6.1')
  await tabTo(page, '#blank-place')
  await page.keyboard.type('Herat')
  await tabTo(page, '#blank-place ~ details summary')
  await page.keyboard.press('Enter')
  await tabTo(page, '#blank-place-fa')
  await page.keyboard.sendCharacter('هرات')
  await page.keyboard.press('Enter')
  await until(async () => (await fieldOf(page, '#headline-en')) === 'Herat: magnitude 6.1 earthquake')
  expect(await fieldOf(page, '#headline-fa')).toBe('هرات: زمین‌لرزه‌ای به بزرگی ۶٫۱')
  expect(await textOf(page, '#template-result')).toContain('Nothing yet in: українська')
  expect(await page.$eval('input[name="level"]:checked', (it) => it.getAttribute('value'))).toBe('urgent')
  expect(await axeFindings(page)).toEqual([])

  await page.focus('input[name="audience"][value="test"]')
  await page.keyboard.press('Space')
  await chord(page, 'Control', 'Enter')
  await until(() => isOpen(page, 'confirm'))
  const before = await textOf(page, '#confirm-before')
  expect(before).toContain('Nothing yet in: українська')
  expect(before).toMatch(/Went out in the last six hours: 1[\s\S]*Routine · A tremor was felt · .{0,1}English.{0,1} · /)
  expect(await textOf(page, '#confirm-previews [data-tag="en"] figcaption')).toContain('in 24 hours: 1')
  expect(await axeFindings(page)).toEqual([])
  expect(errors).toEqual([])
})
