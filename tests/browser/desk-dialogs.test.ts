import type { Page } from 'puppeteer-core'
import { afterAll, expect, test } from 'vitest'
import {
  buttonWithFocus,
  deskOf,
  focusOf,
  focusOn,
  isOpen,
  launched,
  serviceForDesk,
  textOf,
} from '../support/browser/desk-page.ts'
import { ask, english, publish, revise } from '../support/processes/service.ts'
import { until } from '../support/push/push-deps.ts'
import { cleaning } from '../support/scratch.ts'

const clean = cleaning()
const cleanAtEnd = cleaning(afterAll)
let browser: ReturnType<typeof launched> | undefined
const patient = { timeout: 180_000 }
const itemPublished = /^\/v1\/desk\/items\/[^/]+\/publish$/

async function signedIn(skip: (note: string) => never) {
  const service = await serviceForDesk(clean)
  browser ??= launched('chromium', cleanAtEnd, skip)
  const desk = await deskOf(await browser, service.url)
  clean(desk.close)
  const statusOf = async (id: string) => {
    const answer = await ask(service.url, 'GET', `/v1/alerts/${id}`)
    return ((await answer.json()) as { alert: { status: string } }).alert.status
  }
  return { url: service.url, statusOf, ...desk }
}

/** Has the list read anew while a dialog stands over it, as a read that was under way does. */
async function redrawn(page: Page, shown: string): Promise<void> {
  await page.evaluate(`document.getElementById('refresh').click()`)
  await until(async () => (await textOf(page, '#sent')).includes(shown))
}

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
    expect(await textOf(page, '#retract-deliberate')).toContain('LIVE. 2 languages.')
    await until(async () => (await textOf(page, '#retract-reach')) === 'It reaches: 0 devices, 0 open pages.')
    // The newsroom has a sentence of its own in both, so that nothing is missing.
    expect(await textOf(page, '#retract-warnings')).toBe('')
    await page.keyboard.press('Enter')
    expect(await isOpen(page, 'retract')).toBe(false)
    await until(async () => (await buttonWithFocus(page)) === `${alert.id} Retract`)

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

test(
  'the list that is drawn anew under an open dialog keeps the place of who works by keyboard',
  patient,
  async ({ skip }) => {
    const { url, page, errors, statusOf } = await signedIn(skip)
    const { alert } = await publish(url, english('First'))
    const cases = [
      ['Retract', 'retract', 'Escape'],
      ['Stop pushing', 'stop', 'Enter'],
      ['Retract', 'retract', 'Enter'],
    ] as const
    for (const [nth, [label, dialog, key]] of cases.entries()) {
      await focusOn(page, label)
      const mine = await buttonWithFocus(page)
      await page.keyboard.press('Enter')
      await until(() => isOpen(page, dialog))
      // Another editor publishes, and changes this very alert: it moves to the top, with another headline.
      await publish(url, english(`Another ${nth}`))
      await revise(url, mine?.split(' ')[0] ?? '', 'update', { texts: { en: { headline: `Anew ${nth}` } } })
      await redrawn(page, `Anew ${nth}`)
      await page.keyboard.press(key)
      await until(async () => !(await isOpen(page, dialog)))
      await until(async () => (await buttonWithFocus(page)) === mine)
      expect(await page.evaluate(`document.activeElement.getAttribute('aria-label')`)).toBe(`${label}: Anew ${nth}`)
    }

    // Retracted by somebody else meanwhile: its buttons are gone, so the focus stays near them.
    await page.focus(`li[data-alert="${alert.id}"] button[aria-label^="Retract:"]`)
    await page.keyboard.press('Enter')
    await until(() => isOpen(page, 'retract'))
    await revise(url, alert.id, 'retraction', { note: { en: 'Wrong.' } })
    await redrawn(page, 'Retracted')
    await page.keyboard.press('Enter')
    await until(async () => (await page.evaluate('document.activeElement.localName')) === 'summary')
    expect(await page.evaluate(`document.activeElement.closest('li').dataset.alert`)).toBe(alert.id)
    expect([await statusOf(alert.id), errors]).toEqual(['retracted', []])
  },
)

test(
  'a list that is drawn anew under the focus leaves it where it was, at every control of an alert',
  patient,
  async ({ skip }) => {
    const { url, page, errors } = await signedIn(skip)
    const { alert } = await publish(url, english('First'))
    await publish(url, english('Second'))
    const item = `li[data-alert="${alert.id}"]`
    await page.waitForSelector(item)
    for (const [nth, selector] of ['.headline a', 'button', 'button[aria-label^="Stop"]', 'summary'].entries()) {
      await page.focus(`${item} ${selector}`)
      await revise(url, alert.id, 'update', { texts: { en: { headline: `First ${nth}` } } })
      await publish(url, english(`Newer ${nth}`))
      await redrawn(page, `First ${nth}`)
      await until(async () => (await textOf(page, '#sent')).includes(`Newer ${nth}`))
      expect([selector, await page.evaluate(`document.activeElement.matches('${item} ${selector}')`)]).toEqual([
        selector,
        true,
      ])
    }
    const order = await page.$$eval('#sent .headline', (all) => all.map(({ textContent }) => textContent))
    expect(order).toEqual(['Newer 3', 'First 3', 'Newer 2', 'Newer 1', 'Newer 0', 'Second'])
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
  expect(writes).toEqual([expect.stringMatching(itemPublished)])
  for (const [label, more] of [
    ['Update', { '#headline-en': 'Six killed' }],
    ['Correct', { '#headline-en': 'Four killed', '#note-en': 'It was four.' }],
  ] as const) {
    // Before the list has the last change, the desk would say that the alert has changed.
    await until(async () => (await textOf(page, '#sent')).includes(label === 'Correct' ? 'Six killed' : 'Five killed'))
    await focusOn(page, label)
    await page.keyboard.press('Enter')
    for (const [field, text] of Object.entries(more)) await page.locator(field).fill(text)
    await act('confirm', preview)
  }
  await act('stop', async () => {
    await focusOn(page, 'Stop pushing')
    await hold(page, 'Enter')
  })
  const id = writes.at(-1)?.split('/')[3]
  const published = expect.stringMatching(itemPublished)
  expect(writes).toEqual([published, published, published, `/v1/alerts/${id}/stop`])
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
