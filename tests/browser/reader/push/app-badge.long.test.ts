import type { Browser } from 'puppeteer-core'
import { expect, test } from 'vitest'
import { note, stored, story } from '../../../support/browser/reader-page.ts'
import { openChromium, subscribe } from '../../../support/browser/subscribed-browsers.ts'
import { publish, revise } from '../../../support/processes/service.ts'
import { until } from '../../../support/push/push-deps.ts'
import { cleaning } from '../../../support/scratch.ts'

// The number on the icon of the installed page, asked of Chromium itself (CDP's PWA.getOsAppState): what it would hand to the
// system's launcher.

const clean = cleaning()
const patient = { timeout: 120_000 }

/** Installs the page, and gives what asks for the number. */
async function install(browser: Browser, url: string, language: string): Promise<() => Promise<number>> {
  const manifestId = new URL('/', url).href
  await browser.installPWA({ manifestId, installUrlOrBundleUrl: new URL(`/${language}/`, url).href })
  return async () => (await browser.getPWAState({ manifestId })).badgeCount
}

/** Waits until the number is this, and says which it was when that never comes. */
async function untilBadge(badge: () => Promise<number>, wanted: number): Promise<void> {
  let last = Number.NaN
  await until(async () => {
    last = await badge()
    return last === wanted
  }).catch(() => expect(last).toBe(wanted))
}

test(
  'the icon of the installed page has the number of alerts that came unseen, an alert once however often it changes',
  patient,
  async ({ skip }) => {
    const { tocsin, browser, page } = await openChromium(clean, skip, { installs: true })
    await subscribe(page)
    const badge = await install(browser, tocsin.url, 'fa')
    expect(await badge()).toBe(0)
    // No page of ours is in sight.
    await page.goto('about:blank')

    const { alert } = await publish(tocsin.url, story)
    await untilBadge(badge, 1)
    await publish(tocsin.url, { ...story, texts: { fa: { headline: 'جاده باز است' } } })
    await untilBadge(badge, 2)
    await revise(tocsin.url, alert.id, 'correction', { note })
    await publish(tocsin.url, { ...story, texts: { fa: { headline: 'پس از آن' } } })
    await untilBadge(badge, 3)

    await page.goto(new URL('/fa/', tocsin.url).href)
    await untilBadge(badge, 0)
    expect(await stored(page, 'unread')).toEqual([])
  },
)

test('nothing is counted on the icon of the installed page while the reader looks at it', patient, async ({ skip }) => {
  const { tocsin, browser, page } = await openChromium(clean, skip, { installs: true })
  await subscribe(page)
  const badge = await install(browser, tocsin.url, 'fa')
  await page.bringToFront()
  // The worker tells its pages once it is done with a push.
  const done = page.evaluate(
    `new Promise((resolve) => navigator.serviceWorker.addEventListener('message', () => resolve(true), { once: true }))`,
  )
  await publish(tocsin.url, story)
  expect(await done).toBe(true)
  expect(await badge()).toBe(0)
  await page.goto('about:blank')
  await publish(tocsin.url, { ...story, texts: { fa: { headline: 'جاده باز است' } } })
  await untilBadge(badge, 1)
})
