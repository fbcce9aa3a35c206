import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Alert } from '../src/alert.ts'
import { runs } from './support/effort.ts'
import { hostileHeadline, hostileText } from './support/hostile.ts'
import { houseOfPages } from './support/house-of-pages.ts'
import { readXml } from './support/well-formed.ts'

const quake = { level: 'flash', texts: { en: { headline: 'Quake hits Herat' }, fa: { headline: 'زمین‌لرزه در هرات' } } }
const report = {
  level: 'urgent',
  topics: ['afghanistan'],
  texts: { en: { headline: 'UN report', summary: 'Ties remain close.', url: 'https://news.example/un' } },
}

async function texts(house: ReturnType<typeof houseOfPages>, path: string, element: string) {
  const answer = await house.get(path)
  expect(answer.status).toBe(200)
  return readXml(await answer.text())
    .filter((it) => it.path === element)
    .map((it) => it.text)
}

type Item = { title: string; content_text: string; external_url?: string }

async function items(house: ReturnType<typeof houseOfPages>, path = '/feeds/en.json'): Promise<readonly Item[]> {
  const feed = (await (await house.get(path)).json()) as { items: readonly Item[] }
  return feed.items
}

describe('feeds', () => {
  it('are valid when nothing was ever published', async () => {
    const house = houseOfPages()
    expect(await texts(house, '/feeds/en.atom', 'feed/updated')).toEqual(['1970-01-01T00:00:00.000Z'])
    const feed = await (await house.get('/feeds/en.json')).json()
    expect(feed).toMatchObject({ version: 'https://jsonfeed.org/version/1.1', title: 'Example Newsroom', items: [] })
  })

  it('give an alert an id that stays, and the times of its first publication and its last change', async () => {
    const house = houseOfPages()
    const id = house.publish(report)
    house.revise('correction', id, { note: { en: 'It was February.' } })
    expect(await texts(house, '/feeds/en.atom', 'feed/entry/id')).toEqual([`urn:uuid:${id}`])
    expect(await texts(house, '/feeds/en.atom', 'feed/entry/title')).toEqual(['Correction: UN report'])
    expect(await texts(house, '/feeds/en.atom', 'feed/entry/published')).toEqual(['2026-03-01T12:01:00.000Z'])
    expect(await texts(house, '/feeds/en.atom', 'feed/entry/updated')).toEqual(['2026-03-01T12:02:00.000Z'])
    const [item, ...others] = await items(house)
    expect(others).toEqual([])
    expect(item).toMatchObject({
      id: `urn:uuid:${id}`,
      url: `https://alerts.example/en/alerts/${id}`,
      external_url: 'https://news.example/un',
      content_text: 'What was wrong: It was February.\n\nTies remain close.',
      _tocsin: { status: 'corrected', version: 2 },
    })
  })

  it('say of a retracted alert that it is retracted and no longer lead to its story', async () => {
    const house = houseOfPages()
    const id = house.publish(report)
    house.revise('retraction', id, { note: { en: 'It was wrong.' } })
    const [item] = await items(house)
    expect(item?.title).toBe('Retracted: UN report')
    expect(item?.external_url).toBeUndefined()
    expect(item?.content_text).not.toContain('Ties remain close')
    expect(await (await house.get('/feeds/en.atom')).text()).not.toContain('https://news.example/un')
  })

  it('hold only what the language and the topics ask for, and never a test alert', async () => {
    const house = houseOfPages()
    house.publish(quake)
    house.publish({ ...report, topics: ['rights'] })
    house.publish({ ...quake, audience: 'test', texts: { en: { headline: 'Drill' } } })
    expect(await texts(house, '/feeds/fa.atom', 'feed/entry/title')).toEqual(['زمین‌لرزه در هرات'])
    expect(await texts(house, '/feeds/en.atom?topics=rights', 'feed/entry/title')).toEqual([
      'UN report',
      'Quake hits Herat',
    ])
    expect(await texts(house, '/feeds/en.atom?topics=weather', 'feed/entry/title')).toEqual(['Quake hits Herat'])
  })

  it('mark right-to-left content as such', async () => {
    const house = houseOfPages()
    house.publish({ ...quake, texts: { fa: { headline: 'زمین‌لرزه', summary: 'در هرات' } } })
    const answer = await house.get('/feeds/fa.atom')
    expect(answer.headers.get('content-type')).toBe('application/atom+xml; charset=utf-8')
    const xml = await answer.text()
    expect(xml).toContain('<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="fa">')
    const [content] = readXml(xml).filter((it) => it.path === 'feed/entry/content')
    expect(content?.text).toBe('<div lang="fa" dir="rtl"><p>در هرات</p></div>')
  })

  it('refuse an unknown language with 404 and an unknown topic with 400, naming the known ones', async () => {
    const house = houseOfPages()
    const language = await house.get('/feeds/xx.atom')
    expect(language.status).toBe(404)
    expect(await language.json()).toMatchObject({ code: 'no-such-feed', detail: expect.stringContaining('en, fa') })
    const topic = await house.get('/feeds/en.json?topics=sport')
    expect(topic.status).toBe(400)
    expect(await topic.json()).toMatchObject({ detail: expect.stringContaining('afghanistan, rights, weather') })
  })

  it('answer 304 to a reader that has the newest state', async () => {
    const house = houseOfPages()
    const id = house.publish(report)
    const etag = (await house.get('/feeds/en.atom')).headers.get('etag') ?? ''
    expect((await house.get('/feeds/en.atom', { 'If-None-Match': etag })).status).toBe(304)
    house.revise('update', id, { topics: ['afghanistan', 'rights'] })
    expect((await house.get('/feeds/en.atom', { 'If-None-Match': etag })).status).toBe(200)
  })

  it('link to themselves with the origin that readers see, or the request’s own where none is set', async () => {
    const house = houseOfPages()
    expect(await (await house.get('/feeds/en.atom?topics=rights')).text()).toContain(
      'href="https://alerts.example/feeds/en.atom?topics=rights"',
    )
    Object.assign(house.house, { publicUrl: null })
    expect(await (await house.app.request('http://localhost:3000/feeds/en.atom')).text()).toContain(
      'href="http://localhost:3000/en/"',
    )
  })

  it('stay well-formed whatever the texts hold, even past the parser that cleans them', async () => {
    await fc.assert(
      fc.asyncProperty(hostileHeadline, hostileText, hostileText, async (headline, summary, note) => {
        const house = houseOfPages()
        house.publish(quake)
        const [entry] = house.entries
        if (entry === undefined) throw new Error('nothing was published')
        const alert: Alert = {
          ...entry.alert,
          status: 'corrected',
          texts: { en: { headline, summary } },
          note: { en: note },
        }
        house.force({ ...entry, seq: 2, alert })
        const xml = await (await house.get('/feeds/en.atom')).text()
        const read = readXml(xml)
        expect(read.filter((it) => it.path === 'feed/entry')).toHaveLength(1)
        const content = read.find((it) => it.path === 'feed/entry/content')?.text ?? ''
        expect(content.match(/<[a-z!/][^>]*/gi)?.every((tag) => /^<\/?(div|p|strong)\b/.test(tag))).toBe(true)
        const [item] = await items(house)
        expect(item?.title.toWellFormed()).toBe(`Correction: ${headline}`.toWellFormed())
      }),
      { numRuns: runs(200) },
    )
  })
})
