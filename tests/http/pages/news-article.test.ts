import fc from 'fast-check'
import { expect, test } from 'vitest'
import { pagesDeps } from '../../support/browser/pages-deps.ts'
import { runs } from '../../support/effort.ts'
import { hostileHeadline, hostileText } from '../../support/hostile.ts'

const quake = {
  level: 'urgent',
  topics: ['afghanistan'],
  texts: {
    en: { headline: 'Quake hits Herat', summary: 'First reports.', url: 'https://news.example/quake' },
    fa: { headline: 'زمین‌لرزه در هرات' },
  },
}

type Deps = ReturnType<typeof pagesDeps>

async function read(deps: Deps, path: string) {
  const text = await (await deps.get(path)).text()
  const json = /<script type="application\/ld\+json">([^<]*)<\/script>/.exec(text)?.[1] ?? 'null'
  const meta = new Map(
    [...text.matchAll(/<meta property="([^"]*)" content="([^"]*)">/g)].map(([, name = '', content = '']) => [
      name,
      content,
    ]),
  )
  return { data: JSON.parse(json), meta, text }
}

test('an alert’s page says what it is to search engines and to who links to it', async () => {
  const deps = pagesDeps()
  const id = deps.publish(quake)
  const canonical = `https://alerts.example/en/alerts/${id}`
  const { data, meta, text } = await read(deps, `/en/alerts/${id}`)
  expect(data).toEqual({
    '@context': 'https://schema.org',
    '@type': 'NewsArticle',
    '@id': canonical,
    url: canonical,
    mainEntityOfPage: canonical,
    headline: 'Quake hits Herat',
    description: 'First reports.',
    inLanguage: 'en',
    datePublished: '2026-03-01T12:01:00.000Z',
    dateModified: '2026-03-01T12:01:00.000Z',
    isAccessibleForFree: true,
    publisher: { '@type': 'NewsMediaOrganization', name: 'Example Newsroom', url: 'https://alerts.example/' },
    author: { '@type': 'NewsMediaOrganization', name: 'Example Newsroom', url: 'https://alerts.example/' },
    keywords: ['Afghanistan'],
    'tocsin:entry': expect.objectContaining({ seq: 1, kind: 'alert', alert: expect.objectContaining({ id }) }),
  })
  expect(Object.fromEntries(meta)).toMatchObject({
    'og:type': 'article',
    'og:url': canonical,
    'article:published_time': '2026-03-01T12:01:00.000Z',
    'article:modified_time': '2026-03-01T12:01:00.000Z',
  })
  expect(text).toContain(`<link rel="canonical" href="${canonical}">`)
  expect(text).toContain(`<link rel="alternate" hreflang="fa" href="https://alerts.example/fa/alerts/${id}">`)
  const home = await read(deps, '/en/')
  expect([home.data, home.meta.get('og:type')]).toEqual([null, 'website'])
})

test('each correction is in it, with what was wrong and when that was said, in the languages it was said in', async () => {
  const deps = pagesDeps()
  const id = deps.publish(quake)
  deps.revise('correction', id, { note: { en: 'It was Badghis.' }, texts: { en: { headline: 'Quake hits Badghis' } } })
  deps.revise('update', id, { note: { en: 'More is known.' }, texts: { en: { summary: 'Many reports.' } } })
  deps.revise('correction', id, { note: { en: 'It was Farah.', fa: 'فراه بود.' } })
  const { data } = await read(deps, `/en/alerts/${id}`)
  expect(data).toMatchObject({
    headline: 'Correction: Quake hits Badghis',
    dateModified: '2026-03-01T12:04:00.000Z',
    correction: [
      {
        '@type': 'CorrectionComment',
        text: 'It was Badghis.',
        datePublished: '2026-03-01T12:02:00.000Z',
        inLanguage: 'en',
      },
      {
        '@type': 'CorrectionComment',
        text: 'It was Farah.',
        datePublished: '2026-03-01T12:04:00.000Z',
        inLanguage: 'en',
      },
    ],
  })
  const persian = await read(deps, `/fa/alerts/${id}`)
  expect(persian.data.correction).toMatchObject([{ text: 'فراه بود.' }])
})

test('of a retracted alert nothing is told but its headline, that it was retracted, and why', async () => {
  const deps = pagesDeps()
  const id = deps.publish(quake)
  deps.revise('retraction', id, { note: { en: 'There was no quake.' } })
  const { data, text } = await read(deps, `/en/alerts/${id}`)
  expect(data).toMatchObject({
    headline: 'Retracted: Quake hits Herat',
    description: 'This alert has been retracted. Do not rely on it. It stays here for the record.',
    creativeWorkStatus: 'Retracted',
    correction: [{ text: 'There was no quake.' }],
  })
  expect(/<head>.*<\/head>/s.exec(text)?.[0]).not.toMatch(/First reports|news\.example/)
  const persian = await read(deps, `/fa/alerts/${id}`)
  expect(persian.data.correction).toMatchObject([{ text: 'این هشدار نادرست بود و پس گرفته شد.' }])
})

test('a picture of our own is told of, with its words, and no other', async () => {
  const deps = pagesDeps()
  const image = (url: string) => ({ ...quake, texts: { en: { ...quake.texts.en, image: { url, alt: 'Ruins' } } } })
  const ours = await read(deps, `/en/alerts/${deps.publish(image('https://alerts.example/1.jpg'))}`)
  expect([ours.data.image, ours.meta.get('og:image'), ours.meta.get('og:image:alt')]).toEqual([
    'https://alerts.example/1.jpg',
    'https://alerts.example/1.jpg',
    'Ruins',
  ])
  const theirs = await read(deps, `/en/alerts/${deps.publish(image('https://pictures.example/1.jpg'))}`)
  expect([theirs.data.image, theirs.meta.get('og:image')]).toEqual([undefined, undefined])
})

test('whatever the texts hold, the data is JSON, ends where it should, and says the same', async () => {
  await fc.assert(
    fc.asyncProperty(hostileHeadline, hostileText, async (headline, summary) => {
      const deps = pagesDeps()
      const id = deps.publish(quake)
      const [entry] = deps.entries
      if (entry === undefined) throw new Error('nothing was published')
      deps.force({ ...entry, seq: 2, alert: { ...entry.alert, texts: { en: { headline, summary } } } })
      const { data, text } = await read(deps, `/en/alerts/${id}`)
      expect(text.match(/<\/script/g)).toHaveLength(3)
      expect(data.headline).toBe(headline)
      expect(data.description).toBe(summary || headline)
    }),
    { numRuns: runs(200) },
  )
})
