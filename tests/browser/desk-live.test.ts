import { expect, test } from 'vitest'
import { browserPath, launchChromium } from '../support/browsers.ts'
import { until } from '../support/push-house.ts'
import { cleaning, scratchFolder } from '../support/scratch.ts'
import { adminKey, english, publish, startNode } from '../support/service.ts'

const clean = cleaning()

test('what another editor publishes, live or test, comes to the desk by itself, not under a hand at a button', async ({
  skip,
}) => {
  const executable = browserPath('chromium', skip)
  const service = await startNode(scratchFolder(clean))
  clean(() => service.end('SIGKILL'))
  await publish(service.url, english('Already there'))
  const browser = await launchChromium(executable)
  clean(() => browser.close())
  const page = await browser.newPage()
  const errors: unknown[] = []
  page.on('pageerror', (error) => errors.push(error))
  await page.goto(new URL('/desk', service.url).href)
  await page.locator('#key').fill(adminKey)
  await page.locator('#sign-in button').click()
  const headlines = () => page.$$eval('#sent .headline', (all) => all.map(({ textContent }) => textContent))
  await until(async () => (await headlines()).length === 1)
  // Both streams are there: the public one and, by the session's cookie, that of the test audience.
  const live = async () => (await (await fetch(`${service.url}/metrics`)).text()).includes('{state="live"} 2')
  await until(live)
  await page.locator('#sent summary').click()
  await page.focus('#refresh')

  await publish(service.url, english('From another desk'))
  await until(async () => (await headlines()).includes('From another desk'))
  await publish(service.url, { ...english('A drill'), audience: 'test' })
  await until(async () => (await headlines()).includes('A drill'))
  expect(await page.$$eval('#sent details[open]', ({ length }) => length)).toBe(1)

  await page.focus('#sent button')
  await publish(service.url, english('Meanwhile'))
  await new Promise((resolve) => setTimeout(resolve, 1_500))
  expect(await headlines()).not.toContain('Meanwhile')
  await page.focus('#refresh')
  await until(async () => (await headlines()).includes('Meanwhile'))
  expect(errors).toEqual([])
}, 60_000)
