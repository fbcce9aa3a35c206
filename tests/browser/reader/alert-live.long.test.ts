import type { Page } from 'puppeteer-core'
import { expect, test } from 'vitest'
import { axeFindings } from '../../support/browser/axe.ts'
import { openPages } from '../../support/browser/open-pages.ts'
import { publish, revise } from '../../support/processes/service.ts'
import { until } from '../../support/push/push-deps.ts'
import { cleaning } from '../../support/scratch.ts'

// The permanent page of an alert, which notifications and links lead to, while it is open.

const clean = cleaning()
const patient = { timeout: 180_000 }
const texts = {
  en: { headline: 'Five killed', summary: 'In Kabul.', url: 'https://news.example/5' },
  fa: { headline: 'پنج تن کشته شدند', summary: 'در کابل.', url: 'https://news.example/fa' },
}

async function opened(skip: (note: string) => never) {
  const { url, page, errors } = await openPages(clean, skip)
  const { alert } = await publish(url, { level: 'urgent', texts })
  const go = async (language: string) => {
    const isAsked = page.waitForRequest((request) => request.resourceType() === 'fetch')
    await page.goto(new URL(`/${language}/alerts/${alert.id}`, url).href)
    // Asked for as soon as the stream stands.
    await isAsked
  }
  return { url, id: alert.id, page, errors, go }
}

const visible = (page: Page) => page.evaluate('document.body.innerText') as Promise<string>
const announced = (page: Page) =>
  page.evaluate(`document.querySelector('main [role=status]')?.textContent ?? ''`) as Promise<string>

test.each(['en', 'fa'] as const)(
  'in %s a correction and a retraction come to the open page, with its history and title',
  patient,
  async (tag) => {
    const { url, id, page, errors, go } = await opened((note) => expect.fail(note))
    await go(tag)
    expect(await announced(page)).toBe('')
    await page.focus('.story')
    const correction = {
      texts: { en: { headline: 'Four killed' }, fa: { headline: 'چهار تن کشته شدند' } },
      note: { en: 'It was not five.', fa: 'پنج نبود.' },
    }
    await revise(url, id, 'correction', correction)
    const corrected = correction.texts[tag].headline
    await until(async () => (await page.$eval('h1', (it) => it.textContent)) === corrected)
    expect(await visible(page)).toContain(correction.note[tag])
    expect(await page.title()).toContain(corrected)
    expect(await page.$$eval('.history li', (all) => all.length)).toBe(2)
    expect(await announced(page)).toContain(`${corrected}. `)
    expect(await page.evaluate('document.activeElement.className'), 'the focus stays').toBe('story')

    const note = { en: 'Nobody was killed.', fa: 'هیچ‌کس کشته نشد.' }
    await revise(url, id, 'retraction', { note })
    await until(async () => (await visible(page)).includes(note[tag]))
    expect(await page.$eval('h1 s', (it) => it.textContent)).toBe(corrected)
    expect(await visible(page)).not.toContain('news.example')
    expect(await announced(page)).toContain(note[tag])
    expect(await page.evaluate('document.activeElement.localName'), 'not at the page’s beginning').not.toBe('body')
    expect(await axeFindings(page)).toEqual([])

    // What came live is what the service writes.
    const body = () => page.$eval('article.whole', (it) => it.textContent)
    const live = await body()
    await page.reload()
    expect(await body()).toBe(live)
    expect(errors).toEqual([])
  },
)

test('what happened without a connection comes with it, and other alerts change nothing', patient, async ({ skip }) => {
  const { url, id, page, errors, go } = await opened(skip)
  await go('en')
  await page.setOfflineMode(true)
  await revise(url, id, 'correction', { texts: { en: { headline: 'Four killed' } }, note: { en: 'It was not five.' } })
  await publish(url, { level: 'flash', texts: { en: { headline: 'Elsewhere' } } })
  expect(await page.$eval('h1', (it) => it.textContent)).toBe('Five killed')
  await page.setOfflineMode(false)
  await until(async () => (await page.$eval('h1', (it) => it.textContent)) === 'Four killed')
  expect(await visible(page)).not.toContain('Elsewhere')

  // A change that says nothing in this language leaves what stands here.
  await revise(url, id, 'update', { texts: { fa: { headline: 'چهار تن' } } })
  await revise(url, id, 'correction', { texts: { en: { headline: 'Three killed' } }, note: { en: 'Nor four.' } })
  await until(async () => (await page.$eval('h1', (it) => it.textContent)) === 'Three killed')
  expect(await page.$$eval('.history li', (all) => all.length)).toBe(3)
  expect(errors).toEqual([])
})

test(
  'in a page of a former part of the history what comes live changes the alert, and leaves no gap in the list',
  patient,
  async ({ skip }) => {
    const { url, id, page, errors, go } = await opened(skip)
    const said = (text: string) => ({ texts: { en: { headline: text } }, note: { en: `So: ${text}.` } })
    for (const text of ['Four killed', 'Three killed']) await revise(url, id, 'correction', said(text))
    await go('en')
    await page.goto(`${page.url()}?before=2`)
    const listed = () => page.$$eval('.history li .headline', (all) => all.map((it) => it.textContent))
    expect(await listed()).toEqual(['Five killed'])
    await revise(url, id, 'correction', said('Two killed'))
    await until(async () => (await page.$eval('h1', (it) => it.textContent)) === 'Two killed')
    expect(await listed()).toEqual(['Five killed'])
    expect(errors).toEqual([])
  },
)
