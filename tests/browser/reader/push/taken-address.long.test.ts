import type { Page } from 'puppeteer-core'
import { expect, test } from 'vitest'
import { addressOf, makeBrowserKeys } from '../../../support/browser/browser-keys.ts'
import { loseOnServer, visitAgain } from '../../../support/browser/push-panel.ts'
import { pushedTo, story, wholeWith } from '../../../support/browser/reader-page.ts'
import { openChromium, openFirefox, subscribe } from '../../../support/browser/subscribed-browsers.ts'
import { publish } from '../../../support/processes/service.ts'
import { cleaning } from '../../../support/scratch.ts'

// Who knows a reader's push address without its keys, as a push service does.

const clean = cleaning()
const patient = { timeout: 120_000 }
const open = { Chromium: openChromium, Firefox: openFirefox }
const browsers = ['Chromium', 'Firefox'] as const

const addressIn = (page: Page) =>
  page.evaluate(
    `navigator.serviceWorker.ready.then((it) => it.pushManager.getSubscription()).then((it) => it.endpoint)`,
  ) as Promise<string>

/** What the service answers who sends an address with keys of their own. */
async function claim(
  url: string,
  endpoint: string,
): Promise<readonly [status: number, body: { readonly code?: string }]> {
  const { p256dh, auth } = addressOf(endpoint, makeBrowserKeys())
  const answer = await fetch(new URL('/v1/subscriptions', url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ subscription: { endpoint, keys: { p256dh, auth } }, interest: { languages: ['fa'] } }),
  })
  return [answer.status, (await answer.json()) as { code?: string }]
}

test.for(browsers)(
  'in a real %s a stranger who has the address without its keys takes nothing: alerts go on coming, to one subscription',
  patient,
  async (name, { skip }) => {
    const { tocsin, page } = await open[name](clean, skip)
    await subscribe(page)
    expect(await claim(tocsin.url, await addressIn(page))).toMatchObject([409, { code: 'endpoint-taken' }])
    expect(await pushedTo(tocsin.url)).toBe(1)
    const { alert } = await publish(tocsin.url, story)
    expect(await wholeWith(page, alert)).toMatchObject([{ title: story.texts.fa.headline }])
  },
)

test.for(browsers)(
  'in a real %s an address that a stranger sent first is given up at the next visit, and alerts come to another one',
  patient,
  async (name, { skip }) => {
    const { tocsin, page } = await open[name](clean, skip)
    await subscribe(page)
    const former = await addressIn(page)
    // The server has lost the subscription, such as by an older backup.
    await loseOnServer(page)
    expect(await claim(tocsin.url, former)).toMatchObject([201, {}])
    await visitAgain(page, 'on')
    await expect.poll(() => addressIn(page), { timeout: 30_000 }).not.toBe(former)
    // The browser has it before the service: with the stranger's there are two.
    await expect.poll(() => pushedTo(tocsin.url), { timeout: 30_000 }).toBe(2)
    const { alert } = await publish(tocsin.url, story)
    expect(await wholeWith(page, alert)).toMatchObject([{ title: story.texts.fa.headline }])
  },
)
