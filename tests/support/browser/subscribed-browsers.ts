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

type How = {
  /** The service's settings. */
  readonly env?: Readonly<Record<string, string>>
  /** The page that is opened; null: none yet. */
  readonly path?: string | null
  /** How the panel of that page is to stand before the test begins. */
  readonly state?: string
  readonly permission?: 'granted' | 'denied'
  /** Whether Chromium shall be able to install the page. */
  readonly installs?: boolean
  /** More of Firefox's preferences. */
  readonly prefs?: Readonly<Record<string, unknown>>
  /** More of Chromium's flags. */
  readonly flags?: readonly string[]
  /** Whether Firefox takes any server's certificate, as Chromium does here. */
  readonly acceptInsecureCerts?: boolean
  /** The origin of the page: of a proxy before the service. Absent: the service's own. */
  readonly origin?: string
}

/** A service whose pushes go to the tests' push service. `start` starts it again on the same folder. */
async function startService(clean: Clean, env: Readonly<Record<string, string>> = {}) {
  const service = await startPushService()
  clean(() => service.close())
  const folder = scratchFolder(clean)
  const start = async () => {
    const started = await startPushing(folder, service, env)
    clean(() => started.end('SIGTERM'))
    return started
  }
  return { service, folder, start, tocsin: await start() }
}

async function openPage(page: Page, url: string, { path = '/fa/', state = 'off' }: How): Promise<void> {
  if (path === null) return
  await page.goto(new URL(path, url).href)
  await until(async () => (await stateOf(page)) === state)
}

/** A real Chromium on the reader's page of a service whose pushes reach it; it may show notifications. */
export async function openChromium(clean: Clean, skip: Skip, how: How = {}) {
  const executable = browserPath('chromium', skip)
  const pushing = await startService(clean, how.env)
  const fcm = await startFcm(pushing.service)
  clean(() => fcm.close())
  const browser = await launchPushedChromium(
    executable,
    scratchFolder(clean),
    [...fcm.flags, ...(how.flags ?? [])],
    how.installs,
  )
  clean(() => browser.close())
  const url = how.origin ?? pushing.tocsin.url
  await browser
    .defaultBrowserContext()
    .setPermission(url, { permission: { name: 'notifications' }, state: how.permission ?? 'granted' })
  const page = await browser.newPage()
  await openPage(page, url, how)
  return { ...pushing, fcm, browser, page }
}

/** The same in a real Firefox. */
export async function openFirefox(clean: Clean, skip: Skip, how: How = {}) {
  const executable = browserPath('firefox', skip)
  const pushing = await startService(clean, how.env)
  const autopush = await startAutopush(pushing.service)
  clean(() => autopush.close())
  const browser = await launchFirefox(executable, autopush.url, how.prefs, how.acceptInsecureCerts)
  clean(() => browser.close())
  const page = await browser.newPage()
  await openPage(page, how.origin ?? pushing.tocsin.url, how)
  return { ...pushing, autopush, browser, page }
}

/** Presses the button, and waits until the service has the subscription. */
export async function subscribe(page: Page): Promise<void> {
  await page.click('#subscribe')
  await until(async () => (await stateOf(page)) === 'on')
}
