import type { HTTPRequest, Page } from 'puppeteer-core'
import { afterAll, expect, test } from 'vitest'
import {
  deskOf,
  focusOf,
  isOpen,
  launched,
  newEditor,
  serviceForDesk,
  signIn,
  textOf,
} from '../../support/browser/desk-page.ts'
import { adminKey, ask, english, newKey } from '../../support/processes/service.ts'
import { until } from '../../support/push/push-deps.ts'
import { cleaning } from '../../support/scratch.ts'

// On a slow line the desk shows what it is sending, and sends it once.

const clean = cleaning()
const cleanAtEnd = cleaning(afterAll)
const patient = { timeout: 180_000 }
const newsroom = {
  name: 'Try',
  languages: [{ tag: 'en' }, { tag: 'fa' }],
  rules: { levels: { urgent: { holdSeconds: 900 } } },
  templates: [
    {
      ...{ id: 'quake', name: 'Earthquake', level: 'urgent' },
      texts: { en: { headline: 'Quake of {size}' }, fa: { headline: 'زلزله {size}' } },
      blanks: [{ id: 'size', label: 'Magnitude', kind: 'number' }],
    },
  ],
}
let browser: ReturnType<typeof launched> | undefined

async function desk(skip: (note: string) => never) {
  browser ??= launched('chromium', cleanAtEnd, skip)
  const { url } = await serviceForDesk(clean, newsroom)
  const anna = await newEditor(url, 'Anna')
  const opened = await deskOf(await browser, url)
  clean(opened.close)
  return { url, anna, ...opened }
}

/** A line of which each request to a path can be held back until it is let go. */
async function lineOf(page: Page) {
  let path: RegExp | null = null
  let held: HTTPRequest[] = []
  page.on('request', (request) => {
    const isHeld = path?.test(new URL(request.url()).pathname) === true && request.method() !== 'GET'
    if (isHeld) held.push(request)
    else void request.continue()
  })
  await page.setRequestInterception(true)
  return {
    count: () => held.length,
    hold(slow: RegExp) {
      path = slow
      held = []
    },
    async letGo() {
      path = null
      for (const request of held) await request.continue()
    },
  }
}

type Line = Awaited<ReturnType<typeof lineOf>>

/** Presses a button twice by keys while the line is slow: it is busy, keeps the focus, and one request is made. */
async function pressedTwice({ page, line }: { page: Page; line: Line }, path: RegExp, button: string, field = button) {
  line.hold(path)
  await page.waitForSelector(field)
  await page.focus(field)
  await page.keyboard.press('Enter')
  await page.keyboard.press('Enter')
  await page.waitForSelector(`${button}[aria-busy="true"][data-busy="Sending…"]`, { timeout: 10_000 })
  await page.keyboard.press('Enter')
  expect([button, line.count()]).toEqual([button, 1])
  expect(await page.$$eval('[role="status"]', (all) => all.map((it) => it.textContent))).toContain('Sending…')
  await line.letGo()
  await until(async () => (await page.$('[aria-busy="true"]')) === null)
  expect(await page.$$eval('[data-busy]', (all) => all.length)).toBe(0)
}

test('every act shows that it is being sent, and a second press sends nothing', patient, async ({ skip }) => {
  const { url, anna, page, errors } = await desk(skip)
  const line = await lineOf(page)
  const slow = { page, line }
  // The templates are read once somebody is signed in.
  await page.waitForSelector('#templates')
  await page.evaluate(`for (const it of document.querySelectorAll('details.pasting')) it.open = true`)
  await page.focus('#paste-text')
  await page.keyboard.type('Five people were killed in the port, the ministry said on Friday. More to come.')
  await page.select('#paste-language', 'en')
  await pressedTwice(slow, /article$/, '#paste button[type="submit"]')
  await until(async () => (await focusOf(page)) === 'headline-en')

  await page.select('#template', 'quake')
  await page.waitForSelector('#blank-size')
  await page.focus('#blank-size')
  await page.keyboard.type('۶٫۰')
  // Enter in a field presses the form's button.
  await pressedTwice(slow, /fill$/, '#template-fill', '#blank-size')
  await page.waitForSelector('#headline-fa')

  await page.focus('#pause-reason')
  await page.keyboard.type('Try')
  await pressedTwice(slow, /pause$/, '#pause-turn', '#pause-reason')
  await page.focus('#pause-reason')
  await page.keyboard.type('Done')
  await pressedTwice(slow, /resume$/, '#pause-resume')
  await page.waitForSelector('#pause', { hidden: true })

  const urgent = { level: 'urgent', ...english('Held by Anna') }
  const headers = { authorization: `Bearer ${anna.key}`, 'idempotency-key': newKey() }
  await ask(url, 'POST', '/v1/alerts', urgent, headers)
  await pressedTwice(slow, /cancel$/, '#held button')

  // A question stands between the press and the sending.
  const remove = 'button[aria-label="Delete: Held by Anna"]'
  line.hold(/items/)
  await page.waitForSelector(remove)
  await page.focus(remove)
  await page.keyboard.press('Enter')
  await until(() => isOpen(page, 'take-back'))
  expect(await page.$('[aria-busy="true"]')).toBeNull()
  await page.locator('#take-back button.main').click()
  await page.waitForSelector(`${remove}[data-busy]`)
  await line.letGo()
  await page.waitForSelector(remove, { hidden: true })

  await page.focus('#discard')
  await page.keyboard.press('Enter')
  await page.locator('input[name="level"][value="urgent"]').click()
  await page.locator('input[name="audience"][value="test"]').click()
  await page.focus('#headline-en')
  await page.keyboard.type('Fire')
  await pressedTwice(slow, /alerts$/, '#preview')
  await until(() => isOpen(page, 'confirm'))
  await page.focus('#confirm .deliberate input')
  await page.keyboard.press('Space')
  await pressedTwice(slow, /publish$/, '#confirm-send')
  await until(async () => !(await isOpen(page, 'confirm')))

  // What was said of the article and of the template was of the draft that went out.
  expect([await textOf(page, '#paste-unsure'), await textOf(page, '#template-result')]).toEqual(['', ''])

  await page.focus('#account-open')
  await page.keyboard.press('Enter')
  await page.waitForSelector('#key-name')
  await page.focus('#key-name')
  await page.keyboard.type('Sam')
  await pressedTwice(slow, /editors$/, '#key-make', '#key-name')
  await page.waitForSelector('#made-key')
  await page.focus('#made-kept')
  await page.keyboard.press('Enter')
  await page.focus('#account-close')
  await page.keyboard.press('Enter')

  await pressedTwice(slow, /session$/, '#sign-out')
  await page.waitForSelector('#key')
  await page.focus('#key')
  await page.keyboard.type(adminKey)
  await pressedTwice(slow, /session$/, '#sign-in button', '#key')
  await page.waitForSelector('#desk', { visible: true })
  expect(errors).toEqual([])
})

test('no form leaves its words to the browser, whose language may be another', patient, async ({ skip }) => {
  const { page } = await desk(skip)
  const forms = () =>
    page.$$eval('form:not([method="dialog"])', (all) =>
      all.map((it) => [it.id, (it as never as { noValidate: boolean }).noValidate]),
    )
  await page.evaluate(`for (const it of document.querySelectorAll('details.pasting')) it.open = true`)
  await page.focus('#pause-turn')
  await page.keyboard.press('Enter')
  expect([await focusOf(page), await textOf(page, '#pause-error')]).toEqual([
    'pause-reason',
    'Write a reason first: others will ask why.',
  ])
  await page.focus('#account-open')
  await page.keyboard.press('Enter')
  await page.waitForSelector('#make-key')
  await page.waitForSelector('#add-hook, #account-hook form')
  const atTheDesk = await forms()
  expect(atTheDesk.length).toBeGreaterThan(4)
  expect(atTheDesk.filter(([, isOwn]) => isOwn !== true)).toEqual([])
  await page.keyboard.press('Escape')
  await page.focus('#sign-out')
  await page.keyboard.press('Enter')
  await page.waitForSelector('#key', { visible: true })
  expect((await forms()).filter(([, isOwn]) => isOwn !== true)).toEqual([])
  await page.focus('#key')
  await page.keyboard.press('Enter')
  await until(async () => (await textOf(page, '#sign-in-error')) === 'Type or paste your key first.')
})

test('a pause is heard of from the stream, not only at the next look', patient, async ({ skip }) => {
  browser ??= launched('chromium', cleanAtEnd, skip)
  const { url } = await serviceForDesk(clean, newsroom)
  const context = await (await browser).createBrowserContext()
  clean(() => context.close())
  const page = await context.newPage()
  // This page never looks by itself.
  await page.evaluateOnNewDocument(`{ const real = setInterval
    globalThis.setInterval = (run, ms, ...more) => ms === 15000 ? 0 : real(run, ms, ...more) }`)
  await page.goto(new URL('/desk', url).href)
  await page.waitForSelector('#key', { visible: true })
  await signIn(page, adminKey)
  await page.waitForSelector('#desk', { visible: true })
  for (const [nth, reason] of ['Try', 'Again'].entries()) {
    await ask(url, 'POST', '/v1/desk/pause', { reason })
    await until(async () => (await textOf(page, '#pause')).includes(reason))
    await ask(url, 'POST', '/v1/desk/resume', { reason: `Done ${nth}` })
    await page.waitForSelector('#pause', { hidden: true })
  }
})
