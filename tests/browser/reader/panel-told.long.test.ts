import type { Page } from 'puppeteer-core'
import { expect, test } from 'vitest'
import { chooseDiscreet, story, wholeWith } from '../../support/browser/reader-page.ts'
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

const acts: readonly (readonly [string, (page: Page) => Promise<unknown>])[] = [['is made discreet', chooseDiscreet]]

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
