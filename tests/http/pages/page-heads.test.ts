import { expect, test } from 'vitest'
import { manyLanguages, pagesDeps } from '../../support/browser/pages-deps.ts'

const deps = pagesDeps()
const text = (tag: string) => ({ headline: `A quake, ${tag}`, summary: 'It was felt far away.' })
const id = deps.publish({ level: 'flash', texts: { en: text('en'), fa: text('fa') } })
const retracted = deps.publish({ level: 'urgent', texts: { en: text('en'), fa: text('fa') } })
deps.revise('retraction', retracted, { note: { en: 'There was none.', fa: 'نبود.' } })

const all = (html: string, pattern: RegExp) => [...html.matchAll(pattern)].map(([, one = '', two = '']) => [one, two])
const origin = 'https://alerts.example'

/** Pages that can be found, each with the languages that it is in. */
test.each<[string, string, readonly string[]]>([
  ['the front page', '/LANG/', manyLanguages],
  ['an alert', `/LANG/alerts/${id}`, ['en', 'fa']],
  ['a retracted alert', `/LANG/alerts/${retracted}`, ['en', 'fa']],
  ['privacy', '/LANG/privacy', manyLanguages],
])(
  '%s says where it is, where it is in other languages, what it is, and which feeds there are',
  async (_, path, tags) => {
    for (const tag of tags) {
      const own = path.replace('LANG', tag)
      const html = await (await deps.get(own)).text()
      expect(all(html, /<link rel="canonical" href="([^"]*)">/g)).toEqual([[`${origin}${own}`, '']])
      expect(all(html, /<link rel="alternate" hreflang="([^"]*)" href="([^"]*)">/g).sort()).toEqual(
        tags.map((it) => [it, `${origin}${path.replace('LANG', it)}`]).sort(),
      )
      const graph = Object.fromEntries(all(html, /<meta property="og:(\w+)" content="([^"]*)">/g))
      expect(Object.keys(graph).sort()).toEqual(['description', 'site_name', 'title', 'type', 'url'])
      expect(Object.values(graph)).not.toContain('')
      expect(graph.url).toBe(`${origin}${own}`)
      expect(all(html, /<link rel="alternate" type="([^"]*)" title="[^"]*" href="([^"]*)">/g)).toEqual([
        ['application/atom+xml', `/feeds/${tag}.atom`],
        ['application/feed+json', `/feeds/${tag}.json`],
      ])
      expect(html).not.toContain('noindex')
      expect(html).toMatch(/<a class="skip" href="#main">[\s\S]*<main id="main"/)
    }
  },
)

test.each(['/en/nothing', `/en/alerts/${id}0`, `/ru/alerts/${id}`])(
  'what is not there is not to be found: %s',
  async (path) => {
    const answer = await deps.get(path)
    const html = await answer.text()
    expect(answer.status).toBe(404)
    expect(html).toContain('<meta name="robots" content="noindex">')
    expect(html).not.toMatch(/rel="canonical"|property="og:/)
    expect(html).toMatch(/<a class="skip" href="#main">[\s\S]*<main id="main"/)
  },
)
