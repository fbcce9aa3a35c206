import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'puppeteer-core'
import { expect, test } from 'vitest'
import { browserPath, errorsOf, launchChromium, launchFirefox } from '../../../support/browser/browsers.ts'
import { manyLanguages } from '../../../support/browser/pages-deps.ts'
import { stored } from '../../../support/browser/reader-page.ts'
import { type Rewrite, rewritingProxy } from '../../../support/networks/rewriting-proxy.ts'
import { publish, revise, startNode } from '../../../support/processes/service.ts'
import { until } from '../../../support/push/push-deps.ts'
import { cleaning, scratchFolder } from '../../../support/scratch.ts'

// A page that is changed on its way from the service, at a reader's second visit and later.

const clean = cleaning()
const patient = { timeout: 300_000 }
const browsers = ['chromium', 'firefox'] as const
const inPage = <Result>(page: Page, script: string) => page.evaluate(script) as Promise<Result>
const unverified = 'One new item could not be verified and is not shown.'
const text = (headline: string) => ({ headline, summary: `${headline} in Kabul.`, url: 'https://news.example/5' })
const inAll = (headline: string) => Object.fromEntries(manyLanguages.map((tag) => [tag, text(`${headline} ${tag}`)]))
const noted = Object.fromEntries(manyLanguages.map((tag) => [tag, `Not five, ${tag}.`]))

/** Every element of the cards of a list, or of an alert's article, with what it says and where it leads. */
const shown = (page: Page) =>
  inPage<string[]>(
    page,
    `[...document.querySelectorAll('#alerts article, article.whole')].map((card) =>
      [card, ...card.querySelectorAll('*')].map((it) => {
        const own = [...it.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data.trim()).join('')
        const says = it.localName === 'time' ? it.dateTime : own
        return [it.localName, it.dataset.id, it.dataset.level, it.dataset.status, it.getAttribute('href'), it.lang, says].join(' ')
      }).join('\\n'))`,
  )

async function visited(name: (typeof browsers)[number], skip: (note: string) => never) {
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

const said = (page: Page) => inPage<string | null>(page, `document.getElementById('unverified')?.innerText ?? null`)

/** A change of a card, and whether its alert is there after it. */
const cardChanges: readonly Rewrite[] = [
  (html) => html.replaceAll('Four killed en', 'Nine killed en'),
  (html) => html.replaceAll('Five killed en in Kabul', 'Nine killed'),
  (html) => html.replaceAll('Not five, en.', 'Not nine.'),
  (html) => html.replaceAll(/<\/?s>/g, '').replaceAll('data-status="retracted"', 'data-status="live"'),
  (html) => html.replace(/<strong class="mark">[^<]*<\/strong>/g, ''),
  (html) => html.replaceAll('https://news.example/5', 'https://nine.example/'),
  (html) => html.replaceAll('</article>', '<p>Nine killed</p></article>'),
  (html) => html.replaceAll('</article>', '<a href="https://nine.example/"></a></article>'),
  (html) => html.replaceAll(/ datetime="[^"]*"/g, ' datetime="2029-09-09T09:09:09.999Z"'),
  (html) => html.replaceAll('<span class="level">', '<span class="level">Nine '),
  (html) => html.replaceAll('data-level="urgent"', 'data-level="flash"'),
]

test.for(browsers)(
  'in %s a list that was changed on its way says again what the newsroom signed, and that something could not be verified',
  patient,
  async (name, { skip }) => {
    const { page, errors, way, go, isVerified } = await visited(name, skip)
    const genuine = await shown(page)
    expect(genuine).toHaveLength(4)
    await go('/en/')
    await until(() => isVerified('en'))
    expect([await shown(page), await said(page)]).toEqual([genuine, null])
    const added: Rewrite = (html) => {
      const item = /<li><article.*?<\/li>/s.exec(html)?.[0] ?? ''
      const other = item.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '01999999-0000-7000-8000-000000000009')
      return html.replace(item, () => `${other.replaceAll('killed', 'Nine killed')}${item}`)
    }
    const beside: readonly Rewrite[] = [
      (html) => html.replace('<li><article', '<li><p>Nine killed</p></li><li><article'),
      (html) => html.replace('<li><article', '<li>Nine killed<article'),
      // A second card of one alert.
      (html) => {
        const item = /<li><article.*?<\/li>/s.exec(html)?.[0] ?? ''
        return html.replace(item, () => `${item}${item.replaceAll('killed', 'Nine killed')}`)
      },
    ]
    for (const change of [...cardChanges, ...beside, added]) {
      way.rewrite = change
      await go('/en/')
      await expect.poll(() => said(page), { message: String(change) }).toContain(unverified)
      await expect.poll(() => shown(page), { message: String(change) }).toEqual(genuine)
      expect(await inPage(page, `document.getElementById('alerts').outerHTML`)).not.toMatch(/nine|2029/i)
    }
    // What was verified is not asked for again.
    way.rewrite = null
    await go('/en/')
    await until(() => inPage(page, `document.getElementById('connection').dataset.state === 'live'`))
    way.asked.length = 0
    await go('/en/')
    await until(() => inPage(page, `document.getElementById('connection').dataset.state === 'live'`))
    expect(await said(page)).toBeNull()
    expect(way.asked.filter((path) => path.startsWith('/v1/alerts'))).toEqual([])
    expect(errors).toEqual([])
  },
)

const pageChanges: readonly Rewrite[] = [
  (html) => html.replaceAll('Four killed en', 'Nine killed'),
  (html) => html.replaceAll('Four killed en in Kabul', 'Nine killed'),
  (html) => html.replaceAll('<p class="note">', '<p class="note">Nine'),
  ...cardChanges.slice(4, 8),
]

test.for(browsers)(
  'in %s an alert’s own page that was changed on its way says again what the newsroom signed, or nothing',
  patient,
  async (name, { skip }) => {
    const { page, errors, way, go, ids } = await visited(name, skip)
    const visible = pageChanges.map((change) => ({ change, id: ids.corrected }))
    for (const { change, id } of [...visible, { change: cardChanges[3] ?? String, id: ids.retracted }]) {
      way.rewrite = null
      await go(`/en/alerts/${id}`)
      const genuine = await shown(page)
      // Of the page alone: its signed entry is as it was.
      way.rewrite = (html, path) => {
        const data = /<script type="application\/ld\+json">.*?<\/script>/s.exec(html)?.[0] ?? ''
        return html
          .split(data)
          .map((part) => change(part, path))
          .join(data)
      }
      await go(`/en/alerts/${id}`)
      await expect.poll(() => said(page), { message: String(change) }).toContain(unverified)
      await expect.poll(() => shown(page), { message: String(change) }).toEqual(genuine)
    }
    way.rewrite = (html) => html.replaceAll('Four killed', 'Nine killed')
    await go(`/en/alerts/${ids.corrected}`)
    await expect.poll(() => said(page)).toContain(unverified)
    expect(await page.$$('article.whole *')).toEqual([])
    // What Firefox says of requests of a page that was left.
    expect(errors.filter((it) => !String(it).includes('A ServiceWorker intercepted the request'))).toEqual([])
  },
)

test('in every language a page as the service writes it is what its script verifies', patient, async ({ skip }) => {
  const { page, errors, go, isVerified, ids } = await visited('chromium', skip)
  for (const tag of manyLanguages) {
    await go(`/${tag}/`)
    const written = await shown(page)
    await inPage(page, `for (const card of document.querySelectorAll('#alerts article')) card.dataset.written = ''`)
    await expect.poll(() => isVerified(tag)).toBe(true)
    expect([await shown(page), await said(page)]).toEqual([written, null])
    expect(await page.$$('#alerts article[data-written]'), tag).toHaveLength(4)
  }
  // Each state in several languages.
  for (const [nth, tag] of manyLanguages.entries()) {
    const id = Object.values(ids)[nth % 4]
    await go(`/${tag}/alerts/${id}`)
    await inPage(page, `document.querySelector('article.whole').dataset.written = ''`)
    await until(() =>
      inPage(page, `performance.getEntriesByType('resource').some(({ name }) => name.includes('page-news-check'))`),
    )
    await new Promise((resolve) => setTimeout(resolve, 150))
    expect([await said(page), (await page.$$('article[data-written]')).length], `${tag} ${id}`).toEqual([null, 1])
  }
  expect(errors).toEqual([])
})
