import { describe, expect, it, test } from 'vitest'
import { offlinePage } from '../../../src/http/installed/offline-page.ts'
import { wordsOf } from '../../../src/http/pages/page-words.ts'
import {
  emptyCopy,
  firstPartsIn,
  isPart,
  offlinePath,
  pageKind,
  partsIn,
  scriptsIn,
  staleCopy,
  wordIn,
} from '../../../src/web/service-worker/kept-pages.ts'
import { notificationOf, type Seen } from '../../../src/web/service-worker/notification.ts'
import { manyLanguages, newsroomOfPages, pagesDeps } from '../../support/browser/pages-deps.ts'
import { signed } from '../../support/signing/published-signing.ts'

test.each([
  ['/fa/', 'front'],
  ['/sr-Latn/', 'front'],
  ['/be-tarask/alerts/01932f6e-0000-7000-8000-000000000001', 'alert'],
  ['/fa/privacy', 'text'],
  ['/sr-Latn/notifications', 'text'],
  ['/feeds/privacy', null],
  ['/privacy', null],
  ['/', null],
  ['/fa', null],
  ['/desk', null],
  ['/desk/', null],
  ['/DESK/', null],
  ['/desk/alerts/x', null],
  ['/feeds/', null],
  ['/assets/', null],
  ['/icons/', null],
  ['/fa/offline', null],
  ['/fa/alerts/', null],
  ['/fa/alerts/x/y', null],
  ['/fa/alerts/..%2f..', null],
  ['/v1/alerts/x', null],
  ['/metrics', null],
  ['//evil.example/', null],
])('%s is kept as: %s', (path, kind) => expect(pageKind(path)).toBe(kind))

test('the words of a language are in the page beside its front page', () => {
  expect(offlinePath('/fa/')).toBe('/fa/offline')
  expect(offlinePath('/sr-Latn/alerts/a1')).toBe('/sr-Latn/offline')
})

test('the scripts of a page and what they load are found, and nothing else', () => {
  const page = `<script data-parts="/assets/immutable/reader-AB12CD34.js /assets/immutable/chunk-AAAAAAAA.js">1</script><script src="/assets/desk.js"></script>`
  expect(scriptsIn(page)).toEqual(['/assets/immutable/reader-AB12CD34.js'])
  expect(firstPartsIn(page)).toEqual(['/assets/immutable/reader-AB12CD34.js', '/assets/immutable/chunk-AAAAAAAA.js'])
  expect(firstPartsIn('<main>')).toEqual([])
  const former = `<script type="module" src="/assets/immutable/reader-AB12CD34.js"></script>`
  expect(scriptsIn(former)).toEqual(['/assets/immutable/reader-AB12CD34.js'])
  expect(
    partsIn(
      'import{a}from"./chunk-AAAAAAAA.js";import("./live-BBBBBBBB.js");"./x.js";"https://e.example/y-CCCCCCCC.js"',
    ),
  ).toEqual(['/assets/immutable/chunk-AAAAAAAA.js', '/assets/immutable/live-BBBBBBBB.js'])
  // Only pages without a worker load it.
  expect(partsIn('import("./page-mirrors-AAAAAAAA.js")')).toEqual([])
  expect([isPart('/assets/immutable/x.js'), isPart('/assets/desk.js'), isPart('/x/assets/immutable/x.js')]).toEqual([
    true,
    false,
    false,
  ])
})

/** A front page with two alerts, as the server writes it, and what pushes said of them. */
async function kept() {
  const { app, publish, get } = pagesDeps()
  const text = (headline: string) => ({ texts: { fa: { headline }, en: { headline } }, level: 'urgent' })
  const [first, second] = [publish(text('The dam holds')), publish(text('The road is open'))]
  const page = await (await get('/en/')).text()
  const push = (id: string, version: number, title: string, kind = 'alert', at = '2026-03-01T13:00:00Z', lang = 'en') =>
    notificationOf(
      {
        notification: {
          title,
          body: 'Said "why"',
          navigate: `https://alerts.example/en/alerts/${id}`,
          lang,
          dir: 'ltr',
          tag: id,
          data: { id, version, kind, level: 'urgent', at },
        },
      },
      [],
    ).seen
  return { app, get, page, push, first, second }
}
const language = (tag: string) =>
  newsroomOfPages.languages.find((it) => it.tag === tag) ?? { ...newsroomOfPages.languages[0], tag }
const offlineIn = async (tag: string) =>
  String(await offlinePage(newsroomOfPages, wordsOf(language(tag) as never), signed.mirrors))
const keptAt = new Date(2026, 2, 1, 12, 5)

describe('a kept page', () => {
  it('says from when it is, first of all', async () => {
    const { page } = await kept()
    const shown = staleCopy(page, await offlineIn('en'), keptAt, [])
    expect(shown).toContain(
      `<main id="main">\n<div id="kept"><section class="notice"><p>The connection is missing or slow. Kept on this device: <time datetime="${keptAt.toISOString()}">12:05</time></p><p><a href="">Some alerts`,
    )
    expect(shown.replace(/<div id="kept">[\s\S]*?<\/div>/, '').replace('<main id="main">\n', '<main id="main">')).toBe(
      page,
    )
  })

  // There is no file of German: it is said in English.
  it.each(['de', ...manyLanguages])('says so in %s', async (tag) => {
    const { page } = await kept()
    const shown = staleCopy(page, await offlineIn(tag), keptAt, [])
    // The time ends its sentence, and the next one is a paragraph of its own.
    const said = shown.replace(/<\/?span[^>]*>/g, '')
    expect(said).toMatch(/<p>[^<]+<time datetime="[^"]*">12:05<\/time>[^<]*<\/p><p><a href="">[^<]+<\/a><\/p>/)
    expect(/<div id="kept">[\s\S]*?<\/div>/.exec(shown)?.[0]).not.toMatch(/\{time\}|&amp;|&lt;/)
  })

  it('does not show what was retracted since as if it were true', async () => {
    const { page, push, first, second } = await kept()
    const shown = staleCopy(
      page,
      await offlineIn('en'),
      keptAt,
      push(first, 2, 'Retracted: The dam holds', 'retraction'),
    )
    expect(shown).not.toMatch(new RegExp(`<li><article[^>]*${first}`))
    expect(shown).toMatch(new RegExp(`<li><article[^>]*${second}`))
    expect(shown).toContain(
      `<li lang="en" dir="ltr"><strong><a href="/en/alerts/${first}">Retracted: The dam holds</a></strong><p>Said &#34;why&#34;</p></li>`,
    )
  })

  it('has what came by push since, and not what it has itself', async () => {
    const { page, push, first } = await kept()
    const seen: Seen = [
      ...push('01932f6e-0000-7000-8000-00000000beef', 1, 'New <b>one</b>'),
      ...push(first, 1, 'The dam holds'),
    ]
    const shown = staleCopy(page, await offlineIn('en'), new Date('2026-03-01T12:30:00Z'), seen)
    expect(shown).toContain('New &#60;b&#62;one&#60;/b&#62;')
    expect(shown.match(/The dam holds/g)).toHaveLength(1)
    expect(shown).toMatch(new RegExp(`<li><article[^>]*${first}`))
  })

  it('of one alert has what was done to it, and nothing of others', async () => {
    const { get, push, first, second } = await kept()
    const page = await (await get(`/en/alerts/${first}`)).text()
    const seen = [...push(first, 2, 'Correction: The dam'), ...push(second, 2, 'Correction: The road')]
    const shown = staleCopy(page, await offlineIn('en'), keptAt, seen)
    expect(shown).toContain('Correction: The dam')
    expect(shown).not.toContain('Correction: The road')
  })

  const beef = '01932f6e-0000-7000-8000-00000000beef'
  it.each([
    ['what was shown discreetly', '', beef],
    ['an id that is none', 'en', 'a"b'],
    ['an id that is a pattern', 'en', '.*'],
  ])('leaves out %s', async (_, lang, id) => {
    const { page, push } = await kept()
    const shown = staleCopy(
      page,
      await offlineIn('en'),
      keptAt,
      push(id, 9, 'Odd', 'alert', '2027-01-01T00:00:00Z', lang),
    )
    expect(shown).not.toContain('Odd')
  })

  it('leads from what came by push to pages of this site alone', async () => {
    const { page, push } = await kept()
    const [odd] = push('01932f6e-0000-7000-8000-00000000beef', 1, 'Odd', 'alert', '2027-01-01T00:00:00Z')
    for (const navigate of [
      'https://evil.example/x',
      'javascript:alert(1)',
      '//evil.example/en/',
      '"><script>',
      '/desk',
    ]) {
      const seen = [{ ...odd, shown: { ...odd?.shown, data: { ...odd?.shown.data, navigate } } }] as Seen
      const shown = staleCopy(page, await offlineIn('en'), keptAt, seen)
      expect(shown).toContain('<strong>Odd</strong>')
      expect(shown).not.toMatch(/evil|javascript:|"><script>/)
    }
  })

  it('stands without words where the server had none', async () => {
    const { page } = await kept()
    expect(staleCopy(page, '', keptAt, [])).toContain('<ol id="alerts"')
  })
})

test('in the place of a page that is not kept there are words, and what came by push', async () => {
  const { push, first } = await kept()
  const shown = emptyCopy(await offlineIn('en'), push(first, 1, 'The dam holds'), '/en/alerts/x')
  expect(shown).toContain('There is no connection, and this page is not kept on this device.')
  expect(shown).toContain('The dam holds')
})

test('the words of an action are read as they were written', async () => {
  expect(wordIn(await offlineIn('en'), 'mute')).toBe('No more sounds today')
  expect(wordIn('<main data-mute="a &amp;quot; &quot;b&quot; &#39;c&#39; &lt;d&gt;">', 'mute')).toBe(
    `a &quot; "b" 'c' <d>`,
  )
  expect(JSON.parse(wordIn(await offlineIn('fa'), 'mirrors'))).toEqual(signed.mirrors)
  expect(wordIn('<main>', 'mute')).toBe('')
})
