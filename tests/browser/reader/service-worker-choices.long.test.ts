import type { Page } from 'puppeteer-core'
import { expect, test } from 'vitest'
import { note, store, story, wholeWith } from '../../support/browser/reader-page.ts'
import { openChromium, openFirefox, subscribe } from '../../support/browser/subscribed-browsers.ts'
import { publish, revise } from '../../support/processes/service.ts'
import { until } from '../../support/push/push-deps.ts'
import { cleaning } from '../../support/scratch.ts'

// What the readers' service worker shows in real browsers, asked of them (getNotifications): what a reader chose for the device
// alone, which no server knows.

const clean = cleaning()
const patient = { timeout: 240_000 }

const open = { Chromium: openChromium, Firefox: openFirefox }
const browsers = ['Chromium', 'Firefox'] as const

const urgent = { ...story, level: 'urgent' }
const usual = { quietFrom: null, quietTo: null, flashPasses: true, dailyMax: null, discreet: false, discreetTitle: '' }
/** Hours that are quiet now, whatever time it is: they end a minute before they begin. */
const always = { ...usual, quietFrom: '12:00', quietTo: '11:59' }

async function withWords(page: Page): Promise<void> {
  // The words of the action come with the page that is kept.
  await until(
    () => page.evaluate(`caches.match('/fa/offline').then((found) => found !== undefined)`) as Promise<boolean>,
  )
}

test.for(browsers)(
  'in a real %s an alert in quiet hours is shown silently, its correction and retraction too, and a flash is heard',
  patient,
  async (name, { skip }) => {
    const { tocsin, page } = await open[name](clean, skip)
    await subscribe(page)
    await store(page, 'device-choices', always)
    const { alert } = await publish(tocsin.url, urgent)
    expect(await wholeWith(page, alert)).toMatchObject([{ title: urgent.texts.fa.headline, silent: true }])
    const corrected = await revise(tocsin.url, alert.id, 'correction', { note })
    expect(await wholeWith(page, corrected.alert)).toMatchObject([{ body: note.fa, silent: true, tag: alert.id }])
    const retracted = await revise(tocsin.url, alert.id, 'retraction', { note })
    const [gone, ...others] = await wholeWith(page, retracted.alert)
    expect([gone?.title, gone?.silent, others]).toEqual([expect.stringMatching(/^پس گرفته شد: /), true, []])
    const flash = await publish(tocsin.url, story)
    expect((await wholeWith(page, flash.alert)).find(({ tag }) => tag === flash.alert.id)?.silent).toBeFalsy()
  },
)

test.for(browsers)(
  'in a real %s the alerts above the daily maximum are shown silently, and what was heard is corrected aloud',
  patient,
  async (name, { skip }) => {
    const { tocsin, page } = await open[name](clean, skip)
    await subscribe(page)
    await store(page, 'device-choices', { ...usual, dailyMax: 1 })
    const shown = async (alert: { id: string; version: number }) => {
      const one = (await wholeWith(page, alert)).find(({ tag }) => tag === alert.id)
      return [one?.title, one?.silent === true]
    }
    const first = await publish(tocsin.url, urgent)
    expect(await shown(first.alert)).toEqual([urgent.texts.fa.headline, false])
    const second = await publish(tocsin.url, { ...urgent, texts: { fa: { headline: 'دومی' } } })
    expect(await shown(second.alert)).toEqual(['دومی', true])
    const corrected = await revise(tocsin.url, first.alert.id, 'correction', { note })
    expect((await shown(corrected.alert))[1]).toBe(false)
  },
)

test.for(browsers)(
  'in a real %s a discreet device tells nothing of an alert, though the server was not told, and hides those before',
  patient,
  async (name, { skip }) => {
    const { tocsin, page } = await open[name](clean, skip)
    await subscribe(page)
    const before = await publish(tocsin.url, urgent)
    expect(await wholeWith(page, before.alert)).toMatchObject([{ title: urgent.texts.fa.headline }])
    await store(page, 'device-choices', { ...usual, discreet: true, discreetTitle: 'یادداشت تازه' })
    const { alert } = await publish(tocsin.url, story)
    const shown = await wholeWith(page, alert)
    expect(shown).toMatchObject([
      { title: 'یادداشت تازه', body: '', lang: '', tag: expect.stringMatching(/^n-/), actions: [] },
    ])
    expect(shown[0]?.icon).toMatch(/^\/icons\/neutral-192\.png$|^$/)
    const corrected = await revise(tocsin.url, alert.id, 'correction', { note })
    expect(await wholeWith(page, corrected.alert)).toMatchObject([
      { title: 'یادداشت تازه', body: '', tag: shown[0]?.tag },
    ])
  },
)

test(
  'in a real Chromium a notification offers a day without sounds, in the reader’s language',
  patient,
  async ({ skip }) => {
    const { tocsin, browser, page } = await openChromium(clean, skip)
    await subscribe(page)
    await withWords(page)
    const { alert } = await publish(tocsin.url, urgent)
    expect(await wholeWith(page, alert)).toMatchObject([
      { actions: ['امروز دیگر بی‌صدا'], icon: '/icons/own/icon-192.png' },
    ])
    const worker = await (await browser.waitForTarget((it) => it.type() === 'service_worker')).worker()
    // A click on the button, as the browser tells the worker of one.
    await worker?.evaluate(`self.registration.getNotifications().then(([notification]) =>
    self.dispatchEvent(new NotificationEvent('notificationclick', { notification, action: 'mute-today' })))`)
    await until(
      () =>
        page.evaluate(
          'navigator.serviceWorker.ready.then((it) => it.getNotifications()).then((all) => all.length === 0)',
        ) as Promise<boolean>,
    )
    const next = await publish(tocsin.url, { ...urgent, texts: { fa: { headline: 'بعدی' } } })
    expect(await wholeWith(page, next.alert)).toMatchObject([{ title: 'بعدی', silent: true }])
  },
)
