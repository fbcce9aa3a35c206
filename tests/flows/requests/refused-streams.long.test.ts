import { createRequire } from 'node:module'
import { EventSource } from 'eventsource'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { browserPath, launchChromium } from '../../support/browser/browsers.ts'
import { type Running, startNode } from '../../support/processes/service.ts'
import { cleaning, scratchFolder } from '../../support/scratch.ts'

// One stream for each address: whoever comes second is refused for as long as the first is there.

const { EventSourcePolyfill } = createRequire(import.meta.url)('event-source-polyfill') as {
  EventSourcePolyfill: new (url: string) => Source
}
type Source = {
  readonly readyState: number
  addEventListener(name: string, heard: (event: { readonly data: string }) => void): void
  close(): void
}

const clean = cleaning()
let service: Running
beforeAll(async () => {
  service = await startNode(scratchFolder(clean), { CONNECTIONS_PER_ADDRESS: '1' })
})
afterAll(() => service.end('SIGTERM'))

const closed = 2
const path = '/v1/events?languages=en'

/** Takes the one place; gives what leaves it. */
async function occupy(): Promise<() => void> {
  const abort = new AbortController()
  let response: Response | null = null
  const ask = async () => {
    response = await fetch(service.url + path, { signal: abort.signal })
    return response.status
  }
  await expect.poll(ask, { timeout: 10_000 }).toBe(200)
  // Kept until then: the connection of a response that is not referenced is closed when garbage is collected.
  return () => {
    if (response !== null) abort.abort()
  }
}

test.each<readonly [string, (url: string) => Source]>([
  ['eventsource', (url) => new EventSource(url) as unknown as Source],
  ['event-source-polyfill', (url) => new EventSourcePolyfill(url)],
])(
  '%s, refused because there is no place, comes in by itself once there is one',
  { timeout: 60_000 },
  async (_, create) => {
    const leave = await occupy()
    const source = create(service.url + path)
    const heard: string[] = []
    for (const name of ['goodbye', 'head']) source.addEventListener(name, () => heard.push(name))
    await expect.poll(() => heard, { timeout: 20_000 }).toContain('goodbye')
    expect(source.readyState).not.toBe(closed)
    leave()
    await expect.poll(() => heard, { timeout: 40_000 }).toContain('head')
    source.close()
  },
)

test("Chromium's own EventSource does so as well", { timeout: 90_000 }, async ({ skip }) => {
  const browser = await launchChromium(browserPath('chromium', skip))
  clean(() => browser.close())
  const page = await browser.newPage()
  // A page that opens no stream of its own.
  await page.goto(`${service.url}/healthz`)
  const leave = await occupy()
  await page.evaluate(`
    window.heard = []
    window.source = new EventSource('${path}')
    for (const name of ['goodbye', 'head']) source.addEventListener(name, () => heard.push(name))
  `)
  await page.waitForFunction("heard.includes('goodbye')", { timeout: 20_000 })
  expect(await page.evaluate('source.readyState')).not.toBe(closed)
  leave()
  await page.waitForFunction("heard.includes('head')", { timeout: 40_000 })
  await page.evaluate('source.close()')
})

test('a client that is not an EventSource gets 429 with Retry-After', async () => {
  const leave = await occupy()
  const refused = await fetch(service.url + path)
  expect([refused.status, Number(refused.headers.get('retry-after')) > 0]).toEqual([429, true])
  leave()
})
