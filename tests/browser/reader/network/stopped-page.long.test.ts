import type { Page } from 'puppeteer-core'
import { expect, test } from 'vitest'
import { browserPath, launchChromium, launchFirefox } from '../../../support/browser/browsers.ts'
import { type Forwarded, tcpProxy } from '../../../support/postgres/tcp-proxy.ts'
import { english, publish, startNode } from '../../../support/processes/service.ts'
import { until } from '../../../support/push/push-deps.ts'
import { cleaning, scratchFolder } from '../../../support/scratch.ts'

// Real browsers at a real service, behind a proxy that stops connections silently in the middle of a page.

const clean = cleaning()
const inPage = (page: Page, expression: string) => page.evaluate(expression) as Promise<unknown>

/** A proxy that stops the connections that ask for a path, after the beginning of the answer: as many as `times` says. */
async function stoppingProxy(port: number) {
  const stopping = { path: '', times: 0, stopped: 0 }
  const left = new WeakMap<Forwarded, number>()
  const proxy = await tcpProxy(port, clean, {
    accepts: () => true,
    pass(piece, from, connection) {
      if (from === 'client') {
        if (stopping.times > 0 && piece.includes(`GET ${stopping.path} `)) {
          stopping.times -= 1
          stopping.stopped += 1
          // The head is some 1,100 bytes long.
          left.set(connection, 3_000)
        }
        return piece
      }
      const rest = left.get(connection)
      if (rest === undefined) return piece
      left.set(connection, Math.max(0, rest - piece.length))
      return rest === 0 ? null : piece.subarray(0, rest)
    },
    passesEnd: (connection) => !left.has(connection),
  })
  return { stopping, origin: `http://127.0.0.1:${proxy.port}` }
}

test.for(['firefox', 'chromium'] as const)(
  'in a real %s a page that stops on the way comes whole from another connection, or is the kept copy',
  { timeout: 180_000 },
  async (name, { skip }) => {
    const executable = browserPath(name, skip)
    const service = await startNode(scratchFolder(clean))
    clean(() => service.end('SIGKILL'))
    const { stopping, origin } = await stoppingProxy(Number(new URL(service.url).port))
    const browser = await (name === 'chromium'
      ? launchChromium(executable)
      : launchFirefox(executable, 'ws://127.0.0.1:9/'))
    clean(() => browser.close())
    const page = await browser.newPage()
    for (let nth = 0; nth < 20; nth += 1) await publish(service.url, { level: 'routine', ...english(`Alert ${nth}`) })
    await page.goto(`${origin}/en/`, { waitUntil: 'domcontentloaded' })
    await until(async () => (await inPage(page, 'navigator.serviceWorker.controller !== null')) === true)
    await until(async () => (await inPage(page, `caches.match('/en/').then((it) => it !== undefined)`)) === true)

    // Of this one no copy is kept yet.
    Object.assign(stopping, { path: '/en/notifications', times: 1 })
    await page.goto(`${origin}/en/notifications`, { waitUntil: 'domcontentloaded' })
    expect(stopping.stopped, 'a connection has stopped').toBe(1)
    expect(await inPage(page, `document.querySelector('.page-foot') !== null`)).toBe(true)
    expect(await inPage(page, `document.getElementById('kept')`)).toBeNull()

    await publish(service.url, { level: 'routine', ...english('The newest of all') })
    Object.assign(stopping, { path: '/en/', times: 1 })
    await page.goto(`${origin}/en/`, { waitUntil: 'domcontentloaded' })
    expect(stopping.stopped).toBe(2)
    expect(await inPage(page, `document.querySelector('.page-foot') !== null`)).toBe(true)
    expect(await inPage(page, `document.body.textContent`)).toContain('Alert 19')
    // Its stream brings what the copy lacks, and the request that went on brings the next copy.
    await until(async () => String(await inPage(page, 'document.body.textContent')).includes('The newest of all'))
    const kept = `caches.match('/en/').then((it) => it.text()).then((it) => it.includes('The newest of all'))`
    await until(async () => (await inPage(page, kept)) === true)
  },
)
