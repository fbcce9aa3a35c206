import { createHash } from 'node:crypto'
import { connect } from 'node:tls'
import type { Browser, Page } from 'puppeteer-core'
import { browserPath, launchChromium, launchFirefox, launchPushedChromium } from '../browser/browsers.ts'
import { newsTexts, seeded } from '../newsroom/news-texts.ts'
import { type cleaning, scratchFolder } from '../scratch.ts'

export const browserNames = ['chromium', 'firefox'] as const
export type BrowserName = (typeof browserNames)[number]
type Clean = ReturnType<typeof cleaning>

/** An alert in Persian with words drawn at random, as long as those of a newsroom: what is repeated takes next to nothing in a compressed page. */
export function randomAlerts(seed: number): () => {
  readonly level: 'routine'
  readonly texts: { readonly fa: { readonly headline: string; readonly summary: string } }
} {
  const textIn = newsTexts('fa', seeded(seed))
  return () => {
    const { headline, summary = '' } = textIn({ headline: 50, summary: 95 })
    return { level: 'routine', texts: { fa: { headline, summary } } }
  }
}

/**
 * A browser that takes a server's certificate. Chromium keeps no script in its cache whose certificate it only overlooks, so it is told
 * the server's key. `tlsPort`: where the server is; absent: without TLS.
 */
export async function browserFor(
  name: BrowserName,
  clean: Clean,
  skip: (note: string) => never,
  tlsPort?: number,
): Promise<Browser> {
  const path = browserPath(name, skip)
  const launched = async () => {
    if (name === 'firefox') return launchFirefox(path, 'ws://127.0.0.1:9/', {}, true)
    if (tlsPort === undefined) return launchChromium(path)
    const flags = [`--ignore-certificate-errors-spki-list=${await keyHashOf(tlsPort)}`]
    return launchPushedChromium(path, scratchFolder(clean), flags)
  }
  const browser = await launched()
  clean(() => browser.close())
  return browser
}

/** The hash of a server's public key, as Chromium wants it. */
function keyHashOf(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', rejectUnauthorized: false }, () => {
      const key = socket.getPeerX509Certificate()?.publicKey.export({ type: 'spki', format: 'der' })
      socket.destroy()
      if (key === undefined) return reject(new Error('the server has no certificate'))
      resolve(createHash('sha256').update(key).digest('base64'))
    })
    socket.on('error', reject)
  })
}

const inPage = (page: Page, expression: string) => page.evaluate(expression) as Promise<unknown>

export const headlinesOf = (page: Page) =>
  inPage(page, `[...document.querySelectorAll('#alerts .headline')].map((it) => it.textContent.trim())`) as Promise<
    string[]
  >
export const isLive = async (page: Page) =>
  (await inPage(page, `document.getElementById('connection')?.dataset.state`)) === 'live'
export const isWhole = (page: Page) => inPage(page, `document.querySelector('.page-foot') !== null`)
/** Whether a service worker answers for the page, which it does only once all of its scripts have come. */
export const hasWorker = async (page: Page) =>
  (await inPage(page, `navigator.serviceWorker.controller?.state ?? ''`)) === 'activated'
export const protocolOf = (page: Page) =>
  inPage(page, `performance.getEntriesByType('navigation')[0].nextHopProtocol`) as Promise<string>
