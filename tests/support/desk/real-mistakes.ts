import { draftArticle } from '../../../src/desk/article/article-draft.ts'
import { removalWarnings } from '../../../src/desk/removal-warnings.ts'
import { fillTemplate } from '../../../src/desk/templates/fill-template.ts'
import { webhookUrlFault } from '../../../src/desk/webhooks/webhook-url.ts'
import { parseDraft, parseRevision } from '../../../src/domain/alert.ts'
import { refuseExpiry } from '../../../src/domain/change.ts'
import { parseNewsroom } from '../../../src/domain/newsroom.ts'
import { type Mistake, Problem } from '../../../src/domain/problem.ts'
import { textWarnings } from '../../../src/domain/text.ts'

const newsroom = parseNewsroom({
  name: 'News',
  languages: [{ tag: 'en' }, { tag: 'fa' }, { tag: 'ru' }],
  topics: [{ id: 'iran', labels: { en: 'Iran' } }],
  templates: [
    {
      ...{ id: 'quake', name: 'Earthquake', level: 'urgent' },
      blanks: [
        { id: 'size', label: 'Magnitude', kind: 'number' },
        { id: 'place', label: 'Place', kind: 'text' },
      ],
      texts: {
        en: { headline: 'Quake of {size} at {place}', summary: '' },
        ru: { headline: '{place}: {size}', summary: '' },
      },
    },
  ],
})
const [template] = newsroom.templates
if (template === undefined) throw new Error('a template is wanted')

/** The mistakes of a request that is refused. */
function refused(act: () => unknown): readonly Mistake[] {
  try {
    act()
    return []
  } catch (error) {
    if (error instanceof Problem) return error.errors
    throw error
  }
}

const fill = (blanks: object, more: object = {}) => fillTemplate(template, { blanks, ...more }, newsroom)
const article = async (input: object) => (await draftArticle(input, newsroom, async () => {})).unsure
const page = `<title>One headline of it | Site</title><meta property="og:title" content="Another thing altogether happens">
  <script type="application/ld+json">{broken</script><p>The minister said on Tuesday that the talks had come to an end.</p>`

/** Mistakes and warnings as the service makes them, by what they are of. */
export const realMistakes: Readonly<Record<string, () => readonly Mistake[] | Promise<readonly Mistake[]>>> = {
  'mistakes in an alert': () =>
    refused(() =>
      parseDraft(
        {
          ...{ level: 'urgent', topics: ['mars', 'iran', 'Iran'], headlin: 'x', expiresAt: 'soon' },
          texts: {
            en: { headline: 'x'.repeat(201), url: 'http://a', image: { url: 'https://a.example/', alt: '' } },
            xx: { headline: '\u200b' },
          },
        },
        newsroom,
      ),
    ),
  'an alert without a language': () => refused(() => parseDraft({ level: 'urgent', texts: {} }, newsroom)),
  'a correction without a note': () => refused(() => parseRevision('correction', { note: {} }, newsroom)),
  'a revision that says nothing': () => refused(() => parseRevision('update', { texts: { en: {} } }, newsroom)),
  'an expiry that has passed': () =>
    refused(() => refuseExpiry('2026-01-01T00:00:00.000Z', '2026-03-01T00:00:00.000Z')),
  'an expiry that is too late': () =>
    refused(() => refuseExpiry('2027-01-01T00:00:00.000Z', '2026-03-01T00:00:00.000Z')),
  'warnings about a text': () => [
    ...textWarnings(
      'fa',
      { headline: '<b>Long</b> &amp; '.repeat(9), summary: 'word '.repeat(40), url: 'https://a..b/?a&amp;b' },
      'Arab',
    ),
    ...textWarnings('en', { headline: 'x', summary: '', url: 'https://localhost/' }, 'Latn'),
    ...removalWarnings({ texts: { en: { headline: 'a\u0000b' } } }),
  ],
  'warnings of a template': () => [
    ...fill({ size: 6, place: { en: 'Herat' } }).unsure,
    ...fill({ size: 6, place: 'Herat' }, { languages: ['ru'] }).unsure,
  ],
  'mistakes in a template’s blanks': () => [
    ...refused(() => fill({ size: 'big', place: 3, hour: 1 }, { languages: ['fa'] })),
    ...refused(() => fill({ size: 6, place: 'x'.repeat(300) })),
    ...refused(() => fill({ size: 6 }, { languages: [] })),
    ...refused(() => fill({})),
  ],
  'what an article is unsure of': async () => [
    ...(await article({ html: page })),
    ...(await article({ text: 'short' })),
    ...(await article({ text: `Quake\n\n${'It was felt in the city. '.repeat(20)}\nhttps://news.example/` })),
  ],
  'an article without text': async () => {
    const problem = await draftArticle({ text: ' ' }, newsroom, async () => {}).catch((error: unknown) => error)
    return problem instanceof Problem ? problem.errors : []
  },
  'addresses of webhooks': () =>
    [
      ...['cms', 'ftp://cms.example', 'http://cms.example', 'https://a:b@cms.example', 'https://cms.example/#a'],
      ...['https://cms.example:1', 'https://127.0.0.1', 'https://a..b', 'https://printer.local'],
    ].flatMap((url) => {
      const fault = webhookUrlFault(url, [])
      return fault === null ? [] : [{ pointer: '/url', ...fault, values: { host: fault.host } }]
    }),
}
