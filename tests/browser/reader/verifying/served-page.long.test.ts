import { expect, test } from 'vitest'
import { manyLanguages } from '../../../support/browser/pages-deps.ts'
import type { Rewrite } from '../../../support/networks/rewriting-proxy.ts'
import { inPage, said, secondVisit, shown, unverified } from '../../../support/networks/second-visit.ts'
import { until } from '../../../support/push/push-deps.ts'
import { cleaning } from '../../../support/scratch.ts'

// A page that is changed on its way from the service, at a reader's second visit and later.

const clean = cleaning()
const patient = { timeout: 300_000 }
const browsers = ['chromium', 'firefox'] as const
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
    const { page, errors, way, go, isVerified } = await secondVisit(name, skip, clean)
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
    const { page, errors, way, go, ids } = await secondVisit(name, skip, clean)
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
  const { page, errors, go, isVerified, ids } = await secondVisit('chromium', skip, clean)
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
