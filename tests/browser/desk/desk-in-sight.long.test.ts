import type { Page } from 'puppeteer-core'
import { afterAll, expect, test } from 'vitest'
import {
  deskOf,
  focusOf,
  focusOn,
  launched,
  newEditor,
  serviceForDesk,
  textOf,
} from '../../support/browser/desk-page.ts'
import { adminKey, ask, publish } from '../../support/processes/service.ts'
import { until } from '../../support/push/push-deps.ts'
import { cleaning } from '../../support/scratch.ts'

// What asks something of the editor is in sight, on a phone too, and does not lie over what they type in.

const clean = cleaning()
const cleanAtEnd = cleaning(afterAll)
const patient = { timeout: 180_000 }
const newsroom = {
  name: 'Try',
  languages: [{ tag: 'en' }, { tag: 'fa' }],
  topics: [{ id: 'rights', labels: { en: 'Human rights' } }],
}
let browser: ReturnType<typeof launched> | undefined

async function desk(skip: (note: string) => never, key?: string) {
  browser ??= launched('chromium', cleanAtEnd, skip)
  const { url } = await serviceForDesk(clean, newsroom)
  const anna = await newEditor(url, 'Anna')
  const boris = await newEditor(url, 'Boris')
  const { page, errors, close } = await deskOf(await browser, url, key ?? anna.key)
  clean(close)
  await page.setViewport({ width: 360, height: 640 })
  return { url, page, errors, anna, boris }
}

/** Whether all of an element is in the window, and nothing lies over its middle. */
const isInSight = (page: Page, selector: string) =>
  page.evaluate(`(() => {
    const found = document.querySelector(${JSON.stringify(selector)})
    if (found === null) return false
    const { top, bottom, left, width, height } = found.getBoundingClientRect()
    const over = document.elementFromPoint(left + width / 2, top + height / 2)
    return height > 0 && top >= 0 && bottom <= innerHeight && (found.contains(over) || over?.contains(found) === true)
  })()`) as Promise<boolean>

const saved = (page: Page) =>
  until(async () => (await page.$eval('#kept', (it) => it.getAttribute('data-state'))) === 'saved')

async function addPersian(page: Page) {
  await page.select('#add-language', 'fa')
  await page.waitForSelector('#headline-fa')
}

/** Puts the field at the very top of the window, where a notice would lie over it, and types in it. */
async function typeAt(page: Page, selector: string) {
  await page.focus(selector)
  await page.evaluate(`{
    const { top } = document.querySelector('${selector}').getBoundingClientRect()
    scrollBy(0, top)
  }`)
  await page.keyboard.type('m')
}

test('an ended session and a draft that a colleague changed are told in sight', patient, async ({ skip }) => {
  const { url, page, errors, anna, boris } = await desk(skip)
  await page.focus('#headline-en')
  await page.keyboard.type('Fire')
  await addPersian(page)
  await page.focus('#headline-fa')
  await page.keyboard.type('آتش')
  await saved(page)
  const answer = await ask(url, 'GET', '/v1/desk/items?state=draft')
  const [item] = ((await answer.json()) as { items: { id: string; version: number; texts: object }[] }).items
  if (item === undefined) throw new Error('nothing is stored')
  await page.setOfflineMode(true)
  await typeAt(page, '#headline-fa')
  const theirs = { version: item.version, texts: { en: { headline: 'Fire' }, fa: { headline: 'سیل' } } }
  await ask(url, 'PUT', `/v1/desk/items/${item.id}`, theirs, { authorization: `Bearer ${boris.key}` })
  await page.setOfflineMode(false)
  await page.waitForSelector('#overtaken')
  await until(() => isInSight(page, '#overtaken'))
  await until(() => isInSight(page, '#headline-fa'))
  expect(await focusOf(page)).toBe('headline-fa')
  await page.focus('#overtaken-show')
  await page.keyboard.press('Enter')
  expect([await focusOf(page), await isInSight(page, '#item-changed-title')]).toEqual(['item-changed-title', true])
  await page.focus('[data-part="texts/fa"] button')
  await page.keyboard.press('Enter')
  // What was decided is in the form, and so is the focus.
  await until(async () => (await focusOf(page)) === 'headline-fa')
  await page.waitForSelector('#overtaken', { hidden: true })
  await saved(page)

  await ask(url, 'DELETE', `/v1/desk/editors/${anna.editor.id}`)
  await typeAt(page, '#headline-fa')
  await page.waitForSelector('#stale', { visible: true })
  await until(() => isInSight(page, '#stale'))
  await until(() => isInSight(page, '#headline-fa'))
  expect([await focusOf(page), errors]).toEqual(['headline-fa', []])
})

test(
  'a correction without a note, and what no field is wrong with, are told where one looks',
  patient,
  async ({ skip }) => {
    const { url, page, errors } = await desk(skip)
    const { alert } = await publish(url, {
      ...{ level: 'urgent', holdSeconds: 0 },
      texts: { en: { headline: 'Five killed' }, fa: { headline: 'پنج نفر کشته شدند' } },
    })
    await focusOn(page, 'Correct', alert.id)
    await page.keyboard.press('Enter')
    await page.waitForSelector('#note-en')
    await page.focus('#headline-en')
    await page.keyboard.type('!')
    const preview = async () => {
      await page.keyboard.down('Control')
      await page.keyboard.press('Enter')
      await page.keyboard.up('Control')
    }
    await preview()
    await until(async () => (await textOf(page, '#note-en-error')) !== '')
    expect([await focusOf(page), await isInSight(page, '#note-en'), await isInSight(page, '#note-en-error')]).toEqual([
      'note-en',
      true,
      true,
    ])

    // An update that changes nothing: no field is wrong.
    await focusOn(page, 'Update', alert.id)
    await page.keyboard.press('Enter')
    await until(async () => (await textOf(page, '#compose-title')) === 'Update an alert')
    await page.focus('#headline-en')
    await preview()
    const whole = '.error[data-pointer=""]'
    await until(async () => (await textOf(page, whole)) !== '')
    expect([await isInSight(page, whole), await page.evaluate('document.activeElement.dataset.pointer')]).toEqual([
      true,
      '',
    ])
    expect(errors).toEqual([])
  },
)

test(
  'the line that says how an act ended has an edge in forced colours, and is closed by Escape or its button',
  patient,
  async ({ skip }) => {
    const { page, errors } = await desk(skip)
    const refresh = async () => {
      await page.setOfflineMode(true)
      await page.focus('#refresh')
      await page.keyboard.press('Enter')
      await until(async () => (await textOf(page, '#desk-message')) !== '')
      await page.setOfflineMode(false)
    }
    await refresh()
    await page.emulateMediaFeatures([{ name: 'forced-colors' as 'prefers-color-scheme', value: 'active' }])
    const border = await page.$eval('#desk-toast', (it) => {
      const style = (globalThis as never as { getComputedStyle(of: unknown): Record<string, string> }).getComputedStyle(
        it,
      )
      return [style.borderTopStyle, style.borderTopWidth, style.borderTopColor]
    })
    expect(border).toEqual(['solid', '1px', expect.not.stringMatching(/^rgba/)])
    await page.keyboard.press('Escape')
    expect(await textOf(page, '#desk-message')).toBe('')
    await refresh()
    await page.focus('#desk-message-close')
    await page.keyboard.press('Enter')
    expect(await textOf(page, '#desk-message')).toBe('')
    await until(async () => (await focusOf(page)) === 'refresh')
    expect(errors).toEqual([])
  },
)

test('who signs in again goes on where they were', patient, async ({ skip }) => {
  const { page, errors, anna } = await desk(skip)
  await page.focus('#headline-en')
  await page.keyboard.type('Fire')
  await page.evaluate(`fetch('/v1/desk/session', { method: 'DELETE' })`)
  await page.evaluate(`document.dispatchEvent(new Event('visibilitychange'))`)
  await page.waitForSelector('#stale button', { visible: true })
  await page.focus('#stale button')
  await page.keyboard.press('Enter')
  await until(async () => (await focusOf(page)) === 'key')
  await page.keyboard.type(anna.key)
  await page.keyboard.press('Enter')
  await until(async () => (await focusOf(page)) === 'headline-en')
  await page.keyboard.type(' goes on')
  expect(await page.$eval('#headline-en', (it) => (it as never as { value: string }).value)).toBe('Fire goes on')
  expect([await textOf(page, '#stale'), errors]).toEqual(['', []])
})

test(
  'what is refused among keys and webhooks is told where one looks, far from the button as it may be',
  patient,
  async ({ skip }) => {
    const { page, errors } = await desk(skip, adminKey)
    await page.focus('#account-open')
    await page.keyboard.press('Enter')
    for (const [button, field] of [
      ['#key-make', '#key-name'],
      ['#hook-add', '#hook-name'],
    ] as const) {
      await page.waitForSelector(button)
      await page.focus(button)
      await page.keyboard.press('Enter')
      await until(async () => (await focusOf(page)) === field.slice(1))
      expect([field, await isInSight(page, field), await isInSight(page, `${field}-error`)]).toEqual([
        field,
        true,
        true,
      ])
    }
    await page.setOfflineMode(true)
    await page.focus('#key-make')
    await page.keyboard.press('Enter')
    // The lists cannot be read anew either: it is the last word that is in sight.
    const said = '#account section > .error:not(:empty)'
    await page.waitForSelector(said)
    await until(() => isInSight(page, said))
    expect(errors).toEqual([])
  },
)
