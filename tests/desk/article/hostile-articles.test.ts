import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { draftArticle } from '../../../src/desk/article/article-draft.ts'
import { alertLimits, parseDraft } from '../../../src/domain/alert.ts'
import { Problem } from '../../../src/domain/problem.ts'
import { effort, runs } from '../../support/effort.ts'
import { newsroom } from '../../support/samples.ts'

const rest = async () => {}
/** Of the largest body that is taken, an eighth: `npm run test:long` takes all. */
const size = effort > 1 ? 1_024 * 1_024 : 128 * 1_024
const filled = (piece: string, chars = size) => piece.repeat(Math.ceil(chars / piece.length)).slice(0, chars)

/** The draft, or null where it was refused as a mistake of the request. Any other error is thrown. */
async function proposed(input: unknown) {
  try {
    const { draft, unsure } = await draftArticle(input, newsroom, rest)
    const { language, url, topics = [], ...text } = draft
    const texts = { [language ?? 'en']: { ...text, ...(url === null ? {} : { url }) } }
    // Publishable as it is, whatever it was made from.
    expect(parseDraft({ level: 'urgent', topics, texts }, newsroom).texts).toEqual(texts)
    expect([...draft.headline].length).toBeLessThanOrEqual(alertLimits.headlineMax)
    for (const { pointer, detail } of unsure) {
      expect(pointer).toMatch(/^\/draft(?:\/(?:language|headline|summary|url|image|topics))?$/)
      expect(detail.length).toBeLessThan(1_000)
    }
    return draft
  } catch (error) {
    if (error instanceof Problem && error.status === 400 && error.code === 'invalid') return null
    throw error
  }
}

const article = '<h1>Quake in Herat</h1><p>Many houses are down in the city, officials said on Saturday evening.</p>'
const jsonData = (text: string) => `${article}<script type="application/ld+json">${text}</script>`

describe('a page as large as is taken', () => {
  test.each([
    ['deep elements', filled('<div>')],
    ['deep elements, and as many ends of others', filled('<a><b><i>', size / 2) + filled('</x>', size / 2)],
    ['a million tags', filled('<b>x</b>')],
    ['paragraphs without ends', filled('<p>')],
    ['ends without paragraphs', filled('</p>')],
    ['angles', filled('<')],
    ['a tag that does not end', `<a ${filled('a=1 ')}`],
    ['many attributes', `<a ${Array.from({ length: size / 10 }, (_, at) => `a${at}=1`).join(' ')}>${article}`],
    ['a long attribute', `<meta property="og:title" content="${filled('x&amp;')}">`],
    ['a long class', `<p class="${filled('advert_share-')}!">${article}`],
    ['entities', filled('&amp;')],
    ['entities that are none', filled('&notareal;')],
    ['numeric entities', filled('&#x1f600;&#0;&#xd800;&#x110000;')],
    ['comments without ends', filled('<!--')],
    ['scripts', filled('<script>')],
    ['titles', filled('<title>x')],
    ['drawings', filled('<svg><title>')],
    ['tables', filled('<table><tr><td>')],
    ['forms', filled('<form>')],
    ['metas', filled('<meta name="a" content="b">')],
    ['one word', filled('x')],
    ['spaces', `${filled(' ')}${article}`],
    ['marks', `<h1>x${filled('\u0301')}</h1>`],
    ['ends of sentences', filled('.”')],
    ['deep JSON', jsonData(filled('['))],
    ['deep JSON with ends', jsonData(`${filled('{"@graph":', size / 2)}0${filled('}', size / 20)}`)],
    ['wide JSON', jsonData(`[${filled('{"@type":"NewsArticle","headline":"x"},')}1]`)],
    ['much JSON', filled('<script type="application/ld+json">{"@type":"NewsArticle"}</script>')],
  ])('%s', async (_, html) => {
    await proposed({ html })
    await proposed({ text: html })
  })
})

describe('names that every object has', () => {
  test.each(['__proto__', 'constructor', 'hasOwnProperty', 'toString'])('%s', async (name) => {
    const html = `<html ${name}="1"><meta name="${name}" content="x"><meta property="${name}" content="y">${jsonData(
      `{"${name}":{"headline":"x","polluted":1},"@type":"${name}"},"@graph":{"${name}":1}}`,
    )}${jsonData(`{"@type":["${name}","NewsArticle"],"headline":{"${name}":"x"},"${name}":{"polluted":1}}`)}`
    expect(await proposed({ html })).toMatchObject({ headline: 'Quake in Herat' })
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
  })
})

test.each([
  ['null bytes', '<h1>Qu\0ake in\0 Herat</h1>', 'Quake in Herat'],
  ['marks of direction', '<h1>\u202eQuake\u2066 in Herat</h1>', 'Quake in Herat'],
  ['half a surrogate pair', '<h1>Quake \ud83d in Herat</h1>', 'Quake \ufffd in Herat'],
  ['a tag within', '<h1>Quake <script>alert(1)</script><b>in</b> Herat</h1>', 'Quake in Herat'],
  ['entities that were escaped twice', '<meta property="og:title" content="Quake &amp;amp; fire">', 'Quake & fire'],
])('%s: only what people can read is proposed', async (_, html, headline) => {
  expect(await proposed({ html })).toMatchObject({ headline })
})

test('random pages and texts give a publishable draft or a mistake of the request, and nothing else', async () => {
  const piece = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.string({ unit: 'grapheme', maxLength: 80 }),
    fc.constantFrom(
      ...[
        '<h1>',
        '</h1>',
        '<p>',
        '</p>',
        '<article>',
        '<a href="',
        '">',
        '<nav>',
        '<title>',
        '</title>',
        '<html lang="',
      ],
      ...['<script type="application/ld+json">', '</script>', '{"@type":"NewsArticle","headline":', '"', '}', '[', ']'],
      ...['<meta property="og:title" content="', '<meta property="og:url" content="', '<link rel=canonical href="'],
      ...[
        'https://news.example/',
        'javascript:',
        'http://',
        ':99999',
        '\n',
        '\n\n',
        '. ',
        '<!--',
        '-->',
        '&#',
        ';',
        '…',
      ],
      ...['A strong earthquake hit the western province of Herat on Saturday, killing many, officials said. '],
    ),
  )
  const text = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(''))
  await fc.assert(
    fc.asyncProperty(text, async (pasted) => {
      await proposed({ html: pasted })
      await proposed({ text: pasted })
    }),
    { numRuns: runs(100) },
  )
})

test('random bodies are refused, never a crash', async () => {
  await fc.assert(
    fc.asyncProperty(fc.anything({ withNullPrototype: true }), fc.anything(), async (body, value) => {
      await proposed(body)
      await proposed({ text: value })
      await proposed({ html: value })
    }),
    { numRuns: runs(100) },
  )
})

test('others have their turn while a long page is read', async () => {
  let rests = 0
  const html = `${article}${filled('<b>x</b>')}`
  await draftArticle({ html }, newsroom, async () => {
    rests += 1
  })
  expect(rests).toBeGreaterThan(5)
})
