import type { Browser } from 'puppeteer-core'
import { expect, test } from 'vitest'
import { notificationOf, onScreen } from '../../support/browser/desktop-notifications.ts'
import { chooseDiscreet, story } from '../../support/browser/reader-page.ts'
import { openFirefox, subscribe } from '../../support/browser/subscribed-browsers.ts'
import { publish, revise } from '../../support/processes/service.ts'
import { until } from '../../support/push/push-deps.ts'
import { cleaning } from '../../support/scratch.ts'

// What a reader sees on the screen of a computer, and where a click on it leads: in Firefox's own notification windows.

const clean = cleaning()
const patient = { timeout: 180_000 }

const paths = async (browser: Browser) => {
  const pages = await browser.pages()
  return pages
    .map((page) => page.url())
    .filter((url) => url.startsWith('http'))
    .map((url) => new URL(url).pathname)
}

test(
  'Firefox: a click on a notification brings the open page to its alert, and a correction takes its place',
  patient,
  async ({ skip }) => {
    const { tocsin, browser, page } = await openFirefox(clean, skip, { path: '/en/' })
    await subscribe(page)
    const { alert } = await publish(tocsin.url, story)
    const { headline } = story.texts.en
    const first = await notificationOf(browser, headline)
    expect(first.body).toContain(story.texts.en.summary)
    await first.click()
    await until(async () => (await paths(browser)).includes(`/en/alerts/${alert.id}`))
    expect(await paths(browser), 'no second page is opened').toHaveLength(1)
    await until(async () => (await onScreen(browser)).length === 0)

    const corrected = { texts: { en: { headline: 'Four are said to be hurt' } }, note: { en: 'The number was wrong.' } }
    await revise(tocsin.url, alert.id, 'correction', corrected)
    const words = async () => (await onScreen(browser)).map(({ title, body }) => `${title} ${body}`)
    await until(async () => (await words()).some((it) => it.includes('Four are said to be hurt')))
    expect(await words(), 'one for an alert').toHaveLength(1)
    await revise(tocsin.url, alert.id, 'retraction', { note: { en: 'It was not so.' } })
    await until(async () => (await words()).some((it) => it.includes('It was not so.')))
    expect(await words(), 'one for an alert, whatever became of it').toHaveLength(1)
  },
)

test('Firefox: with no page open a click opens one at the alert', patient, async ({ skip }) => {
  const { tocsin, browser, page } = await openFirefox(clean, skip, { path: '/en/' })
  await subscribe(page)
  await browser.newPage()
  await page.close()
  expect(await paths(browser)).toEqual([])
  const { alert } = await publish(tocsin.url, story)
  await (await notificationOf(browser, story.texts.en.headline)).click()
  await until(async () => (await paths(browser)).includes(`/en/alerts/${alert.id}`))
})

test('Firefox: a discreet notification names nothing on the screen', patient, async ({ skip }) => {
  const { tocsin, browser, page } = await openFirefox(clean, skip, { path: '/en/' })
  await chooseDiscreet(page)
  await subscribe(page)
  await publish(tocsin.url, story)
  await until(async () => (await onScreen(browser)).length === 1)
  const [shown] = await onScreen(browser)
  const words = `${shown?.title} ${shown?.body}`
  expect(shown?.title).not.toBe('')
  for (const word of [...story.texts.en.headline.split(' '), 'Tocsin']) expect(words).not.toContain(word)
})
