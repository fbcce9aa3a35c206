import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Alert } from '../../../src/domain/alert-types.ts'
import { pageLoader, readerStyle } from '../../../src/http/pages/built-assets.ts'
import { manyLanguages, newsroomOfPages, pagesDeps } from '../../support/browser/pages-deps.ts'
import { runs } from '../../support/effort.ts'
import { hostileHeadline, hostileText } from '../../support/hostile.ts'

const quake = {
  level: 'flash',
  topics: ['afghanistan'],
  texts: {
    en: { headline: 'Quake hits Herat', summary: 'First reports.', url: 'https://news.example/quake' },
    fa: { headline: 'زمین‌لرزه در هرات' },
  },
}

async function page(deps: ReturnType<typeof pagesDeps>, path: string, status = 200) {
  const answer = await deps.get(path)
  expect(answer.status).toBe(status)
  expect(answer.headers.get('content-type')).toMatch(/^text\/html/)
  return answer.text()
}

describe('the front page', () => {
  it.each([
    ['fa-IR,fa;q=0.9,en;q=0.5', 'fa'],
    ['fr, ru;q=0.3', 'ru'],
    ['sr-Latn-RS', 'sr-Latn'],
    ['sr-RS', 'sr'],
    ['fa-AF', 'prs'],
    ['en;q=0.1, uk;q=0.9', 'uk'],
    ['xx, *;q=0', 'en'],
    ['ru;q=0, xx', 'en'],
    ['ru;q=0, fa;q=0.001, uk;q=0.0', 'fa'],
    ['', 'en'],
    ['"<script>', 'en'],
  ])('leads %s to %s', async (header, language) => {
    const answer = await pagesDeps().get('/?topics=rights', { 'Accept-Language': header })
    expect(answer.status).toBe(302)
    expect(answer.headers.get('location')).toBe(`/${language}/?topics=rights`)
    expect(answer.headers.get('vary')).toBe('Accept-Language')
  })

  it('sends other spellings of a language to the one address', async () => {
    const deps = pagesDeps()
    expect((await deps.get('/fa')).headers.get('location')).toBe('/fa/')
    expect((await deps.get('/FA/')).headers.get('location')).toBe('/fa/')
    expect((await deps.get('/SR-LATN/alerts/x?y=1')).headers.get('location')).toBe('/sr-Latn/alerts/x?y=1')
  })
})

describe('the reader page', () => {
  it('says its language and direction, for every language', async () => {
    const deps = pagesDeps()
    for (const { tag, dir } of newsroomOfPages.languages)
      expect(await page(deps, `/${tag}/`)).toContain(`<html lang="${tag}" dir="${dir}">`)
    expect(manyLanguages).toHaveLength(29)
  })

  it('shows the alerts of its language without script, newest first', async () => {
    const deps = pagesDeps()
    deps.publish({ level: 'routine', texts: { en: { headline: 'Rain before' } } })
    deps.publish(quake)
    const text = await page(deps, '/en/')
    expect(text.indexOf('Quake hits Herat')).toBeGreaterThan(0)
    expect(text.indexOf('Quake hits Herat')).toBeLessThan(text.indexOf('Rain before'))
    expect(await page(deps, '/fa/')).not.toContain('Rain before')
  })

  it('filters by its GET form alone, and shows another language’s alert in that language’s direction', async () => {
    const deps = pagesDeps()
    deps.publish(quake)
    deps.publish({ level: 'routine', topics: ['rights'], texts: { ar: { headline: 'خبر' } } })
    expect(await page(deps, '/en/?topics=rights')).not.toContain('Quake')
    const both = await page(deps, '/en/?languages=ar&topics=rights&topics=afghanistan')
    expect(both).toContain('Quake')
    expect(both).toMatch(/<h3 class="headline" lang="ar" dir="rtl"><a [^>]*>خبر<\/a>/)
    expect(both).toContain('value="rights" checked')
    expect(await page(deps, '/en/?level=flash&languages=ar')).not.toContain('خبر')
  })

  it('ignores what an old bookmark asks for and no longer exists', async () => {
    const deps = pagesDeps()
    deps.publish(quake)
    expect(await page(deps, '/en/?topics=gone&level=loud&languages=tlh')).toContain('Quake')
  })

  it('never shows a test alert', async () => {
    const deps = pagesDeps()
    const id = deps.publish({ ...quake, audience: 'test' })
    expect(await page(deps, '/en/')).not.toContain('Quake')
    expect(await page(deps, `/en/alerts/${id}`, 404)).not.toContain('Quake')
  })

  it('tells its script where to go on listening', async () => {
    const deps = pagesDeps()
    deps.publish(quake)
    const text = await page(deps, '/en/')
    const config = /<script type="application\/json" id="tocsin">(.*?)<\/script>/.exec(text)?.[1] ?? ''
    expect(JSON.parse(config)).toMatchObject({ language: 'en', cursor: 'k3f9.1' })
  })
})

describe('an alert’s page', () => {
  it('keeps every version, with what was wrong', async () => {
    const deps = pagesDeps()
    const id = deps.publish(quake)
    deps.revise('correction', id, {
      texts: { en: { headline: 'Quake hits Badghis' } },
      note: { en: 'It was Badghis.', fa: 'بادغیس بود.' },
    })
    const text = await page(deps, `/en/alerts/${id}`)
    expect(text).toContain('<title>Correction: Quake hits Badghis')
    expect(text).toContain('Quake hits Herat')
    expect(text.replace(/<head>.*<\/head>/s, '').match(/It was Badghis\./g)).toHaveLength(2)
    expect(text).not.toContain('بادغیس')
  })

  it('says loudly that it is retracted, and keeps the text struck out', async () => {
    const deps = pagesDeps()
    const id = deps.publish(quake)
    deps.revise('retraction', id, { note: { en: 'There was no quake.' } })
    const text = await page(deps, `/en/alerts/${id}`)
    expect(text).toContain('This alert has been retracted.')
    expect(text).toContain('<s>Quake hits Herat</s>')
    expect(text).toContain('There was no quake.')
    expect(text).not.toContain('https://news.example/quake')
  })

  it('of a retracted alert shows no text of any version but struck out, in any language', async () => {
    const deps = pagesDeps()
    const id = deps.publish({
      ...quake,
      texts: { ...quake.texts, fa: { headline: 'زمین‌لرزه در هرات', summary: 'نخستین گزارش‌ها.' } },
    })
    deps.revise('update', id, { texts: { en: { headline: 'Quake in Herat', summary: 'Many reports.' } } })
    deps.revise('retraction', id, { note: { en: 'There was no quake.' } })
    for (const path of [`/en/alerts/${id}`, `/fa/alerts/${id}`, '/en/', '/fa/']) {
      const bare = (await page(deps, path)).replace(/<head>.*<\/head>/s, '').replace(/<s>[^<]*<\/s>/g, '')
      expect(bare).not.toMatch(/Quake|reports|زمین‌لرزه|گزارش‌ها/)
    }
    expect(await page(deps, `/fa/alerts/${id}`)).toContain('این هشدار نادرست بود و پس گرفته شد.')
    expect(await page(deps, '/fa/')).toContain('این هشدار نادرست بود و پس گرفته شد.')
  })

  it('does not speak of a correction that says nothing in its language', async () => {
    const deps = pagesDeps()
    const id = deps.publish(quake)
    deps.revise('correction', id, { note: { en: 'It was Badghis.' } })
    for (const path of [`/fa/alerts/${id}`, '/fa/']) expect(await page(deps, path)).not.toContain('<strong>اصلاحیه')
    expect(await page(deps, `/fa/alerts/${id}`)).toContain('<title>زمین‌لرزه')
    expect(await page(deps, `/en/alerts/${id}`)).toContain('<title>Correction: ')
  })

  it('shows a text that came with an update as what it is there: the alert, published', async () => {
    const deps = pagesDeps()
    const id = deps.publish(quake)
    deps.revise('update', id, { note: { en: 'It was Badghis.' }, texts: { ru: { headline: 'Землетрясение' } } })
    const shown = await page(deps, `/ru/alerts/${id}`)
    expect(shown).toContain('<title>Землетрясение')
    expect(shown).not.toMatch(/class="mark"|class="note"|data-kind="correction"/)
    expect(shown.match(/data-kind="/g)).toHaveLength(1)
    expect(await page(deps, '/ru/')).not.toContain('class="mark">')
    expect(await page(deps, `/en/alerts/${id}`)).toContain('data-kind="update"')
  })

  it('in a language that the alert lacks leads to those it has', async () => {
    const deps = pagesDeps()
    const id = deps.publish(quake)
    const text = await page(deps, `/ru/alerts/${id}`, 404)
    expect(text).toContain(`href="/fa/alerts/${id}"`)
    expect(text).not.toContain(`href="/uk/alerts/${id}"`)
  })

  it('shows no picture of another origin', async () => {
    const deps = pagesDeps()
    const image = (url: string) => ({ ...quake, texts: { en: { ...quake.texts.en, image: { url, alt: 'Ruins' } } } })
    const theirs = deps.publish(image('https://pictures.example/1.jpg'))
    const ours = deps.publish(image('https://alerts.example/1.jpg'))
    expect(await page(deps, `/en/alerts/${theirs}`)).not.toContain('<img')
    expect(await page(deps, `/en/alerts/${ours}`)).toContain('<img class="picture" src="https://alerts.example/1.jpg"')
  })
})

describe('pages', () => {
  it('answer an unknown address or language with a page', async () => {
    const deps = pagesDeps()
    expect(await page(deps, '/xx/', 404)).toContain('There is no such page')
    expect(await page(deps, '/fa/alerts/none', 404)).toContain('<html lang="fa" dir="rtl">')
  })

  it('have nothing inline that the content security policy would refuse', async () => {
    const deps = pagesDeps()
    const id = deps.publish(quake)
    for (const path of ['/en/', '/fa/', `/en/alerts/${id}`, '/desk']) {
      const text = await page(deps, path)
      // The readers' style sheet, whose hash the content security policy names.
      const inline = [...text.matchAll(/<style>([^<]*)<\/style>/g)].map(([, style]) => style)
      expect(inline).toEqual(path === '/desk' ? [] : [readerStyle])
      expect(text.replace(/<style>[^<]*<\/style>/, '')).not.toMatch(/<style|\sstyle=|\son[a-z]+=|["']javascript:/i)
      // Data is no script: browsers do not run it. The one inline script is named in the policy by its hash too.
      for (const [, attributes = '', script] of text.matchAll(/<script([^>]*)>([^<]*|.*?)<\/script>/g)) {
        if (path !== '/desk' && / data-parts="\/assets\//.test(attributes)) expect(script).toBe(pageLoader)
        else expect(attributes).toMatch(/^ type="application\/(?:ld\+)?json"(?: id="tocsin")?$| src="\/assets\//)
      }
    }
  })

  /** What is read by whoever has neither style nor script: everything but the head, and nothing is hidden from them. */
  const bare = (text: string) => text.replace(/<head>.*<\/head>/s, '').replaceAll(/<[^>]*>/g, ' ')
  const onlyWithScript = [
    'Nothing here yet',
    'may be missing',
    'Notifications are on',
    'are blocked',
    'cannot show notifications',
    'Add to Home Screen',
    'Your choice stays',
    'Turn on',
    'Live',
    'Your session',
    'RETRACTION',
    'LIVE',
    'Keep it',
    'Nothing has been published',
  ]

  it('say nothing that is not true to whoever sees neither style nor script', async () => {
    const deps = pagesDeps()
    expect(bare(await page(deps, '/en/'))).toContain('Nothing here yet')
    const id = deps.publish({ ...quake, topics: [] })
    deps.publish({ level: 'routine', texts: { en: { headline: 'Another' } } })
    for (const path of ['/en/', `/en/alerts/${id}`, '/desk', '/en/?topics=rights', '/xx/']) {
      const text = bare(await page(deps, path, path === '/xx/' ? 404 : 200))
      expect([path, onlyWithScript.filter((words) => text.includes(words))]).toEqual([path, []])
    }
    // The words of a card stand there as often as they are true: only one of the two leads to a story.
    expect(bare(await page(deps, '/en/')).match(/Read the full story/g)).toHaveLength(1)
    expect(bare(await page(deps, '/en/'))).not.toContain('What was wrong')
    expect(bare(await page(deps, '/desk'))).toContain('The desk needs JavaScript')
  })

  it('skip no level of headings, whatever stands in them', async () => {
    const deps = pagesDeps()
    const levels = async (path: string, status = 200) =>
      [...(await page(deps, path, status)).matchAll(/<h([1-6])[ >]/g)].map(([, level]) => Number(level))
    const steps = (all: readonly number[]) => all.every((level, at) => level <= (all[at - 1] ?? 0) + 1)
    const check = async (path: string, status = 200) => {
      const all = await levels(path, status)
      expect([path, all[0], all.filter((level) => level === 1).length, steps(all)]).toEqual([path, 1, 1, true])
    }
    for (const path of ['/en/', '/fa/', '/desk']) await check(path)
    const id = deps.publish(quake)
    for (const path of ['/en/', `/en/alerts/${id}`, `/fa/alerts/${id}`]) await check(path)
    deps.revise('correction', id, { note: { en: 'It was Badghis.' } })
    deps.revise('retraction', id, { note: { en: 'There was no quake.' } })
    for (const path of ['/en/', `/en/alerts/${id}`, `/fa/alerts/${id}`]) await check(path)
    await check(`/ru/alerts/${id}`, 404)
    await check('/xx/', 404)
  })

  it('give for paper the whole address of each alert', async () => {
    const deps = pagesDeps()
    const id = deps.publish(quake)
    expect(await page(deps, '/en/')).toContain(
      `href="/en/alerts/${id}" data-address="https://alerts.example/en/alerts/${id}"`,
    )
  })

  it('answer 304 until something changes', async () => {
    const deps = pagesDeps()
    deps.publish(quake)
    const etag = (await deps.get('/en/')).headers.get('etag') ?? ''
    expect((await deps.get('/en/', { 'If-None-Match': etag })).status).toBe(304)
    deps.publish(quake)
    expect((await deps.get('/en/', { 'If-None-Match': etag })).status).toBe(200)
  })

  it('let no text out of its place, even past the parser that cleans it', async () => {
    const tame = pagesDeps()
    const id = tame.publish({ ...quake, topics: [] })
    tame.revise('correction', id, { texts: quake.texts, note: { en: 'calm' } })
    const count = (text: string) => text.match(/<[a-z!/?]/gi)?.length
    const wanted = [count(await page(tame, '/en/')), count(await page(tame, `/en/alerts/${id}`))]
    await fc.assert(
      fc.asyncProperty(
        hostileHeadline,
        hostileHeadline,
        hostileHeadline,
        hostileText,
        async (headline, summary, note, query) => {
          const deps = pagesDeps()
          const same = deps.publish({ ...quake, topics: [] })
          deps.revise('correction', same, { texts: quake.texts, note: { en: 'calm' } })
          for (const entry of deps.entries) {
            const texts = { ...entry.alert.texts, en: { ...quake.texts.en, headline, summary } }
            const alert: Alert = { ...entry.alert, texts, ...(entry.alert.note ? { note: { en: note } } : {}) }
            Object.assign(entry, { alert })
          }
          const asked = encodeURIComponent(query.toWellFormed())
          expect(count(await page(deps, `/en/?topics=${asked}&languages=${asked}`))).toBe(wanted[0])
          expect(count(await page(deps, `/en/alerts/${same}?x=${asked}`))).toBe(wanted[1])
        },
      ),
      { numRuns: runs(100) },
    )
  })
})

describe('an alert in a language that the newsroom has dropped', () => {
  const smaller = {
    ...newsroomOfPages,
    languages: newsroomOfPages.languages.filter(({ tag }) => !['fa', 'sr-Latn'].includes(tag)),
  }

  it.each([
    ['fa', 'rtl', 'زمین‌لرزه در هرات'],
    ['sr-Latn', 'ltr', 'Zemljotres u Heratu'],
  ])(
    'keeps its page in %s, the right way round, and the page leads nowhere that is not there',
    async (tag, dir, headline) => {
      const deps = pagesDeps()
      const after = pagesDeps(smaller)
      const id = deps.publish({ ...quake, texts: { ...quake.texts, 'sr-Latn': { headline: 'Zemljotres u Heratu' } } })
      deps.revise('correction', id, { note: { [tag]: 'Ne.' } })
      for (const entry of deps.entries) after.force(entry)
      const text = await page(after, `/${tag}/alerts/${id}`)
      expect(text).toContain(`<html lang="${tag}" dir="${dir}">`)
      expect(text).toContain(`<h1 class="headline">${headline}</h1>`)
      expect(text).not.toContain(`href="/${tag}/"`)
      expect(text).not.toContain(`/feeds/${tag}.`)
      expect((await after.get(`/${tag.toUpperCase()}/alerts/${id}`)).headers.get('location')).toBe(
        `/${tag}/alerts/${id}`,
      )
      expect(await page(after, `/${tag}/alerts/${id.toUpperCase()}`)).toContain(headline)
      await page(after, `/${tag}/`, 404)
    },
  )

  it('has none in a language that it never had, nor has an alert that is not there', async () => {
    const after = pagesDeps(smaller)
    const id = after.publish({ ...quake, texts: { en: quake.texts.en } })
    for (const path of [`/fa/alerts/${id}`, `/xx/alerts/${id}`, '/fa/alerts/nothing']) {
      const answer = await after.get(path)
      expect([path, answer.status]).toEqual([path, 404])
      expect(await answer.text()).not.toContain('Quake')
    }
  })
})
