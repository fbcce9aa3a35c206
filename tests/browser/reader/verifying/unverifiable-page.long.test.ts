import { expect, test } from 'vitest'
import { store, stored } from '../../../support/browser/reader-page.ts'
import { inPage, said, secondVisit, shown, unverified } from '../../../support/networks/second-visit.ts'
import { revise } from '../../../support/processes/service.ts'
import { until } from '../../../support/push/push-deps.ts'
import { cleaning } from '../../../support/scratch.ts'

// A page that is changed on its way by somebody who also keeps back, or changes, what would show that.

const clean = cleaning()
const patient = { timeout: 300_000 }
const browsers = ['chromium', 'firefox'] as const
const unchecked = 'This page could not be verified yet.'
const state = `document.getElementById('connection').dataset.state`

test.for(browsers)(
  'in %s a list whose proof is kept back is called unverified until it comes, and then says what the newsroom signed',
  patient,
  async (name, { skip }) => {
    const { page, way, go } = await secondVisit(name, skip, clean)
    const genuine = await shown(page)
    way.rewrite = (html) => html.replaceAll('Four killed', 'Nine killed')
    // The stream is let through: the page is live.
    way.refuses = (path) => path.startsWith('/v1/alerts')
    await go('/en/')
    await until(async () => (await inPage(page, state)) === 'live')
    await expect.poll(() => said(page)).toBe(unchecked)
    way.refuses = () => false
    await expect.poll(() => said(page), { timeout: 60_000 }).toContain(unverified)
    await expect.poll(() => shown(page)).toEqual(genuine)
    // One that is as it was signed: the word is taken back.
    way.rewrite = null
    way.refuses = (path) => path.startsWith('/v1/alerts')
    await store(page, 'verified-cards', null)
    await go('/en/')
    await expect.poll(() => said(page)).toBe(unchecked)
    way.refuses = () => false
    await expect.poll(() => said(page), { timeout: 60_000 }).toBeNull()
    expect(await shown(page)).toEqual(genuine)
  },
)

test.for(browsers)(
  'in %s a changed list that was kept is called unverified while the service does not answer',
  patient,
  async (name, { skip }) => {
    const { page, way, go, isVerified } = await secondVisit(name, skip, clean)
    await go('/en/')
    await until(() => isVerified('en'))
    // What was verified once needs no proof when it is shown from the device.
    way.refuses = () => true
    await go('/en/')
    await expect.poll(() => page.$('#kept'), { message: 'a kept page', timeout: 60_000 }).not.toBeNull()
    await new Promise((resolve) => setTimeout(resolve, 2_000))
    expect(await said(page)).toBeNull()
    way.rewrite = (html) => html.replaceAll('Four killed', 'Nine killed')
    way.refuses = (path) => path.startsWith('/v1/')
    await go('/en/')
    const kept = `caches.match('/en/').then((it) => it.text()).then((it) => it.includes('Nine killed'))`
    await expect.poll(() => inPage(page, kept), { message: 'the changed page is kept', timeout: 60_000 }).toBe(true)
    way.refuses = () => true
    await go('/en/')
    await expect.poll(() => page.$('#kept'), { message: 'a kept page', timeout: 60_000 }).not.toBeNull()
    await expect.poll(() => said(page)).toBe(unchecked)
    // Once it was found to be false, it is not shown from the device either.
    way.refuses = () => false
    await go('/en/')
    await expect.poll(() => said(page), { timeout: 60_000 }).toContain(unverified)
    way.refuses = () => true
    await go('/en/')
    await expect.poll(() => said(page), { timeout: 60_000 }).toContain(unverified)
    expect(await inPage(page, `document.documentElement.innerText`)).not.toContain('Nine killed')
  },
)

test.for(browsers)(
  'in %s what was retracted does not come back as true by an old copy of its page, or of the list',
  patient,
  async (name, { skip }) => {
    const { url, page, way, go, ids } = await secondVisit(name, skip, clean)
    const old = new Map<string, string>()
    way.rewrite = (html, path) => {
      old.set(path, html)
      return html
    }
    await go(`/en/alerts/${ids.live}`)
    await go('/en/')
    await until(async () => (await inPage(page, state)) === 'live')
    way.rewrite = null
    await revise(url, ids.live, 'retraction', { note: { en: 'It was not so.' } })
    await until(async () => String(await inPage(page, 'document.body.innerText')).includes('It was not so.'))
    // What came live is remembered, though no list was verified since.
    await expect
      .poll(async () => JSON.stringify(await stored(page, 'verified-versions')))
      .toContain(JSON.stringify([ids.live, 2]))
    way.rewrite = (html, path) => old.get(path) ?? html
    way.refuses = (path) => path.startsWith('/v1/')
    await go(`/en/alerts/${ids.live}`)
    await expect.poll(() => page.$$('article.whole *')).toEqual([])
    expect(await inPage(page, `document.getElementById('missed').hidden`)).toBe(false)
    expect(await page.title()).not.toContain('Live en')
    await go('/en/')
    await expect.poll(() => page.$(`#alerts [data-id="${ids.live}"]`), { timeout: 60_000 }).toBeNull()
    expect(await inPage(page, `document.getElementById('missed').hidden`)).toBe(false)
    // With the streams let through, the page of a former version shows the newest.
    way.rewrite = (html, path) =>
      path.startsWith('/en/alerts/') && way.asked.filter((it) => it === path).length % 2
        ? (old.get(path) ?? html)
        : html
    way.refuses = () => false
    await go(`/en/alerts/${ids.live}`)
    await until(async () => String(await inPage(page, 'document.body.innerText')).includes('It was not so.'))
  },
)

test.for(browsers)(
  'in %s an alert that is signed by a key of which nobody knows is not shown, nor named in the title',
  patient,
  async (name, { skip }) => {
    const { page, way, go, ids } = await secondVisit(name, skip, clean)
    await go(`/en/alerts/${ids.corrected}`)
    const title = await page.title()
    expect(title).toContain('Four killed en')
    await go(`/en/alerts/${ids.corrected}`)
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    expect([await page.title(), await said(page), (await page.$$('.history li')).length > 0]).toEqual([
      title,
      null,
      true,
    ])
    way.rewrite = (html) =>
      html.replaceAll('Four killed', 'Nine killed').replaceAll(/"key":"[\w-]{11}"/g, '"key":"AAAAAAAAAAA"')
    await go(`/en/alerts/${ids.corrected}`)
    await expect.poll(() => said(page), { timeout: 60_000 }).toContain(unverified)
    expect(await inPage(page, `document.documentElement.innerText + document.title`)).not.toContain('Nine killed')
    // While the service's keys are kept back nobody can tell: that is said.
    way.refuses = (path) => path.startsWith('/v1/newsroom')
    await go(`/en/alerts/${ids.corrected}`)
    await expect.poll(() => said(page), { timeout: 60_000 }).toMatch(/could not be verified/)
  },
)

test.for(browsers)(
  'in %s the title and the history of an alert’s page do not stay where the page was changed',
  patient,
  async (name, { skip }) => {
    const { page, way, go, ids } = await secondVisit(name, skip, clean)
    await go(`/en/alerts/${ids.corrected}`)
    const title = await page.title()
    // The signed entry is as it was.
    way.rewrite = (html) =>
      html.replaceAll(/<(title|p class="note"|p class="headline"|h1[^>]*)>(?!<)/g, (all) => `${all}Nine killed `)
    await go(`/en/alerts/${ids.corrected}`)
    await expect.poll(() => said(page)).toContain(unverified)
    expect(await inPage(page, `document.documentElement.innerText + document.title`)).not.toContain('Nine killed')
    expect(await page.title()).toBe(title)
  },
)

test('older alerts, which carry no proofs, are called unverified', patient, async ({ skip }) => {
  const { page, go, ids } = await secondVisit('chromium', skip, clean)
  await go(`/en/?before=${ids.updated}`)
  await expect.poll(() => said(page)).toBe(unchecked)
  expect(await shown(page)).toHaveLength(3)
  await go('/fa/privacy')
  await go(`/fa/?before=${ids.updated}`)
  await expect.poll(() => said(page)).toBe('این صفحه هنوز تأیید نشده است.')
})
