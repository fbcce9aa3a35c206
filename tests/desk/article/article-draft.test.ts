import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { articleSchema, draftArticle } from '../../../src/desk/article/article-draft.ts'
import { parseDraft } from '../../../src/domain/alert.ts'
import { Problem } from '../../../src/domain/problem.ts'
import { newsroom } from '../../support/samples.ts'

const pageOf = (name: string) => readFileSync(new URL(`pages/${name}`, import.meta.url), 'utf8')
const rest = async () => {}
const propose = (input: unknown) => draftArticle(input, newsroom, rest)
/** The parts of the draft that it was unsure of. */
const unsureOf = ({ unsure }: Awaited<ReturnType<typeof propose>>) => unsure.map(({ pointer }) => pointer)
/** What is said about one part. */
const saidOf = ({ unsure }: Awaited<ReturnType<typeof propose>>, part: string) =>
  unsure.filter(({ pointer }) => pointer === `/draft/${part}`).map(({ detail }) => detail)

const body =
  'A strong earthquake hit the western province of Herat on Saturday, killing at least 120 people, officials said.'
const html = (head: string, rest = `<article><h1>Quake in Herat</h1><p>${body}</p></article>`) =>
  `<html lang="en"><head>${head}</head><body>${rest}</body></html>`
const data = (value: unknown) => `<script type="application/ld+json">${JSON.stringify(value)}</script>`

describe('an article that was copied with all that stood around it', () => {
  test('a real one gives its headline and first paragraph, not its menu, caption and notice', async () => {
    const proposal = await propose({ text: pageOf('un-monitors.txt') })
    expect(proposal.draft).toEqual({
      language: 'en',
      headline: "UN Monitors: Taliban Maintains 'Close' Ties With Al-Qaeda Despite U.S. Peace Deal",
      summary:
        'The Taliban still maintains close ties with the Al-Qaeda terrorist network, despite signing a peace deal with the United States in which they committed to fight militant groups, a new United Nations report said.',
      url: null,
    })
    expect(unsureOf(proposal)).toEqual(['/draft/summary', '/draft/url'])
  })

  test('a link on a line of its own is the article’s; one within a sentence is not', async () => {
    const own = await propose({ text: `Quake Hits Herat Province\n${body}\nSource: https://news.example/a/1.` })
    expect(own.draft.url).toBe('https://news.example/a/1')
    const within = await propose({ text: `Quake Hits Herat\n${body} See https://usgs.example/1 for its strength.` })
    expect([within.draft.url, saidOf(within, 'url')[0]]).toEqual([null, expect.stringContaining('usgs.example')])
    const two = await propose({ text: `Quake Hits Herat\n${body}\nhttps://news.example/1\nhttps://news.example/2` })
    expect([two.draft.url, saidOf(two, 'url')[0]]).toEqual([null, expect.stringContaining('several')])
  })

  test('lines that a mail broke in the middle of a sentence are one paragraph', async () => {
    const mail =
      'Quake hits Herat province\n\nA strong earthquake hit the western province of Herat on\nSaturday, killing at least 120 people and destroying\nhundreds of houses.\n\nMore follows.'
    expect((await propose({ text: mail })).draft).toMatchObject({
      headline: 'Quake hits Herat province',
      summary:
        'A strong earthquake hit the western province of Herat on Saturday, killing at least 120 people and destroying hundreds of houses.',
    })
  })

  test('without a headline the first sentence is proposed, and it is said', async () => {
    const proposal = await propose({ text: `${body} Rescue teams are looking for survivors under the rubble.` })
    expect(proposal.draft.headline).toBe(body)
    expect(proposal.draft.summary).toBe('Rescue teams are looking for survivors under the rubble.')
    expect(saidOf(proposal, 'headline')).toEqual(['No headline was found; this is how the text begins.'])
  })

  test('a single line is a headline', async () => {
    expect((await propose({ text: 'Quake hits Herat' })).draft).toMatchObject({
      headline: 'Quake hits Herat',
      summary: '',
      url: null,
    })
    expect((await propose({ text: 'Quake' })).draft.headline).toBe('Quake')
  })

  test('a headline in another script than its article is said to be of another language', async () => {
    const proposal = await propose({ text: `Землетрясение в Герате сегодня\n${body} Herat’s hospitals ask for blood.` })
    expect(saidOf(proposal, 'language').join()).toContain('two languages')
  })
})

describe('the HTML of a page', () => {
  test.each([
    [
      'structured-ru.html',
      {
        language: 'ru',
        headline: 'Журналист задержан в Минске на 15 суток',
        summary: 'Суд в Минске арестовал корреспондента "Свободных новостей" на 15 суток, сообщили его коллеги.',
        url: 'https://news.example/a/32981734.html',
        image: { url: 'https://img.example/1.jpg', alt: 'Здание суда в Минске' },
        topics: ['belarus', 'press-freedom'],
      },
      ['/draft/topics'],
    ],
    [
      'opengraph-fa.html',
      {
        language: 'fa',
        headline: 'پس‌لرزه‌ها در هرات ادامه دارد',
        summary:
          'شمار کشته‌شدگان زمین‌لرزهٔ هرات به ۱۲۰ نفر رسید و صدها نفر همچنان زیر آوار مانده‌اند، مقام‌ها روز یکشنبه گفتند.',
        url: 'https://fa.news.example/a/afghanistan/5521.html',
      },
      ['/draft/url'],
    ],
    [
      'microdata-uk.html',
      {
        language: 'uk',
        headline: 'Обстріл Харкова: четверо загиблих',
        summary: 'Унаслідок нічного обстрілу Харкова загинули четверо людей, ще дев’ятеро дістали поранення.',
        url: null,
      },
      ['/draft/url'],
    ],
    [
      'bare-en.html',
      {
        language: 'en',
        headline: 'Georgian Police Disperse Protesters Outside Parliament',
        summary:
          'TBILISI — Police in Georgia used water cannon & tear gas early on Tuesday against thousands of protesters outside the parliament.',
        url: null,
      },
      ['/draft/summary', '/draft/url'],
    ],
    [
      'dari.html',
      {
        language: 'prs',
        headline: 'زمین‌لرزه هرات را لرزاند',
        summary:
          'زمین‌لرزه شدید روز شنبه ولایت هرات در غرب افغانستان را لرزاند و دست‌کم ۱۲۰ تن جان باختند، مسوولان گفته‌اند.',
        url: null,
        topics: ['afghanistan'],
      },
      ['/draft/summary', '/draft/url', '/draft/topics'],
    ],
    [
      'french.html',
      {
        language: null,
        headline: 'Séisme à Hérat',
        summary:
          "Un puissant séisme a frappé samedi la province de Hérat, dans l'ouest de l'Afghanistan, tuant au moins 120 personnes.",
        url: 'https://fr.news.example/a/1',
        topics: ['afghanistan'],
      },
      ['/draft/language', '/draft/summary', '/draft/topics'],
    ],
  ])('%s', async (name, draft, unsure) => {
    const proposal = await propose({ html: pageOf(name) })
    expect([proposal.draft, unsureOf(proposal)]).toEqual([draft, unsure])
  })

  test.each([
    ['an http link', '<link rel="canonical" href="http://news.example/1">', 'https address is wanted'],
    ['a link that is a script', '<link rel="canonical" href="javascript:alert(1)">', 'https address is wanted'],
    ['a link that is data', '<meta property="og:url" content="data:text/html,x">', 'https address is wanted'],
    ['a link with a password', '<meta property="og:url" content="https://a:b@news.example/">', 'without user name'],
    ['a relative link without a base', '<link rel="canonical" href="/a/1">', 'https address is wanted'],
    ['a front page', '<link rel="canonical" href="https://news.example/">', 'front page'],
    [
      'two links',
      '<link rel="canonical" href="https://news.example/1"><meta property="og:url" content="https://news.example/2">',
      'og:url says "https://news.example/2"',
    ],
  ])('%s is named', async (_, head, said) => {
    expect(saidOf(await propose({ html: html(head) }), 'url').join()).toContain(said)
  })

  test('a title in which two parts disagree is named with both', async () => {
    const proposal = await propose({ html: html('<meta property="og:title" content="You won’t believe this quake">') })
    expect(proposal.draft.headline).toBe('You won’t believe this quake')
    expect(saidOf(proposal, 'headline')).toEqual(['It is from og:title; the first heading says "Quake in Herat".'])
  })

  test('of several articles in its data the one that its heading names is meant', async () => {
    const others = { '@type': 'ItemList', itemListElement: [{ '@type': 'NewsArticle', headline: 'Another story' }] }
    const own = { '@type': 'NewsArticle', headline: 'Quake in Herat', description: 'Many houses are down.' }
    const proposal = await propose({ html: html(data([others, own])) })
    expect(proposal.draft).toMatchObject({ headline: 'Quake in Herat', summary: 'Many houses are down.' })
    expect(saidOf(proposal, 'headline')[0]).toContain('2 articles')
  })

  test.each([
    ['AdvertiserContentArticle', 'an advertisement'],
    ['SatiricalArticle', 'satire'],
    ['OpinionNewsArticle', 'an opinion'],
  ])('a page that calls itself %s is said to be %s', async (type, what) => {
    const proposal = await propose({ html: html(data({ '@type': type, headline: 'Quake in Herat' })) })
    expect(saidOf(proposal, '').concat(proposal.unsure.map(({ detail }) => detail))).toContain(
      `The page calls itself ${what}.`,
    )
  })

  test('a language that its text cannot be in is not taken', async () => {
    const russian =
      '<article><h1>Землетрясение</h1><p>Сильное землетрясение произошло в субботу в провинции Герат на западе Афганистана, погибли не менее 120 человек, сообщили власти. Спасатели ищут выживших под завалами.</p></article>'
    const proposal = await propose({ html: html('', russian) })
    expect(proposal.draft.language).toBe('ru')
    expect(saidOf(proposal, 'language')).toEqual(['The page’s lang says "en", and the text looks like ru.'])
  })

  test('nor is one of the same script', async () => {
    const { uk = '' } = JSON.parse(pageOf('../language-samples.json')) as Record<string, string>
    const proposal = await propose({ html: `<html lang="ru"><h1>Землетрус у Гераті</h1><p>${uk}</p>` })
    expect(proposal.draft.language).toBe('uk')
    expect(saidOf(proposal, 'language')).toEqual(['The page’s lang says "ru", and the text looks like uk.'])
  })

  test('its data may lack what it should have, have line breaks in strings, and be no JSON', async () => {
    const broken =
      '<script type="application/ld+json">{"@type":"NewsArticle","headline":"Quake\n in Herat","description":</script>'
    const wrapped =
      '<script type="application/ld+json"><!-- {"@type":"NewsArticle","headline":"Quake in\n Herat now"} --></script>'
    const proposal = await propose({ html: html(broken + wrapped) })
    expect(proposal.draft.headline).toBe('Quake in Herat now')
    expect(proposal.unsure).toContainEqual({
      pointer: '/draft',
      code: 'article-data',
      detail: 'Its schema.org data is no JSON, and was passed over.',
    })
  })
})

test('what is proposed can be published as it is, cut where it is too long', async () => {
  const long = `<title>${'Quake in Herat, '.repeat(40)}</title><meta name="description" content="${'Many houses are down. '.repeat(100)}">`
  const proposal = await propose({ html: `<html lang="en">${long}` })
  const { language, url: _, topics = [], ...text } = proposal.draft
  expect(language).toBe('en')
  expect(saidOf(proposal, 'headline')[0]).toContain('200')
  expect(saidOf(proposal, 'summary')[0]).toContain('1000')
  expect(proposal.draft.summary.endsWith('down.')).toBe(true)
  expect(proposal.draft.headline.endsWith('…')).toBe(true)
  expect(() => parseDraft({ level: 'urgent', topics, texts: { en: text } }, newsroom)).not.toThrow()
})

test.each([
  ['nothing', undefined, ['']],
  ['null', null, ['']],
  ['a list', [], ['']],
  ['neither', {}, ['']],
  ['both', { text: 'x', html: '<p>x' }, ['/html']],
  ['both, of which one is wrong', { text: 5, html: '<p>x' }, ['/text', '/html']],
  ['an empty text', { text: ' \n\u200b ' }, ['/text']],
  ['an empty page', { html: '' }, ['/html']],
  ['a page without a text', { html: '<script>alert(1)</script><nav>Home</nav><p hidden>x' }, ['/html']],
  ['a text of marks alone', { text: '\u0301\u202e\u0000' }, ['/text']],
  [
    'other fields',
    { text: 'Quake', url: 'https://news.example', __proto__: 1, constructor: 1 },
    ['/url', '/constructor'],
  ],
])('%s is refused with every mistake', async (_, input, pointers) => {
  const refusal = await propose(input).catch((error: unknown) => error)
  expect(refusal).toBeInstanceOf(Problem)
  const { status, code, errors } = refusal as Problem
  expect([status, code, errors.map(({ pointer }) => pointer)]).toEqual([400, 'invalid', pointers])
})

test('the schema names both fields', () => {
  expect(Object.keys(articleSchema.shape)).toEqual(['text', 'html'])
})

describe('HTML that says nothing of its parts', () => {
  const first = 'A strong earthquake hit'
  test.each([
    ['bare text', `${first} Herat`],
    ['a bare paragraph', `${body} Rescue teams are looking for survivors under the rubble.`],
    ['lines', `${first} Herat<br>many are dead<br/>more follows`],
    ['words in elements within a line', `<b>${first}</b> <i>Herat</i>`],
    ['elements deeper than are read', `${'<div>'.repeat(600)}${first} Herat${'</div>'.repeat(600)}`],
    ['a footer', `<footer>${first} Herat &amp; Badghis</footer>`],
    ['a heading that is not closed within others', `${'<section>'.repeat(600)}<h1>${first} Herat`],
  ])('%s: its text is taken', async (_, page) => {
    const { draft } = await propose({ html: page })
    expect(draft.headline).toContain(first)
    expect(draft.headline).not.toContain('<')
  })

  test.each([
    ['hidden', `<p hidden>${first}</p><div style="display:none"><div>${first}</div>${first}</div>`],
    ['a script or a style', `<script>${first}</script><style>${first}</style><noscript><p>${first}</p></noscript>`],
    ['a comment', `<!-- ${first} -->`],
    ['an attribute', `<img alt="${first}">`],
    ['deep below, but hidden', `${'<div>'.repeat(600)}<template><p>${first}</p></template>`],
  ])('what is %s is no text of it', async (_, page) => {
    await expect(propose({ html: page })).rejects.toMatchObject({ status: 400, errors: [{ pointer: '/html' }] })
  })
})

test.each(['div', 'section', 'blockquote'])(
  'a page of 20,000 nested %s is refused as nested too deeply',
  async (name) => {
    const html = `${`<${name}>`.repeat(20_000)}Five killed in Herat${`</${name}>`.repeat(20_000)}`
    const proposal = draftArticle({ html }, newsroom, async () => {})
    await expect(proposal).rejects.toMatchObject({
      status: 400,
      errors: [
        { pointer: '/html', code: 'article-unread', detail: expect.stringMatching(/nested more than 500 deep/) },
      ],
    })
  },
)
