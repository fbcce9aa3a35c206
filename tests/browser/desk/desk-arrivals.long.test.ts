import type { Page } from 'puppeteer-core'
import { afterAll, expect, test } from 'vitest'
import { axeFindings } from '../../support/browser/axe.ts'
import { deskOf, launched, newEditor, serviceForDesk, textOf } from '../../support/browser/desk-page.ts'
import { ask, english, newKey } from '../../support/processes/service.ts'
import { until } from '../../support/push/push-deps.ts'
import { cleaning } from '../../support/scratch.ts'

// What a colleague submits for approval is noticed on every other desk, on a phone too, whatever is done there.

const clean = cleaning()
const cleanAtEnd = cleaning(afterAll)
const newsroom = {
  name: 'Try',
  languages: [{ tag: 'en' }, { tag: 'fa' }],
  rules: { levels: { flash: { approvals: 1, holdSeconds: 900 } } },
}

async function submitted(url: string, key: string, headline: string) {
  const headers = { authorization: `Bearer ${key}`, 'idempotency-key': newKey() }
  const answer = await ask(url, 'POST', '/v1/alerts', { level: 'flash', ...english(headline) }, headers)
  expect(answer.status).toBe(202)
}

const title = (page: Page) => page.evaluate('document.title') as Promise<string>
const isInSight = (page: Page, selector: string) =>
  page.evaluate(`(({ top, bottom }) => top >= 0 && bottom <= innerHeight)(
    document.querySelector('${selector}').getBoundingClientRect())`) as Promise<boolean>

test.each(['en', 'fa'])(
  'it is told once, at 360 px and while one types, in %s',
  { timeout: 180_000 },
  async (language) => {
    const browser = await launched('chromium', cleanAtEnd, () => {
      throw new Error('no browser')
    })
    const { url } = await serviceForDesk(clean, newsroom)
    const [anna, boris] = [await newEditor(url, 'Anna'), await newEditor(url, 'Boris')]
    const mine = await deskOf(browser, url, anna.key)
    const { page, close, errors } = await deskOf(browser, url, boris.key, `/desk?lang=${language}`)
    clean(close)
    clean(mine.close)
    await page.setViewport({ width: 360, height: 740 })
    const plain = await title(page)
    await page.focus('#headline-en')
    await page.keyboard.type('Something else')

    await submitted(url, anna.key, 'Fire at the port')
    await until(async () => (await textOf(page, '#arrivals')).includes('Fire at the port'))
    // The region that is read out was there before.
    expect(await page.$eval('#arrivals', (it) => it.getAttribute('role'))).toBe('status')
    await page.keyboard.type(', and more of it')
    expect([await isInSight(page, '#arrivals-show'), await isInSight(page, '#headline-en')]).toEqual([true, true])
    expect(await axeFindings(page)).toEqual([])
    const one = language === 'fa' ? '۱' : '1'
    expect(await title(page)).toBe(`(${one}) ${plain}`)

    await page.locator('#arrivals-show').click()
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Fire at the port')
    expect(await textOf(page, '#arrivals')).toBe('')
    expect(await title(page)).toBe(`(${one}) ${plain}`)

    // Several at once are one sentence.
    await Promise.all(['Flood', 'Storm'].map((headline) => submitted(url, anna.key, headline)))
    await until(async () => (await textOf(page, '#arrivals')).includes(language === 'fa' ? '۲' : '2 items'))
    await page.locator('#arrivals-show').click()
    expect(await page.evaluate('document.activeElement.id')).toBe('waiting-title')

    // Who submitted it knows.
    await mine.page.waitForSelector('#waiting li')
    expect([await textOf(mine.page, '#arrivals'), (await title(mine.page)).startsWith('(')]).toEqual(['', false])
    expect([...errors, ...mine.errors]).toEqual([])
  },
)
