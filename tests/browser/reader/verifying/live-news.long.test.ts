import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'puppeteer-core'
import { expect, test } from 'vitest'
import { foundRing, makeSeed, ringWith, signingKeyFile } from '../../../../src/node/signing/signing-key-file.ts'
import { axeFindings } from '../../../support/browser/axe.ts'
import { browserPath, errorsOf, launchChromium, launchFirefox } from '../../../support/browser/browsers.ts'
import { stored } from '../../../support/browser/reader-page.ts'
import { tcpProxy } from '../../../support/postgres/tcp-proxy.ts'
import { publish, startNode } from '../../../support/processes/service.ts'
import { until } from '../../../support/push/push-deps.ts'
import { cleaning, scratchFolder } from '../../../support/scratch.ts'

// Real browsers at a real service, behind a proxy that can change what it sends.

const clean = cleaning()
const patient = { timeout: 180_000 }
const browsers = ['chromium', 'firefox'] as const
const text = (headline: string) => ({
  level: 'urgent',
  texts: { en: { headline }, fa: { headline: `خبر: ${headline}` } },
})

async function opened(name: (typeof browsers)[number], path: string, skip: (note: string) => never) {
  const executable = browserPath(name, skip)
  const folder = scratchFolder(clean)
  const state = { isChanged: false, service: await startNode(folder) }
  clean(() => state.service.end('SIGKILL'))
  const { port } = new URL(state.service.url)
  const proxy = await tcpProxy(Number(port), clean, {
    accepts: () => true,
    // As long, so that no frame has another length.
    pass: (bytes, from) =>
      state.isChanged && from === 'server'
        ? Buffer.from(bytes.toString('latin1').replaceAll('valley', 'castle'), 'latin1')
        : bytes,
  })
  const browser: Browser = await (name === 'chromium'
    ? launchChromium(executable)
    : launchFirefox(executable, 'ws://127.0.0.1:9/'))
  clean(() => browser.close())
  const page = await browser.newPage()
  const errors = errorsOf(page)
  await page.goto(`http://127.0.0.1:${proxy.port}${path}`, { waitUntil: 'domcontentloaded' })
  await until(() => isLive(page))
  const again = async (env: Readonly<Record<string, string>> = {}) => {
    state.service = await startNode(folder, { PORT: port, ...env })
  }
  return { state, folder, page, errors, again }
}

const isLive = async (page: Page) =>
  (await page.evaluate(`document.getElementById('connection')?.dataset.state`)) === 'live'
const visible = (page: Page) => page.evaluate('document.body.innerText') as Promise<string>
const shows = (page: Page, words: string) => until(async () => (await visible(page)).includes(words))
const newestKey = async (page: Page) => ((await stored(page, 'signing-keys')) as { id: string }[] | undefined)?.[0]?.id

test.for(browsers)(
  'in %s news that is genuine is shown, and what the way changes is said and not shown',
  patient,
  async (name, { skip }) => {
    const { state, folder, page, errors } = await opened(name, '/en/', skip)
    await publish(state.service.url, text('Monitors leave the valley'))
    await shows(page, 'Monitors leave the valley')
    expect(await newestKey(page)).toBe(foundRing(folder)?.keys[0].id)
    state.isChanged = true
    await publish(state.service.url, text('Troops enter the valley'))
    await shows(page, 'One new item could not be verified and is not shown.')
    expect(await visible(page)).not.toMatch(/Troops|castle/)
    state.isChanged = false
    await publish(state.service.url, text('Rain in the valley'))
    await shows(page, 'Rain in the valley')
    expect(await visible(page)).not.toMatch(/Troops|castle/)
    expect(await page.$$eval('#unverified', (all) => all.length)).toBe(1)
    // What the reader asks for anew is verified as well.
    await page.evaluate(`document.getElementById('choice-form').requestSubmit()`)
    await shows(page, 'Troops enter the valley')
    expect(errors).toEqual([])
  },
)

test.for(browsers)(
  'in %s a key that follows by statement is followed: its news is shown',
  patient,
  async (name, { skip }) => {
    const { state, folder, page, again, errors } = await opened(name, '/en/', skip)
    await publish(state.service.url, text('The first key says this'))
    await shows(page, 'The first key says this')
    await state.service.end('SIGTERM')
    const ring = ringWith(folder, makeSeed(), Date.now())
    await again()
    await until(() => isLive(page))
    await publish(state.service.url, text('The second key says this'))
    await shows(page, 'The second key says this')
    await until(async () => (await newestKey(page)) === ring.keys[0].id)
    expect(await page.$('#unverified')).toBeNull()
    expect(errors).toEqual([])
  },
)

test.for(browsers.flatMap((name) => (['en', 'fa'] as const).map((tag) => [name, tag] as const)))(
  'in %s, language %s, a key that does not follow is said: its news is shown once the reader trusts it',
  patient,
  async ([name, tag], { skip }) => {
    const { state, folder, page, again, errors } = await opened(name, `/${tag}/`, skip)
    await publish(state.service.url, text('The known key says this'))
    await shows(page, 'The known key says this')
    const known = String(foundRing(folder)?.keys[0].id)
    await state.service.end('SIGTERM')
    rmSync(join(folder, signingKeyFile))
    await again({ SIGNING_KEY_LOST: known })
    const changed = String(foundRing(folder)?.keys[0].id)
    await until(() => isLive(page))
    await publish(state.service.url, text('The other key says this'))
    const button = '#unverified button'
    await page.waitForSelector(button, { timeout: 60_000 })
    expect(await visible(page)).not.toContain('The other key says this')
    const said = await page.$eval('#unverified', (it) => it.textContent)
    expect(said).toContain(known)
    expect(said).toContain(changed)
    expect(said).toContain(tag === 'en' ? 'Compare the new key' : 'کلید تازه را با آنچه')
    expect(await newestKey(page)).toBe(known)
    expect(await axeFindings(page)).toEqual([])
    await page.focus(button)
    await page.keyboard.press('Enter')
    // The page is loaded anew meanwhile.
    await until(async () => (await visible(page).catch(() => '')).includes('The other key says this'))
    expect(await newestKey(page)).toBe(changed)
    await until(() => isLive(page))
    await publish(state.service.url, text('So does this'))
    await shows(page, 'So does this')
    expect(await page.$('#unverified')).toBeNull()
    expect(errors).toEqual([])
  },
)
