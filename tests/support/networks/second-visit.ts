import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'puppeteer-core'
import { browserPath, errorsOf, launchChromium, launchFirefox } from '../browser/browsers.ts'
import { manyLanguages } from '../browser/pages-deps.ts'
import { stored } from '../browser/reader-page.ts'
import { publish, revise, startNode } from '../processes/service.ts'
import { until } from '../push/push-deps.ts'
import { scratchFolder } from '../scratch.ts'
import { rewritingProxy } from './rewriting-proxy.ts'

// A reader who has been here before, behind a proxy that changes what comes.

export const unverified = 'One new item could not be verified and is not shown.'
export const inPage = <Result>(page: Page, script: string) => page.evaluate(script) as Promise<Result>
const text = (headline: string) => ({ headline, summary: `${headline} in Kabul.`, url: 'https://news.example/5' })
const inAll = (headline: string) => Object.fromEntries(manyLanguages.map((tag) => [tag, text(`${headline} ${tag}`)]))
const noted = Object.fromEntries(manyLanguages.map((tag) => [tag, `Not five, ${tag}.`]))

/** Every element of the cards of a list, or of an alert's article, with what it says and where it leads. */
export const shown = (page: Page) =>
  inPage<string[]>(
    page,
    `[...document.querySelectorAll('#alerts article, article.whole')].map((card) =>
      [card, ...card.querySelectorAll('*')].map((it) => {
        const own = [...it.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data.trim()).join('')
        const says = it.localName === 'time' ? it.dateTime : own
        return [it.localName, it.dataset.id, it.dataset.level, it.dataset.status, it.getAttribute('href'), it.lang, says].join(' ')
      }).join('\\n'))`,
  )

/** What the page says of what could not be verified; null: nothing. */
export const said = (page: Page) =>
  inPage<string | null>(page, `document.getElementById('unverified')?.innerText ?? null`)

/** A service with an alert in each state in every language, and a browser that has seen its list once. */
export async function secondVisit(
  name: 'chromium' | 'firefox',
  skip: (note: string) => never,
  clean: (undo: () => unknown) => void,
) {
  const executable = browserPath(name, skip)
  const file = join(scratchFolder(clean), 'newsroom.json')
  const topics = [{ id: 'rights', labels: { en: 'Human rights', fa: 'حقوق بشر' } }]
  const languages = manyLanguages.map((tag) => ({ tag }))
  writeFileSync(file, JSON.stringify({ name: 'Example', languages, topics, rules: 'none' }))
  const { url, end } = await startNode(scratchFolder(clean), { NEWSROOM: file })
  clean(() => end('SIGKILL'))
  const { way, origin } = await rewritingProxy(Number(new URL(url).port), clean)
  const ids: string[] = []
  for (const headline of ['Retracted', 'Corrected', 'Updated', 'Live']) {
    const { alert } = await publish(url, { level: 'urgent', topics: ['rights'], texts: inAll(headline) })
    ids.push(alert.id)
  }
  const [retracted = '', corrected = '', updated = '', live = ''] = ids
  await revise(url, retracted, 'retraction', { note: noted })
  await revise(url, corrected, 'correction', { texts: inAll('Four killed'), note: noted })
  await revise(url, updated, 'update', { texts: inAll('Five killed') })
  const browser: Browser = await (name === 'chromium'
    ? launchChromium(executable)
    : launchFirefox(executable, 'ws://127.0.0.1:9/'))
  clean(() => browser.close())
  const page = await browser.newPage()
  const errors = errorsOf(page)
  const go = (path: string) => page.goto(`${origin}${path}`, { waitUntil: 'domcontentloaded' })
  /** Once the list of a language has been verified. */
  const isVerified = async (tag: string) => {
    const kept = Object((await stored(page, 'verified-cards')) ?? {}) as { readonly cards?: readonly unknown[] }
    return (kept.cards?.length ?? 0) >= (manyLanguages.indexOf(tag) + 1) * ids.length
  }
  await go('/en/')
  await until(async () => (await inPage(page, 'navigator.serviceWorker.controller !== null')) === true)
  await until(async () => (await inPage(page, `caches.match('/en/').then((it) => it !== undefined)`)) === true)
  return { url, page, errors, way, go, isVerified, ids: { retracted, corrected, updated, live } }
}
