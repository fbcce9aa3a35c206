import { describe, expect, test } from 'vitest'
import exampleNewsroom from '#newsroom' with { type: 'json' }
import { parseNewsroom } from '../../../src/domain/newsroom.ts'
import { newsroomWarnings } from '../../../src/domain/newsroom-dropped.ts'
import { Problem } from '../../../src/domain/problem.ts'
import { blanksIn, filledText, templateWarnings } from '../../../src/domain/templates/newsroom-templates.ts'

const place = { id: 'place', label: 'Place', kind: 'text' }
const earthquake = {
  id: 'earthquake',
  name: 'Earthquake',
  texts: { en: { headline: 'Quake hits {place}' }, fa: { headline: 'زمین‌لرزه در {place}' } },
  blanks: [place],
}
const file = (...templates: readonly object[]) => ({
  name: 'Ours',
  languages: [{ tag: 'en' }, { tag: 'fa' }],
  topics: [{ id: 'iran', labels: {} }],
  templates,
})

/** The pointers of the mistakes that a file is refused for. */
function refused(...templates: readonly object[]): readonly string[] {
  try {
    parseNewsroom(file(...templates))
    return []
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    return error.errors.map(({ pointer }) => pointer)
  }
}

test('a template is read with its defaults, and its languages in their usual case', () => {
  const texts = { EN: { headline: 'Quake hits {place}' } }
  expect(parseNewsroom(file({ ...earthquake, texts })).templates).toEqual([
    {
      ...earthquake,
      topics: [],
      texts: { en: { headline: 'Quake hits {place}', summary: '' } },
      blanks: [{ ...place, examples: [] }],
    },
  ])
  expect(parseNewsroom({ name: 'Ours', languages: [{ tag: 'en' }] }).templates).toEqual([])
})

describe('a newsroom’s file is refused for', () => {
  const texts = (headline: string, more: object = {}) => ({ texts: { en: { headline, ...more } } })
  test.each([
    ['a language that it does not have', { texts: { tlh: { headline: '{place}' } } }, '/texts/tlh'],
    ['a language twice', { texts: { en: { headline: '{place}' }, EN: { headline: '{place}' } } }, '/texts/EN'],
    ['no language', { texts: {}, blanks: [] }, '/texts'],
    ['a topic that it does not have', { topics: ['iran', 'moon'] }, '/topics/1'],
    ['a topic twice', { topics: ['iran', 'iran'] }, '/topics/1'],
    ['a level that there is not', { level: 'loud' }, '/level'],
    ['a blank that is not declared', texts('{place} {number}'), '/texts/en/headline'],
    ['one in a summary', texts('{place}', { summary: '{number}' }), '/texts/en/summary'],
    ['a blank that no text has', { blanks: [place, { ...place, id: 'number' }] }, '/blanks/1/id'],
    ['a blank that is declared twice', { blanks: [place, place] }, '/blanks/1/id'],
    ['a brace without its other', texts('{place} {'), '/texts/en/headline'],
    ['a brace too many', texts('{{place}}'), '/texts/en/headline'],
    ['a blank without a name', texts('{place} {}'), '/texts/en/headline'],
    ['an empty headline', texts(' ', { summary: '{place}' }), '/texts/en/headline'],
    ['another kind of blank', { blanks: [{ ...place, kind: 'date' }] }, '/blanks/0/kind'],
    ['another field', { urgency: 1 }, '/urgency'],
  ])('%s', (_, wrong, pointer) => {
    expect(refused({ ...earthquake, ...wrong })).toEqual([`/templates/0${pointer}`])
  })

  test('two templates of one id', () => {
    expect(refused(earthquake, earthquake)).toEqual(['/templates/1/id'])
  })

  test('ids that every object has', () => {
    expect(refused({ ...earthquake, texts: { en: { headline: '{constructor}' } } })).toEqual([
      '/templates/0/texts/en/headline',
      '/templates/0/blanks/0/id',
    ])
  })

  test.each([
    null,
    5,
    'x',
    {},
    [null],
    [[]],
    [{ texts: 5, blanks: 5, topics: 5 }],
    [{ blanks: [null], texts: { en: 5 } }],
  ])('templates that are %j, and nothing crashes', (templates) => {
    expect(() => parseNewsroom({ ...file(), templates })).toThrow(Problem)
  })
})

test('a language without a blank that others have is a warning, at start too', () => {
  const texts = { en: { headline: 'Quake hits {place}' }, fa: { headline: 'زمین‌لرزه' } }
  const newsroom = parseNewsroom(file({ ...earthquake, texts }))
  expect(templateWarnings(newsroom.templates[0] as never)).toEqual([
    { pointer: '/texts/fa', detail: 'It has no {place}, which other languages have.' },
  ])
  expect(newsroomWarnings(newsroom, { languages: [], topics: [] })).toEqual([
    'The template earthquake, fa: It has no {place}, which other languages have.',
  ])
})

test('the example newsroom’s templates have every blank in each of their languages, and English, Persian and Russian', () => {
  const { templates } = parseNewsroom(exampleNewsroom)
  expect(templates.map(({ id }) => id)).toEqual(['earthquake', 'journalist-detained', 'air-raid'])
  for (const template of templates) {
    expect(templateWarnings(template)).toEqual([])
    expect(Object.keys(template.texts)).toEqual(expect.arrayContaining(['en', 'fa', 'ru']))
  }
})

test('blanks are found once each, and filled in one pass', () => {
  expect(blanksIn('{a} and {b} and {a}')).toEqual(['a', 'b'])
  expect(filledText('{a} and {b}', (blank) => `{${blank === 'a' ? 'b' : '$&'}}`)).toBe('{b} and {$&}')
})
