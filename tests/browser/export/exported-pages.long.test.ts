import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Browser, launch } from 'puppeteer-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { axeFindings } from '../../support/browser/axe.ts'
import { browserPath, launchChromium } from '../../support/browser/browsers.ts'
import { exportedStory } from '../../support/export/exported-story.ts'
import { cleaning } from '../../support/scratch.ts'

// The files of an export as real browsers show them from a disk, without any server.

const clean = cleaning(afterAll)
let folder: string

beforeAll(async () => {
  folder = await exportedStory(clean)
})

const browsers = {
  chromium: launchChromium,
  firefox: (executablePath: string) => launch({ browser: 'firefox', executablePath, headless: true }),
} as const

describe.for(['chromium', 'firefox'] as const)('%s, from file://', (name) => {
  let browser: Browser

  beforeAll(async () => {
    browser = await browsers[name](browserPath(name, (note) => expect.fail(note)))
    clean(() => browser.close())
  }, 60_000)

  /** A page that is open, with what it asked for and what it complained of. */
  async function opened(path: string) {
    const page = await browser.newPage()
    const [asked, said]: [string[], string[]] = [[], []]
    page.on('request', (request) => void asked.push(request.url()))
    page.on('console', (message) => void said.push(message.text()))
    page.on('pageerror', (error) => void said.push(String(error)))
    const address = pathToFileURL(join(folder, path)).href
    await page.goto(address)
    return { page, asked, said, address }
  }

  test.for([
    ['index.html', 'ltr'],
    ['en/index.html', 'ltr'],
    ['fa/index.html', 'rtl'],
  ] as const)(
    '%s is complete by itself, usable without sight, and asks nobody for anything',
    { timeout: 60_000 },
    async ([path, dir]) => {
      const { page, asked, said, address } = await opened(path)
      // Firefox does not tell of the page itself where it comes from a disk.
      const others = asked.filter((url) => url !== address)
      const fetched = await page.evaluate('performance.getEntriesByType("resource").map(({ name }) => name)')
      expect([others, fetched, said]).toEqual([[], [], []])
      const shown = (await page.evaluate(`({
      dir: getComputedStyle(document.body).direction,
      title: document.title,
      width: document.documentElement.scrollWidth <= innerWidth,
      border: getComputedStyle(document.querySelector('header')).borderBottomStyle,
    })`)) as Readonly<Record<string, unknown>>
      expect(shown).toMatchObject({ dir, width: true, border: 'solid', title: expect.not.stringContaining('owned') })
      expect(await axeFindings(page)).toEqual([])
      await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: 'dark' }]).catch(() => {})
      expect(await axeFindings(page)).toEqual([])
      await page.setViewport({ width: 320, height: 640 })
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(320)
      await page.close()
    },
  )

  test('the way from the languages to a language, to its bundle and back leads through the files alone', {
    timeout: 60_000,
  }, async () => {
    const { page } = await opened('index.html')
    const follow = async (selector: string) => {
      await Promise.all([page.waitForNavigation(), page.click(selector)])
      return page.url()
    }
    expect(await follow('a[hreflang="fa"]')).toBe(pathToFileURL(join(folder, 'fa/index.html')).href)
    expect(await follow('a[hreflang="en"]')).toBe(pathToFileURL(join(folder, 'en/index.html')).href)
    expect(await page.$eval('a[href^="../bundles/"]', (link) => link.getAttribute('href'))).toBe('../bundles/en.json')
    expect(await follow('a.name')).toBe(pathToFileURL(join(folder, 'index.html')).href)
    await page.close()
  })

  test('a script that somebody puts into a copy is not run: the policy of the page forbids it', {
    timeout: 60_000,
  }, async () => {
    const { page } = await opened('en/index.html')
    await page.evaluate(`document.body.insertAdjacentHTML('beforeend', '<p id="in"></p>');
      const script = document.createElement('script'); script.textContent = 'document.title = "owned"'; document.body.append(script)`)
    expect(await page.title()).not.toBe('owned')
    await page.close()
  })
})
