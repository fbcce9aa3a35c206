import { expect, test } from 'vitest'
import { loseOnServer, untilPanelSays, untilState, visitAgain } from '../../support/browser/push-panel.ts'
import { pushedTo, shownWith, story } from '../../support/browser/reader-page.ts'
import { openFirefox } from '../../support/browser/subscribed-browsers.ts'
import { publish } from '../../support/processes/service.ts'
import { until } from '../../support/push/push-deps.ts'
import { cleaning } from '../../support/scratch.ts'

const clean = cleaning()
const patient = { timeout: 120_000 }

const path = '/en/'

test('Firefox: subscribe, test, heal, leave', patient, async ({ skip }) => {
  const { autopush, tocsin, page } = await openFirefox(clean, skip, { path })
  expect(autopush.channels.size, 'nothing is asked for before the tap').toBe(0)
  await page.click('#subscribe')
  await untilState(page, 'on')
  await page.click('#test-push')
  await untilPanelSays(page, /^The test has come\.$/)
  await loseOnServer(page)
  await visitAgain(page, 'on')
  await until(async () => (await pushedTo(tocsin.url)) === 1)
  expect(autopush.channels.size, 'the same address').toBe(1)
  const { alert } = await publish(tocsin.url, story)
  const shown = await shownWith(page, alert)
  expect(shown.map(({ title }) => title)).toContain(story.texts.en.headline)
  await page.click('#unsubscribe')
  await untilState(page, 'off')
  await until(async () => autopush.channels.size === 0 && (await pushedTo(tocsin.url)) === 0)
})

test('Firefox: blocked, and how to undo it there', patient, async ({ skip }) => {
  const prefs = { 'permissions.default.desktop-notification': 2 }
  const { page } = await openFirefox(clean, skip, { path, prefs, state: 'denied' })
  await untilPanelSays(page, /^Click the sign left of the address that is crossed out(?:.|\n)*In a private window/)
})

test('Firefox: its push service cannot be reached', patient, async ({ skip }) => {
  const { page, tocsin } = await openFirefox(clean, skip, { path, prefs: { 'dom.push.connection.enabled': false } })
  await page.click('#subscribe')
  await untilPanelSays(page, /^Your browser could not reach its maker’s push service/)
  expect(await pushedTo(tocsin.url)).toBe(0)
})
