import type { Page } from 'puppeteer-core'
import { afterAll, expect, test } from 'vitest'
import { axeFindings } from '../../support/browser/axe.ts'
import {
  deskOf,
  fieldOf,
  focusOn,
  isOpen,
  launched,
  newEditor,
  serviceForDesk,
  signIn,
  textOf,
} from '../../support/browser/desk-page.ts'
import { adminKey, ask, english, newKey, publish } from '../../support/processes/service.ts'
import { until } from '../../support/push/push-deps.ts'
import { cleaning } from '../../support/scratch.ts'

// Every state of the desk's page that the other tests of it do not show to axe, in both colours.

const clean = cleaning()
const cleanAtEnd = cleaning(afterAll)
const patient = { timeout: 180_000 }
const newsroom = {
  name: 'Try',
  languages: [{ tag: 'en' }, { tag: 'fa' }],
  topics: [{ id: 'rights', labels: { en: 'Human rights' } }],
  rules: { levels: { flash: { approvals: 1, holdSeconds: 900 }, urgent: { holdSeconds: 900 } } },
}
let browser: ReturnType<typeof launched> | undefined

async function service(skip: (note: string) => never) {
  browser ??= launched('chromium', cleanAtEnd, skip)
  const { url } = await serviceForDesk(clean, newsroom)
  return { url, browser: await browser }
}

async function clear(page: Page, state: string) {
  for (const scheme of ['light', 'dark']) {
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }])
    expect([state, scheme, await axeFindings(page)]).toEqual([state, scheme, []])
  }
}

/** Gives the focus to what is there, once it is, and presses Enter. */
async function press(page: Page, selector: string) {
  await page.waitForSelector(selector)
  await page.focus(selector)
  await page.keyboard.press('Enter')
}

/** Empties a field by keys, as an editor does. */
async function empty(page: Page, selector: string) {
  await page.focus(selector)
  await page.keyboard.down('Control')
  await page.keyboard.press('a')
  await page.keyboard.up('Control')
  await page.keyboard.press('Delete')
}

type Item = { readonly id: string; readonly version: number; readonly state: string }

/** Asks as the admin or with another key; the item that is answered. */
async function post(url: string, path: string, body: object, key = adminKey): Promise<Item> {
  const headers = { authorization: `Bearer ${key}`, 'idempotency-key': newKey() }
  const answer = await ask(url, 'POST', path, body, headers)
  if (answer.status >= 300) throw new Error(`${path}: ${await answer.text()}`)
  return ((await answer.json()) as { item: Item }).item
}

const stateOf = async (url: string, { id }: Item) =>
  ((await (await ask(url, 'GET', `/v1/desk/items/${id}`)).json()) as { item: Item }).item.state

test('signed out, refused, empty, mistaken and paused', patient, async ({ skip }) => {
  const { url, browser } = await service(skip)
  const context = await browser.createBrowserContext()
  clean(() => context.close())
  const page = await context.newPage()
  await page.goto(new URL('/desk', url).href)
  await page.waitForSelector('#key', { visible: true })
  await clear(page, 'signed out')
  await page.locator('#key').fill('another-key-than-the-right-one')
  await page.keyboard.press('Enter')
  await until(async () => (await textOf(page, '#sign-in-error')) !== '')
  await clear(page, 'a wrong key')
  await page.locator('#key').fill('')
  await signIn(page, adminKey)
  await clear(page, 'nothing written')
  await press(page, '#preview')
  await page.waitForSelector('.error[data-pointer]')
  await clear(page, 'mistakes')
  await page.waitForSelector('#pause-form', { visible: true })
  await page.focus('#pause-reason')
  await page.keyboard.type('Someone has our key.')
  await page.keyboard.press('Enter')
  await page.waitForSelector('#pause', { visible: true })
  await clear(page, 'paused')
})

test('what waits in each way, the word of an admin, taking back from a colleague', patient, async ({ skip }) => {
  const { url, browser } = await service(skip)
  const wanda = await newEditor(url, 'Wanda', 'writer')
  const boris = await newEditor(url, 'Boris')
  const urgent = (headline: string) => ({ level: 'urgent', ...english(headline) })
  const missed = await post(url, '/v1/alerts', { ...urgent('Missed'), holdSeconds: 1 })
  await ask(url, 'POST', '/v1/desk/pause', { reason: 'A moment.' })
  await until(async () => (await stateOf(url, missed)) === 'missed')
  await ask(url, 'POST', '/v1/desk/resume', { reason: 'Done.' })
  const { alert } = await publish(url, { ...english('Stands'), level: 'routine' })
  const update = { ...english('Refused'), version: 1, holdSeconds: 1 }
  const refused = await post(url, `/v1/alerts/${alert.id}/update`, update)
  const faster = { ...english('Faster'), version: 1 }
  await ask(url, 'POST', `/v1/alerts/${alert.id}/update`, faster, { 'idempotency-key': newKey() })
  await until(async () => (await stateOf(url, refused)) === 'refused')
  const flash = await post(url, '/v1/desk/items', { level: 'flash', ...english('Waits') }, wanda.key)
  await post(url, `/v1/desk/items/${flash.id}/submit`, {}, wanda.key)
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString()
  await post(url, '/v1/alerts', { ...urgent('Scheduled'), publishAt: tomorrow }, boris.key)
  await post(url, '/v1/alerts', { ...urgent('Held by Boris'), audience: 'test' }, boris.key)
  await post(url, '/v1/desk/items', {}, wanda.key)
  const cancelled = await post(url, '/v1/alerts', urgent('Cancelled'), boris.key)
  await post(url, `/v1/desk/items/${cancelled.id}/cancel`, {}, boris.key)

  const { page, errors, close } = await deskOf(browser, url)
  clean(close)
  await until(async () => {
    const words = `${await textOf(page, '#waiting')} ${await textOf(page, '#drafts')} ${await textOf(page, '#held')}`
    return ['Missed', 'Refused', 'Waits', 'Scheduled', 'Cancelled', 'Held by Boris'].every((it) => words.includes(it))
  })
  await clear(page, 'what waits')
  await press(page, 'button[aria-label^="Read and approve"]')
  await until(() => isOpen(page, 'confirm'))
  await page.focus('#confirm-override')
  await page.keyboard.type('Nobody else is awake.')
  await clear(page, 'the word of an admin')
  await page.keyboard.press('Escape')
  await until(async () => !(await isOpen(page, 'confirm')))
  await press(page, 'button[aria-label="Take back and edit: Scheduled"]')
  await until(() => isOpen(page, 'take-back'))
  await clear(page, 'taking back from a colleague')
  expect(errors).toEqual([])
})

test('what a colleague has sent meanwhile, and a session that has ended', patient, async ({ skip }) => {
  const { url, browser } = await service(skip)
  const anna = await newEditor(url, 'Anna')
  const boris = await newEditor(url, 'Boris')
  const draft = await post(url, '/v1/desk/items', { level: 'urgent', ...english('Begun') }, anna.key)
  const { page, errors, close } = await deskOf(browser, url, anna.key)
  clean(close)
  await press(page, 'button[aria-label="Open: Begun"]')
  await until(async () => (await fieldOf(page, '#headline-en')) === 'Begun')
  await post(url, `/v1/desk/items/${draft.id}/publish`, { version: draft.version }, boris.key)
  await page.waitForSelector('#item-changed')
  await clear(page, 'sent by a colleague')
  await ask(url, 'DELETE', `/v1/desk/editors/${anna.editor.id}`)
  await page.evaluate(`document.dispatchEvent(new Event('visibilitychange'))`)
  await page.waitForSelector('#stale', { visible: true })
  await clear(page, 'the session has ended')
  expect(errors).toEqual([])
})

test(
  'what was published: its progress, stopping, updating, correcting and retracting it',
  patient,
  async ({ skip }) => {
    const { url, browser } = await service(skip)
    const { alert } = await publish(url, {
      ...{ level: 'urgent', holdSeconds: 0, topics: ['rights'] },
      texts: { en: { headline: 'Five killed' }, fa: { headline: 'پنج نفر کشته شدند' } },
    })
    const { page, errors, close } = await deskOf(browser, url)
    clean(close)
    await page.waitForSelector(`li[data-alert="${alert.id}"] summary`)
    await page.evaluate(`for (const it of document.querySelectorAll('#sent details')) it.open = true`)
    await clear(page, 'its progress')
    for (const [label, dialog] of [
      ['Stop pushing', 'stop'],
      ['Retract', 'retract'],
    ] as const) {
      await focusOn(page, label)
      await page.keyboard.press('Enter')
      await until(() => isOpen(page, dialog))
      await clear(page, label)
      if (dialog === 'retract') {
        for (const tag of ['en', 'fa']) await empty(page, `#retract-note-${tag}`)
        await page.focus('#retract .deliberate input')
        await page.keyboard.press('Space')
        await page.focus('#retract-send')
        await page.keyboard.press('Enter')
        await until(async () => (await textOf(page, '#retract-error')) !== '')
        await clear(page, 'a retraction without a note')
      }
      await page.keyboard.press('Escape')
      await until(async () => !(await isOpen(page, dialog)))
    }
    for (const label of ['Update', 'Correct']) {
      await focusOn(page, label)
      await page.keyboard.press('Enter')
      await until(async () => (await fieldOf(page, '#headline-en')) === 'Five killed')
      await press(page, '#preview')
      await until(async () => (await page.$('.error[data-pointer], #confirm[open]')) !== null)
      await clear(page, label)
      if (await isOpen(page, 'confirm')) await page.keyboard.press('Escape')
      await press(page, '#discard')
    }
    expect(errors).toEqual([])
  },
)
