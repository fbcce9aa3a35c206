import { describe, expect, it } from 'vitest'
import { pagesDeps } from '../support/browser/pages-deps.ts'

const texts = {
  en: { headline: 'Quake hits Herat', summary: 'First reports.', url: 'https://news.example/quake' },
  fa: { headline: 'زمین‌لرزه در هرات', url: 'https://news.example/fa' },
}

/** Every page, with alerts that have and lack each of their parts; what a script puts in comes with its page. */
async function pages(): Promise<readonly (readonly [string, string])[]> {
  const deps = pagesDeps()
  const id = deps.publish({ level: 'flash', topics: ['afghanistan', 'rights', 'weather'], texts })
  deps.revise('correction', id, { note: { en: 'It was Badghis.', fa: 'بادغیس بود.' } })
  deps.publish({ level: 'routine', texts: { en: { headline: 'Bare' } } })
  deps.publish({ level: 'urgent', topics: ['weather'], texts: { en: { headline: 'No link' } } })
  const gone = deps.publish({ level: 'urgent', topics: ['rights'], texts })
  deps.revise('retraction', gone, { note: { en: 'Not so.' } })
  const tags = ['en', 'fa', 'prs', 'ru']
  const paths = [
    '/desk',
    ...tags.flatMap((tag) => ['', `alerts/${id}`, `alerts/${gone}`, 'x'].map((to) => `/${tag}/${to}`)),
  ]
  return Promise.all(
    paths.map(async (path) => {
      const page = await (await deps.get(path, { Accept: 'text/html' })).text()
      return [
        path,
        page
          .replace(/\\n/g, '\n')
          .replace(/&quot;|\\"/g, '"')
          .replace(/&lt;/g, '<')
          .replace(/&gt;/g, '>'),
      ] as const
    }),
  )
}

const inline = 'a|bdi|span|strong|time|s|q|button|input|select|label|progress'
const touching = new RegExp(
  `(?<!\\s)</(?:${inline})>(?=<(?:${inline})\\b)|<input[^>]*>(?=<(?:${inline})\\b)|</label>(?=[^\\s<])`,
  'g',
)

describe('a page, read without its style', () => {
  it('has white space between all that stands side by side', async () => {
    for (const [path, page] of await pages()) expect([path, around(page, touching)]).toEqual([path, []])
  })

  it.each([
    ['<a>b</a><bdi>c</bdi>', 1],
    ['<a>b</a> <bdi>c</bdi>', 0],
    ['<label>a</label>b', 1],
    ['<a><bdi>c</bdi></a>', 0],
    ['<li><a>a</a></li><li><a>b</a></li>', 0],
    ['<input name="a"><span>b</span>', 1],
  ])('is looked at so: %s', (text, count) => {
    expect(around(text, touching)).toHaveLength(count)
  })
})

function around(page: string, pattern: RegExp): string[] {
  return [...page.matchAll(pattern)].map(({ index }) => page.slice(Math.max(0, index - 40), index + 60))
}
