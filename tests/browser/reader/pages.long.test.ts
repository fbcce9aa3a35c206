import type { Browser, Page } from 'puppeteer-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { accessibilityTree } from '../../support/browser/accessibility-tree.ts'
import { axeFindings } from '../../support/browser/axe.ts'
import { browserPath, launchChromium } from '../../support/browser/browsers.ts'
import { publish, type Running, revise, startNode } from '../../support/processes/service.ts'
import { until } from '../../support/push/push-deps.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'

// The readers' pages in a real Chromium, in each state: what a person with a keyboard, a screen reader, a printer or an
// operating system of few colours has of them.

const clean = cleaning(afterAll)
const schemes = ['light', 'dark'] as const
const languages = ['en', 'fa'] as const
let empty: Running
let service: Running
let browser: Browser
/** The alerts' ids by what was done to them. */
let ids: Readonly<Record<'live' | 'updated' | 'corrected' | 'retracted' | 'persian', string>>

const words = {
  live: ['Internet cut in two provinces', 'اینترنت در دو استان قطع شد'],
  updated: ['Teachers stop work', 'معلمان دست از کار کشیدند'],
  corrected: ['Rain ends a drought', 'باران به خشکسالی پایان داد'],
  retracted: ['Five killed', 'پنج نفر کشته شدند'],
} as const

function story(name: keyof typeof words, level: string, more: object = {}) {
  const [en, fa] = words[name]
  const rest = { summary: 'What is known so far.', url: 'https://news.example/story', ...more }
  const others = { ru: { headline: 'Коротко' }, ka: { headline: 'მოკლედ' } }
  return {
    level,
    texts: { en: { headline: en, ...rest }, fa: { headline: fa, url: 'https://news.example/fa' }, ...others },
  }
}

beforeAll(async () => {
  const executable = browserPath('chromium', (note) => expect.fail(note))
  empty = await startNode(scratchFolder(clean))
  clean(() => empty.end('SIGKILL'))
  service = await startNode(scratchFolder(clean))
  clean(() => service.end('SIGKILL'))
  browser = await launchChromium(executable)
  clean(() => browser.close())
  const { url } = service
  const made = async (name: keyof typeof words, level: string) => (await publish(url, story(name, level))).alert.id
  const retracted = await made('retracted', 'urgent')
  const note = { en: 'It was another village.', fa: 'روستای دیگری بود.' }
  await revise(url, retracted, 'retraction', { note })
  const corrected = await made('corrected', 'routine')
  await revise(url, corrected, 'correction', { texts: { en: { headline: 'Rain ends two droughts' } }, note })
  const updated = await made('updated', 'urgent')
  await revise(url, updated, 'update', { texts: { en: { headline: 'Teachers in four cities stop work' } } })
  const persian = (await publish(url, { level: 'routine', texts: { fa: { headline: 'فقط به فارسی' } } })).alert.id
  ids = { retracted, corrected, updated, persian, live: await made('live', 'flash') }
}, 120_000)

/** The list is live, and the panel of notifications, which is a part of its own, stands. */
const isLive = (page: Page) => until(async () => (await stateOf(page)) === 'live' && (await hasPanel(page)))
const stateOf = (page: Page) => page.evaluate(`document.getElementById('connection').dataset.state`)
const hasPanel = async (page: Page) =>
  (await page.evaluate(`document.getElementById('push').dataset.state ?? 'unknown'`)) !== 'unknown'

async function lost(page: Page): Promise<void> {
  await isLive(page)
  await page.setOfflineMode(true)
  // Chromium closes no socket that is open.
  await page.evaluate(`dispatchEvent(new Event('offline'))`)
}

/** Every state of a page: where it is, and what is done there before it is looked at. */
const states: readonly (readonly [string, () => string, (page: Page) => Promise<unknown>])[] = [
  ['the front page without an alert', () => `${empty.url}/LANG/`, isLive],
  ['the front page with alerts of every kind', () => `${service.url}/LANG/`, isLive],
  ['the front page with its parts open', () => `${service.url}/LANG/`, openAll],
  ['the front page without a connection', () => `${service.url}/LANG/`, lost],
  ['an alert', () => `${service.url}/LANG/alerts/${ids.live}`, done],
  ['an updated alert', () => `${service.url}/LANG/alerts/${ids.updated}`, done],
  ['a corrected alert', () => `${service.url}/LANG/alerts/${ids.corrected}`, done],
  ['a retracted alert', () => `${service.url}/LANG/alerts/${ids.retracted}`, done],
  ['an alert in another language', () => `${service.url}/LANG/alerts/${ids.persian}`, done],
  ['no such page', () => `${service.url}/LANG/alerts/nothing`, done],
  ['privacy', () => `${service.url}/LANG/privacy`, done],
]

async function done(): Promise<void> {}

async function openAll(page: Page): Promise<void> {
  await isLive(page)
  await page.evaluate(`for (const it of document.querySelectorAll('details')) it.open = true`)
}

async function opened(address: string, features: Record<string, string> = {}): Promise<Page> {
  const page = await browser.newPage()
  await page.emulateMediaFeatures(Object.entries(features).map(([name, value]) => ({ name, value })))
  await page.goto(address)
  return page
}

describe.each(schemes)('in the %s scheme axe finds nothing', (scheme) => {
  test.each(languages.flatMap((language) => states.map(([name, where, act]) => [language, name, where, act] as const)))(
    'in %s: %s',
    async (language, _, where, act) => {
      const page = await opened(where().replace('LANG', language), { 'prefers-color-scheme': scheme })
      await act(page)
      expect(await axeFindings(page)).toEqual([])
      await page.close()
    },
    60_000,
  )
})

test.each(
  languages.flatMap((language) =>
    [
      ['front', () => `${service.url}/${language}/`, isLive] as const,
      ['alert', () => `${service.url}/${language}/alerts/${ids.corrected}`, done] as const,
      ['privacy', () => `${service.url}/${language}/privacy`, done] as const,
    ].map(([name, where, act]) => [`${name}-${language}`, where, act] as const),
  ),
)(
  'a screen reader has of %s what the snapshot says',
  async (name, where, act) => {
    const page = await opened(where())
    await act(page)
    await expect(await accessibilityTree(page)).toMatchFileSnapshot(`accessibility/${name}.txt`)
    await page.close()
  },
  60_000,
)

/** What has the focus: its words, whether its outline is seen, and whether it is in the window. */
const focused = `(() => {
  const it = document.activeElement
  const { outlineStyle, outlineWidth } = getComputedStyle(it)
  const { top, bottom, width } = it.getBoundingClientRect()
  return {
    name: (it.getAttribute('href') ?? it.id ?? it.name) || it.name || it.tagName.toLowerCase(),
    isSeen: outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2 && bottom > 0 && top < innerHeight && width > 0,
  }
})()`

test.each(languages)(
  'with the keyboard alone one gets through the pages in %s, and sees where one is',
  async (language) => {
    const paths = [
      `/${language}/`,
      `/${language}/alerts/${ids.retracted}`,
      `/${language}/privacy`,
      `/${language}/nothing`,
    ]
    for (const path of paths) {
      const page = await opened(`${service.url}${path}`)
      await page.setViewport({ width: 360, height: 640 })
      // The panel of notifications comes with the script: it moves what stands below it.
      if (path === paths[0]) await isLive(page)
      const visited: string[] = []
      for (let nth = 0; nth < 80 && visited.at(-1) !== `/${language}/privacy`; nth += 1) {
        await page.keyboard.press('Tab')
        const { name, isSeen } = (await page.evaluate(focused)) as { name: string; isSeen: boolean }
        expect(isSeen, `${path}: ${name}`).toBe(true)
        visited.push(name)
      }
      expect(visited[0]).toBe('#main')
      expect(visited.at(-1), 'the end is reached').toBe(`/${language}/privacy`)
      // The skip link passes over the masthead: the next stop is within the main part or behind it.
      await page.goto(`${service.url}${path}`)
      await page.keyboard.press('Tab')
      await page.keyboard.press('Enter')
      await page.keyboard.press('Tab')
      expect(await page.evaluate(`document.activeElement.closest('.masthead') === null`)).toBe(true)
      expect(await page.evaluate(`document.activeElement.closest('main, aside, footer') !== null`)).toBe(true)
      await page.close()
    }
  },
  120_000,
)

test('an alert that comes is announced and takes the focus from nobody', async () => {
  const page = await opened(`${service.url}/en/`)
  await isLive(page)
  await page.focus('.jump a, #alerts a')
  const before = await page.evaluate(`document.activeElement.outerHTML`)
  const { alert } = await publish(service.url, { level: 'flash', texts: { en: { headline: 'A bridge has fallen' } } })
  await until(async () => String(await page.$eval('#announce-flash', (it) => it.textContent)).includes('A bridge'))
  expect(await page.evaluate(`document.activeElement.outerHTML`)).toBe(before)
  await revise(service.url, alert.id, 'retraction', { note: { en: 'It stands.' } })
  await until(async () => String(await page.evaluate(`document.body.textContent`)).includes('It stands.'))
  expect(await page.evaluate(`document.activeElement.outerHTML`)).toBe(before)
  await page.close()
}, 60_000)

describe('on paper', () => {
  const seen = `[...document.querySelectorAll('body *')].filter((it) => it.checkVisibility())`
  test.each(
    languages.flatMap((language) => [
      [language, 'the front page', () => `/${language}/`] as const,
      [language, 'an alert', () => `/${language}/alerts/${ids.corrected}`] as const,
      [language, 'privacy', () => `/${language}/privacy`] as const,
    ]),
  )('in %s %s has nothing to press, and black on white from a dark screen too', async (_, __, path) => {
    const page = await opened(`${service.url}${path()}`, { 'prefers-color-scheme': 'dark' })
    await page.emulateMediaType('print')
    const shown = (await page.evaluate(
      `${seen}.map((it) => it.matches('a') ? 'a' : it.tagName.toLowerCase())`,
    )) as string[]
    const controls = ['button', 'form', 'input', 'select', 'details', 'summary', 'nav', 'footer', 'dialog']
    expect(shown.filter((it) => controls.includes(it))).toEqual([])
    expect(shown).toContain('h1')
    const colours = await page.evaluate(`[document.documentElement, document.querySelector('main')].map((it) => {
      const { color, backgroundColor } = getComputedStyle(it)
      return color + ' ' + backgroundColor })`)
    expect(colours).toEqual(['rgb(0, 0, 0) rgb(255, 255, 255)', 'rgb(0, 0, 0) rgba(0, 0, 0, 0)'])
    const unaddressed = await page.evaluate(`${seen}.filter((it) => it.matches('main a[href^="http"]'))
      .filter((it) => !getComputedStyle(it, '::after').content.includes(it.href)).length`)
    expect(unaddressed).toBe(0)
    await page.close()
  })

  test('an alert’s history is open, with what was wrong', async () => {
    const page = await opened(`${service.url}/en/alerts/${ids.corrected}`)
    await page.emulateMediaType('print')
    const text = await page.evaluate(`document.querySelector('.history').innerText`)
    expect(text).toContain('Rain ends a drought')
    expect(text).toContain('It was another village.')
    await page.close()
  })
})

test.each(['en', 'fa', 'ru', 'ka'])('on a phone in %s nothing is shifted when the script begins', async (language) => {
  const page = await browser.newPage()
  await page.setViewport({ width: 360, height: 740, isMobile: true })
  // A page from the browser's cache is older: what came since is put in above the rest, as it should be.
  await page.setCacheEnabled(false)
  await page.evaluateOnNewDocument(`
    globalThis.shifts = 0
    new PerformanceObserver((list) => { for (const it of list.getEntries()) globalThis.shifts += it.value })
      .observe({ type: 'layout-shift', buffered: true })`)
  await page.goto(`${service.url}/${language}/`)
  await isLive(page)
  await page.evaluate(`new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))`)
  // Half of what Lighthouse calls good.
  expect(await page.evaluate('shifts')).toBeLessThan(0.05)
  await page.close()
})

test('nothing moves for who wants no motion', async () => {
  const page = await opened(`${service.url}/en/`, { 'prefers-reduced-motion': 'reduce' })
  await isLive(page)
  await publish(service.url, { level: 'urgent', texts: { en: { headline: 'A ferry is late' } } })
  await until(async () => String(await page.evaluate(`document.body.textContent`)).includes('A ferry is late'))
  expect(await page.evaluate(`document.getAnimations().length`)).toBe(0)
  expect(await page.evaluate(`getComputedStyle(document.documentElement).scrollBehavior`)).toBe('auto')
  await page.close()
})

test('in colours of the system each level and mark is still told from the text around it', async () => {
  const page = await opened(`${service.url}/en/`, { 'forced-colors': 'active' })
  const marks = await page.evaluate(`[...document.querySelectorAll('.level, .mark')].map((it) => {
    const { color, backgroundColor } = getComputedStyle(it)
    return it.textContent !== '' && color !== backgroundColor })`)
  expect(marks).not.toContain(false)
  expect(await axeFindings(page)).toEqual([])
  await page.close()
})
