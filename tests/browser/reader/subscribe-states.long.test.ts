import type { Page } from 'puppeteer-core'
import { expect, test } from 'vitest'
import { axeFindings } from '../../support/browser/axe.ts'
import { browserPath, launchChromium } from '../../support/browser/browsers.ts'
import { panelSays, untilPanelSays, untilState } from '../../support/browser/push-panel.ts'
import { story } from '../../support/browser/reader-page.ts'
import { openChromium } from '../../support/browser/subscribed-browsers.ts'
import { publish, startNode } from '../../support/processes/service.ts'
import { until } from '../../support/push/push-deps.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'

const clean = cleaning()
const patient = { timeout: 240_000 }
const words = {
  en: { homeScreen: 'Open as Web App', private: 'In a private window', unsupported: 'Some apps show pages' },
  fa: { homeScreen: 'Open as Web App', private: 'در پنجرهٔ خصوصی', unsupported: 'برخی برنامه‌ها' },
} as const
const languages = ['en', 'fa'] as const

/** What axe finds at both widths and in both colour schemes. */
async function findingsOf(page: Page, name: string): Promise<readonly string[]> {
  const found: string[] = []
  for (const scheme of ['light', 'dark'])
    for (const width of [360, 1_280]) {
      await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }])
      await page.setViewport({ width, height: 900 })
      found.push(...(await axeFindings(page)).map((it) => `${name} ${scheme} ${width}: ${it}`))
      const isTooWide = await page.evaluate('document.documentElement.scrollWidth > innerWidth')
      if (isTooWide) found.push(`${name} ${scheme} ${width}: wider than the window`)
    }
  return found
}

test.for(languages)(
  'in %s the panel of a subscriber is whole: off, on, its choices, and a failure',
  patient,
  async (tag, { skip }) => {
    const others = languages.filter((it) => it !== tag).join()
    const { tocsin, page } = await openChromium(clean, skip, { path: `/${tag}/?languages=${others}` })
    await publish(tocsin.url, story)
    await page.evaluate(`window.realFetch = fetch
    window.fetch = (path, init) => path === '/v1/subscriptions' ? Promise.resolve(Response.json({ code: 'cannot-store' }, { status: 503 })) : realFetch(path, init)`)
    await page.click('#subscribe')
    await untilPanelSays(page, /./)
    const found = [...(await findingsOf(page, 'failure'))]
    await page.evaluate('window.fetch = realFetch')
    await page.click('#subscribe')
    await untilState(page, 'on')
    expect(await panelSays(page)).toBe('')
    await page.evaluate(`document.getElementById('device').open = true`)
    await page.waitForSelector('#device-form')
    found.push(...(await findingsOf(page, 'on')))
    await page.click('#unsubscribe')
    await untilState(page, 'off')
    await until(async () => (await page.evaluate('document.activeElement.id')) === 'subscribe')
    found.push(...(await findingsOf(page, 'off')))
    expect(found).toEqual([])
  },
)

test.for(languages)('in %s who cannot have notifications is told the way out', patient, async (tag, { skip }) => {
  const executable = browserPath('chromium', skip)
  const service = await startNode(scratchFolder(clean))
  clean(() => service.end('SIGKILL'))
  const browser = await launchChromium(executable)
  clean(() => browser.close())
  const open = async (state: string, prepare: (page: Page) => Promise<unknown>) => {
    const context = await browser.createBrowserContext()
    if (state === 'denied')
      await context.setPermission(service.url, { permission: { name: 'notifications' }, state: 'denied' })
    const page = await context.newPage()
    await prepare(page)
    const asked: string[] = []
    page.on('request', (request) => asked.push(new URL(request.url()).pathname))
    await page.goto(new URL(`/${tag}/`, service.url).href)
    await untilState(page, state)
    return { page, asked }
  }
  const withoutPush = `delete window.PushManager`
  const iphone = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) Version/26.0 Mobile/15E148 Safari/604.1'
  const found: string[] = []
  const check = async (name: string, state: string, said: string, prepare: (page: Page) => Promise<unknown>) => {
    const { page } = await open(state, prepare)
    await until(async () => (await panelSays(page)).includes(said))
    found.push(...(await findingsOf(page, name)))
    await page.close()
  }
  await check('unsupported', 'unsupported', words[tag].unsupported, (page) => page.evaluateOnNewDocument(withoutPush))
  await check('iphone', 'unsupported', words[tag].homeScreen, async (page) => {
    await page.setUserAgent({ userAgent: iphone })
    await page.evaluateOnNewDocument(withoutPush)
  })
  await check('denied', 'denied', words[tag].private, async () => undefined)

  const { page, asked } = await open('off', async (it) =>
    it.evaluateOnNewDocument(`Object.defineProperty(Notification, 'permission', { get: () => 'default' })`),
  )
  await until(async () => (await page.evaluate(`document.getElementById('connection').dataset.state`)) === 'live')
  const more = asked.filter((path) => /subscriber-panel|push-help|ways-out|device-form|notifications/.test(path))
  expect(more, 'without a tap no more is loaded').toEqual([])
  await page.goto(new URL(`/${tag}/notifications`, service.url).href)
  found.push(...(await findingsOf(page, 'help')))
  expect(found).toEqual([])
})
