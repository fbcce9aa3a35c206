import { expect, test } from 'vitest'
import { parseNewsroom } from '../../../src/domain/newsroom.ts'
import type { Problem } from '../../../src/domain/problem.ts'
import { english, localeOf } from '../../../src/locales/locales.ts'
import { manyLanguages, pagesDeps } from '../../support/browser/pages-deps.ts'

const file = {
  name: 'Radio Example',
  languages: [{ tag: 'en' }, { tag: 'fa' }, { tag: 'ka' }],
  topics: [],
}
const textOf = async (path: string, newsroom: object = file) =>
  (await pagesDeps(parseNewsroom(newsroom)).get(path)).text()
const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll("'", '&#39;')

const markedAsEnglish = /<div lang="en" dir="ltr">\s*<p>/

test('in a language without a file it says all of it in English, marked as English', async () => {
  const html = await textOf('/de/privacy', { ...file, languages: [{ tag: 'en' }, { tag: 'de' }] })
  for (const line of Object.values(english.privacy)) expect(html).toContain(escaped(line))
  expect(html).toMatch(markedAsEnglish)
})

test.each(manyLanguages)('in %s it says all of it, in the language', async (tag) => {
  const html = await (await pagesDeps().get(`/${tag}/privacy`)).text()
  for (const line of Object.values(localeOf(tag).privacy ?? {})) expect(html).toContain(escaped(line))
  expect(html).not.toMatch(markedAsEnglish)
  expect(html).toContain(`<link rel="canonical" href="https://alerts.example/${tag}/privacy">`)
  expect(html.match(/<link rel="alternate" hreflang/g)).toHaveLength(manyLanguages.length)
  expect(html).not.toMatch(/<script(?! data-parts="\/assets\/immutable\/plain-script-)|<meta name="robots"/)
})

test('a way to it is in the foot of every page of readers, and none is at the desk', async () => {
  const before = pagesDeps()
  const id = before.publish({ level: 'urgent', texts: { fa: { headline: 'زمین‌لرزه' }, ru: { headline: 'Да' } } })
  const deps = pagesDeps(parseNewsroom(file))
  for (const entry of before.entries) deps.force(entry)
  const pages = ['/fa/', `/fa/alerts/${id}`, `/fa/alerts/${id}x`, '/fa/nothing', '/fa/privacy']
  const html = '<footer class="page-foot"><a href="/fa/privacy">'
  for (const path of pages) expect(await (await deps.get(path)).text(), path).toContain(html)
  // A language that the newsroom has dropped has no page of its own.
  const dropped = await (await deps.get(`/ru/alerts/${id}`)).text()
  expect(dropped).toContain('<footer class="page-foot"><a href="/privacy">')
  expect(await (await deps.get('/desk')).text()).not.toContain('page-foot')
  const answer = await deps.get('/privacy', { 'Accept-Language': 'fa' })
  expect([answer.status, answer.headers.get('location')]).toEqual([302, '/fa/privacy'])
})

test('what the newsroom adds stands there as it wrote it, in English where it has nothing else', async () => {
  const privacy = { en: ['Hosted by <Example>.', 'Write to privacy@radio.example.'], FA: ['میزبان ما نمونه است.'] }
  const newsroom = { ...file, privacy }
  expect(await textOf('/en/privacy', newsroom)).toContain(
    '<p>Hosted by &lt;Example&gt;.</p><p>Write to privacy@radio.example.</p>',
  )
  expect(await textOf('/fa/privacy', newsroom)).toContain('<p>میزبان ما نمونه است.</p>')
  const georgian = await textOf('/ka/privacy', newsroom)
  expect(georgian).toContain('<section class="notice" lang="en" dir="ltr" aria-labelledby="own-words">')
  expect(await textOf('/en/privacy')).not.toContain('own-words')
})

test.each<[string, object, string]>([
  ['a language that it does not publish in', { fr: ['Bonjour'] }, '/privacy/fr'],
  ['what is no list', { en: 'Hello' }, '/privacy/en'],
  ['no paragraph', { en: [] }, '/privacy/en'],
  ['a paragraph that nobody sees', { en: [' '] }, '/privacy/en/0'],
  ['a line break', { en: ['a\nb'] }, '/privacy/en/0'],
])('%s is refused at start', (_, privacy, pointer) => {
  try {
    parseNewsroom({ ...file, privacy })
    expect.fail('it was taken')
  } catch (error) {
    expect((error as Problem).errors.map((it) => it.pointer)).toEqual([pointer])
  }
})
