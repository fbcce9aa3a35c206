import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Alert } from '../../../src/domain/alert-types.ts'
import { manyLanguages, newsroomOfPages, pagesDeps } from '../../support/browser/pages-deps.ts'
import { runs } from '../../support/effort.ts'
import { hostileHeadline, hostileText } from '../../support/hostile.ts'
import { readXml } from '../../support/well-formed.ts'

const quake = { level: 'flash', texts: { en: { headline: 'Quake hits Herat' }, fa: { headline: 'زمین‌لرزه در هرات' } } }
const report = {
  level: 'urgent',
  topics: ['afghanistan'],
  texts: { en: { headline: 'UN report', summary: 'Ties remain close.', url: 'https://news.example/un' } },
}

async function texts(deps: ReturnType<typeof pagesDeps>, path: string, element: string) {
  const answer = await deps.get(path)
  expect(answer.status).toBe(200)
  return readXml(await answer.text())
    .filter((it) => it.path === element)
    .map((it) => it.text)
}

type Item = { id: string; title: string; content_text: string; external_url?: string }

async function items(deps: ReturnType<typeof pagesDeps>, path = '/feeds/en.json'): Promise<readonly Item[]> {
  const feed = (await (await deps.get(path)).json()) as { items: readonly Item[] }
  return feed.items
}

describe('feeds', () => {
  it('are valid when nothing was ever published', async () => {
    const deps = pagesDeps()
    expect(await texts(deps, '/feeds/en.atom', 'feed/updated')).toEqual(['1970-01-01T00:00:00.000Z'])
    const feed = await (await deps.get('/feeds/en.json')).json()
    expect(feed).toMatchObject({ version: 'https://jsonfeed.org/version/1.1', title: 'Example Newsroom', items: [] })
  })

  it('give an alert an id that stays, and the times of its first publication and its last change', async () => {
    const deps = pagesDeps()
    const id = deps.publish(report)
    deps.revise('correction', id, { note: { en: 'It was February.' } })
    const entryId = (await texts(deps, '/feeds/en.atom', 'feed/entry/id')).at(-1) ?? ''
    expect(entryId).toMatch(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    deps.revise('update', id, { topics: ['afghanistan', 'rights'] })
    expect((await texts(deps, '/feeds/en.atom?topics=rights', 'feed/entry/id'))[0]).toBe(entryId)
    deps.entries.pop()
    const of = async (element: string) => (await texts(deps, '/feeds/en.atom', `feed/entry/${element}`)).at(-1)
    expect(await of('title')).toBe('Correction: UN report')
    expect(await of('published')).toBe('2026-03-01T12:01:00.000Z')
    expect(await of('updated')).toBe('2026-03-01T12:02:00.000Z')
    expect((await items(deps)).at(-1)).toMatchObject({
      id: entryId,
      url: `https://alerts.example/en/alerts/${id}`,
      external_url: 'https://news.example/un',
      content_text: 'What was wrong: It was February.\n\nTies remain close.',
      _tocsin: { id, status: 'corrected', version: 2 },
    })
  })

  it.each([
    ['correction', 'Correction: UN report'],
    ['retraction', 'Retracted: UN report'],
  ] as const)('bring a %s as an entry of its own, which readers of feeds have not seen yet', async (kind, title) => {
    const deps = pagesDeps()
    const id = deps.publish({ ...report, texts: { ...report.texts, fa: { headline: 'گزارش' } } })
    const before = await items(deps)
    const [seen = ''] = await texts(deps, '/feeds/en.atom', 'feed/entry/id')
    deps.revise(kind, id, { note: { en: 'It was February.' } })
    const [notice, entry, ...others] = await items(deps)
    expect(others).toEqual([])
    expect([before[0]?.id, entry?.id]).toEqual([seen, seen])
    expect(notice).toMatchObject({
      title,
      content_text: expect.stringContaining('It was February.'),
      date_published: '2026-03-01T12:02:00.000Z',
      date_modified: '2026-03-01T12:02:00.000Z',
      _tocsin: { id, about: seen },
    })
    expect(await texts(deps, '/feeds/en.atom', 'feed/entry/id')).toEqual([notice?.id, seen])
    const ids = async () => (await items(deps)).map((item) => item.id)
    const known = await ids()
    if (kind === 'retraction') return
    // What says nothing in English is no news in English; a second correction is.
    deps.revise('update', id, { texts: { fa: { headline: 'گزارش تازه' } } })
    expect(await ids()).toEqual(known)
    deps.revise('correction', id, { note: { en: 'It was January.' } })
    const [second, ...rest] = await ids()
    expect(rest).toEqual([seen])
    expect(known).not.toContain(second)
  })

  it('keep the entry of a correction as it was when updates come after it, until the alert is put right again', async () => {
    const deps = pagesDeps()
    const id = deps.publish({ ...report, texts: { ...report.texts, fa: { headline: 'گزارش' } } })
    const wrong = { note: { en: 'It was two, not three.' }, texts: { en: { headline: 'Two dead' } } }
    deps.revise('correction', id, wrong)
    const [notice, { id: seen } = { id: '' }] = await items(deps)
    const atom = async () =>
      (await (await deps.get('/feeds/en.atom')).text()).split('<entry>').find((it) => it.includes(notice?.id ?? '?'))
    const inAtom = (await atom())?.replace('</feed>', '').trim()
    expect(inAtom).toContain('It was two, not three.')
    const updates = [
      { texts: { en: { headline: 'Ten hurt', summary: 'And more.', url: 'https://news.example/2' } } },
      { texts: { fa: { headline: 'ده زخمی' } } },
      { note: { en: 'The road is open.' }, texts: { en: { headline: 'Twelve hurt' } } },
    ]
    for (const update of updates) {
      deps.revise('update', id, update)
      const [entry, kept, ...others] = await items(deps)
      expect([entry?.id, others]).toEqual([seen, []])
      expect(entry).toMatchObject({ _tocsin: { status: 'updated', entry: { kind: 'update' } } })
      expect(kept).toEqual(notice)
      expect((await atom())?.replace('</feed>', '').trim()).toBe(inAtom)
      expect(await items(deps, '/feeds/fa.json')).toHaveLength(1)
    }
    deps.revise('correction', id, { note: { en: 'It was one.' } })
    const again = await items(deps)
    expect([again.length, again.map((it) => it.id).includes(notice?.id ?? '')]).toEqual([2, false])
    deps.revise('update', id, { texts: { en: { headline: 'Thirteen hurt' } } })
    expect((await items(deps)).map((it) => it.id)).toEqual(again.map((it) => it.id).toReversed())
    deps.revise('retraction', id, { note: { en: 'All of it was wrong.' } })
    expect((await items(deps)).map((it) => it.title)).toEqual(['Retracted: Thirteen hurt', 'Retracted: Thirteen hurt'])
  })

  it('say of a retracted alert that it is retracted and no longer lead to its story', async () => {
    const deps = pagesDeps()
    const id = deps.publish(report)
    deps.revise('retraction', id, { note: { en: 'It was wrong.' } })
    const [item] = await items(deps)
    expect(item?.title).toBe('Retracted: UN report')
    expect(item?.external_url).toBeUndefined()
    expect(item?.content_text).not.toContain('Ties remain close')
    expect(await (await deps.get('/feeds/en.atom')).text()).not.toContain('https://news.example/un')
  })

  it('give the same alert another id in each language, and each choice of alerts a feed id of its own', async () => {
    const deps = pagesDeps(newsroomOfPages)
    deps.publish({ level: 'flash', texts: Object.fromEntries(manyLanguages.map((tag) => [tag, { headline: 'x' }])) })
    const entryIds = await Promise.all(
      manyLanguages.map(async (tag) => (await texts(deps, `/feeds/${tag}.atom`, 'feed/entry/id'))[0]),
    )
    expect(new Set(entryIds).size).toBe(manyLanguages.length)
    const choices = ['', '?topics=rights', '?topics=weather', '?topics=rights,weather', '?level=flash', '?level=urgent']
    const paths = ['en', 'fa'].flatMap((tag) => choices.map((choice) => `/feeds/${tag}.atom${choice}`))
    const feedIds = await Promise.all(paths.map(async (path) => (await texts(deps, path, 'feed/id'))[0]))
    expect(new Set(feedIds).size).toBe(paths.length)
    // The same choice in other words is the same feed.
    const same = await texts(deps, '/feeds/en.atom?level=routine&topics=weather,rights,weather', 'feed/id')
    expect(same).toEqual([feedIds[3]])
  })

  it('have a content where an alert has no summary', async () => {
    const deps = pagesDeps()
    const id = deps.publish(quake)
    const content = async () => (await texts(deps, '/feeds/en.atom', 'feed/entry/content'))[0]
    expect(await content()).toBe('<div lang="en" dir="ltr"><p>Quake hits Herat</p></div>')
    deps.revise('correction', id, { note: { en: 'It was Badghis.' } })
    expect(await content()).toContain('<p>Quake hits Herat</p>')
  })

  it('say when they changed, and answer 304 to who has seen that, once no more can change in that second', async () => {
    const deps = pagesDeps()
    expect((await deps.get('/feeds/en.atom')).headers.get('last-modified')).toBeNull()
    deps.publish(quake)
    deps.publish(report)
    for (const path of ['/feeds/en.atom', '/feeds/en.json']) {
      deps.at('2026-03-01T12:02:00.999Z')
      expect((await deps.get(path)).headers.get('last-modified')).toBeNull()
      deps.advance(1)
      const answer = await deps.get(path)
      const changed = answer.headers.get('last-modified') ?? ''
      expect(changed).toBe('Sun, 01 Mar 2026 12:02:00 GMT')
      const since = async (date: string, more = {}) =>
        (await deps.get(path, { 'If-Modified-Since': date, ...more })).status
      expect(await since(changed)).toBe(304)
      expect(await since('Sun, 01 Mar 2026 12:01:59 GMT')).toBe(200)
      // What it changed last was taken back with a backup since.
      expect(await since('Sun, 01 Mar 2026 12:02:01 GMT')).toBe(200)
      expect(await since('yesterday')).toBe(200)
      expect(await since(changed, { 'If-None-Match': '"another"' })).toBe(200)
    }
  })

  it('have no date in their older parts, which change with what becomes older', async () => {
    const deps = pagesDeps()
    deps.publish(quake)
    const newest = deps.publish(report)
    deps.at('2026-03-01T13:00:00.000Z')
    for (const path of [`/feeds/en.atom?before=${newest}`, `/feeds/en.json?before=${newest}`]) {
      const { status, headers } = await deps.get(path, { 'If-Modified-Since': 'Sun, 01 Mar 2026 12:01:00 GMT' })
      expect([status, headers.get('last-modified')]).toEqual([200, null])
      expect([headers.get('etag'), headers.get('cache-control')]).toEqual([
        expect.stringContaining('"'),
        expect.stringMatching(/max-age/),
      ])
    }
  })

  it.each(['?topic=rights', '?Level=flash', '?topics=rights&lang=en', '?_=1', '?languages=en'])(
    'refuse a filter that they do not know, naming those they do: %s',
    async (query) => {
      for (const path of ['/feeds/en.atom', '/feeds/en.json']) {
        const answer = await pagesDeps().get(`${path}${query}`)
        expect(answer.status).toBe(400)
        expect(await answer.json()).toMatchObject({
          code: 'unknown-parameter',
          detail: expect.stringContaining('topics, level'),
        })
      }
    },
  )

  it('do not call a text corrected that no correction has touched, nor repeat the summary of one that was retracted', async () => {
    const deps = pagesDeps()
    const id = deps.publish({ ...report, texts: { ...report.texts, fa: { headline: 'گزارش', summary: 'خلاصه.' } } })
    deps.revise('correction', id, { note: { en: 'It was February.' } })
    expect(await texts(deps, '/feeds/fa.atom', 'feed/entry/title')).toEqual(['گزارش'])
    expect(await texts(deps, '/feeds/fa.atom', 'feed/entry/updated')).toEqual(['2026-03-01T12:01:00.000Z'])
    expect((await items(deps, '/feeds/fa.json'))[0]).toMatchObject({ _tocsin: { status: 'live' } })
    deps.revise('retraction', id, { note: { en: 'It was wrong.' } })
    for (const path of ['/feeds/fa.atom', '/feeds/fa.json']) {
      const feed = await (await deps.get(path)).text()
      expect(feed).toContain('پس‌گرفته‌شده: گزارش')
      expect(feed).toContain('این هشدار نادرست بود و پس گرفته شد.')
      expect(feed).not.toContain('خلاصه.')
    }
  })

  it.each([
    ['update', 'گزارش', 'live'],
    ['correction', 'اصلاحیه: گزارش', 'corrected'],
  ] as const)('say of a text that came with a %s: %s', async (kind, title, status) => {
    const deps = pagesDeps()
    const id = deps.publish(report)
    deps.revise(kind, id, { note: { en: 'It was February.' }, texts: { fa: { headline: 'گزارش' } } })
    const titles = await texts(deps, '/feeds/fa.atom', 'feed/entry/title')
    // A correction is an entry of its own besides.
    expect(titles).toEqual(kind === 'correction' ? [title, title] : [title])
    const [item] = await items(deps, '/feeds/fa.json')
    expect(item).toMatchObject({ title, content_text: 'گزارش', _tocsin: { status, version: 2 } })
  })

  it('hold only what the language and the topics ask for, and never a test alert', async () => {
    const deps = pagesDeps()
    deps.publish(quake)
    deps.publish({ ...report, topics: ['rights'] })
    deps.publish({ ...quake, audience: 'test', texts: { en: { headline: 'Drill' } } })
    expect(await texts(deps, '/feeds/fa.atom', 'feed/entry/title')).toEqual(['زمین‌لرزه در هرات'])
    expect(await texts(deps, '/feeds/en.atom?topics=rights', 'feed/entry/title')).toEqual([
      'UN report',
      'Quake hits Herat',
    ])
    expect(await texts(deps, '/feeds/en.atom?topics=weather', 'feed/entry/title')).toEqual(['Quake hits Herat'])
  })

  it('mark right-to-left content as such', async () => {
    const deps = pagesDeps()
    deps.publish({ ...quake, texts: { fa: { headline: 'زمین‌لرزه', summary: 'در هرات' } } })
    const answer = await deps.get('/feeds/fa.atom')
    expect(answer.headers.get('content-type')).toBe('application/atom+xml; charset=utf-8')
    const xml = await answer.text()
    expect(xml).toContain('<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="fa">')
    const [content] = readXml(xml).filter((it) => it.path === 'feed/entry/content')
    expect(content?.text).toBe('<div lang="fa" dir="rtl"><p>در هرات</p></div>')
  })

  it('refuse an unknown language with 404 and an unknown topic with 400, naming the known ones', async () => {
    const deps = pagesDeps()
    const language = await deps.get('/feeds/xx.atom')
    expect(language.status).toBe(404)
    expect(await language.json()).toMatchObject({ code: 'no-such-feed', detail: expect.stringContaining('en, fa') })
    const topic = await deps.get('/feeds/en.json?topics=sport')
    expect(topic.status).toBe(400)
    expect(await topic.json()).toMatchObject({ detail: expect.stringContaining('afghanistan, rights, weather') })
  })

  it('answer 304 to a reader that has the newest state', async () => {
    const deps = pagesDeps()
    const id = deps.publish(report)
    const etag = (await deps.get('/feeds/en.atom')).headers.get('etag') ?? ''
    expect((await deps.get('/feeds/en.atom', { 'If-None-Match': etag })).status).toBe(304)
    deps.revise('update', id, { topics: ['afghanistan', 'rights'] })
    expect((await deps.get('/feeds/en.atom', { 'If-None-Match': etag })).status).toBe(200)
  })

  it('link to themselves with the origin that readers see, or the request’s own where none is set', async () => {
    const deps = pagesDeps()
    expect(await (await deps.get('/feeds/en.atom?topics=rights')).text()).toContain(
      'href="https://alerts.example/feeds/en.atom?topics=rights"',
    )
    Object.assign(deps.deps, { publicUrl: null })
    expect(await (await deps.app.request('http://localhost:3000/feeds/en.atom')).text()).toContain(
      'href="http://localhost:3000/en/"',
    )
  })

  it('stay well-formed whatever the texts hold, even past the parser that cleans them', async () => {
    await fc.assert(
      fc.asyncProperty(hostileHeadline, hostileText, hostileText, async (headline, summary, note) => {
        const deps = pagesDeps()
        deps.publish(quake)
        const [entry] = deps.entries
        if (entry === undefined) throw new Error('nothing was published')
        const alert: Alert = {
          ...entry.alert,
          status: 'corrected',
          texts: { en: { headline, summary } },
          note: { en: note },
        }
        deps.force({ ...entry, seq: 2, alert })
        const xml = await (await deps.get('/feeds/en.atom')).text()
        const read = readXml(xml)
        expect(read.filter((it) => it.path === 'feed/entry')).toHaveLength(2)
        const content = read.find((it) => it.path === 'feed/entry/content')?.text ?? ''
        expect(content.match(/<[a-z!/][^>]*/gi)?.every((tag) => /^<\/?(div|p|strong)\b/.test(tag))).toBe(true)
        const [item] = await items(deps)
        expect(item?.title.toWellFormed()).toBe(`Correction: ${headline}`.toWellFormed())
      }),
      { numRuns: runs(200) },
    )
  })
})
