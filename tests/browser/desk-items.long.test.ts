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
  signIn,
  textOf,
} from '../support/browser/desk-page.ts'
import { adminKey, ask } from '../support/processes/service.ts'
import { until } from '../support/push/push-deps.ts'
import { cleaning } from '../support/scratch.ts'

const clean = cleaning()
const cleanAtEnd = cleaning(afterAll)
const patient = { timeout: 180_000 }

const newsroom = {
  name: 'Try',
  languages: [{ tag: 'en', zone: 'Europe/Prague' }, { tag: 'fa', zone: 'Asia/Tehran' }, { tag: 'ru' }],
  topics: [{ id: 'rights', labels: { en: 'Human rights' } }],
  rules: { levels: { flash: { approvals: 1, holdSeconds: 900 }, urgent: { holdSeconds: 900 } } },
}

let browser: ReturnType<typeof launched> | undefined
let service: ReturnType<typeof serviceForDesk> | undefined

/** The desk of a new editor, in the service of all these tests. */
async function editor(name: string, skip: (note: string) => never, role = 'editor', path = '/desk') {
  browser ??= launched('chromium', cleanAtEnd, skip)
  service ??= serviceForDesk(cleanAtEnd, newsroom)
  const { url } = await service
  const { key, editor: who } = await newEditor(url, name, role)
  const desk = await deskOf(await browser, url, key, path)
  clean(desk.close)
  return { url, key, id: who.id, ...desk }
}

async function press(page: Page, key: 'Enter' | 'Space' | 'Escape') {
  await page.keyboard.press(key)
}

/** Chooses a level and an audience with the keyboard, and writes an English headline. */
async function write(page: Page, headline: string, level = 'urgent', audience = 'public') {
  await page.focus(`input[name="level"][value="${level}"]`)
  await press(page, 'Space')
  await page.focus(`input[name="audience"][value="${audience}"]`)
  await press(page, 'Space')
  await page.focus('#headline-en')
  await page.keyboard.type(headline)
}

/** Ctrl+Enter, and then what the dialog wants. */
async function send(page: Page, word?: string) {
  await page.keyboard.down('Control')
  await press(page, 'Enter')
  await page.keyboard.up('Control')
  await until(() => isOpen(page, 'confirm'))
  await confirm(page, word)
}

async function confirm(page: Page, word?: string) {
  if (word === undefined) {
    await page.focus('#confirm .deliberate input')
    await press(page, 'Space')
  } else {
    await page.focus('#confirm-word')
    await page.keyboard.type(word)
  }
  await page.focus('#confirm-send')
  await press(page, 'Enter')
  await until(async () => !(await isOpen(page, 'confirm')))
}

const saved = (page: Page) =>
  until(async () => (await page.$eval('#kept', (it) => it.getAttribute('data-state'))) === 'saved')
const has = (page: Page, selector: string) =>
  page.evaluate(`document.querySelector('${selector}') !== null`) as Promise<boolean>
/** Presses the button of an item whose label begins so, once it is there. */
async function pressOf(page: Page, headline: string, label: string) {
  const selector = `button[aria-label="${label}: ${headline}"]`
  await until(() => has(page, selector))
  await page.focus(selector)
  await press(page, 'Enter')
}

async function alertsOf(url: string): Promise<readonly string[]> {
  const answer = await ask(url, 'GET', '/v1/alerts?languages=*')
  const { entries } = (await answer.json()) as { entries: { alert: { texts: Record<string, { headline: string }> } }[] }
  return entries.map(({ alert }) => Object.values(alert.texts)[0]?.headline ?? '')
}

test('what is sent is held with a countdown, and Escape takes it back into the form', patient, async ({ skip }) => {
  const { url, page, errors } = await editor('Anna', skip)
  await write(page, 'Bridge closed')
  await send(page)
  await until(() => has(page, '#held li'))
  expect(await textOf(page, '#held')).toMatch(/\d[\s\S]*LIVE[\s\S]*Bridge closed/)
  expect(await axeFindings(page)).toEqual([])
  await press(page, 'Escape')
  await until(async () => (await fieldOf(page, '#headline-en')) === 'Bridge closed')
  expect(await has(page, '#held')).toBe(false)
  expect(await textOf(page, '#desk-message')).toBe('Cancelled: “Bridge closed” does not go out.')
  expect(await alertsOf(url)).not.toContain('Bridge closed')
  expect(errors).toEqual([])
})

test(
  'a flash wants its name typed, waits for a second person, and that person sees every word',
  patient,
  async ({ skip }) => {
    const anna = await editor('Anna', skip)
    const boris = await editor('Boris', skip)
    await write(anna.page, 'President resigns', 'flash')
    await anna.page.keyboard.down('Control')
    await press(anna.page, 'Enter')
    await anna.page.keyboard.up('Control')
    await until(() => isOpen(anna.page, 'confirm'))
    expect(await textOf(anna.page, '#confirm-rule')).toContain('Another editor must approve it first.')
    expect(await textOf(anna.page, '#confirm-previews')).toMatch(/\d\d:\d\d in Prague/)
    expect(await axeFindings(anna.page)).toEqual([])
    // Another word, and a press of Enter in the field, send nothing.
    await anna.page.focus('#confirm-word')
    await anna.page.keyboard.type('FLUSH')
    await press(anna.page, 'Enter')
    expect(await anna.page.$eval('#confirm-send', (it) => it.hasAttribute('disabled'))).toBe(true)
    await anna.page.$eval('#confirm-word', (it) => it.select())
    await confirm(anna.page, 'flash')
    await until(() => has(anna.page, '#waiting li'))
    expect(await has(anna.page, 'button[aria-label^="Read and approve"]')).toBe(false)

    await pressOf(boris.page, 'President resigns', 'Read and approve…')
    await until(() => isOpen(boris.page, 'confirm'))
    expect(await textOf(boris.page, '#confirm-title')).toBe('Approve this FLASH alert?')
    expect(await textOf(boris.page, '#confirm-previews')).toContain('President resigns')
    expect(await axeFindings(boris.page)).toEqual([])
    await confirm(boris.page, 'FLASH')
    await until(() => has(boris.page, '#held li'))
    await until(() => has(anna.page, '#held li'))
    await pressOf(anna.page, 'President resigns', 'Cancel (Esc)')
    await until(async () => !(await has(boris.page, '#held')))
    expect(await alertsOf(anna.url)).not.toContain('President resigns')
    expect([anna.errors, boris.errors]).toEqual([[], []])
  },
)

test(
  'of more than a hundred drafts the newest are shown, and the others when they are asked for',
  patient,
  async ({ skip }) => {
    const { url, page, errors } = await editor('Anna', skip)
    const store = (nth: number) => {
      const body = { texts: { en: { headline: `Draft ${nth} of many` } } }
      return ask(url, 'POST', '/v1/desk/items', body, { 'idempotency-key': `many-${nth}` })
    }
    for (let nth = 0; nth < 105; nth += 1) await store(nth)
    // A list that was read while they came may still have the oldest.
    await until(async () => (await textOf(page, '#drafts')).includes('Draft 104 of many'))
    expect(await textOf(page, '#drafts')).not.toContain('Draft 0 of many')
    expect(await page.$$eval('#drafts li', ({ length }) => length)).toBe(100)
    expect(await axeFindings(page)).toEqual([])
    await page.focus('#more-drafts')
    await press(page, 'Enter')
    await until(async () => (await textOf(page, '#drafts')).includes('Draft 0 of many'))
    expect(await page.$$eval('#drafts li', ({ length }) => length)).toBeGreaterThanOrEqual(105)
    // What others write meanwhile takes nothing away from who reads further down.
    await store(105)
    await until(async () => (await textOf(page, '#drafts')).includes('Draft 105 of many'))
    expect(await textOf(page, '#drafts')).toContain('Draft 0 of many')
    expect(errors).toEqual([])
  },
)

test(
  'a notification tells who may approve that something waits, once it was turned on, and says nothing of it',
  patient,
  async ({ skip }) => {
    const anna = await editor('Anna', skip)
    const boris = await editor('Boris', skip)
    const context = boris.page.browserContext()
    await context.overridePermissions(new URL(boris.url).origin, ['notifications'])
    // The browser's own, noted as it is made.
    await boris.page.evaluate(`{
    window.noted = []
    const Real = Notification
    window.Notification = class extends Real {
      constructor(title, options) {
        super(title, options)
        window.noted.push([title, options.body ?? null])
      }
    }
  }`)
    expect(await axeFindings(boris.page)).toEqual([])
    await boris.page.focus('#notices button')
    await press(boris.page, 'Enter')
    await until(async () => (await boris.page.$eval('#notices', (it) => it.getAttribute('data-state'))) === 'on')
    await write(anna.page, 'Troops cross the border', 'flash')
    await send(anna.page, 'FLASH')
    await until(async () => (await textOf(boris.page, '#waiting')).includes('Troops cross the border'))
    expect(await boris.page.evaluate('window.noted')).toEqual([['An item waits for your approval', null]])
    expect(await textOf(anna.page, '#notices')).toContain('does not notify you')
    expect([anna.errors, boris.errors]).toEqual([[], []])
  },
)

test(
  'what is approved is what was read: meanwhile it cannot be changed, and cancelling closes the dialog',
  patient,
  async ({ skip }) => {
    const anna = await editor('Anna', skip)
    const boris = await editor('Boris', skip)
    await write(anna.page, 'Dam breaks', 'flash')
    await send(anna.page, 'FLASH')
    await pressOf(boris.page, 'Dam breaks', 'Read and approve…')
    await until(() => isOpen(boris.page, 'confirm'))
    await until(async () => (await textOf(anna.page, '#waiting')).includes('Boris is reading it before approving it'))
    expect(await has(anna.page, 'button[aria-label="Take back and edit: Dam breaks"]')).toBe(false)
    expect(await axeFindings(anna.page)).toEqual([])
    await pressOf(anna.page, 'Dam breaks', 'Cancel')
    await until(async () => !(await isOpen(boris.page, 'confirm')))
    expect(await textOf(boris.page, '#desk-message')).toMatch(/^Anna decided on it while you read it\./)
    await until(async () => (await fieldOf(anna.page, '#headline-en')) === 'Dam breaks')
    expect([anna.errors, boris.errors]).toEqual([[], []])
  },
)

test(
  'two editors in one draft: languages are merged, and the same language is asked about',
  patient,
  async ({ skip }) => {
    const anna = await editor('Anna', skip)
    const boris = await editor('Boris', skip)
    await write(anna.page, 'Fire in the port')
    await saved(anna.page)
    await pressOf(boris.page, 'Fire in the port', 'Open')
    await until(async () => (await fieldOf(boris.page, '#headline-en')) === 'Fire in the port')
    await until(async () => (await textOf(anna.page, '.compose .presence')) === 'Boris has it open.')
    await until(async () => (await textOf(boris.page, '.compose .presence')) === 'Anna has it open.')

    await boris.page.select('#add-language', 'fa')
    await boris.page.keyboard.type('آتش‌سوزی در بندر')
    await saved(boris.page)
    await until(() => has(anna.page, '#headline-fa'))
    expect(await textOf(anna.page, '#item-changed')).toMatch(/A colleague changed this draft[\s\S]*Boris/)
    expect(await fieldOf(anna.page, '#headline-fa')).toBe('آتش‌سوزی در بندر')

    // Both in English, Anna while her line is down.
    await anna.page.setOfflineMode(true)
    await anna.page.focus('#headline-en')
    await anna.page.keyboard.press('End')
    await anna.page.keyboard.type(', ten hurt')
    await until(() => has(anna.page, '#connection-lost'))
    expect(await axeFindings(anna.page)).toEqual([])
    await boris.page.focus('#headline-en')
    await boris.page.keyboard.press('End')
    await boris.page.keyboard.type(', harbour closed')
    await until(async () => (await textOf(boris.page, '#drafts')).includes('harbour closed'))
    await anna.page.setOfflineMode(false)
    await until(() => has(anna.page, '[data-part="texts/en"]'))
    const clash = await textOf(anna.page, '#item-changed')
    expect(clash).toContain('Fire in the port, ten hurt')
    expect(clash).toContain('Fire in the port, harbour closed')
    expect(await fieldOf(anna.page, '#headline-en')).toBe('Fire in the port, ten hurt')
    expect(await axeFindings(anna.page)).toEqual([])
    await anna.page.focus('button[aria-label^="Keep mine"]')
    await press(anna.page, 'Enter')
    await until(async () => (await fieldOf(boris.page, '#headline-en')) === 'Fire in the port, ten hurt')
    expect(await has(anna.page, '#item-changed')).toBe(false)
    expect([anna.errors, boris.errors]).toEqual([[], []])
  },
)

test(
  'a session that ends in the middle of a draft, a reload and another tab lose nothing',
  patient,
  async ({ skip }) => {
    const { url, page, id, errors } = await editor('Anna', skip)
    await write(page, 'Half wri')
    await saved(page)
    await ask(url, 'DELETE', `/v1/desk/editors/${id}`)
    await page.focus('#headline-en')
    await page.keyboard.type('tten')
    await until(async () => /^Not signed in any more/.test(await textOf(page, '#stale')))
    // The form stays, and so does the typing.
    await page.focus('#headline-en')
    await page.keyboard.type(' and more')
    await page.reload()
    await page.waitForSelector('#key', { visible: true })
    await signIn(page, adminKey)
    expect(await fieldOf(page, '#headline-en')).toBe('Half written and more')
    await until(async () => (await textOf(page, '#drafts')).includes('Half written and more'))
    await saved(page)

    const other = await page.browserContext().newPage()
    await other.goto(new URL('/desk', url).href)
    await until(() => has(other, '#headline-en'))
    await other.waitForSelector('#desk', { visible: true })
    expect(await fieldOf(other, '#headline-en')).toBe('')
    await pressOf(other, 'Half written and more', 'Open')
    await until(async () => (await fieldOf(other, '#headline-en')) === 'Half written and more')
    expect(errors).toEqual([])
  },
)

test('a newer version of the page is told, and loading it loses nothing', patient, async ({ skip }) => {
  const { page, errors } = await editor('Anna', skip)
  await write(page, 'Still writing')
  await page.evaluate(`{
    const real = fetch
    const newer = { status: 200, headers: { etag: '"newer"' } }
    window.fetch = (path, asked) => (asked?.method === 'HEAD' ? Promise.resolve(new Response('', newer)) : real(path, asked))
    document.dispatchEvent(new Event('visibilitychange'))
  }`)
  await until(() => has(page, '#newer'))
  expect(await axeFindings(page)).toEqual([])
  await Promise.all([page.waitForNavigation(), page.evaluate(`document.querySelector('#newer button').click()`)])
  await until(
    async () => (await has(page, '#headline-en')) && (await fieldOf(page, '#headline-en')) === 'Still writing',
  )
  expect(errors).toEqual([])
})

test(
  'a schedule is shown in UTC and where it is read; an hour that does not exist is asked about',
  patient,
  async ({ skip }) => {
    const { page, errors } = await editor('Anna', skip)
    await write(page, 'Sanctions end')
    await page.evaluate(`document.getElementById('times').open = true`)
    await page.select('#publishAt-zone', 'Europe/Prague')
    const set = (local: string) =>
      page.evaluate(
        `{ const field = document.getElementById('publishAt-local'); field.value = '${local}'; field.dispatchEvent(new Event('input', { bubbles: true })) }`,
      )
    await set('2027-03-28T02:30')
    expect(await textOf(page, '#publishAt-asked')).toContain('The clocks of Prague skip this hour')
    await page.focus('#preview')
    await press(page, 'Enter')
    expect(await textOf(page, '.error[data-pointer="/publishAt"]')).toBe('Choose which time is meant.')
    expect(await axeFindings(page)).toEqual([])
    await page.focus('#publishAt-asked button')
    await press(page, 'Enter')
    expect(await fieldOf(page, '#publishAt-local')).toBe('2027-03-28T03:00')
    expect(await textOf(page, '#publishAt-shown')).toMatch(/01:00[^\n]*UTC[\s\S]*04:30[^\n]*Tehran|04:30[^\n]*Tehran/)
    await send(page)
    await until(async () => (await textOf(page, '#waiting')).includes('Sanctions end'))
    expect(await textOf(page, '#waiting')).toMatch(/Scheduled by Anna for[\s\S]*UTC/)
    await pressOf(page, 'Sanctions end', 'Cancel')
    await until(async () => (await textOf(page, '#drafts')).includes('Sanctions end'))
    expect(errors).toEqual([])
  },
)

test(
  'the desk in Persian, on a phone, light and dark: axe finds nothing, and nothing is wider than the screen',
  patient,
  async ({ skip }) => {
    for (const [path, scheme] of [
      ['/desk?lang=fa', 'light'],
      ['/desk', 'dark'],
    ] as const) {
      const { page, errors } = await editor('Anna', skip, 'admin', path)
      await page.setViewport({ width: 360, height: 740 })
      await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }])
      await write(page, 'A headline that is long enough to be cut by every telephone that is sold')
      await page.evaluate(`for (const it of document.querySelectorAll('.looks, #times')) it.open = true`)
      const wide = `document.documentElement.scrollWidth - document.documentElement.clientWidth`
      expect([path, await page.evaluate(wide), await axeFindings(page)]).toEqual([path, 0, []])
      await page.focus('#help-open')
      await press(page, 'Enter')
      expect([path, await axeFindings(page)]).toEqual([path, []])
      await press(page, 'Escape')
      expect([path, await focusOf(page)]).toEqual([path, 'help-open'])
      await page.focus('#preview')
      await press(page, 'Enter')
      await until(() => isOpen(page, 'confirm'))
      expect([path, await page.evaluate(wide), await axeFindings(page)]).toEqual([path, 0, []])
      expect(errors).toEqual([])
    }
  },
)
