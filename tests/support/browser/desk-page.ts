import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'puppeteer-core'
import { adminKey, ask, newKey, type Running, startNode } from '../processes/service.ts'
import { until } from '../push/push-deps.ts'
import { type cleaning, scratchFolder } from '../scratch.ts'
import { browserPath, errorsOf, launchChromium, launchFirefox } from './browsers.ts'

type Clean = ReturnType<typeof cleaning>

/** A browser of this name, closed at the end. Firefox is given a push service that is not there: the desk needs none. */
export async function launched(
  name: 'chromium' | 'firefox',
  clean: Clean,
  skip: (note: string) => never,
): Promise<Browser> {
  const path = browserPath(name, skip)
  const browser = await (name === 'chromium' ? launchChromium(path) : launchFirefox(path, 'ws://127.0.0.1:9/'))
  clean(() => browser.close())
  return browser
}

/** A service with a newsroom of its own, or the built-in example. */
export async function serviceForDesk(clean: Clean, newsroom?: object): Promise<Running> {
  const folder = scratchFolder(clean)
  const file = join(folder, 'newsroom.json')
  if (newsroom !== undefined) writeFileSync(file, JSON.stringify(newsroom))
  const service = await startNode(folder, newsroom === undefined ? {} : { NEWSROOM: file })
  clean(() => service.end('SIGKILL'))
  return service
}

/** The desk in a page of its own, signed in: what went wrong in it, and which writes it asked for. */
export async function deskOf(browser: Browser, url: string, key = adminKey, path = '/desk') {
  // A context of its own: no cookie and no draft of another desk.
  const context = await browser.createBrowserContext()
  const page = await context.newPage()
  const errors = errorsOf(page)
  const writes: string[] = []
  page.on('request', (request) => {
    const { pathname, search } = new URL(request.url())
    // Signing in and the storing of drafts send nothing to readers.
    const isQuiet = pathname === '/v1/desk/session' || pathname === '/v1/desk/items'
    if (request.method() === 'POST' && search === '' && !isQuiet) writes.push(pathname)
  })
  await page.goto(new URL(path, url).href)
  await page.waitForSelector('#key', { visible: true })
  await signIn(page, key)
  return { page, errors, writes, close: () => context.close() }
}

/** Signs in with the keyboard, and waits until the desk has taken the focus: its title, or where the same editor was before. */
export async function signIn(page: Page, key: string): Promise<void> {
  await page.locator('#key').fill(key)
  await page.focus('#key')
  await page.keyboard.press('Enter')
  await page.waitForSelector('#desk', { visible: true })
  await until(async () => (await focusOf(page)) !== 'BODY')
}

export const focusOf = (page: Page) =>
  page.evaluate('document.activeElement.id || document.activeElement.tagName') as Promise<string>

/** Which alert's which button has the focus: its id and its label; null where none has. */
export const buttonWithFocus = (page: Page) =>
  page.evaluate(`((it) => it?.closest('li[data-alert]') && it.localName === 'button'
    ? it.closest('li[data-alert]').dataset.alert + ' ' + it.textContent
    : null)(document.activeElement)`) as Promise<string | null>

export const isOpen = (page: Page, id: string) =>
  page.evaluate(`document.getElementById('${id}').open`) as Promise<boolean>

/** What can be read of an element, as it is laid out; '' while it is not there. */
export const textOf = (page: Page, selector: string) =>
  page.evaluate(`document.querySelector(${JSON.stringify(selector)})?.innerText ?? ''`) as Promise<string>

/** What a field holds. */
export const fieldOf = (page: Page, selector: string) =>
  page.evaluate(`document.querySelector(${JSON.stringify(selector)}).value`) as Promise<string>

/** Gives the focus to the button with this label of an alert, or of the first one, in one step of the page. */
export const focusOn = (page: Page, label: string, id?: string) => {
  const item = id === undefined ? '#sent' : `li[data-alert="${id}"]`
  return page.waitForFunction(
    `((button) => (button?.focus(), button !== null && document.activeElement === button))(document.querySelector('${item} button[aria-label^="${label}:"]'))`,
    // A browser draws no frames for a page that it thinks nobody sees.
    { polling: 50 },
  )
}

/** An editor of this name, with a key of their own. */
export async function newEditor(url: string, name: string, role = 'editor') {
  const answer = await ask(url, 'POST', '/v1/desk/editors', { name, role })
  return (await answer.json()) as { readonly editor: { readonly id: string }; readonly key: string }
}

/** Revises an alert as somebody else does. Throws when it was refused. */
export async function reviseAs(key: string, url: string, path: string, body: object): Promise<void> {
  const headers = { authorization: `Bearer ${key}`, 'idempotency-key': newKey() }
  const answer = await ask(url, 'POST', path, body, headers)
  if (answer.status !== 201) throw new Error(`${answer.status}: ${await answer.text()}`)
}
