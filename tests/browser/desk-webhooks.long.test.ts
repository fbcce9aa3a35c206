import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Page } from 'puppeteer-core'
import { afterAll, expect, test } from 'vitest'
import { startReceiver } from '../flows/webhooks/receiver.ts'
import { axeFindings } from '../support/browser/axe.ts'
import { deskOf, fieldOf, focusOf, isOpen, launched, textOf } from '../support/browser/desk-page.ts'
import { ask, english, publish, startNode } from '../support/processes/service.ts'
import { until } from '../support/push/push-deps.ts'
import { cleaning, scratchFolder } from '../support/scratch.ts'

const clean = cleaning()
const cleanAtEnd = cleaning(afterAll)
const patient = { timeout: 180_000 }
let browser: ReturnType<typeof launched> | undefined

/** A service that may send to a receiver of this process, and the view of an admin in a language. */
async function begin(skip: (note: string) => never, path = '/desk') {
  browser ??= launched('chromium', cleanAtEnd, skip)
  const receiver = await startReceiver(clean)
  const folder = scratchFolder(clean)
  const { url, end } = await startNode(folder, { WEBHOOK_LOCAL_HOSTS: receiver.host })
  clean(() => end('SIGKILL'))
  const { page, errors, close } = await deskOf(await browser, url, undefined, path)
  clean(close)
  return { receiver, folder, url, page, errors }
}

const has = (page: Page, selector: string) =>
  page.evaluate(`document.querySelector(${JSON.stringify(selector)}) !== null`) as Promise<boolean>
const lineOf = (page: Page, place: string, kind: 'said' | 'error') => textOf(page, `#account-${place} .${kind}`)

async function openAccount(page: Page) {
  await press(page, '#account-open')
  await until(() => has(page, '#add-hook'))
  // What is asked for at once comes in any order.
  await until(async () => !/Reading…|در حال خواندن…/.test(await textOf(page, '#account-place')))
}

async function press(page: Page, selector: string) {
  await until(() => has(page, selector))
  await page.focus(selector)
  await page.keyboard.press('Enter')
}

const isTooWide = (page: Page) =>
  page.evaluate(`(() => {
    const dialog = document.getElementById('account')
    return dialog.scrollWidth > dialog.clientWidth || document.documentElement.scrollWidth > innerWidth
  })()`) as Promise<boolean>

test(
  'an admin adds a webhook by keyboard, is shown its secret once, tests it, pauses it and deletes it',
  patient,
  async ({ skip }) => {
    const { receiver, url, page, errors } = await begin(skip)
    await openAccount(page)
    expect(await textOf(page, '#account-hooks')).toContain('No webhooks.')
    expect(await textOf(page, '#account-dead')).toContain('No dead letters')
    // What is wrong is said at its field.
    await page.type('#hook-name', 'Our CMS')
    await page.type('#hook-url', 'http://10.0.0.1/in')
    await press(page, '#hook-add')
    await until(() => has(page, '#hook-url[aria-invalid]'))
    expect(await textOf(page, '#hook-url-error')).not.toBe('')
    expect(await axeFindings(page)).toEqual([])
    await page.evaluate(`document.getElementById('hook-url').select()`)
    await page.keyboard.type(receiver.url)
    await page.keyboard.press('Enter')
    await until(async () => (await focusOf(page)) === 'secret-copy')
    expect(await fieldOf(page, '#secret-key')).toMatch(/^whsec_/)
    expect(await axeFindings(page)).toEqual([])
    await page.keyboard.press('Escape')
    await until(async () => (await lineOf(page, 'hook', 'error')).startsWith('The secret is shown this once only'))
    expect([await isOpen(page, 'account'), await focusOf(page)]).toEqual([true, 'secret-copy'])
    await press(page, '#secret-kept')
    await until(async () => (await focusOf(page)) === 'hook-name')
    expect(await has(page, '#secret-key')).toBe(false)

    await press(page, 'button[aria-label="Send a test: Our CMS"]')
    await until(async () => (await lineOf(page, 'hooks', 'said')) === 'Our CMS has accepted the test.')
    receiver.state.status = 500
    await press(page, 'button[aria-label="Send a test: Our CMS"]')
    await until(async () => (await lineOf(page, 'hooks', 'error')).includes('it answered 500'))
    receiver.state.status = 204
    await publish(url, english('Told'))
    await until(() => receiver.messages.some(({ type }) => type === 'alert.published'))
    await press(page, 'button[aria-label="Pause: Our CMS"]')
    await until(() => has(page, '#hooks li[data-state="paused"]'))
    expect(await textOf(page, '#hooks')).toMatch(/paused, its messages wait[\s\S]*The last message was accepted/)
    await press(page, 'button[aria-label="Resume: Our CMS"]')
    await until(() => has(page, '#hooks li[data-state="active"]'))
    await press(page, 'button[aria-label="New secret: Our CMS"]')
    await until(async () => (await textOf(page, '.made')).includes('signed with the former one, too'))
    await press(page, '#secret-kept')

    await press(page, 'button[aria-label="Delete: Our CMS"]')
    await until(async () => (await focusOf(page)) === 'hook-delete-leave')
    expect(await axeFindings(page)).toEqual([])
    await page.keyboard.press('Enter')
    await until(async () => (await focusOf(page)).startsWith('hook-delete-') && !(await has(page, '#hook-delete-now')))
    await page.keyboard.press('Enter')
    await press(page, '#hook-delete-now')
    await until(async () => (await lineOf(page, 'hooks', 'said')) === 'Deleted: Our CMS.')
    await until(async () => (await focusOf(page)) === 'hooks-title')
    expect(await textOf(page, '#audit li:first-child')).toContain('deleted a webhook')
    const listed = await ask(url, 'GET', '/v1/desk/webhooks')
    expect(await listed.json()).toEqual({ webhooks: [] })
    expect(errors).toEqual([])
  },
)

test('what no program took is a dead letter, and is sent again; in Persian on a phone', patient, async ({ skip }) => {
  const { receiver, folder, url, page, errors } = await begin(skip, '/desk?lang=fa')
  receiver.state.status = 503
  await ask(url, 'POST', '/v1/desk/webhooks', { name: 'CMS', url: receiver.url })
  await publish(url, english('Untold'))
  await until(() => receiver.messages.length > 0)
  // As after two days: the next try is the last.
  const database = new DatabaseSync(join(folder, 'tocsin.db'), { timeout: 10_000 })
  database.exec('update webhook_messages set attempts = 11, not_before_ms = 0')
  database.close()
  await until(async () => {
    const { deadLetters } = (await (await ask(url, 'GET', '/v1/desk/dead-letters')).json()) as { deadLetters: object[] }
    return deadLetters.length === 1
  })

  await page.setViewport({ width: 360, height: 740 })
  await openAccount(page)
  await until(() => has(page, '#dead li'))
  expect(await textOf(page, '#dead')).toMatch(/CMS[\s\S]*خبری منتشر شد[\s\S]*۱[۲۳][\s\S]*۵۰۳/)
  expect([await isTooWide(page), await axeFindings(page)]).toEqual([false, []])
  const tries = receiver.messages.length
  receiver.state.status = 204
  await press(page, '#dead button')
  await until(async () => /^دوباره فرستاده شد: \u2068?۱\u2069?\.$/.test(await lineOf(page, 'dead', 'said')))
  await until(() => receiver.messages.length > tries)
  expect(new Set(receiver.messages.map(({ id }) => id)).size).toBe(1)
  await until(async () => !(await has(page, '#dead')))
  await until(async () => (await focusOf(page)) === 'dead-title')
  expect(errors).toEqual([])
})
