import type { Page } from 'puppeteer-core'
import { expect, test } from 'vitest'
import { panelSays } from '../../support/browser/push-panel.ts'
import { chooseDiscreet, pushedTo, stateOf, store, story, wholeWith } from '../../support/browser/reader-page.ts'
import { openChromium, openFirefox, subscribe } from '../../support/browser/subscribed-browsers.ts'
import { publish } from '../../support/processes/service.ts'
import { until } from '../../support/push/push-deps.ts'
import { cleaning } from '../../support/scratch.ts'

// What stands on the screen and in the panel while the page stays open, in real browsers.

const clean = cleaning()
const patient = { timeout: 240_000 }
const open = { Chromium: openChromium, Firefox: openFirefox }
const browsers = ['Chromium', 'Firefox'] as const

const shownNow = (page: Page) =>
  page.evaluate(
    `navigator.serviceWorker.ready.then((it) => it.getNotifications()).then((all) => all.map(({ title }) => title))`,
  ) as Promise<string[]>

const acts: readonly (readonly [string, (page: Page) => Promise<unknown>])[] = [
  ['is made discreet', chooseDiscreet],
  ['turns notifications off', (page) => page.click('#unsubscribe')],
]

test.for(browsers.flatMap((name) => acts.map(([what, act]) => ({ name, what, act }))))(
  'in a real $name nothing that tells of an alert stays on the screen of a device that $what',
  patient,
  async ({ name, act }, { skip }) => {
    const { tocsin, page } = await open[name](clean, skip)
    await subscribe(page)
    for (const headline of ['یکم', 'دوم']) {
      const { alert } = await publish(tocsin.url, { ...story, texts: { fa: { headline } } })
      await wholeWith(page, alert)
    }
    expect(await shownNow(page)).toHaveLength(2)
    await act(page)
    await until(async () => (await shownNow(page)).length === 0)
  },
)

test.for(['at last', 'never'] as const)(
  'a push service that does not answer is said to be asked, then to be out of reach; one that answers %s',
  patient,
  async (when, { skip }) => {
    const { tocsin, page } = await openChromium(clean, skip, { path: '/en/' })
    const says = () => panelSays(page)
    await page.evaluate(`PushManager.prototype.realSubscribe = PushManager.prototype.subscribe
      PushManager.prototype.subscribe = async function (options) {
        await new Promise((resolve, reject) => {
          window.answer = resolve
          window.refuse = () => reject(new DOMException('no', 'AbortError'))
        })
        return this.realSubscribe(options)
      }`)
    await page.click('#subscribe')
    await until(async () => (await says()) === 'Connecting…')
    expect(await page.evaluate(`document.getElementById('push-message').role ?? 'status'`)).toBe('status')
    await until(async () => /^Your browser could not reach its maker’s push service/.test(await says()))
    expect(
      await page.evaluate(`document.getElementById('subscribe').ariaDisabled`),
      'it can be pressed again',
    ).toBeNull()
    expect(await pushedTo(tocsin.url)).toBe(0)
    await page.evaluate(when === 'never' ? 'refuse()' : 'answer()')
    if (when === 'never') return
    await until(async () => (await stateOf(page)) === 'on')
    expect([await says(), await pushedTo(tocsin.url)]).toEqual(['', 1])
  },
)

test.for(browsers)(
  'in a real %s the panel of an open page says when the last notification came',
  patient,
  async (name, { skip }) => {
    const { tocsin, page } = await open[name](clean, skip, { path: '/en/' })
    await subscribe(page)
    const last = () => page.evaluate(`document.getElementById('last-came').textContent`) as Promise<string>
    await expect.poll(last).toBe('No notification has come to this device yet.')
    await wholeWith(page, (await publish(tocsin.url, story)).alert)
    await until(async () => /^Last notification: [^.]* · Nothing since\.$/.test(await last()))
    // One that the page was not told of, as while a phone had frozen it.
    await store(page, 'last-came', '2001-02-03T12:00:00.000Z')
    await page.evaluate(`document.dispatchEvent(new Event('visibilitychange'))`)
    await until(async () => (await last()).includes('2001'))
  },
)

test('a discreet device shows no name and icon of the newsroom on any page', patient, async ({ skip }) => {
  const { tocsin, page } = await openChromium(clean, skip, { path: '/en/' })
  await chooseDiscreet(page)
  const hidden = () =>
    page.evaluate(`[document.title, new URL(document.querySelector('link[rel=icon]').href).pathname]`)
  await until(async () => JSON.stringify(await hidden()).includes('/icons/neutral-192.png'))
  const front = await hidden()
  for (const path of ['/en/privacy', '/en/notifications', '/en/offline', '/en/nowhere']) {
    await page.goto(new URL(path, tocsin.url).href)
    // The page's script comes after the page.
    await expect.poll(hidden, { message: path, timeout: 10_000 }).toEqual(front)
  }
})
