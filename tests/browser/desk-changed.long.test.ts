import type { Page } from 'puppeteer-core'
import { afterAll, describe, expect, test } from 'vitest'
import { retractionNotice } from '../../src/domain/rendering/retraction-notice.ts'
import {
  deskOf,
  fieldOf,
  focusOf,
  focusOn,
  isOpen,
  launched,
  newEditor,
  reviseAs,
  serviceForDesk,
  signIn,
  textOf,
} from '../support/browser/desk-page.ts'
import { adminKey, ask, publish } from '../support/processes/service.ts'
import { until } from '../support/push/push-deps.ts'
import { cleaning } from '../support/scratch.ts'

const clean = cleaning()
const cleanAtEnd = cleaning(afterAll)
const patient = { timeout: 180_000 }

// One service and one browser of each kind for all: every test has its own editors, alert and context.
const browsers: Partial<Record<'chromium' | 'firefox', ReturnType<typeof launched>>> = {}
let service: ReturnType<typeof serviceForDesk> | undefined

/** The desk of one editor in a browser, and another editor beside it who is faster. */
async function twoEditors(name: 'chromium' | 'firefox', skip: (note: string) => never) {
  browsers[name] ??= launched(name, cleanAtEnd, skip)
  service ??= serviceForDesk(cleanAtEnd)
  const browser = await browsers[name]
  const { url } = await service
  const mine = await newEditor(url, 'Anna')
  const other = await newEditor(url, 'Boris')
  const desk = await deskOf(browser, url, mine.key)
  clean(desk.close)
  const alertOf = async (id: string) => {
    const answer = await ask(url, 'GET', `/v1/alerts/${id}`)
    return ((await answer.json()) as { alert: Record<string, unknown> }).alert
  }
  return {
    url,
    mine,
    alertOf,
    ...desk,
    other: (id: string, kind: string, body: object) => reviseAs(other.key, url, `/v1/alerts/${id}/${kind}`, body),
  }
}

const fiveKilled = (url: string) =>
  publish(url, { texts: { en: { headline: 'Five killed', summary: 'In Kabul.', url: 'https://news.example/5' } } })

async function begin(page: Page, id: string, label: 'Correct' | 'Update', headline: string) {
  await focusOn(page, label, id)
  await page.keyboard.press('Enter')
  await page.locator('#headline-en').fill(headline)
  if (label === 'Correct') await page.locator('#note-en').fill('An earlier version gave five.')
}

async function tickAndPress(page: Page, id: string) {
  await page.focus(`#${id} .deliberate input`)
  await page.keyboard.press(' ')
  await page.focus(`#${id}-send`)
  await page.keyboard.press('Enter')
}

/** In the page: a retraction is held back on its way until it is let go. */
const holding = `{
  const real = fetch
  const going = new Promise((resolve) => { window.letGo = resolve })
  window.fetch = async (path, init) => {
    if (init?.method === 'POST' && String(path).includes('/retraction')) {
      window.isHeld = true
      await going
    }
    return real(path, init)
  }
}`

const noticed = (page: Page) => until(async () => (await focusOf(page)) === 'alert-changed-title')

describe.each(['chromium', 'firefox'] as const)('in %s', (name) => {
  test('a correction on an older version shows what changed, keeps what was written, and goes out after a look', {
    ...patient,
  }, async ({ skip }) => {
    const { url, page, writes, errors, other, alertOf } = await twoEditors(name, skip)
    const { id } = (await fiveKilled(url)).alert
    await begin(page, id, 'Correct', 'Four killed')
    await other(id, 'correction', {
      texts: { en: { headline: 'Three killed', summary: 'In Herat.' } },
      note: { en: 'It was three.' },
    })

    for (let press = 0; press < 2; press += 1) {
      await page.focus('#preview')
      await page.keyboard.press('Enter')
      await noticed(page)
    }
    const notice = await textOf(page, '#alert-changed')
    expect(notice).toContain('version 2 now: correction by Boris.')
    expect(notice).toMatch(/Headline\s+was: Five killed\s+is: Three killed/)
    expect(notice).toMatch(/Summary\s+was: In Kabul\.\s+is: In Herat\./)
    // Times are said as everywhere at the desk.
    expect(notice).toMatch(/Expires\s+was: .*\d{4}.* at /)
    expect(notice).not.toMatch(/\dT\d\d:/)
    expect([await fieldOf(page, '#headline-en'), await fieldOf(page, '#note-en'), writes]).toEqual([
      'Four killed',
      'An earlier version gave five.',
      [],
    ])

    // Going on is a decision: what was not touched is as it stands now, and the focus is in the form.
    await page.focus('#alert-changed-go-on')
    await page.keyboard.press('Enter')
    await until(async () => (await focusOf(page)) === 'headline-en')
    expect([await fieldOf(page, '#headline-en'), await fieldOf(page, '#summary-en')]).toEqual([
      'Four killed',
      'In Herat.',
    ])
    await page.focus('#preview')
    await page.keyboard.press('Enter')
    await until(() => isOpen(page, 'confirm'))

    // Changed once more between the look and the press.
    await other(id, 'update', { texts: { en: { summary: 'In Balkh.' } } })
    await tickAndPress(page, 'confirm')
    await noticed(page)
    expect([await isOpen(page, 'confirm'), (await alertOf(id)).version, writes.length]).toEqual([false, 3, 1])
    await page.focus('#alert-changed-go-on')
    await page.keyboard.press('Enter')
    await page.focus('#preview')
    await page.keyboard.press('Enter')
    await until(() => isOpen(page, 'confirm'))
    await tickAndPress(page, 'confirm')
    await until(async () => (await textOf(page, '#desk-message')) === 'Published.')
    expect(await alertOf(id)).toMatchObject({
      version: 4,
      status: 'corrected',
      texts: { en: { headline: 'Four killed', summary: 'In Balkh.', url: 'https://news.example/5' } },
      note: { en: 'An earlier version gave five.' },
    })
    expect(errors).toEqual([])
  })

  test(
    'an update of an alert that another has retracted is told so, and keeps what was written',
    patient,
    async ({ skip }) => {
      const { url, page, writes, errors, other, alertOf } = await twoEditors(name, skip)
      const { id } = (await fiveKilled(url)).alert
      await begin(page, id, 'Update', 'Six killed')
      await other(id, 'retraction', { note: { en: 'It was an old picture.' } })
      await page.focus('#preview')
      await page.keyboard.press('Enter')
      await noticed(page)
      const notice = await textOf(page, '#alert-changed')
      expect(notice).toContain('version 2 now: retraction by Boris.')
      expect(notice).toContain('It is retracted: it cannot be changed any more.')
      expect(await page.$('#alert-changed-go-on')).toBeNull()
      expect([await fieldOf(page, '#headline-en'), (await alertOf(id)).status, writes]).toEqual([
        'Six killed',
        'retracted',
        [],
      ])
      expect(errors).toEqual([])
    },
  )

  test('a retraction on an older version wants a look, a tick and a press once more', patient, async ({ skip }) => {
    const { url, page, writes, errors, other, alertOf } = await twoEditors(name, skip)
    const { id } = (await fiveKilled(url)).alert
    await focusOn(page, 'Retract', id)
    await page.keyboard.press('Enter')
    await page.locator('#retract-note-en').fill('The report could not be confirmed.')
    // The desk learns of a change at once: it is sent on the older version only where that comes while it is on its way.
    await page.evaluate(holding)
    await tickAndPress(page, 'retract')
    await until(() => page.evaluate('window.isHeld') as Promise<boolean>)
    await other(id, 'update', { texts: { en: { headline: 'Three killed' }, ps: { headline: 'درې' } } })
    await page.evaluate('window.letGo()')
    await until(async () => (await focusOf(page)) === 'retract-changed-title')
    const isDisabled = () => page.evaluate(`document.getElementById('retract-send').disabled`)
    const notice = await textOf(page, '#retract-changed')
    expect(notice).toMatch(/version 2 now: update by Boris\..*Headline\s+was: Five killed\s+is: Three killed/s)
    expect(await textOf(page, '#retract-what')).toContain('Three killed')
    expect(await textOf(page, '#retract-deliberate')).toContain('2 languages.')
    // What was written stays, and the new language gets the newsroom's sentence.
    expect([await fieldOf(page, '#retract-note-en'), await fieldOf(page, '#retract-note-ps')]).toEqual([
      'The report could not be confirmed.',
      retractionNotice('ps'),
    ])
    // Presses that follow the first do nothing.
    for (const key of ['Enter', 'Enter', ' '] as const) await page.keyboard.press(key)
    expect([await isDisabled(), await isOpen(page, 'retract'), (await alertOf(id)).status, writes.length]).toEqual([
      true,
      true,
      'updated',
      1,
    ])
    await tickAndPress(page, 'retract')
    await page.waitForSelector(`li[data-alert="${id}"] article[data-status="retracted"]`)
    expect(await alertOf(id)).toMatchObject({ version: 3, note: { en: 'The report could not be confirmed.' } })
    expect(errors).toEqual([])
  })

  test(
    'a session that ended in between asks for the key, and loses neither a text nor a note',
    patient,
    async ({ skip }) => {
      const { url, page, writes, errors, mine, alertOf } = await twoEditors(name, skip)
      const { id } = (await fiveKilled(url)).alert
      await begin(page, id, 'Correct', 'Four killed')
      await page.focus('#preview')
      await page.keyboard.press('Enter')
      await until(() => isOpen(page, 'confirm'))
      await ask(url, 'DELETE', `/v1/desk/editors/${mine.editor.id}`)
      await tickAndPress(page, 'confirm')
      await until(async () => (await focusOf(page)) === 'key')
      expect([await isOpen(page, 'confirm'), await textOf(page, '#sign-in-error')]).toEqual([
        false,
        'Your session has ended. Sign in; what you wrote is still here.',
      ])
      await signIn(page, adminKey)
      expect([await fieldOf(page, '#headline-en'), await fieldOf(page, '#note-en')]).toEqual([
        'Four killed',
        'An earlier version gave five.',
      ])
      await page.focus('#preview')
      await page.keyboard.press('Enter')
      await until(() => isOpen(page, 'confirm'))
      await tickAndPress(page, 'confirm')
      await until(async () => (await textOf(page, '#desk-message')) === 'Published.')
      expect(await alertOf(id)).toMatchObject({ version: 2, texts: { en: { headline: 'Four killed' } } })

      await focusOn(page, 'Retract', id)
      await page.keyboard.press('Enter')
      await page.locator('#retract-note-en').fill('Nothing of it is true.')
      await page.evaluate(`fetch('/v1/desk/session', { method: 'DELETE' })`)
      await tickAndPress(page, 'retract')
      await until(async () => (await focusOf(page)) === 'key')
      expect(await isOpen(page, 'retract')).toBe(false)
      await signIn(page, adminKey)
      await focusOn(page, 'Retract', id)
      await page.keyboard.press('Enter')
      expect(await fieldOf(page, '#retract-note-en')).toBe('Nothing of it is true.')
      await tickAndPress(page, 'retract')
      await page.waitForSelector(`li[data-alert="${id}"] article[data-status="retracted"]`)
      expect(await alertOf(id)).toMatchObject({ version: 3, note: { en: 'Nothing of it is true.' } })
      expect(writes.length).toBe(4)
      expect(errors).toEqual([])
    },
  )
})
