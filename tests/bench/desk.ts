import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Browser, Page } from 'puppeteer-core'
import { browserPath, launchChromium, launchFirefox } from '../support/browser/browsers.ts'
import { deskOf, isOpen, newEditor } from '../support/browser/desk-page.ts'
import { shownWith, stateOf } from '../support/browser/reader-page.ts'
import { ask, newKey, publish } from '../support/processes/service.ts'
import { startAutopush } from '../support/push/autopush.ts'
import { until } from '../support/push/push-deps.ts'
import { startPushService } from '../support/push/push-service.ts'
import { startPushing } from '../support/push/pushing-service.ts'
import { scratchFolder } from '../support/scratch.ts'
import { median } from './common/summary.ts'

const usage = `Measures what an editor waits for, in real browsers: from the press that confirms an alert to an open reader page and to a
socket, from an approval to everybody at the desk, and from the press that retracts to the replaced notification in Firefox.

Usage: npm run bench:desk -- [--rounds 10] [--desks 5]

  --rounds   how often each is measured
  --desks    how many editors have the desk open`

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '10' },
    desks: { type: 'string', default: '5' },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  process.stdout.write(`${usage}\n`)
  process.exit(0)
}
const rounds = Number(values.rounds)

const ends: (() => unknown)[] = []
const clean = (end: () => unknown) => void ends.unshift(end)
const newsroom = {
  name: 'Bench',
  languages: [{ tag: 'en' }],
  rules: {
    levels: {
      flash: { approvals: 1, holdSeconds: 900 },
      urgent: { approvals: 0, holdSeconds: 0, leastHoldSeconds: 0 },
    },
  },
}

function skip(why: string): never {
  throw new Error(why)
}

/** Has a page note the time at which a text is in an element, in milliseconds of this machine's clock. */
function watch(page: Page, selector: string, text: string): Promise<number> {
  return page.evaluate(`new Promise((resolve) => {
    const look = () => {
      if (!document.querySelector(${JSON.stringify(selector)})?.textContent.includes(${JSON.stringify(text)})) return false
      resolve(Date.now())
      return true
    }
    if (look()) return
    const observer = new MutationObserver(() => look() && observer.disconnect())
    observer.observe(document.body, { childList: true, subtree: true, characterData: true })
  })`) as Promise<number>
}

/** Presses a button at a time that is given back. */
const pressed = (page: Page, selector: string) =>
  page.evaluate(
    `(() => { const at = Date.now(); document.querySelector(${JSON.stringify(selector)}).click(); return at })()`,
  ) as Promise<number>

/** Writes an urgent alert in the form, and opens its confirmation. */
async function write(page: Page, headline: string): Promise<void> {
  await page.evaluate(`{
    document.querySelector('input[name="level"][value="urgent"]').click()
    document.querySelector('input[name="audience"][value="public"]').click()
    const field = document.getElementById('headline-en')
    field.value = ${JSON.stringify(headline)}
    field.dispatchEvent(new Event('input', { bubbles: true }))
    document.getElementById('preview').click()
  }`)
  await until(() => isOpen(page, 'confirm'))
  await page.evaluate(`document.querySelector('#confirm .deliberate input').click()`)
}

async function toReaders(url: string, desk: Page, reader: Page) {
  const heard = new Map<string, number>()
  const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/socket?languages=en`)
  socket.addEventListener('message', ({ data }) => {
    const { type, alert } = JSON.parse(String(data))
    if (type === 'alert') heard.set(alert.headline, Date.now())
  })
  clean(() => socket.close())
  const toPage: number[] = []
  const toSocket: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    const headline = `Confirmed ${round}.`
    await write(desk, headline)
    const seen = watch(reader, 'main', headline)
    const at = await pressed(desk, '#confirm-send')
    toPage.push((await seen) - at)
    await until(() => heard.has(headline))
    toSocket.push((heard.get(headline) ?? 0) - at)
    await until(async () => !(await isOpen(desk, 'confirm')))
  }
  return { toPage, toSocket }
}

async function toDesks(url: string, key: string, approver: Page, others: readonly Page[]) {
  const toFirst: number[] = []
  const toAll: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    const headline = `Approved ${round}.`
    const as = { authorization: `Bearer ${key}`, 'idempotency-key': newKey() }
    const body = { level: 'flash', texts: { en: { headline } } }
    const { item } = (await (await ask(url, 'POST', '/v1/alerts', body, as)).json()) as { item: { id: string } }
    const button = `[data-item="${item.id}"] button.main`
    await until(() => approver.evaluate(`document.querySelector('${button}') !== null`) as Promise<boolean>)
    await pressed(approver, button)
    await until(() => isOpen(approver, 'confirm'))
    await approver.evaluate(`{
      const field = document.getElementById('confirm-word')
      field.value = 'FLASH'
      field.dispatchEvent(new Event('input', { bubbles: true }))
    }`)
    const seen = others.map((page) => watch(page, '#held', headline))
    const at = await pressed(approver, '#confirm-send')
    const times = (await Promise.all(seen)).map((it) => it - at)
    toFirst.push(Math.min(...times))
    toAll.push(Math.max(...times))
    await ask(url, 'POST', `/v1/desk/items/${item.id}/cancel`, {}, { 'idempotency-key': newKey() })
    await until(async () => !(await isOpen(approver, 'confirm')))
  }
  return { toFirst, toAll }
}

/** In a real Firefox that has subscribed: from the press in the desk to the notification that takes the alert's place. */
async function toNotification(url: string, firefox: Browser) {
  const reader = await firefox.newPage()
  await reader.goto(new URL('/en/', url).href)
  await until(async () => (await stateOf(reader)) === 'off')
  await reader.click('#subscribe')
  await until(async () => (await stateOf(reader)) === 'on')
  const { page: desk } = await deskOf(firefox, url)
  const found: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    const { alert } = await publish(url, { level: 'urgent', texts: { en: { headline: `Retracted ${round}.` } } })
    await shownWith(reader, alert)
    const button = `li[data-alert="${alert.id}"] button[aria-label^="Retract:"]`
    await until(() => desk.evaluate(`document.querySelector('${button}') !== null`) as Promise<boolean>)
    await pressed(desk, button)
    await until(() => isOpen(desk, 'retract'))
    await desk.evaluate(`document.querySelector('#retract .deliberate input').click()`)
    const at = await pressed(desk, '#retract-send')
    await shownWith(reader, { id: alert.id, version: 2 })
    found.push(Date.now() - at)
    await until(async () => !(await isOpen(desk, 'retract')))
  }
  return found
}

function line(what: string, times: readonly number[]): void {
  process.stdout.write(`${what.padEnd(62)} median ${median(times)} ms, slowest ${Math.max(...times)} ms\n`)
}

async function main(): Promise<void> {
  const service = await startPushService()
  clean(() => service.close())
  const autopush = await startAutopush(service)
  clean(() => autopush.close())
  const folder = scratchFolder(clean)
  const file = join(folder, 'newsroom.json')
  writeFileSync(file, JSON.stringify(newsroom))
  const tocsin = await startPushing(folder, service, { NEWSROOM: file })
  clean(() => tocsin.end('SIGTERM'))
  const { url } = tocsin
  const chromium = await launchChromium(browserPath('chromium', skip))
  clean(() => chromium.close())
  const people = await Promise.all(
    Array.from({ length: Number(values.desks) }, (_, nth) => newEditor(url, `Editor ${nth}`)),
  )
  const desks: Page[] = []
  for (const { key } of people) desks.push((await deskOf(chromium, url, key)).page)
  const [desk, approver] = desks
  const [writer] = people
  if (desk === undefined || approver === undefined || writer === undefined) throw new Error('--desks is at least 2')
  const reader = await (await chromium.createBrowserContext()).newPage()
  await reader.goto(new URL('/en/', url).href)
  await reader.waitForFunction(`document.getElementById('connection').dataset.state === 'live'`, { polling: 50 })

  const { toPage, toSocket } = await toReaders(url, desk, reader)
  line('confirmed at the desk → shown by an open reader page', toPage)
  line('confirmed at the desk → received by a socket', toSocket)
  const others = desks.filter((page) => page !== approver)
  const { toFirst, toAll } = await toDesks(url, writer.key, approver, others)
  line('approved → shown by the first of the other desks', toFirst)
  line(`approved → shown by all ${others.length} other desks`, toAll)
  const firefox = await launchFirefox(browserPath('firefox', skip), autopush.url)
  clean(() => firefox.close())
  line('retracted at the desk → the notification in Firefox is replaced', await toNotification(url, firefox))
}

await main().finally(async () => {
  for (const end of ends) await end()
})
