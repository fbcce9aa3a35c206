import { execFileSync } from 'node:child_process'
import { appendFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'puppeteer-core'
import { expect, test } from 'vitest'
import { untilState } from '../../../support/browser/push-panel.ts'
import { story, wholeWith } from '../../../support/browser/reader-page.ts'
import { checkoutIn } from '../../../support/browser/scripts.ts'
import { openChromium, openFirefox, subscribe } from '../../../support/browser/subscribed-browsers.ts'
import { startHttpFront } from '../../../support/http/http-front.ts'
import { publish } from '../../../support/processes/service.ts'
import { until } from '../../../support/push/push-deps.ts'
import { startPushing } from '../../../support/push/pushing-service.ts'
import { cleaning } from '../../../support/scratch.ts'

// The service is replaced by a next version while a reader's page is open: other scripts, another service worker.

const clean = cleaning()
const patient = { timeout: 300_000 }
const open = { Chromium: openChromium, Firefox: openFirefox }
const held = '/assets/held-install.txt'

/** The program of a next version, which has no script of this one. Its service worker takes as long to install as the front lets it. */
function nextVersion(): string {
  const home = checkoutIn(clean)
  for (const name of [
    'reader',
    'live',
    'listen',
    'push/push-panel',
    'push/subscriber-panel',
    'alert-script',
    'plain-script',
  ])
    appendFileSync(join(home, `src/web/reader/${name}.ts`), `\nObject.assign(globalThis, { release: 'next' })\n`)
  appendFileSync(
    join(home, 'src/web/service-worker/service-worker.ts'),
    `\nself.addEventListener('install', (event) => event.waitUntil(fetch('${held}')))\n`,
  )
  rmSync(join(home, 'public/assets'), { recursive: true })
  for (const build of ['src/web/build.ts', 'src/node/build.ts']) execFileSync(process.execPath, [build], { cwd: home })
  return join(home, 'dist/node/main.js')
}

const releaseOf = (page: Page) => page.evaluate('globalThis.release')
const isLive = (page: Page) =>
  until(async () => (await page.evaluate(`document.getElementById('connection').dataset.state`)) === 'live')
const workers = (page: Page) =>
  page.evaluate(
    `navigator.serviceWorker.getRegistration('/').then(({ installing, waiting }) => [installing, waiting].map((it) => it?.state ?? ''))`,
  ) as Promise<string[]>

test.for(['Chromium', 'Firefox'] as const)(
  'in a real %s no notification is lost or shown twice while a new version is deployed, and pages of both have their scripts',
  patient,
  async (name, { skip }) => {
    const { service, folder, tocsin, browser, page } = await open[name](clean, skip, { path: null })
    const program = nextVersion()
    let current = tocsin.url
    const front = await startHttpFront(clean, () => current)
    const context = browser.defaultBrowserContext()
    await context
      .setPermission?.(front.url, { permission: { name: 'notifications' }, state: 'granted' })
      .catch(() => {})
    const address = new URL('/fa/', front.url).href
    await page.goto(address)
    await untilState(page, 'off')
    await subscribe(page)
    await until(() => page.evaluate(`caches.match('/fa/').then(Boolean)`) as Promise<boolean>)
    // The worker tells its pages of each push that it has shown.
    await page.evaluate(`window.shownCount = 0
      navigator.serviceWorker.addEventListener('message', ({ data }) => { if (data === 'shown') window.shownCount += 1 })`)
    const ids: string[] = []
    const alert = async (headline: string) => {
      const made = await publish(current, { ...story, texts: { fa: { headline } } })
      ids.push(made.alert.id)
      return made.alert
    }
    await wholeWith(page, await alert('نسخهٔ پیشین'))

    await tocsin.end('SIGTERM')
    const next = await startPushing(folder, service, {}, program)
    clean(() => next.end('SIGTERM'))
    current = next.url
    // The page, its worker and the scripts that it has not loaded yet are the former version's.
    await wholeWith(page, await alert('سرور نو، صفحهٔ پیشین'))
    await page.evaluate(`document.getElementById('device').open = true`)
    await page.waitForSelector('#device-form')

    let release = () => {}
    const released = new Promise<void>((resolve) => {
      release = resolve
    })
    front.route = (path) => (path === held ? released.then(() => current) : current)
    await page.evaluate(`navigator.serviceWorker.getRegistration('/').then((it) => void it.update())`)
    await until(async () => (await workers(page))[0] === 'installing')
    await wholeWith(page, await alert('کارگر نو نصب می‌شود'))
    // A new page with the former worker.
    const other = await browser.newPage()
    await other.goto(address)
    await untilState(other, 'on')
    await isLive(other)
    expect(await releaseOf(other)).toBe('next')
    await other.close()
    await page.bringToFront()

    // Alerts come while the one worker takes over from the other.
    const changed = page.evaluate(
      `new Promise((resolve) => navigator.serviceWorker.addEventListener('controllerchange', () => resolve(true), { once: true }))`,
    )
    const first = await alert('پیش از تعویض')
    release()
    const during = await Promise.all(['یک', 'دو', 'سه'].map(alert))
    expect(await changed).toBe(true)
    const last = await alert('پس از تعویض')
    for (const each of [first, ...during, last]) await wholeWith(page, each)
    const shown = await wholeWith(page, last)
    expect(shown.map(({ tag }) => tag).toSorted()).toEqual(ids.toSorted())
    await until(async () => ((await page.evaluate('window.shownCount')) as number) >= ids.length)
    expect(await page.evaluate('window.shownCount')).toBe(ids.length)

    // The former page is live with the new worker; loaded anew it is the new one.
    expect(await releaseOf(page)).toBeUndefined()
    await isLive(page)
    await until(async () => ((await page.evaluate('document.body.innerText')) as string).includes('پس از تعویض'))
    await page.reload()
    await untilState(page, 'on')
    await isLive(page)
    expect(await releaseOf(page)).toBe('next')
  },
)
