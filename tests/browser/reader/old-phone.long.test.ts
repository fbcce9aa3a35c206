import { expect, test } from 'vitest'
import { nodeSigner } from '../../../src/node/signing/node-signer.ts'
import { loadRing } from '../../../src/node/signing/signing-key-file.ts'
import { payloadOf } from '../../../src/push/send/payload.ts'
import { signingOf } from '../../../src/signing/key-ring.ts'
import { openChromium80 } from '../../support/browser/chromium-80.ts'
import { newsroomOfPages } from '../../support/browser/pages-deps.ts'
import { note, story } from '../../support/browser/reader-page.ts'
import { publish, revise, startNode } from '../../support/processes/service.ts'
import { makeAlert, makeEntry, until } from '../../support/push/push-deps.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'

// The oldest Chromium that readers may have, as on a phone of 2020 that nobody updates.

const clean = cleaning()
const isHere = process.platform === 'linux' && process.arch === 'x64'
const patient = { timeout: 120_000 }

async function opened(path: string) {
  const browser = await openChromium80(clean)
  expect(browser.version).toMatch(/Chrome\/80\./)
  const folder = scratchFolder(clean)
  const first = await startNode(folder)
  clean(() => first.end('SIGKILL'))
  await browser.goto(new URL(path, first.url).href)
  const isLive = async () =>
    (await browser.page.evaluate(`document.getElementById('connection').dataset.state`)) === 'live'
  await until(isLive)
  const visible = () => browser.page.evaluate(`document.getElementById('alerts').innerText`) as Promise<string>
  const shows = (text: string) => until(async () => (await visible()).includes(text))
  return { ...browser, folder, service: first, isLive, visible, shows }
}

test.skipIf(!isHere)(
  'in Chromium 80 an alert, its correction and its retraction come by themselves',
  patient,
  async () => {
    const { service, page, shows, visible, thrown } = await opened('/fa/')
    expect(await page.evaluate('document.dir')).toBe('rtl')
    const { alert } = await publish(service.url, story)
    await shows(story.texts.fa.headline)
    await revise(service.url, alert.id, 'correction', { note, texts: { fa: { headline: 'ناظران کوه را ترک کردند' } } })
    await shows('ناظران کوه را ترک کردند')
    await shows(note.fa)
    await revise(service.url, alert.id, 'retraction', { note })
    await shows('پس‌گرفته‌شده')
    expect(await page.evaluate(`document.querySelector('article s').textContent`)).toBe('ناظران کوه را ترک کردند')
    expect(await visible()).not.toContain(story.texts.fa.summary)
    expect(thrown).toEqual([])
  },
)

test.skipIf(!isHere)(
  'in Chromium 80 a choice is kept, and what came while the service was away is read later',
  patient,
  async () => {
    const { service, folder, page, isLive, shows, visible, thrown } = await opened('/en/')
    await page.evaluate(`(() => {
    document.getElementById('choice').open = true
    document.querySelector('#choice-form [name=level]').value = 'flash'
    document.querySelector('#choice-form [type=submit]').click()
  })()`)
    const say = (url: string, headline: string, level: string) =>
      publish(url, { level, texts: { en: { headline, summary: '' } } })
    await say(service.url, 'Only urgent', 'urgent')
    await say(service.url, 'A flash', 'flash')
    await shows('A flash')
    // It may have come while the stream went by the older choice: then the list is read again.
    await until(async () => !(await visible()).includes('Only urgent'))
    expect(await visible()).toContain('A flash')

    await service.end('SIGTERM')
    await until(async () => !(await isLive()))
    const again = await startNode(folder, { PORT: new URL(service.url).port })
    clean(() => again.end('SIGKILL'))
    await say(again.url, 'While it was away', 'flash')
    await shows('While it was away')
    await until(isLive)
    expect(thrown).toEqual([])
  },
)

test.skipIf(!isHere)(
  'in Chromium 80 the service worker shows a push, and drops one that it has seen',
  patient,
  async () => {
    const { service, push, worker, thrown, folder } = await opened('/en/')
    const own = await worker()
    // The content shell has no notifications: what the worker would show is kept instead.
    await own.evaluate(`self.shown = []; ServiceWorkerRegistration.prototype.showNotification = async (title, { tag, lang, silent }) => {
    self.shown.push({ title, tag, lang, silent })
  }`)
    const shown = () => own.evaluate('self.shown') as Promise<readonly { title: string }[]>
    const alert = makeAlert(Date.now())
    const { signer } = signingOf(nodeSigner, loadRing(folder, Date.now()))
    const deps = { newsroom: newsroomOfPages, publicUrl: service.url, epoch: 'e1', signer }
    const payload = new TextDecoder().decode(payloadOf(makeEntry(1, alert), 'en', false, deps))
    // The third is not what was signed. Web Crypto of this browser has no Ed25519.
    const pushes = [payload, payload, payload.replace(/"version":\d+/, '"version":7')]
    for (const [nth, pushed] of pushes.entries()) {
      await push(service.url, pushed)
      await until(async () => (await shown()).length === nth + 1)
    }
    const [first, second, third] = await shown()
    expect(first).toMatchObject({ title: alert.texts.en?.headline, tag: alert.id, lang: 'en' })
    expect(second).toMatchObject({ tag: alert.id, silent: true })
    expect(third).toMatchObject({ tag: 'unverified', silent: true })
    expect(thrown).toEqual([])
  },
)
