import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cardsListed } from '../../../../src/http/pages/list/list-budget.ts'
import { pagesDeps } from '../../../support/browser/pages-deps.ts'
import { runs } from '../../../support/effort.ts'

const origin = 'https://alerts.example'
const headlines = (html: string) =>
  [...html.matchAll(/<h3 class="headline"[^>]*><a [^>]*>([^<]*)</g)].map(([, it]) => it)
const olderIn = (html: string) =>
  /<a class="button" href="([^"]*)" rel="next">/.exec(html)?.[1]?.replaceAll('&amp;', '&')

/** A log with this many alerts in English, every third about rights. */
function published(count: number) {
  const deps = pagesDeps()
  const ids = Array.from({ length: count }, (_, nth) =>
    deps.publish({
      level: 'routine',
      topics: nth % 3 === 0 ? ['rights'] : ['weather'],
      texts: { en: { headline: `No. ${nth + 1}` } },
    }),
  )
  return { deps, ids }
}

/** The pages from an address on, each led to by the one before. */
async function pagesFrom(deps: ReturnType<typeof pagesDeps>, path: string): Promise<string[]> {
  const pages: string[] = []
  for (let at: string | undefined = path; at !== undefined && pages.length < 20; ) {
    const answer = await deps.get(at)
    expect(answer.status).toBe(200)
    const html = await answer.text()
    pages.push(html)
    const next = olderIn(html)
    at = next && new URL(next, `${origin}${at}`).href.slice(origin.length)
  }
  return pages
}

describe('the page of a language', () => {
  test.each([0, 1, 3, 4, 49, 50, 51, 100, 120])(
    'of %i alerts leads to all of them, each once and in order',
    async (count) => {
      const pages = await pagesFrom(published(count).deps, '/en/')
      const lists = pages.map(headlines)
      expect(lists.flat()).toEqual(Array.from({ length: count }, (_, nth) => `No. ${count - nth}`))
      for (const list of lists.slice(0, -1)) expect(list.length).toBeGreaterThanOrEqual(cardsListed.min)
      expect(Math.max(...lists.map(({ length }) => length))).toBeLessThanOrEqual(cardsListed.max)
      if (count > 0) expect(lists.at(-1)).not.toEqual([])
    },
  )

  test('leads to the older ones of the same choice', async () => {
    const pages = await pagesFrom(published(170).deps, '/en/?topics=rights&languages=fa')
    const all = pages.flatMap(headlines)
    expect(pages.length).toBeGreaterThan(1)
    expect(all).toEqual(Array.from({ length: 57 }, (_, nth) => `No. ${169 - 3 * nth}`))
    expect(olderIn(pages[0] ?? '')).toMatch(/^\?topics=rights&languages=fa&before=[\w-]+$/)
    expect(pages[1]).toContain('<a class="button" href="/en/?topics=rights&amp;languages=fa">Latest alerts</a>')
  })

  test('leaves nothing out, whatever changes between its pages', async () => {
    const step = fc.nat({ max: 119 })
    const check = async (changed: readonly number[]) => {
      const { deps, ids } = published(120)
      const seen = new Set<string | undefined>()
      let path = '/en/'
      for (const nth of changed) {
        const html = await (await deps.get(path)).text()
        for (const it of headlines(html)) seen.add(it)
        const next = olderIn(html)
        if (next === undefined) break
        path = `/en/${next}`
        deps.revise('update', ids[nth] ?? '', { texts: { en: { summary: `${seen.size}` } } })
      }
      for (const html of await pagesFrom(deps, path)) for (const it of headlines(html)) seen.add(it)
      // What was changed is at the top now, where a reader who goes on downwards has been.
      const moved = new Set(changed.map((nth) => `No. ${nth + 1}`))
      const missed = ids.map((_, nth) => `No. ${nth + 1}`).filter((it) => !seen.has(it) && !moved.has(it))
      expect(missed).toEqual([])
    }
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 3 }), check), { numRuns: runs(20) })
  })

  test('with older alerts may be kept, is not to be found by search engines, and has no stream', async () => {
    const { deps, ids } = published(60)
    const path = `/en/?before=${ids[10]?.toUpperCase()}`
    const answer = await deps.get(path)
    const html = await answer.text()
    expect(headlines(html)[0]).toBe('No. 10')
    expect(answer.headers.get('cache-control')).toContain('public')
    const tag = answer.headers.get('etag') ?? ''
    expect((await deps.get(path, { 'If-None-Match': tag })).status).toBe(304)
    expect(html).toContain('<meta name="robots" content="noindex">')
    expect(html).not.toContain('rel="canonical"')
    expect(html).not.toContain('"cursor"')
    expect(html).toContain('<h2 class="large">Older alerts</h2>')
    expect((await deps.get('/en/?before=')).status).toBe(200)
  })

  test.each(['/en/', '/feeds/en.atom', '/feeds/en.json', '/feeds/en.cap.atom', '/feeds/en.ninjs.json'])(
    '%s says so where before is no alert, and tells nothing of a test alert',
    async (path) => {
      const { deps } = published(2)
      const hidden = deps.publish({ level: 'routine', audience: 'test', texts: { en: { headline: 'Test' } } })
      const texts = await Promise.all(
        [hidden, '01932f6e-0000-7000-8000-00000000ffff', 'x', '%00', 'k3f9.1'].map(async (before) => {
          const answer = await deps.get(`${path}?before=${before}`)
          expect([before, answer.status]).toEqual([before, 404])
          return (await answer.text()).replaceAll(before, 'BEFORE')
        }),
      )
      expect(texts[0]).toBe(texts[1])
      expect(texts[0]).toContain(path === '/en/' ? 'There is no such page' : 'before is the id of an alert')
    },
  )
})

describe('feeds', () => {
  const nextIn = {
    atom: (text: string) => /<link rel="next" type="application\/atom\+xml" href="([^"]*)"\/>/.exec(text)?.[1],
    json: (text: string) => (JSON.parse(text) as { next_url?: string }).next_url,
  }
  const titlesIn = {
    atom: (text: string) => [...text.matchAll(/<entry>\n<id>[^<]*<\/id>\n<title>([^<]*)</g)].map(([, it]) => it),
    json: (text: string) => {
      const { items } = JSON.parse(text) as { items: { title?: string; headlines?: { value: string }[] }[] }
      return items.map(({ title, headlines: [first] = [] }) => title ?? first?.value)
    },
  }
  test.each([
    ['/feeds/en.atom', 'atom'],
    ['/feeds/en.cap.atom', 'atom'],
    ['/feeds/en.json', 'json'],
    ['/feeds/en.ninjs.json', 'json'],
    ['/feeds/en.atom?topics=weather', 'atom'],
    ['/feeds/en.json?topics=weather&level=routine', 'json'],
  ] as const)('%s leads to its older alerts, and is one feed', async (path, format) => {
    const { deps } = published(130)
    const titles: unknown[] = []
    const ids = new Set<unknown>()
    let parts = 0
    for (let at: string | undefined = path; at !== undefined && parts < 10; parts += 1) {
      const text = await (await deps.get(at)).text()
      titles.push(...titlesIn[format](text))
      ids.add(format === 'atom' ? /<id>([^<]*)</.exec(text)?.[1] : JSON.parse(text).feed_url)
      if (format === 'atom') expect(text.includes('rel="first"')).toBe(parts > 0)
      at = nextIn[format](text)?.replaceAll('&amp;', '&').slice(origin.length)
    }
    const nths = Array.from({ length: 130 }, (_, nth) => 130 - nth)
    const wanted = path.includes('weather') ? nths.filter((it) => (it - 1) % 3 !== 0) : nths
    expect(titles).toEqual(wanted.map((nth) => `No. ${nth}`))
    expect(parts).toBe(Math.ceil(wanted.length / 50))
    expect(ids.size).toBe(1)
  })
})

describe('a choice', () => {
  test.each([
    ['/en/?topics=rights', ['Human rights'], '?topics=rights'],
    [
      '/en/?topics=weather,rights&level=urgent',
      ['Human rights', 'Weather &amp; &lt;disasters&gt;', 'Urgent news and flashes'],
      '?topics=rights%2Cweather&amp;level=urgent',
    ],
    ['/fa/?level=flash', ['فقط فوری‌ها'], '?level=flash'],
    ['/en/', [], ''],
    ['/en/?languages=fa', [], ''],
    ['/en/?topics=gone', [], ''],
  ])('of %s is said above the list, with a way to all, and its feeds are led to', async (path, names, query) => {
    const html = await (await pagesDeps().get(path)).text()
    const note = /<p id="filtered"[^>]*>(.*?)<\/p>/.exec(html)?.[0] ?? ''
    const said = [...note.matchAll(/<bdi class="topic">(.*?)<\/bdi>/g)].map(([, it]) => it)
    expect(said.length).toBe(names.length)
    if (path.startsWith('/en/')) expect(said).toEqual(names)
    expect(/ hidden/.test(note)).toBe(names.length === 0)
    if (names.length > 0) expect(note).toContain(`<a href="${path.slice(0, 4)}">`)
    const tag = path.slice(1, 3)
    for (const ending of ['atom', 'json'])
      expect(html.match(new RegExp(`href="/feeds/${tag}.${ending}[^"]*"`, 'g'))).toEqual([
        `href="/feeds/${tag}.${ending}${query}"`,
        `href="/feeds/${tag}.${ending}${query}"`,
      ])
  })
})
