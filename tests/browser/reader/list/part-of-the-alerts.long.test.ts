import type { Page } from 'puppeteer-core'
import { expect, test } from 'vitest'
import { axeFindings } from '../../../support/browser/axe.ts'
import { openPages } from '../../../support/browser/open-pages.ts'
import { publish } from '../../../support/processes/service.ts'
import { until } from '../../../support/push/push-deps.ts'
import { cleaning } from '../../../support/scratch.ts'

// What of the alerts a page shows, how it leads to the others, and its list of languages: in a real browser.

const clean = cleaning()
const patient = { timeout: 180_000 }
const inPage = <Result>(page: Page, script: string) => page.evaluate(script) as Promise<Result>
const headlines = (page: Page) =>
  inPage<string[]>(page, `[...document.querySelectorAll('h3.headline')].map((it) => it.textContent)`)
const hrefs = (page: Page, selector: string) =>
  inPage<string[]>(page, `[...document.querySelectorAll('${selector}')].map((it) => it.getAttribute('href'))`)
const isLive = (page: Page) =>
  until(async () => (await inPage(page, `document.getElementById('connection').dataset.state`)) === 'live')

test(
  'a choice is said above the list, in the links to feeds and to older alerts, and can be undone',
  patient,
  async () => {
    const { url, page, errors } = await openPages(clean, (note) => expect.fail(note))
    for (let nth = 1; nth <= 110; nth += 1)
      await publish(url, { level: nth % 2 === 0 ? 'urgent' : 'routine', texts: { en: { headline: `No. ${nth}` } } })
    await page.goto(new URL('/en/', url).href)
    await isLive(page)
    expect(await inPage(page, `document.getElementById('filtered').hidden`)).toBe(true)

    await inPage(
      page,
      `(() => {
    document.querySelector('#choice-form [name=level]').value = 'urgent'
    document.querySelector('#choice-form [type=submit]').click()
  })()`,
    )
    const noted = () => inPage<string>(page, `document.getElementById('filtered').innerText`)
    await until(async () => (await noted()).includes('Urgent news and flashes'))
    expect((await headlines(page))[0]).toBe('No. 110')
    expect(await hrefs(page, '.feeds a')).toEqual(['/feeds/en.atom?level=urgent', '/feeds/en.json?level=urgent'])
    expect(await axeFindings(page)).toEqual([])

    await Promise.all([page.waitForNavigation(), page.click('#older a')])
    expect(await headlines(page)).toEqual(['No. 10', 'No. 8', 'No. 6', 'No. 4', 'No. 2'])
    const title = `document.querySelector('h3.headline').closest('article').querySelector('time').title`
    await until(async () => (await inPage<string>(page, title)) !== '')
    expect(await axeFindings(page)).toEqual([])

    // The choice is remembered in this browser: the page says so again, and lets go of it.
    await page.goto(new URL('/en/', url).href)
    await until(async () => (await noted()).includes('Urgent news and flashes'))
    await page.click('#filtered a')
    await until(async () => (await headlines(page))[1] === 'No. 109')
    expect(await inPage(page, `document.getElementById('filtered').hidden`)).toBe(true)
    expect(await inPage(page, 'document.activeElement.id'), 'not at the page’s beginning').toBe('latest')
    expect(await hrefs(page, '.feeds a')).toEqual(['/feeds/en.atom', '/feeds/en.json'])
    await Promise.all([page.waitForNavigation(), page.click('#older a')])
    expect((await headlines(page))[0]).toBe('No. 60')
    expect(errors).toEqual([])
  },
)

test.each(['/en/', '/en/privacy', '/en/alerts/'])(
  'the list of languages of %s closes by Escape and elsewhere, and its links are gone through by arrow keys',
  patient,
  async (path) => {
    const { url, page } = await openPages(clean, (note) => expect.fail(note))
    const { alert } = await publish(url, { level: 'urgent', texts: { en: { headline: 'Rain' } } })
    await page.goto(new URL(path.endsWith('alerts/') ? `${path}${alert.id}` : path, url).href)
    const focused = () => inPage<string>(page, `document.activeElement.hreflang || document.activeElement.localName`)
    const isOpen = () => inPage<boolean>(page, `document.querySelector('.languages').open`)
    await page.focus('.languages summary')
    await page.keyboard.press('Enter')
    // What the keys do may have to be loaded first.
    await until(async () => {
      await page.focus('.languages summary')
      await page.keyboard.press('ArrowDown')
      return (await focused()) === 'en'
    })
    await page.keyboard.press('ArrowDown')
    const second = await focused()
    expect(['en', 'summary']).not.toContain(second)
    await page.keyboard.press('ArrowUp')
    expect(await focused()).toBe('en')
    await page.keyboard.press('End')
    expect(['en', 'summary']).not.toContain(await focused())
    await page.keyboard.press('Home')
    expect(await focused()).toBe('en')
    await page.keyboard.press('Escape')
    expect([await isOpen(), await focused()]).toEqual([false, 'summary'])
    await page.keyboard.press('Enter')
    expect(await isOpen()).toBe(true)
    // In the margin, where neither a link nor the list is.
    await page.mouse.click(2, 300)
    expect(await isOpen()).toBe(false)
  },
)
