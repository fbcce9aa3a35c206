import type { Page } from 'puppeteer-core'
import { expect, test } from 'vitest'
import { note, partsOf, stateOf, stored, story, wholeWith } from '../../support/browser/reader-page.ts'
import { openChromium, openFirefox, subscribe } from '../../support/browser/subscribed-browsers.ts'
import { freePort, publish, revise } from '../../support/processes/service.ts'
import { until } from '../../support/push/push-deps.ts'
import { startPushing } from '../../support/push/pushing-service.ts'
import { cleaning } from '../../support/scratch.ts'

// Reading without a connection, in real browsers: the service itself is ended.

const clean = cleaning()
const patient = { timeout: 60_000 }

const open = { Chromium: openChromium, Firefox: openFirefox }
const browsers = ['Chromium', 'Firefox'] as const

const text = (page: Page) => page.evaluate('document.body.innerText') as Promise<string>
const keptHas = (page: Page, path: string, words: string) =>
  page.evaluate(
    `caches.match(${JSON.stringify(path)}).then((it) => it?.text() ?? '').then((it) => it.includes(${JSON.stringify(words)}))`,
  ) as Promise<boolean>

test.for(browsers)(
  'a real %s without a connection shows what it kept and says from when; what was retracted since by push is not in it',
  patient,
  async (name, { skip }) => {
    const env = { PORT: await freePort() }
    const { service, folder, tocsin, page } = await open[name](clean, skip, { env })
    await subscribe(page)
    const { alert } = await publish(tocsin.url, story)
    const other = await publish(tocsin.url, { ...story, texts: { fa: { headline: 'جاده باز است' } } })
    await wholeWith(page, other.alert)
    await page.goto(new URL('/fa/', tocsin.url).href)
    await until(() => keptHas(page, '/fa/', story.texts.fa.headline))
    // Another page, so that what comes now is not in the copy of the first.
    await page.goto(new URL('/en/', tocsin.url).href)
    await until(() => keptHas(page, '/en/', story.texts.en.headline))
    const retracted = await revise(tocsin.url, alert.id, 'retraction', { note })
    await wholeWith(page, retracted.alert)
    await tocsin.end('SIGTERM')

    await page.goto(new URL('/fa/', tocsin.url).href)
    const shown = await text(page)
    expect(shown).toContain('ذخیره‌شده در این دستگاه')
    expect(shown).toContain('جاده باز است')
    expect(shown).toContain('پس گرفته شد: ناظران دره را ترک کردند')
    expect(await page.evaluate(`document.querySelectorAll('article[data-id="${alert.id}"]').length`)).toBe(0)
    // The page's script, from what was kept, writes the time as the language does.
    await until(async () => /[۰-۹]/.test((await page.evaluate(`document.querySelector('#kept time').title`)) as string))
    await until(async () => (await stateOf(page)) !== 'unknown')

    await page.goto(new URL(`/fa/alerts/${alert.id}`, tocsin.url).href)
    expect(await text(page)).toContain('این صفحه در این دستگاه ذخیره نشده است')
    await page.goto(new URL('/', tocsin.url).href)
    expect(new URL(page.url()).pathname).toMatch(/^\/(fa|en)\/$/)

    // With the service back the list is live from where the copy stands, and nothing says that it is old.
    await page.goto(new URL('/fa/', tocsin.url).href)
    const again = await startPushing(folder, service, env)
    clean(() => again.end('SIGTERM'))
    await until(async () => (await page.evaluate(`document.getElementById('connection').dataset.state`)) === 'live')
    expect(await page.evaluate(`document.getElementById('kept')`)).toBeNull()
    await publish(again.url, { ...story, texts: { fa: { headline: 'پس از بازگشت' } } })
    await until(async () => (await text(page)).includes('پس از بازگشت'))
  },
)

test.for(browsers)('a real %s keeps no page of the desk, and nothing with a key', patient, async (name, { skip }) => {
  const { tocsin, page } = await open[name](clean, skip)
  await until(() => keptHas(page, '/fa/', '</html>'))
  await page.goto(new URL('/desk', tocsin.url).href)
  await page.goto(new URL('/v1/newsroom', tocsin.url).href)
  await page.goto(new URL('/en/?level=flash', tocsin.url).href)
  await page.goto(new URL('/en/', tocsin.url).href)
  await until(() => keptHas(page, '/en/', '</html>'))
  const kept = (await page.evaluate(`caches.keys()
    .then((names) => Promise.all(names.map((name) => caches.open(name).then((cache) => cache.keys()))))
    .then((all) => all.flat().map(({ url }) => new URL(url).pathname + new URL(url).search))`)) as string[]
  expect(kept.filter((path) => !/^\/(fa|en)\/(offline)?$|^\/assets\/immutable\/[\w-]+\.js$/.test(path))).toEqual([])
  expect(await stored(page, 'device-choices')).toBeUndefined()
})

test(
  'a page keeps every script it may need, so that a newer service takes none away from it',
  patient,
  async ({ skip }) => {
    const { page } = await openChromium(clean, skip)
    await until(() => keptHas(page, '/fa/', '</html>'))
    await until(async () => {
      const { named, kept } = await partsOf(page, '/fa/')
      return named.length > 3 && kept.join() === named.join()
    })
  },
)

test(
  'a real Chromium on a network that is too slow shows the kept page after five seconds, and then the new one',
  patient,
  async ({ skip }) => {
    const { tocsin, browser, page } = await openChromium(clean, skip)
    await until(() => keptHas(page, '/fa/', '</html>'))
    await publish(tocsin.url, story)
    const target = await browser.waitForTarget((it) => it.type() === 'service_worker')
    const worker = await target.worker()
    // The worker's network answers later than it waits for.
    await worker?.evaluate(`{
    const network = self.fetch.bind(self)
    self.fetch = (request, ...more) => request.mode === 'navigate'
      ? new Promise((resolve) => setTimeout(resolve, 8000)).then(() => network(request, ...more))
      : network(request, ...more)
  }`)
    await page.reload({ waitUntil: 'commit' as never }).catch(() => {})
    await until(async () => (await text(page).catch(() => '')).includes('ذخیره‌شده'))
    // What the network answers at last is kept for the next time, and the list is live meanwhile.
    await until(() => keptHas(page, '/fa/', story.texts.fa.headline))
    await until(async () => (await text(page)).includes(story.texts.fa.headline))
  },
)

test(
  'a browser that cannot be pushed to, as an iPhone before the page is installed, keeps pages all the same',
  patient,
  async ({ skip }) => {
    const { tocsin, browser } = await openChromium(clean, skip)
    await publish(tocsin.url, story)
    const context = await browser.createBrowserContext()
    clean(() => context.close())
    const page = await context.newPage()
    await page.evaluateOnNewDocument('delete window.PushManager')
    await page.goto(new URL('/fa/', tocsin.url).href)
    await until(async () => (await stateOf(page)) === 'unsupported')
    await until(() => keptHas(page, '/fa/', story.texts.fa.headline))
    await tocsin.end('SIGTERM')
    await page.goto(new URL('/fa/', tocsin.url).href)
    expect(await text(page)).toContain(story.texts.fa.headline)
  },
)

test.for(browsers)(
  'a real %s without a connection shows the pages that explain, or says that they are not kept',
  patient,
  async (name, { skip }) => {
    const { tocsin, page } = await open[name](clean, skip)
    await until(() => keptHas(page, '/fa/', '</html>'))
    await page.goto(new URL('/fa/privacy', tocsin.url).href)
    const heading = (await page.evaluate(`document.querySelector('h1').textContent`)) as string
    await until(() => keptHas(page, '/fa/privacy', '</html>'))
    await tocsin.end('SIGKILL')
    await page.goto(new URL('/fa/', tocsin.url).href)
    await page.goto(new URL('/fa/privacy', tocsin.url).href)
    expect(await text(page)).toContain(heading)
    expect(await text(page)).toContain('ذخیره‌شده در این دستگاه')
    for (const path of ['/fa/notifications', '/privacy']) {
      await page.goto(new URL(path, tocsin.url).href)
      expect(await text(page)).toContain('این صفحه در این دستگاه ذخیره نشده است')
    }
  },
)
