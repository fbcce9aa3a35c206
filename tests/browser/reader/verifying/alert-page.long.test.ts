import type { Browser, Page } from 'puppeteer-core'
import { expect, test } from 'vitest'
import { browserPath, errorsOf, launchChromium, launchFirefox } from '../../../support/browser/browsers.ts'
import { publish, revise, startNode } from '../../../support/processes/service.ts'
import { until } from '../../../support/push/push-deps.ts'
import { cleaning, scratchFolder } from '../../../support/scratch.ts'

// An alert's own page that is open, while whoever is between it and the service changes what it asks for.

const clean = cleaning()
const patient = { timeout: 300_000 }
const browsers = ['chromium', 'firefox'] as const
const texts = {
  en: { headline: 'Five killed', summary: 'In Kabul.', url: 'https://news.example/5' },
  fa: { headline: 'پنج تن کشته شدند' },
}
const correction = (headline: string) => ({
  texts: { en: { headline }, fa: { headline: `نه: ${headline}` } },
  note: { en: 'It was not five.' },
})
const unverified = 'One new item could not be verified and is not shown.'
/** Runs in the page. */
type Change = (html: string) => string
const rewriting = `(() => {
  const real = fetch
  window.fetch = async (path, init) => {
    const answer = await real(path, init)
    if (!window.change || path !== location.pathname) return answer
    const html = await answer.text()
    const changed = await window.change(html)
    window.hasChanged = window.hasChanged || changed !== html
    return new Response(changed, { status: answer.status, headers: { 'content-type': 'text/html' } })
  }
})()`
const inPage = <Result>(page: Page, script: string) => page.evaluate(script) as Promise<Result>
const headline = (page: Page) => inPage<string>(page, `document.querySelector('h1').textContent`)
const elements = (page: Page) =>
  inPage<string[]>(
    page,
    `[...document.querySelectorAll('article.whole, article.whole *, .history *')].map((it) =>
      [it.localName, it.className, it.getAttribute('role'), it.getAttribute('href'), it.dataset.kind, it.textContent].join(' '))`,
  )

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
  await page.evaluateOnNewDocument(`delete Navigator.prototype.serviceWorker; ${rewriting}`)
  /** A page of an alert of its own. */
  const go = async () => {
    const { alert } = await publish(url, { level: 'urgent', topics: ['afghanistan'], texts })
    await page.goto(`${url}/en/alerts/${alert.id}`)
    return alert.id
  }
  const change = (by: Change | string | null) => inPage(page, `window.change = ${by}; window.hasChanged = false`)
  return { url, page, errors, go, change }
}

const foreignMarkup: readonly Change[] = [
  (html) => html.replace('<h1 class="headline">Four killed', '<h1 class="headline">Nine killed'),
  (html) => html.replace(/>It was not five\./, '>It was nine killed.'),
  (html) => html.replace(/(<article class="alert whole"[^>]*>)/, '$1<p>Nine killed</p>'),
  (html) =>
    html.replace('</article>', '<p class="foot"><a class="story" href="https://nine.example/">Nine</a></p></article>'),
  (html) => html.replace('href="https://news.example/5"', 'href="https://nine.example/"'),
  (html) => html.replace('</article>', '<img class="picture" src="/icons/icon.svg" alt="Nine killed"></article>'),
  (html) =>
    html.replace('<h1 class="headline">', '<h1 class="headline" onclick="alert(9)" data-nine="1" title="Nine">'),
  (html) => html.replace(/(<span class="level">)[^<]*/, '$1Nine'),
  (html) => html.replace(/(<strong class="mark">)[^<]*/, '$1Nine'),
  (html) => html.replace(/(<bdi class="topic">)[^<]*/, '$1Nine'),
  (html) => html.replaceAll(/(<time datetime=")[^"]*("[^>]*>)[^<]*/g, '$12029-09-09T09:09:09.999Z$2Nine'),
  (html) => html.replace(/<title>[^<]*/, '<title>Nine killed'),
  (html) => html.replace('<section class="history">', '<section class="history"><p>Nine killed</p>'),
  (html) => html.replace('<ol reversed>', '<ol reversed><li>Nine killed</li>'),
  (html) => html.replace('<article class="alert whole"', '<article style="color:#999" lang="nine" class="alert whole"'),
  (html) => html.replace('</article>', '<p class="retraction">Nine killed</p></article>'),
]

test.for(browsers)(
  'in %s an alert’s own page shows a change as the newsroom signed it, and nothing that was put beside it',
  patient,
  async (name, { skip }) => {
    const { url, page, errors, go, change } = await opened(name, skip)
    for (const foreign of foreignMarkup) {
      const id = await go()
      await change(foreign)
      await revise(url, id, 'correction', correction('Four killed'))
      await until(async () => (await headline(page)) === 'Four killed')
      expect(await inPage(page, 'window.hasChanged'), String(foreign)).toBe(true)
      expect(await inPage(page, 'document.documentElement.outerHTML'), String(foreign)).not.toMatch(
        /nine|2029|onclick/i,
      )
      expect(await page.title()).toBe('Correction: Four killed · Tocsin Example News')
      expect(await page.$('#unverified')).toBeNull()
      const live = await elements(page)
      await page.reload()
      await until(async () => (await elements(page)).join() === live.join())
    }
    expect(errors).toEqual([])
  },
)

test.for(browsers)(
  'in %s an alert’s own page shows its retraction, also where the way takes away what says so',
  patient,
  async (name, { skip }) => {
    const { url, page, errors, go, change } = await opened(name, skip)
    const id = await go()
    await change((html) =>
      html
        .replace(/<p class="retraction".*?<\/p>/s, '')
        .replace('data-status="retracted"', 'data-status="live"')
        .replaceAll(/<\/?s>/g, ''),
    )
    await revise(url, id, 'retraction', { note: { en: 'Nobody was killed.' } })
    await until(async () => (await page.$('.retraction')) !== null)
    expect(await page.$eval('article.whole', (it) => it.dataset.status)).toBe('retracted')
    expect(await page.$$eval('article.whole s, .history s', (all) => all.map((it) => it.textContent))).toEqual([
      ...['Five killed', 'In Kabul.', 'Five killed', 'In Kabul.'],
    ])
    const live = await elements(page)
    await page.reload()
    await until(async () => (await elements(page)).join() === live.join())
    expect(errors).toEqual([])
  },
)

const data = String.raw`/<script type="application\/ld\+json">.*?<\/script>/s`
const otherEntries: readonly string[] = [
  `(html) => html.replace('"tocsin:entry"', '"x"')`,
  `(html) => html.replaceAll('Four killed', 'Nine killed')`,
  // Genuine, but the version that the page shows already.
  `(html) => html.replace(${data}, () => document.querySelector('[type="application/ld+json"]').outerHTML)`,
  // Genuine, but of another language.
  `async (html) => {
    const other = await (await fetch(location.pathname.replace('/en/', '/fa/'))).text()
    return html.replace(${data}, () => ${data}.exec(other)[0])
  }`,
]

test.for(browsers)(
  'in %s an alert’s own page shows no change whose entry was changed, and says so',
  patient,
  async (name, { skip }) => {
    const { url, page, errors, go, change } = await opened(name, skip)
    for (const other of otherEntries) {
      const id = await go()
      await change(other)
      await revise(url, id, 'correction', correction('Four killed'))
      await until(async () => (await inPage<string>(page, 'document.body.innerText')).includes(unverified))
      expect(await headline(page), String(other)).toBe('Five killed')
      expect(await page.title()).toBe('Five killed · Tocsin Example News')
      expect(await inPage(page, `document.querySelector('main').innerText`)).not.toMatch(/Nine|Four|نه/)
      await change(null)
      await revise(url, id, 'correction', { texts: { en: { headline: 'Three killed' } }, note: { en: 'Nor four.' } })
      await until(async () => (await headline(page)) === 'Three killed')
    }
    expect(errors).toEqual([])
  },
)
