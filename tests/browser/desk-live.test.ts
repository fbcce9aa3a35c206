import type { Page } from 'puppeteer-core'
import { expect, test } from 'vitest'
import { browserPath, errorsOf, launchChromium } from '../support/browser/browsers.ts'
import { adminKey, ask, english, publish, revise, startNode } from '../support/processes/service.ts'
import { until } from '../support/push/push-deps.ts'
import { cleaning, scratchFolder } from '../support/scratch.ts'

const clean = cleaning()

/** A service with one alert, and a page that is nowhere yet. */
async function opened(skip: (note: string) => never) {
  const executable = browserPath('chromium', skip)
  const service = await startNode(scratchFolder(clean))
  clean(() => service.end('SIGKILL'))
  await publish(service.url, english('Already there'))
  const browser = await launchChromium(executable)
  clean(() => browser.close())
  const page = await browser.newPage()
  return { service, page }
}

/** Signs in at the desk, waits for its list, and gives what reads the headlines there. */
async function signedIn(page: Page, url: string) {
  await page.goto(new URL('/desk', url).href)
  await page.locator('#key').fill(adminKey)
  await page.locator('#sign-in button').click()
  const headlines = () => page.$$eval('#sent .headline', (all) => all.map(({ textContent }) => textContent))
  await until(async () => (await headlines()).length === 1)
  return headlines
}

test('what another editor publishes, live or test, comes to the desk by itself, not under a hand at a button', async ({
  skip,
}) => {
  const { service, page } = await opened(skip)
  const errors = errorsOf(page)
  const headlines = await signedIn(page, service.url)
  // One stream for both audiences, by the session's cookie; whoever sits at the desk is no reader.
  const metrics = async () => (await fetch(`${service.url}/metrics`)).text()
  await until(async () => (await metrics()).includes('tocsin_desk_connections 1'))
  expect(await metrics()).toContain('tocsin_subscribers{state="live"} 0')
  for (const audience of ['public', 'test']) {
    const draft = { level: 'urgent', audience, ...english('Not yet') }
    const preview = await (await ask(service.url, 'POST', '/v1/alerts?dryRun=true', draft)).json()
    expect(preview).toMatchObject({ audience: { en: { push: 0, sockets: 0 } } })
  }
  await page.locator('#sent summary').click()
  await page.focus('#refresh')

  await publish(service.url, english('From another desk'))
  await until(async () => (await headlines()).includes('From another desk'))
  await publish(service.url, { ...english('A drill'), audience: 'test' })
  await until(async () => (await headlines()).includes('A drill'))
  expect(await page.$$eval('#sent details[open]', ({ length }) => length)).toBe(1)

  await page.focus('#sent button')
  // What is there says how it stands now; nothing comes, and nothing moves.
  await publish(service.url, english('Meanwhile'))
  const oldest = await page.evaluate(`document.querySelector('#sent li:last-child').dataset.alert`)
  await revise(service.url, String(oldest), 'update', { texts: { en: { headline: 'There, and changed' } } })
  await until(async () => (await headlines()).includes('There, and changed'))
  expect((await headlines()).at(-1)).toBe('There, and changed')
  expect(await headlines()).not.toContain('Meanwhile')
  await page.focus('#refresh')
  await until(async () => (await headlines()).includes('Meanwhile'))

  // A sign-out that is lost is told as such; then the session ends behind the desk's back.
  await page.locator('#headline-en').fill('Half written')
  const [session] = (await page.cookies()).filter(({ httpOnly }) => httpOnly)
  if (session === undefined) throw new Error('the session has no cookie')
  await page.evaluate(`{
    const real = fetch
    window.fetch = (path, asked) => (asked?.method === 'DELETE' ? Promise.reject(new TypeError('lost')) : real(path, asked))
  }`)
  await page.locator('#sign-out').click()
  await until(async () => (await page.$eval('#desk-message', (it) => it.textContent))?.includes('still signed in'))
  expect(await page.$eval('#desk', (it) => it.checkVisibility())).toBe(true)
  await page.deleteCookie(session)
  await page.evaluate(`document.dispatchEvent(new Event('visibilitychange'))`)
  await until(async () =>
    /^Not signed in any more.* at .*\d/.test((await page.$eval('#stale', (it) => it.textContent)) ?? ''),
  )
  expect(await page.$eval('#compose', (it) => it.checkVisibility())).toBe(true)
  await page.locator('#stale button').click()
  await page.locator('#key').fill(adminKey)
  await page.locator('#sign-in button').click()
  await until(
    async () =>
      !(await page.$eval('#stale', (it) => it.checkVisibility())) && page.$eval('#desk', (it) => it.checkVisibility()),
  )
  expect(await page.$eval('#headline-en', (it) => it.value)).toBe('Half written')

  // What is written while a check is on its way is not thrown away, and the last look is not at what it was before.
  await page.evaluate(`{
    const real = fetch
    window.fetch = async (path, asked) => {
      const answer = await real(path, asked)
      if (String(path).includes('dryRun')) await new Promise((release) => Object.assign(window, { release }))
      return answer
    }
  }`)
  await page.locator('#level-field input[value="routine"]').click()
  await page.locator('#audience-field input[value="test"]').click()
  await page.locator('#preview').click()
  await until(() => page.evaluate('window.release !== undefined') as Promise<boolean>)
  // By keys: a form that is drawn anew puts back what a script has emptied.
  await page.focus('#headline-en')
  await page.keyboard.down('Control')
  await page.keyboard.press('a')
  await page.keyboard.up('Control')
  await page.keyboard.type('Wholly written')
  await page.evaluate('window.release()')
  await until(async () => (await page.$eval('#desk-message', (it) => it.textContent))?.includes('has changed') ?? false)
  expect(await page.$eval('#confirm', (it) => it.hasAttribute('open'))).toBe(false)
  expect(await page.$eval('#headline-en', (it) => it.value)).toBe('Wholly written')
  expect(errors).toEqual([])
}, 180_000)

test('what was published before the stream began, and after the list was read, comes to the desk all the same', async ({
  skip,
}) => {
  const { service, page } = await opened(skip)
  // The first sockets lead nowhere; a real one begins when that is over.
  await page.evaluateOnNewDocument(`{
    const Real = WebSocket
    window.isHeld = true
    window.WebSocket = class extends Real {
      constructor(address, ...rest) { super(window.isHeld ? 'ws://127.0.0.1:9/' : address, ...rest) }
    }
  }`)
  const headlines = await signedIn(page, service.url)
  await publish(service.url, english('In between'))
  await page.evaluate('window.isHeld = false')
  await until(async () => (await headlines()).includes('In between'))
}, 180_000)
