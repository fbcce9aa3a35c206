import { expect, test } from 'vitest'
import { browserPath, launchFirefox } from '../../support/browser/browsers.ts'
import { loseOnServer, untilPanelSays, untilState, visitAgain } from '../../support/browser/push-panel.ts'
import { pushedTo, shownWith, story } from '../../support/browser/reader-page.ts'
import { publish } from '../../support/processes/service.ts'
import { startAutopush } from '../../support/push/autopush.ts'
import { until } from '../../support/push/push-deps.ts'
import { startPushService } from '../../support/push/push-service.ts'
import { startPushing } from '../../support/push/pushing-service.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'

const clean = cleaning()
const patient = { timeout: 120_000 }

async function setUp(skip: (note: string) => never, prefs: Readonly<Record<string, unknown>> = {}) {
  const executable = browserPath('firefox', skip)
  const service = await startPushService()
  clean(() => service.close())
  const autopush = await startAutopush(service)
  clean(() => autopush.close())
  const tocsin = await startPushing(scratchFolder(clean), service)
  clean(() => tocsin.end('SIGTERM'))
  const browser = await launchFirefox(executable, autopush.url, prefs)
  clean(() => browser.close())
  const page = await browser.newPage()
  await page.goto(new URL('/en/', tocsin.url).href)
  return { autopush, tocsin, page }
}

test('Firefox: subscribe, test, heal, leave', patient, async ({ skip }) => {
  const { autopush, tocsin, page } = await setUp(skip)
  await untilState(page, 'off')
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
  const { page } = await setUp(skip, { 'permissions.default.desktop-notification': 2 })
  await untilState(page, 'denied')
  await untilPanelSays(page, /^Click the sign left of the address that is crossed out(?:.|\n)*In a private window/)
})

test('Firefox: its push service cannot be reached', patient, async ({ skip }) => {
  const { page, tocsin } = await setUp(skip, { 'dom.push.connection.enabled': false })
  await untilState(page, 'off')
  await page.click('#subscribe')
  await untilPanelSays(page, /^Your browser could not reach its maker’s push service/)
  expect(await pushedTo(tocsin.url)).toBe(0)
})
