import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { parseNewsroom } from '../../../../src/domain/newsroom.ts'
import { answerBytesMax, cardsListed, versionsListed } from '../../../../src/http/pages/list/list-budget.ts'
import { manyLanguages, pagesDeps } from '../../../support/browser/pages-deps.ts'
import { type Lengths, newsTexts, randomId, seeded } from '../../../support/newsroom/news-texts.ts'

// Lists of alerts are as long as fits into what a freezing network lets pass: estimated by the service, compressed here.

const { BROTLI_PARAM_MODE, BROTLI_MODE_TEXT, BROTLI_PARAM_QUALITY } = constants
const params = { [BROTLI_PARAM_QUALITY]: 7, [BROTLI_PARAM_MODE]: BROTLI_MODE_TEXT }
const brotli = (text: string) => brotliCompressSync(text, { params }).byteLength
/** Of HTTP/1.1; `tests/flows/requests/first-view.test.ts` counts real ones. */
const headBytes = 1_000
const usual = { headline: 50, summary: 95 }
const long = { headline: 90, summary: 250 }
const longest = { headline: 200, summary: 1_000 }
const cardsIn = (html: string) => html.match(/<h3 class="headline"/g)?.length ?? 0
const olderIn = (html: string) => /href="([^"]*)" rel="next"/.exec(html)?.[1]?.replaceAll('&amp;', '&')

/** A newsroom in many languages that has published 60 alerts of such lengths in one of them. */
function published(tag: string, lengths: Lengths, others = manyLanguages, count = 60) {
  const random = seeded(14)
  const languages = [...new Set([tag, ...others])].map((it) => ({ tag: it, name: it }))
  const topics = [{ id: 'rights', labels: { en: 'Human rights', fa: 'حقوق بشر' } }]
  const deps = pagesDeps(parseNewsroom({ rules: 'none', name: 'Example Newsroom', languages, topics }))
  const text = newsTexts(tag, random)
  const levels = ['routine', 'urgent', 'flash']
  for (let nth = 0; nth < count; nth += 1) {
    deps.advance(random() * 3e6)
    const draft = { level: levels[nth % 3], topics: nth % 2 ? ['rights'] : [], texts: { [tag]: text(lengths) } }
    deps.publish(draft, randomId(random))
  }
  return deps
}

/** The newest alerts, and the page that follows. */
async function twoPages(tag: string, lengths: Lengths, others = manyLanguages): Promise<readonly [string, string]> {
  const { get } = published(tag, lengths, others)
  const first = await (await get(`/${tag}/`)).text()
  return [first, await (await get(`/${tag}/${olderIn(first)}`)).text()]
}

const scripts = ['en', 'fa', 'ru', 'uk', 'ka', 'hy', 'ur', 'zh', 'my', 'am']

test.each([...new Set([...manyLanguages, ...scripts])])('lists of usual texts in %s fit, head and all', async (tag) => {
  for (const html of await twoPages(tag, usual)) {
    expect(brotli(html) + headBytes).toBeLessThanOrEqual(answerBytesMax)
    expect(gzipSync(html).byteLength + headBytes, 'gzip takes somewhat more').toBeLessThanOrEqual(1.2 * answerBytesMax)
    expect(cardsIn(html)).toBeGreaterThanOrEqual(cardsListed.min)
  }
})

test.each(scripts)('fewer are listed the longer they are in %s, and never more than fit', async (tag) => {
  const counts: number[] = []
  for (const lengths of [{ headline: 25, summary: 0 }, usual, long, longest]) {
    const [, older] = await twoPages(tag, lengths)
    const count = cardsIn(older)
    if (count > cardsListed.min) expect(brotli(older) + headBytes).toBeLessThanOrEqual(answerBytesMax)
    counts.push(count)
  }
  expect(counts).toEqual([...counts].sort((a, b) => b - a))
  expect(new Set(counts).size).toBeGreaterThan(2)
  expect(counts.at(-1)).toBeGreaterThanOrEqual(cardsListed.min)
})

test.each(scripts)('the estimate leaves little unused in %s, where a newsroom has one language', async (tag) => {
  for (const html of await twoPages(tag, usual, [])) {
    const bytes = brotli(html) + headBytes
    expect(bytes).toBeLessThanOrEqual(answerBytesMax)
    expect(bytes).toBeGreaterThan(0.85 * answerBytesMax)
  }
})

/** The numbers of the versions that a page lists. A language without words of its own has another's in an element. */
const versionsIn = (html: string) =>
  [...html.matchAll(/<span class="version">(.*?)<\/span>/gs)].map(([, words = '']) =>
    Number(
      words
        .replace(/<[^>]*>/g, '')
        .replace(/[۰-۹]/g, (digit) => `${digit.charCodeAt(0) - 0x6f0}`)
        .replace(/\D/g, ''),
    ),
  )

test.each(scripts)('an alert’s history in %s comes in pages that fit, each version once', async (tag) => {
  for (const lengths of [usual, long, longest]) {
    const deps = published(tag, lengths, manyLanguages, 1)
    const id = deps.entries[0]?.alert.id ?? ''
    const text = newsTexts(tag, seeded(15))
    const versions = 60
    for (let version = 2; version <= versions; version += 1) {
      deps.advance(90_000)
      const note = version % 3 === 0 ? {} : { note: { [tag]: text({ headline: 80, summary: 0 }).headline } }
      deps.revise('update', id, { texts: { [tag]: text(lengths) }, ...note })
    }
    const seen: number[] = []
    for (let search: string | undefined = ''; search !== undefined; ) {
      const html: string = await (await deps.get(`/${tag}/alerts/${id}${search}`)).text()
      const listed = versionsIn(html)
      if (listed.length > versionsListed.min) expect(brotli(html) + headBytes).toBeLessThanOrEqual(answerBytesMax)
      expect(html).toContain(deps.entries.at(-1)?.alert.texts[tag]?.headline)
      seen.push(...listed)
      search = olderIn(html)
    }
    expect(seen).toEqual(Array.from({ length: versions }, (_, at) => versions - at))
  }
})

test.each(['0', '-1', '1', '3.5', 'x', '99999999999999999999', '1e3', ''])(
  'a history before %j begins with the newest version',
  async (before) => {
    const deps = published('en', usual, [], 1)
    const id = deps.entries[0]?.alert.id ?? ''
    deps.revise('update', id, { texts: { en: { headline: 'Second' } } })
    const html = await (await deps.get(`/en/alerts/${id}?before=${before}`)).text()
    expect(versionsIn(html)).toEqual([2, 1])
  },
)
