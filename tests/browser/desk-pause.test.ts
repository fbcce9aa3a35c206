import { expect, test } from 'vitest'
import { browserPath, errorsOf, launchChromium } from '../support/browser/browsers.ts'
import { importCrowd } from '../support/bulk-subscriptions.ts'
import { adminKey, ask, english, publish } from '../support/processes/service.ts'
import { makeInterest, until } from '../support/push/push-deps.ts'
import { startPushService } from '../support/push/push-service.ts'
import { startPushing } from '../support/push/pushing-service.ts'
import { cleaning, scratchFolder } from '../support/scratch.ts'

const clean = cleaning()

test('an admin turns the kill switch at the desk, sees alarms there, and stops an alert', async ({ skip }) => {
  const executable = browserPath('chromium', skip)
  const service = await startPushService()
  clean(() => service.close())
  service.script = ({ host }) => ({ status: host === 'fcm.googleapis.com' ? 410 : 400 })
  const folder = scratchFolder(clean)
  const gone = Array.from({ length: 220 }, () => service.makeReader('fcm.googleapis.com'))
  await importCrowd(
    folder,
    gone.map(({ address }) => ({ address, interest: makeInterest() })),
  )
  const tocsin = await startPushing(folder, service)
  clean(() => tocsin.end('SIGTERM'))
  const { endpoint, p256dh, auth } = service.makeReader().address
  const subscription = { endpoint, keys: { p256dh, auth } }
  await ask(tocsin.url, 'POST', '/v1/subscriptions', { subscription, interest: { languages: ['en'] } })
  await publish(tocsin.url, english('Monitors leave the valley'))
  const alarms = async () => (await ask(tocsin.url, 'GET', '/v1/desk/alarms')).text()
  await until(async () => /(?=.*"ours")(?=.*"gone")/.test(await alarms()))

  const browser = await launchChromium(executable)
  clean(() => browser.close())
  const page = await browser.newPage()
  const errors = errorsOf(page)
  page.on('dialog', (dialog) => void dialog.accept())
  await page.goto(new URL('/desk', tocsin.url).href)
  await page.locator('#key').fill(adminKey)
  await page.locator('#sign-in button').click()
  const reads = (selector: string) => page.$eval(selector, (element) => element.textContent ?? '')
  const seen = (selector: string) => page.waitForSelector(selector, { visible: true })

  await seen('#alarm-list li')
  expect(await reads('#alarm-list')).toContain('updates.push.services.mozilla.com')
  expect(await reads('#alarm-list')).toContain('So many addresses look gone that none is deleted.')

  await page.select('#pause-scope', 'languages fa')
  await page.locator('#pause-reason').fill('Someone has our key.')
  await page.locator('#pause-turn').click()
  await seen('#pause')
  expect(await reads('#pause')).toMatch(/Paused: \u2068+فارسی\u2069+\./)
  expect(await reads('#pause')).toContain('Someone has our key.')
  expect(await reads('#pause')).toContain(' By First admin.')
  const paused = await (await ask(tocsin.url, 'GET', '/v1/desk/pause')).json()
  expect(paused).toMatchObject({ pause: { languages: ['fa'], topics: [] } })

  await page.waitForFunction("document.getElementById('pause-reason').value === ''")
  await page.select('#pause-scope', 'languages en')
  await page.locator('#pause-reason').fill('English too.')
  await page.locator('#pause-turn').click()
  const pausedNow = async () => {
    const answer = await ask(tocsin.url, 'GET', '/v1/desk/pause')
    return ((await answer.json()) as { pause: { languages: string[] } }).pause
  }
  await until(async () => (await pausedNow()).languages.length === 2)
  await page.waitForFunction("document.getElementById('pause-reason').value === ''")
  await page.select('#pause-scope', 'languages fa')
  await page.locator('#pause-reason').fill('Persian is right again.')
  await page.locator('#pause-resume').click()
  await until(async () => (await pausedNow()).languages.length === 1)
  expect(await pausedNow()).toMatchObject({ languages: ['en'], topics: [] })
  await page.waitForFunction("document.getElementById('pause-reason').value === ''")
  await page.locator('#pause-reason').fill('All of it.')
  await page.locator('#pause-turn').click()
  await until(async () => (await pausedNow()).languages.length === 0)
  expect(await pausedNow()).toMatchObject({ languages: [], topics: [], reason: 'All of it.' })
  await page.waitForFunction("document.getElementById('pause-reason').value === ''")

  await page.locator('#pause-reason').fill('The key is changed.')
  await page.locator('::-p-aria([name="Resume"][role="button"])').click()
  await page.waitForSelector('#pause', { hidden: true })
  expect(await reads('#pause')).toBe('')
  expect(await (await ask(tocsin.url, 'GET', '/v1/desk/pause')).json()).toEqual({ pause: null })

  // Another admin turns it while a reason is being written here: that reason must not begin a pause of its own.
  const lookAgain = () => page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
  await ask(tocsin.url, 'POST', '/v1/desk/pause', { languages: ['fa'], reason: 'By another admin.' })
  await lookAgain()
  await seen('#pause')
  await page.locator('#pause-reason').fill('It was a false alarm.')
  await ask(tocsin.url, 'POST', '/v1/desk/resume', { reason: 'Done.' })
  await lookAgain()
  await page.waitForSelector('#pause', { hidden: true })
  expect(await page.$eval('#pause-reason', (field) => (field as unknown as { value: string }).value)).toBe('')

  await page.locator('::-p-aria([name="Stop pushing: Monitors leave the valley"])').click()
  await page.locator('#stop .deliberate').click()
  await page.locator('#stop-send').click()
  await until(async () => (await reads('#desk-message')).startsWith('Stopped: 0 went out'))
  expect(errors).toEqual([])
}, 180_000)
