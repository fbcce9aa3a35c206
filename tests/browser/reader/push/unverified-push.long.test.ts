import type { Page } from 'puppeteer-core'
import { expect, test } from 'vitest'
import { shownWith, store, stored, story } from '../../../support/browser/reader-page.ts'
import { openChromium, openFirefox, subscribe } from '../../../support/browser/subscribed-browsers.ts'
import { publish } from '../../../support/processes/service.ts'
import { until } from '../../../support/push/push-deps.ts'
import { cleaning } from '../../../support/scratch.ts'
import { ringOf } from '../../../support/signing/signed-logs.ts'

const clean = cleaning()
const patient = { timeout: 240_000 }
const open = { Chromium: openChromium, Firefox: openFirefox }

const titles = (page: Page) =>
  page.evaluate(`navigator.serviceWorker.ready
    .then((registration) => registration.getNotifications())
    .then((all) => all.map(({ title, body }) => title + body))`) as Promise<string[]>

test.for(['Chromium', 'Firefox'] as const)(
  'in a real %s the service’s key is pinned, what it signed is shown, and what another signed is said without its text',
  patient,
  async (name, { skip }) => {
    const { tocsin, page } = await open[name](clean, skip)
    await subscribe(page)
    const { signingKeys } = (await (await fetch(`${tocsin.url}/v1/newsroom`)).json()) as { signingKeys: unknown }
    await until(async () => (await stored(page, 'signing-keys')) !== undefined)
    expect(await stored(page, 'signing-keys')).toEqual(signingKeys)
    const first = await publish(tocsin.url, story)
    expect(await shownWith(page, first.alert)).toMatchObject([{ title: story.texts.fa.headline }])
    // Another's key is pinned from now on.
    await store(page, 'signing-keys', ringOf(0).keys)
    const forged = { ...story, texts: { fa: { headline: 'دومی', summary: 'نادرست' } } }
    await publish(tocsin.url, forged)
    await until(async () =>
      (await titles(page)).some((it) => it === 'یک مورد تازه قابل تأیید نبود و نشان داده نمی‌شود.'),
    )
    expect((await titles(page)).filter((it) => it.includes('دومی'))).toEqual([])
    expect(JSON.stringify(await stored(page, 'seen'))).not.toContain('دومی')
  },
)
