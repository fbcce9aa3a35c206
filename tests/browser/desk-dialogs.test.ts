import type { Page } from 'puppeteer-core'
import { expect, test } from 'vitest'
import { browserPath, launchChromium } from '../support/browsers.ts'
import { until } from '../support/push-house.ts'
import { cleaning, scratchFolder } from '../support/scratch.ts'
import { adminKey, ask, english, publish, startNode } from '../support/service.ts'

const clean = cleaning()
const patient = { timeout: 60_000 }

async function signedIn(skip: (note: string) => never) {
  const executable = browserPath('chromium', skip)
  const service = await startNode(scratchFolder(clean))
  clean(() => service.end('SIGKILL'))
  const browser = await launchChromium(executable)
  clean(() => browser.close())
  const page = await browser.newPage()
  const errors: unknown[] = []
  page.on('pageerror', (error) => errors.push(error))
  const writes: string[] = []
  page.on('request', (request) => {
    const { pathname, search } = new URL(request.url())
    if (request.method() === 'POST' && search === '' && pathname !== '/v1/desk/session') writes.push(pathname)
  })
  await page.goto(new URL('/desk', service.url).href)
  await page.locator('#key').fill(adminKey)
  await page.keyboard.press('Enter')
  await until(async () => (await focusOf(page)) === 'desk-title')
  const statusOf = async (id: string) => {
    const answer = await ask(service.url, 'GET', `/v1/alerts/${id}`)
    return ((await answer.json()) as { alert: { status: string } }).alert.status
  }
  return { url: service.url, page, errors, writes, statusOf }
}

const focusOf = (page: Page) =>
  page.evaluate('document.activeElement.id || document.activeElement.tagName') as Promise<string>
const isOpen = (page: Page, id: string) => page.evaluate(`document.getElementById('${id}').open`) as Promise<boolean>
const textOf = (page: Page, selector: string) => page.$eval(selector, (element) => element.textContent ?? '')
/** In one step of the page: the list may be made anew at any moment, and keeps the focus then. */
const focusOn = (page: Page, label: string) =>
  page.waitForFunction(
    `((button) => (button?.focus(), button !== null && document.activeElement === button))(document.querySelector('#sent button[aria-label^="${label}:"]'))`,
  )

/** Holds a key down as a keyboard does: one press, many repetitions, one release. */
async function hold(page: Page, key: 'Enter' | 'Space', repetitions = 12): Promise<void> {
  for (let nth = 0; nth <= repetitions; nth += 1) await page.keyboard.down(key)
  await page.keyboard.up(key)
}

test(
  'nothing but a tick and a press retracts: not Enter twice, held down or in the box, nor Space',
  patient,
  async ({ skip }) => {
    const { url, page, errors, writes, statusOf } = await signedIn(skip)
    const { alert } = await publish(url, {
      ...english('Five killed'),
      texts: { en: { headline: 'Five killed' }, ps: { headline: 'پنځه' } },
    })
    await focusOn(page, 'Retract')

    await hold(page, 'Enter')
    expect([await isOpen(page, 'retract'), await focusOf(page)]).toEqual([true, 'retract-cancel'])
    expect(await textOf(page, '#retract-audience')).toBe('RETRACTION, LIVE: goes to readers')
    expect(await textOf(page, '#retract-title')).toMatch(/^Take this \w+ alert back\?$/)
    expect(await textOf(page, '#retract-topics')).toBe('No topic: every reader of its languages.')
    expect(await textOf(page, '#retract-deliberate')).toContain('LIVE, in 2 languages.')
    await until(async () => (await textOf(page, '#retract-reach')) === 'It reaches 0 devices and 0 open pages now.')
    // Nobody has words for Pashto: its readers hear no reason, and the editor hears of that.
    expect(await textOf(page, '#retract-warnings')).toMatch(/^پښتو: no note\./)
    await page.keyboard.press('Enter')
    expect([await isOpen(page, 'retract'), await focusOf(page)]).toEqual([false, 'BUTTON'])

    await page.keyboard.press('Enter')
    await page.keyboard.press('Enter')
    expect(await isOpen(page, 'retract')).toBe(false)

    await hold(page, 'Space')
    expect(await isOpen(page, 'retract')).toBe(true)
    await page.focus('#retract .deliberate input')
    await page.keyboard.press('Enter')
    expect([await isOpen(page, 'retract'), writes]).toEqual([true, []])
    await hold(page, 'Space')
    expect(await page.evaluate(`document.getElementById('retract-send').disabled`)).toBe(false)
    await page.focus('#retract-send')
    for (let nth = 0; nth < 5; nth += 1) {
      await page.evaluate(
        `document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', repeat: true, bubbles: true, cancelable: true }))`,
      )
    }
    expect([writes, await statusOf(alert.id)]).toEqual([[], 'live'])

    // Unticked again, it does nothing; ticked, two clicks are one request.
    await page.locator('#retract .deliberate').click()
    expect(await page.evaluate(`document.getElementById('retract-send').disabled`)).toBe(true)
    await page.locator('#retract .deliberate').click()
    await page.locator('#retract-send').click({ count: 2 })
    await until(async () => !(await isOpen(page, 'retract')))
    await page.waitForSelector('#sent article[data-status="retracted"]')
    expect(writes).toEqual([`/v1/alerts/${alert.id}/retraction`])
    expect(await statusOf(alert.id)).toBe('retracted')
    // The button is gone; the focus stays with its alert.
    expect(await page.evaluate(`document.activeElement.closest('li[data-alert]')?.dataset.alert`)).toBe(alert.id)
    expect(errors).toEqual([])
  },
)

test('nothing but a tick and a press publishes, updates, corrects or stops', patient, async ({ skip }) => {
  const { url, page, errors, writes } = await signedIn(skip)
  const act = async (id: string, open: () => Promise<unknown>) => {
    const before = writes.length
    await open()
    await until(() => isOpen(page, id))
    expect([id, await focusOf(page)]).toEqual([id, `${id}-cancel`])
    await hold(page, 'Space', 0)
    await until(async () => !(await isOpen(page, id)))
    expect([id, writes.length]).toEqual([id, before])
    await open()
    await until(() => isOpen(page, id))
    await page.focus(`#${id} .deliberate input`)
    await page.keyboard.press('Space')
    // Two presses in one moment, before anything else can happen.
    await page.evaluate(`{ const send = document.getElementById('${id}-send'); send.click(); send.click() }`)
    await until(async () => !(await isOpen(page, id)))
    expect([id, writes.length]).toEqual([id, before + 1])
  }
  const preview = async () => {
    await page.focus('#preview')
    await hold(page, 'Enter')
  }
  await page.locator('input[name="level"][value="urgent"]').click()
  await page.locator('input[name="audience"][value="public"]').click()
  await page.locator('#headline-en').fill('Five killed')
  await act('confirm', preview)
  expect(writes).toEqual(['/v1/alerts'])
  for (const [label, more] of [
    ['Update', { '#headline-en': 'Six killed' }],
    ['Correct', { '#headline-en': 'Four killed', '#note-en': 'It was four.' }],
  ] as const) {
    await focusOn(page, label)
    await page.keyboard.press('Enter')
    for (const [field, text] of Object.entries(more)) await page.locator(field).fill(text)
    await act('confirm', preview)
  }
  await act('stop', async () => {
    await focusOn(page, 'Stop pushing')
    await hold(page, 'Enter')
  })
  const id = writes[1]?.split('/')[3]
  expect(writes).toEqual(['/v1/alerts', ...['update', 'correction', 'stop'].map((it) => `/v1/alerts/${id}/${it}`)])
  const answer = await ask(url, 'GET', `/v1/alerts/${id}`)
  expect(await answer.json()).toMatchObject({ alert: { version: 3, texts: { en: { headline: 'Four killed' } } } })
  expect(errors).toEqual([])
})

test('the kill switch wants a reason, and a key that is held down turns it once', patient, async ({ skip }) => {
  const { page, errors, writes } = await signedIn(skip)
  await page.waitForSelector('#pause-form', { visible: true })
  await page.focus('#pause-turn')
  await hold(page, 'Enter')
  expect(writes).toEqual([])
  await page.focus('#pause-reason')
  await page.keyboard.type('A stranger has our key.')
  await hold(page, 'Enter')
  await page.waitForSelector('#pause', { visible: true })
  await hold(page, 'Enter')
  expect(writes).toEqual(['/v1/desk/pause'])
  expect(errors).toEqual([])
})
