import { expect, test } from 'vitest'
import { parseNewsroom, usualLanguage } from '../../../src/domain/newsroom.ts'
import { newsroomWarnings } from '../../../src/domain/newsroom-dropped.ts'
import { manifestOf } from '../../../src/http/installed/web-app-manifest.ts'
import { wordsOf } from '../../../src/http/pages/page-words.ts'
import { localeOf } from '../../../src/locales/locales.ts'
import { previewOf } from '../../../src/push/send/payload.ts'
import { pagesDeps } from '../../support/browser/pages-deps.ts'
import { makeAlert, makeEntry } from '../../support/push/push-deps.ts'

// Languages whose tag says more than that of the file with their words, and one without any words.

const file = {
  rules: 'none',
  name: 'Radio Example',
  languages: ['fa-AF', 'ar-EG', 'en-GB', 'sr-Cyrl', 'ckb'].map((tag) => ({ tag })),
  topics: [{ id: 'rights', labels: { en: 'Human rights', fa: 'حقوق بشر', ar: 'حقوق الإنسان' } }],
  privacy: { prs: ['متن خود ما'], en: ['Our own text'] },
}
const newsroom = parseNewsroom({ ...file, privacy: {} })
const texts = Object.fromEntries(
  newsroom.languages.map(({ tag }) => [tag, { headline: `A bridge is closed (${tag})`, summary: 'Since noon.' }]),
)
const files = [
  ['fa-AF', 'prs'],
  ['ar-EG', 'ar'],
  ['en-GB', 'en'],
  ['sr-Cyrl', 'sr'],
] as const

const deps = pagesDeps(newsroom)
const id = deps.publish({ level: 'urgent', topics: ['rights'], texts })
deps.revise('retraction', id, { note: { ckb: 'ئەمە هەڵە بوو.' } })
const read = async (path: string) => (await deps.get(path)).text()

test.each(files)('readers of %s get the words of %s everywhere', async (tag, known) => {
  const { pages, privacy, notifications } = localeOf(known)
  const [front, alert, privacyPage] = await Promise.all(
    [`/${tag}/`, `/${tag}/alerts/${id}`, `/${tag}/privacy`].map(read),
  )
  const { dir } = usualLanguage(tag)
  expect(front).toContain(`>${pages?.latest}</h2>`)
  expect(alert).toContain(`<strong class="mark">${pages?.retracted}</strong>`)
  // The note of a retraction that says nothing of its own in the language.
  expect(alert).toContain(`dir="${dir}">${notifications?.retractionNotice}</span>`)
  expect(privacyPage).toContain(privacy?.intro)
  for (const html of [front, alert, privacyPage]) expect(html).not.toMatch(/<(?:span|div|option[^>]*) lang="en"/)
  expect(manifestOf(newsroom, wordsOf(usualLanguage(tag)))).toMatchObject({ lang: tag, description: pages?.title })
  for (const feed of ['atom', 'json'])
    expect(await read(`/feeds/${tag}.${feed}`)).toContain(`${pages?.retracted}: A bridge`)
  const revised = makeAlert(0, { texts, status: 'retracted', note: { ckb: 'ئەمە هەڵە بوو.' } })
  expect(previewOf(makeEntry(2, revised, 'retraction'), tag, newsroom)).toEqual({
    title: notifications?.retraction,
    body: notifications?.retractionNotice,
  })
})

test('a retraction is told in English where there are no words of the language, and never says nothing', async () => {
  const revised = makeAlert(0, { texts, status: 'retracted', note: { 'en-GB': 'It was open.' } })
  const { retraction, retractionNotice } = localeOf('en').notifications ?? {}
  const shown = previewOf(makeEntry(2, revised, 'retraction'), 'ckb', newsroom)
  expect(shown).toEqual({ title: retraction, body: retractionNotice })
  expect(shown?.body).toMatch(/\w/)
})

test('the operator is told at start which languages have no words of their own', () => {
  const published = { languages: [], topics: [] }
  const [line, ...others] = newsroomWarnings(newsroom, published)
  expect(others).toEqual([])
  expect(line).toMatch(/^There are no words of the language "ckb": .*English/)
  const two = parseNewsroom({ ...file, languages: [{ tag: 'ckb' }, { tag: 'uz-Cyrl' }, { tag: 'fa-AF' }], privacy: {} })
  expect(newsroomWarnings(two, published).join()).toContain('the languages "ckb", "uz-Cyrl":')
})

test('a topic has the label of the language that stands for the page’s; English says that it is English', async () => {
  for (const [tag, label] of [
    ['ar-EG', '<bdi class="topic">حقوق الإنسان</bdi>'],
    ['fa-AF', '<bdi class="topic">حقوق بشر</bdi>'],
    ['en-GB', '<bdi class="topic">Human rights</bdi>'],
    ['sr-Cyrl', '<bdi class="topic" lang="en" dir="ltr">Human rights</bdi>'],
    ['ckb', '<bdi class="topic" lang="en" dir="ltr">Human rights</bdi>'],
  ] as const) {
    for (const path of [`/${tag}/`, `/${tag}/alerts/${id}`, `/${tag}/?topics=rights`])
      expect([path, (await read(path)).includes(label)]).toEqual([path, true])
    const inForm = label.replace(' class="topic"', '')
    const front = await read(`/${tag}/`)
    expect(front.slice(front.indexOf('id="choice-form"'))).toContain(`> ${inForm}</label>`)
    // What the script of an alert's page shows of it.
    const settings = /<script type="application\/json" id="tocsin">(.*?)<\/script>/.exec(
      await read(`/${tag}/alerts/${id}`),
    )
    expect(JSON.parse(settings?.[1] ?? '').topics).toEqual({ rights: inForm })
  }
})

test('the name of the list of languages says that it is English, where it is', async () => {
  expect(await read('/ckb/')).toContain('<nav aria-label="Languages" lang="en">')
  expect(await read('/fa-AF/')).toMatch(/<nav aria-label="[^"A-Za-z]+"><ul>/)
})

test('what the newsroom adds on privacy stands under any tag of the language', async () => {
  const own = pagesDeps(parseNewsroom({ ...file, languages: [{ tag: 'fa-AF' }, { tag: 'ka' }] }))
  const [dari, georgian] = await Promise.all(
    ['fa-AF', 'ka'].map(async (tag) => (await own.get(`/${tag}/privacy`)).text()),
  )
  expect(dari).toMatch(/<section class="notice" aria-labelledby.*<p>متن خود ما<\/p>/)
  expect(georgian).toMatch(/<section class="notice" lang="en" dir="ltr" aria-labelledby.*<p>Our own text<\/p>/)
})
