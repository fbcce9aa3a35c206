import type { Page } from 'puppeteer-core'
import { afterAll, expect, test } from 'vitest'
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
import { ask } from '../support/processes/service.ts'
import { until } from '../support/push/push-deps.ts'
import { cleaning } from '../support/scratch.ts'

const clean = cleaning()
const cleanAtEnd = cleaning(afterAll)
const patient = { timeout: 180_000 }
let browser: ReturnType<typeof launched> | undefined

async function begin(skip: (note: string) => never) {
  browser ??= launched('chromium', cleanAtEnd, skip)
  const running = await browser
  const { url } = await serviceForDesk(clean)
  const desk = async (key: string, path = '/desk') => {
    const opened = await deskOf(running, url, key, path)
    clean(opened.close)
    return opened
  }
  const editor = async (name: string, role = 'editor') => (await newEditor(url, name, role)).key
  return { url, desk, editor }
}

const has = (page: Page, selector: string) =>
  page.evaluate(`document.querySelector(${JSON.stringify(selector)}) !== null`) as Promise<boolean>
const trustOf = (page: Page) =>
  page.evaluate(`document.getElementById('stale').dataset.trust`) as Promise<string | undefined>

/** Opens the view by its shortcut, and waits until it was read. */
async function openAccount(page: Page) {
  await page.keyboard.down('Alt')
  await page.keyboard.press('k')
  await page.keyboard.up('Alt')
  await until(() => isOpen(page, 'account'))
  await until(() => has(page, '#sessions li'))
}

async function press(page: Page, selector: string, key: 'Enter' | 'Space' = 'Enter') {
  await until(() => has(page, selector))
  await page.focus(selector)
  await page.keyboard.press(key)
}

/** Whether anything stands out of the page or of the dialog to the side. */
const isTooWide = (page: Page) =>
  page.evaluate(`(() => {
    const dialog = document.getElementById('account')
    return dialog.scrollWidth > dialog.clientWidth || document.documentElement.scrollWidth > innerWidth
  })()`) as Promise<boolean>

test(
  'an editor signs out elsewhere and everywhere; the other pages hear of it, the focus goes back',
  patient,
  async ({ skip }) => {
    const { desk, editor } = await begin(skip)
    const key = await editor('Anna')
    const first = await desk(key)
    const second = await desk(key)
    const third = await desk(key)
    await first.page.type('#headline-en', 'Bridge closed')
    await openAccount(first.page)
    expect([await focusOf(first.page), await textOf(first.page, '#account-title')]).toEqual([
      'account-title',
      'Account',
    ])
    expect(await has(first.page, '#account-keys, #account-audit, #make-key')).toBe(false)
    expect(await axeFindings(first.page)).toEqual([])
    await first.page.keyboard.press('Escape')
    await until(async () => !(await isOpen(first.page, 'account')))
    expect(await focusOf(first.page)).toBe('headline-en')

    expect(await first.page.evaluate(`document.getElementById('help-keys').textContent`)).toContain('Alt+KAccount')
    await press(first.page, '#account-open')
    await until(async () => (await first.page.$$('#sessions li')).length === 3)
    expect(await textOf(first.page, '#sessions li:first-child')).toContain('This one.')
    await press(first.page, '#sessions li:nth-child(2) button')
    await until(async () => (await textOf(first.page, '#account-sessions .said')) === 'Signed out there.')
    await until(async () => (await first.page.$$('#sessions li')).length === 2)
    await until(async () => (await focusOf(first.page)) === 'sessions-title')
    const endedFirst = async () => (await Promise.all([second, third].map(({ page }) => trustOf(page)))).sort()
    await until(async () => JSON.stringify(await endedFirst()) === '["ended","fresh"]')

    await press(first.page, '#end-all', 'Space')
    await until(async () => (await textOf(first.page, '#sign-in-error')).startsWith('You are signed out everywhere.'))
    expect([await isOpen(first.page, 'account'), await focusOf(first.page)]).toEqual([false, 'key'])
    expect(await has(first.page, '#sessions')).toBe(false)
    await until(async () => JSON.stringify(await endedFirst()) === '["ended","ended"]')
    // The key stays valid, and what was written is there.
    await first.page.type('#key', key)
    await first.page.keyboard.press('Enter')
    // So is the focus.
    await until(async () => (await focusOf(first.page)) === 'headline-en')
    expect(await fieldOf(first.page, '#headline-en')).toBe('Bridge closed')
    expect([first.errors, second.errors, third.errors]).toEqual([[], [], []])
  },
)

test(
  'an admin makes a key by keyboard, somebody signs in with it, and its revocation ends that',
  patient,
  async ({ skip }) => {
    const { url, desk, editor } = await begin(skip)
    const { page, errors } = await desk(await editor('Anna', 'admin'))
    await openAccount(page)
    await until(async () => (await textOf(page, '#keys')).includes('Your key: another admin can revoke it.'))
    await press(page, '#key-make')
    await until(() => has(page, '#key-name[aria-invalid]'))
    await page.focus('#key-name')
    await page.keyboard.type('Sam')
    await press(page, '#key-levels input[value="flash"]', 'Space')
    expect(await axeFindings(page)).toEqual([])
    await press(page, '#key-name')
    await until(async () => (await focusOf(page)) === 'made-copy')
    const key = await fieldOf(page, '#made-key')
    expect(await textOf(page, '.made')).toContain('shown this once only')
    expect(await axeFindings(page)).toEqual([])
    await page.keyboard.press('Escape')
    await until(async () => (await textOf(page, '#account-make .error')).startsWith('The key is shown this once only'))
    expect([await isOpen(page, 'account'), await focusOf(page)]).toEqual([true, 'made-copy'])
    await page.keyboard.press('Enter')
    await until(async () => /^(Copied|It is selected)/.test(await textOf(page, '#account-make .said')))
    await press(page, '#made-kept')
    await until(async () => (await focusOf(page)) === 'key-name')
    expect(await has(page, '#made-key')).toBe(false)
    await until(async () => (await textOf(page, '#keys')).includes('Publishes and approves: Urgent, Routine.'))
    expect(await textOf(page, '#audit li:first-child')).toMatch(/Anna: made a key\..*Name: Sam/s)

    const sam = await desk(key)
    const row = '#keys button[aria-label="Revoke: Sam"]'
    await press(page, row)
    await until(async () => (await focusOf(page)) === 'revoke-leave')
    expect(await axeFindings(page)).toEqual([])
    // Enter at once keeps it.
    await page.keyboard.press('Enter')
    await until(async () => !(await has(page, '#revoke-now')))
    expect(await page.evaluate(`document.activeElement.matches(${JSON.stringify(row)})`)).toBe(true)
    await page.keyboard.press('Enter')
    await press(page, '#revoke-now')
    await until(async () => (await textOf(page, '#account-keys .said')) === 'Revoked: Sam.')
    await until(async () => (await focusOf(page)) === 'keys-title')
    await until(async () => (await trustOf(sam.page)) === 'ended')
    const answer = await ask(url, 'GET', '/v1/desk/session', undefined, { authorization: `Bearer ${key}` })
    expect(answer.status).toBe(401)
    await page.setViewport({ width: 360, height: 740 })
    expect([await isTooWide(page), await axeFindings(page)]).toEqual([false, []])
    expect([errors, sam.errors]).toEqual([[], []])
  },
)

test(
  'of two admins one revokes the other, who is asked to sign in; the last one cannot be',
  patient,
  async ({ skip }) => {
    const { url, desk, editor } = await begin(skip)
    const anna = await desk(await editor('Anna', 'admin'))
    const boris = await desk(await editor('Boris', 'admin'))
    await openAccount(anna.page)
    await openAccount(boris.page)
    // The first admin's key, with which the test itself asks, goes last.
    await press(boris.page, '#keys button[aria-label="Revoke: Anna"]')
    await press(anna.page, '#keys button[aria-label="Revoke: Boris"]')
    await until(async () => (await has(anna.page, '#revoke-now')) && (await has(boris.page, '#revoke-now')))
    await press(anna.page, '#revoke-now')
    await until(async () => (await textOf(anna.page, '#account-keys .said')) === 'Revoked: Boris.')
    await press(boris.page, '#revoke-now')
    await until(async () => (await textOf(boris.page, '#sign-in-error')).startsWith('Your session has ended.'))
    expect([await isOpen(boris.page, 'account'), await focusOf(boris.page)]).toEqual([false, 'key'])
    await until(async () => !(await has(boris.page, '#keys')))
    await press(anna.page, '#keys button[aria-label="Revoke: First admin"]')
    await press(anna.page, '#revoke-now')
    await until(async () => (await textOf(anna.page, '#keys')).includes('the only admin’s: it cannot be revoked'))
    expect(await has(anna.page, '#keys button')).toBe(false)
    expect((await ask(url, 'GET', '/v1/desk/editors')).status).toBe(401)
    expect([anna.errors, boris.errors]).toEqual([[], []])
  },
)

test(
  'the log shows a hundred lines and older ones, and is downloaded; in Persian on a phone',
  patient,
  async ({ skip }) => {
    const { url, desk, editor } = await begin(skip)
    for (let nth = 0; nth < 110; nth += 1) {
      const { editor: made } = await newEditor(url, `Name ${nth}`, 'writer')
      if (nth > 3) await ask(url, 'DELETE', `/v1/desk/editors/${made.id}`)
    }
    const { page, errors } = await desk(await editor('Anna', 'admin'), '/desk?lang=fa')
    await page.setViewport({ width: 360, height: 740 })
    await openAccount(page)
    await until(() => has(page, '#audit-more'))
    const count = async () => (await page.$$('#audit li')).length
    expect(await count()).toBe(100)
    expect([await isTooWide(page), await axeFindings(page)]).toEqual([false, []])
    expect(await textOf(page, '#account-sessions')).not.toMatch(/[a-z0-9]/i)
    // With a question and a key that was made, too.
    await page.type('#key-name', 'مریم')
    await press(page, '#key-make')
    await until(() => has(page, '#made-key'))
    await press(page, '#keys li:last-child button')
    await until(() => has(page, '#revoke-now'))
    expect([await isTooWide(page), await axeFindings(page)]).toEqual([false, []])
    // The line of the key that was made came before the others.
    await until(async () => (await count()) === 101)
    await press(page, '#audit-more')
    await until(async () => (await count()) === 201)
    expect(await focusOf(page)).toBe('audit-more')
    await page.keyboard.press('Enter')
    await until(async () => !(await has(page, '#audit-more')))
    await until(async () => (await focusOf(page)) === 'audit-title')
    const all = await count()
    const exported = (await page.evaluate(
      `fetch(document.querySelector('#account-audit a').href).then((it) => it.text())`,
    )) as string
    expect(exported.trim().split('\n').length).toBe(all)
    expect(errors).toEqual([])
  },
)
