import type { Browser, Page } from 'puppeteer-core'
import { expect, test } from 'vitest'
import { browserPath, errorsOf, launchChromium, launchFirefox } from '../../../support/browser/browsers.ts'
import { store } from '../../../support/browser/reader-page.ts'
import { publish, revise, startNode } from '../../../support/processes/service.ts'
import { until } from '../../../support/push/push-deps.ts'
import { cleaning, scratchFolder } from '../../../support/scratch.ts'

// Whoever answers in the service's place has genuine entries of before a correction or a retraction.

const clean = cleaning()
const patient = { timeout: 180_000 }
const browsers = ['chromium', 'firefox'] as const
const missed = 'Some alerts may be missing here. Reload the page.'
const other = { level: 'flash', texts: { en: { headline: 'Elsewhere' } } }
const inPage = <Result>(page: Page, script: string) => page.evaluate(script) as Promise<Result>
const visible = (page: Page) => inPage<string>(page, 'document.body.innerText')
const shows = (page: Page, words: string) => until(async () => (await visible(page)).includes(words))
const chooses = (page: Page, level: string) =>
  inPage(
    page,
    `(() => {
      const form = document.getElementById('choice-form')
      form.elements.level.value = '${level}'
      form.requestSubmit()
    })()`,
  )
/** The alerts are answered as they stood before; with a stream or without. */
const rewritten = `(() => {
  const real = fetch
  window.fetch = (path, init) =>
    window.former && String(path).includes('/v1/alerts?')
      ? Promise.resolve(new Response(window.former, { headers: { 'content-type': 'application/json' } }))
      : window.hasNoStream && String(path).includes('/v1/events') ? Promise.reject(new TypeError('blocked')) : real(path, init)
  const Socket = WebSocket
  window.WebSocket = function (...wanted) {
    if (window.hasNoStream) throw new Error('blocked')
    return new Socket(...wanted)
  }
})()`

type Kept = { readonly head: string; readonly entries: readonly { readonly alert: { readonly id: string } }[] }

async function opened(name: (typeof browsers)[number], skip: (note: string) => never) {
  const executable = browserPath(name, skip)
  const { url, end } = await startNode(scratchFolder(clean))
  clean(() => end('SIGKILL'))
  const browser: Browser = await (name === 'chromium'
    ? launchChromium(executable)
    : launchFirefox(executable, 'ws://127.0.0.1:9/'))
  clean(() => browser.close())
  const page = await browser.newPage()
  const errors = errorsOf(page)
  await page.evaluateOnNewDocument(rewritten)
  const { alert } = await publish(url, { level: 'urgent', texts: { en: { headline: 'Five killed' } } })
  await publish(url, other)
  const standing = async () => (await (await fetch(`${url}/v1/alerts?languages=en&level=routine`)).json()) as Kept
  const former = await standing()
  const retract = () => revise(url, alert.id, 'retraction', { note: { en: 'Nobody was.' } })
  const go = async () => {
    await page.goto(`${url}/en/`)
    await until(async () => (await inPage(page, `document.getElementById('connection').dataset.state`)) === 'live')
  }
  /** The current head, but an entry from before: a head that is older is not taken anyway. */
  const answerFormer = async () => {
    const answer = JSON.stringify({ ...(await standing()), entries: former.entries })
    await inPage(page, `window.former = ${JSON.stringify(answer)}`)
  }
  const state = () =>
    inPage<string | null>(page, `document.querySelector('#alerts [data-id="${alert.id}"]')?.dataset.status ?? null`)
  return { url, id: alert.id, page, errors, retract, go, answerFormer, state }
}

test.for(browsers)(
  'in %s an alert that the page came with as retracted stays so, whatever genuine entry is answered',
  patient,
  async (name, { skip }) => {
    const { page, errors, retract, go, answerFormer, state } = await opened(name, skip)
    await retract()
    await go()
    expect(await state()).toBe('retracted')
    await answerFormer()
    await chooses(page, 'routine')
    await shows(page, missed)
    expect(await state()).toBe('retracted')
    expect(await page.$eval('#alerts s', (it) => it.textContent)).toBe('Five killed')
    // What the service answers is not said to lack anything.
    await inPage(page, 'window.former = null')
    await chooses(page, 'routine')
    await until(async () => !(await visible(page)).includes(missed))
    expect(await state()).toBe('retracted')
    expect(errors).toEqual([])
  },
)

test.for(browsers)(
  'in %s a version that is lower than one that stood in the list before or came by push is not shown',
  patient,
  async (name, { skip }) => {
    const { id, page, errors, retract, go, answerFormer, state } = await opened(name, skip)
    await retract()
    await go()
    expect(await state()).toBe('retracted')
    await chooses(page, 'flash')
    await until(async () => (await state()) === null)
    await answerFormer()
    await chooses(page, 'routine')
    await shows(page, missed)
    expect(await state()).toBeNull()
    expect(await visible(page)).toContain('Elsewhere')
    expect(await visible(page)).not.toContain('Five killed')
    expect(errors).toEqual([])
    await inPage(page, 'window.former = null')
    await chooses(page, 'routine')
    await until(async () => (await state()) === 'retracted')
    // A notification has told of a version that the service keeps back.
    await store(page, 'seen', [{ id, version: 3, shown: { title: 'Retracted' } }])
    await chooses(page, 'routine')
    await shows(page, missed)
    expect(await state()).toBeNull()
  },
)

test(
  'where no stream passes, a former version is not shown either, and said to be missing',
  patient,
  async ({ skip }) => {
    const { page, errors, retract, answerFormer, go, state } = await opened('chromium', skip)
    await retract()
    await page.evaluateOnNewDocument('window.hasNoStream = true')
    const waiting = go()
    await until(async () => (await state().catch(() => null)) === 'retracted')
    await answerFormer()
    await shows(page, missed)
    expect(await state()).toBe('retracted')
    await inPage(page, 'window.hasNoStream = false')
    await waiting
    expect(await state()).toBe('retracted')
    expect(errors).toEqual([])
  },
)
