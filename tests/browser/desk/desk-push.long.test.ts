import type { Page } from 'puppeteer-core'
import { expect, test } from 'vitest'
import { axeFindings } from '../../support/browser/axe.ts'
import { browserPath, launchFirefox } from '../../support/browser/browsers.ts'
import { newEditor, signIn, textOf } from '../../support/browser/desk-page.ts'
import { ask, english, newKey } from '../../support/processes/service.ts'
import { startAutopush } from '../../support/push/autopush.ts'
import { until } from '../../support/push/push-deps.ts'
import { startPushService } from '../../support/push/push-service.ts'
import { startPushing } from '../../support/push/pushing-service.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'

// An editor is told in a real Firefox what waits for them, while the desk is open and after it was closed.

const clean = cleaning()

type Shown = { readonly title: string; readonly body: string; readonly tag: string; readonly lang: string }

const shownBy = (page: Page) =>
  page.evaluate(`navigator.serviceWorker.getRegistration('/desk')
    .then((registration) => registration.getNotifications())
    .then((all) => all.map(({ title, body, tag, lang }) => ({ title, body, tag, lang })))`) as Promise<Shown[]>
const stateOf = (page: Page) =>
  page.evaluate(`document.getElementById('desk-push')?.dataset.state`) as Promise<string | undefined>
const focusedItem = (page: Page) =>
  page.evaluate(`document.activeElement?.closest('[data-item]')?.dataset.item ?? null`) as Promise<string | null>

test('an editor turns it on at the desk, is told in Persian, comes to the item, and turns it off', async ({ skip }) => {
  const executable = browserPath('firefox', skip)
  const service = await startPushService()
  clean(() => service.close())
  const autopush = await startAutopush(service)
  clean(() => autopush.close())
  const tocsin = await startPushing(scratchFolder(clean), service)
  clean(() => tocsin.end('SIGTERM'))
  const browser = await launchFirefox(executable, autopush.url)
  clean(() => browser.close())
  const [writer, editor] = await Promise.all([
    newEditor(tocsin.url, 'Wil', 'writer'),
    newEditor(tocsin.url, 'Eve', 'editor'),
  ])
  const submit = async () => {
    const headers = () => ({ authorization: `Bearer ${writer.key}`, 'idempotency-key': newKey() })
    const body = { level: 'urgent', ...english('Nobody knows yet') }
    const made = await ask(tocsin.url, 'POST', '/v1/desk/items', body, headers())
    const { item } = (await made.json()) as { item: { id: string } }
    await ask(tocsin.url, 'POST', `/v1/desk/items/${item.id}/submit`, {}, headers())
    return item.id
  }
  const desk = new URL('/desk?lang=fa', tocsin.url).href
  const page = await browser.newPage()
  await page.goto(desk)
  await page.waitForSelector('#key', { visible: true })
  await signIn(page, editor.key)
  expect(autopush.channels.size, 'nothing is asked for before the press').toBe(0)
  await page.click('#account-open')
  await until(async () => (await stateOf(page)) === 'off')
  expect(await axeFindings(page)).toEqual([])
  await page.focus('#desk-push-turn')
  await page.keyboard.press('Enter')
  await until(async () => (await stateOf(page)) === 'on')
  expect(await textOf(page, '#account-push .error')).toBe('')
  await page.keyboard.press('Escape')

  const first = await submit()
  await until(async () => (await shownBy(page)).length === 1)
  const told = { title: 'یک مورد منتظر تأیید شماست', body: '', lang: 'fa' }
  expect(await shownBy(page)).toEqual([{ ...told, tag: `desk-${first}` }])
  // As the service worker tells an open desk when the notification is pressed.
  await until(async () => (await page.$(`[data-item="${first}"]`)) !== null)
  await page.evaluate(
    `navigator.serviceWorker.dispatchEvent(new MessageEvent('message', { data: { show: '#item-${first}' } }))`,
  )
  await until(async () => (await focusedItem(page)) === first)

  // The desk is closed: a page of the same site sees what its service worker shows.
  await page.goto(new URL('/en/', tocsin.url).href)
  const second = await submit()
  await until(async () => (await shownBy(page)).length === 2)
  expect((await shownBy(page)).map(({ tag }) => tag).toSorted()).toEqual([`desk-${first}`, `desk-${second}`].toSorted())
  // As the service worker opens the desk where none is open.
  await page.goto(`${desk}#item-${second}`)
  await until(async () => (await focusedItem(page)) === second)

  await page.click('#account-open')
  await until(async () => (await stateOf(page)) === 'on')
  await page.click('#desk-push-turn')
  await until(async () => (await stateOf(page)) === 'off')
  await until(() => autopush.channels.size === 0)
  const headers = { authorization: `Bearer ${editor.key}` }
  await until(async () => {
    const answer = await ask(tocsin.url, 'GET', '/v1/desk/notifications', undefined, headers)
    return ((await answer.json()) as { browsers: unknown[] }).browsers.length === 0
  })
  expect(tocsin.error()).toBe('')
}, 180_000)
