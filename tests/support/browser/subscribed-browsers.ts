import type { Page } from 'puppeteer-core'
import { startAutopush } from '../push/autopush.ts'
import { startFcm } from '../push/fcm.ts'
import { until } from '../push/push-deps.ts'
import { startPushService } from '../push/push-service.ts'
import { startPushing } from '../push/pushing-service.ts'
import { type cleaning, scratchFolder } from '../scratch.ts'
import { browserPath, launchFirefox, launchPushedChromium } from './browsers.ts'
import { stateOf } from './reader-page.ts'

type Clean = ReturnType<typeof cleaning>
type Skip = (note: string) => never

/** A real Chromium on the reader's page of a service whose pushes reach it; it may show notifications. */
export async function openChromium(clean: Clean, skip: Skip, env: Record<string, string> = {}, path = '/fa/') {
  const executable = browserPath('chromium', skip)
  const service = await startPushService()
  clean(() => service.close())
  const fcm = await startFcm(service)
  clean(() => fcm.close())
  const folder = scratchFolder(clean)
  const tocsin = await startPushing(folder, service, env)
  clean(() => tocsin.end('SIGTERM'))
  const browser = await launchPushedChromium(executable, scratchFolder(clean), fcm.flags)
  clean(() => browser.close())
  await browser
    .defaultBrowserContext()
    .setPermission(tocsin.url, { permission: { name: 'notifications' }, state: 'granted' })
  const page = await browser.newPage()
  await page.goto(new URL(path, tocsin.url).href)
  await until(async () => (await stateOf(page)) === 'off')
  return { service, fcm, folder, tocsin, browser, page }
}

/** The same in a real Firefox. */
export async function openFirefox(clean: Clean, skip: Skip, env: Record<string, string> = {}, path = '/fa/') {
  const executable = browserPath('firefox', skip)
  const service = await startPushService()
  clean(() => service.close())
  const autopush = await startAutopush(service)
  clean(() => autopush.close())
  const folder = scratchFolder(clean)
  const tocsin = await startPushing(folder, service, env)
  clean(() => tocsin.end('SIGTERM'))
  const browser = await launchFirefox(executable, autopush.url)
  clean(() => browser.close())
  const page = await browser.newPage()
  await page.goto(new URL(path, tocsin.url).href)
  await until(async () => (await stateOf(page)) === 'off')
  return { service, autopush, folder, tocsin, browser, page }
}

/** Presses the button, and waits until the service has the subscription. */
export async function subscribe(page: Page): Promise<void> {
  await page.click('#subscribe')
  await until(async () => (await stateOf(page)) === 'on')
}
