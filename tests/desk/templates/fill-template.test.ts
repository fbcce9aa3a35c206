import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fillTemplate } from '../../../src/desk/templates/fill-template.ts'
import { parseDraft } from '../../../src/domain/alert.ts'
import { usualLanguage } from '../../../src/domain/newsroom.ts'
import { Problem } from '../../../src/domain/problem.ts'
import type { Template } from '../../../src/domain/templates/newsroom-templates.ts'
import { runs } from '../../support/effort.ts'
import { newsroom as example } from '../../support/samples.ts'

/** With a language that there is no table of. */
const newsroom = { ...example, languages: [...example.languages, usualLanguage('de')] }

const template: Template = {
  id: 'earthquake',
  name: 'Earthquake',
  level: 'urgent',
  topics: ['afghanistan'],
  texts: {
    en: { headline: 'Magnitude {magnitude} earthquake hits {place}', summary: 'At least {deaths} dead.' },
    fa: { headline: 'زمین‌لرزه‌ای به بزرگی {magnitude} {place} را لرزاند', summary: '' },
    ru: { headline: 'Землетрясение магнитудой {magnitude}: {place}', summary: 'Погибших: {deaths}' },
    de: { headline: '{place}: {magnitude}', summary: '' },
  },
  blanks: [
    { id: 'magnitude', label: 'Magnitude', kind: 'number', examples: [] },
    { id: 'deaths', label: 'Deaths', kind: 'number', examples: [] },
    { id: 'place', label: 'Place', kind: 'text', examples: [] },
  ],
}
const places = { en: 'Herat', fa: 'هرات', ru: 'Герат', de: 'Herat' }
const fill = (input: unknown) => fillTemplate(template, input, newsroom)

function refusal(input: unknown): readonly string[] {
  try {
    fill(input)
    return []
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    return error.errors.map(({ pointer }) => pointer)
  }
}

test('each language gets its own words and its own digits', () => {
  const { draft, unsure } = fill({ blanks: { magnitude: '6.0', deaths: 12_500, place: places } })
  expect(draft).toEqual({
    level: 'urgent',
    topics: ['afghanistan'],
    texts: {
      en: { headline: 'Magnitude 6.0 earthquake hits Herat', summary: 'At least 12,500 dead.' },
      fa: { headline: 'زمین‌لرزه‌ای به بزرگی ۶٫۰ هرات را لرزاند', summary: '' },
      ru: { headline: 'Землетрясение магнитудой 6,0: Герат', summary: 'Погибших: 12\u00a0500' },
      de: { headline: 'Herat: 6.0', summary: '' },
    },
  })
  expect(unsure).toMatchObject([
    {
      pointer: '/draft/texts/de',
      code: 'template-number',
      values: { name: 'Magnitude' },
      detail: 'How de writes numbers is not known here; check magnitude.',
    },
    { pointer: '/draft/texts', code: 'template-without', detail: expect.stringContaining('no text in prs, ps, uk') },
  ])
  expect(() => parseDraft(draft, newsroom)).not.toThrow()
})

test('one value for all languages is taken, and named where it is in another script', () => {
  const { draft, unsure } = fill({ blanks: { magnitude: 6, deaths: 1, place: 'Herat' }, languages: ['en', 'fa'] })
  expect(draft.texts.fa?.headline).toContain('۶ Herat')
  expect(unsure).toMatchObject([
    { pointer: '/draft/texts/fa', code: 'template-script', detail: '"Herat" (place) is not in the script Arab of fa.' },
  ])
})

test('a language without a value for a blank is left out, and that is said', () => {
  const { draft, unsure } = fill({ blanks: { magnitude: 6, place: places } })
  expect(Object.keys(draft.texts)).toEqual(['fa', 'de'])
  expect(unsure).toContainEqual({
    pointer: '/draft/texts/ru',
    code: 'template-left-out',
    values: { names: ['Deaths'] },
    detail: 'It is left out: nothing was given for deaths.',
  })
})

test.each([
  ['6', '6'],
  ['۶٫۵', '6.5'],
  ['٦', '6'],
  ['-12.340', '-12.340'],
  [6.25, '6.25'],
])('the number %j is read', (magnitude, text) => {
  const { draft } = fill({ blanks: { magnitude, deaths: 1, place: 'Herat' }, languages: ['en'] })
  expect(draft.texts.en?.headline).toBe(`Magnitude ${text} earthquake hits Herat`)
})

test('what is filled in is never looked at for blanks', () => {
  const { draft } = fill({ blanks: { magnitude: 6, deaths: 1, place: '{deaths} $& $1' }, languages: ['en'] })
  expect(draft.texts.en?.headline).toBe('Magnitude 6 earthquake hits {deaths} $& $1')
})

describe('it is refused, with every mistake', () => {
  test.each([
    ['nothing', undefined, ['']],
    ['no values', {}, ['/blanks/magnitude', '/blanks/place', '/blanks/deaths']],
    [
      'no value that any of the languages needs',
      { blanks: { deaths: 1 }, languages: ['fa'] },
      ['/blanks/magnitude', '/blanks/place'],
    ],
    ['an unknown blank', { blanks: { depth: 1, constructor: 1 } }, ['/blanks/depth', '/blanks/constructor']],
    ['a word for a number', { blanks: { magnitude: 'six', deaths: '1,200' } }, ['/blanks/magnitude', '/blanks/deaths']],
    [
      'a number too large, and none',
      { blanks: { magnitude: 1e15, deaths: 1.5e-7 } },
      ['/blanks/magnitude', '/blanks/deaths'],
    ],
    ['a number for each language', { blanks: { magnitude: { en: '6' } } }, ['/blanks/magnitude']],
    ['a number for a word', { blanks: { place: 5 } }, ['/blanks/place']],
    ['an empty word', { blanks: { place: ' ' } }, ['/blanks/place']],
    ['a word in a language without a text', { blanks: { place: { en: 'Herat', uk: 'Герат' } } }, ['/blanks/place/uk']],
    ['languages without a text', { languages: ['en', 'uk', 'tlh'] }, ['/languages/1', '/languages/2']],
    ['no languages', { languages: [] }, ['/languages']],
    ['another field', { level: 'flash', blanks: { place: 5 } }, ['/level', '/blanks/place']],
    [
      'a text that is too long then',
      { blanks: { magnitude: 6, deaths: 1, place: 'x'.repeat(190) }, languages: ['en', 'de'] },
      ['/blanks'],
    ],
  ])('for %s', (_, input, pointers) => {
    expect(refusal(input)).toEqual(pointers)
  })
})

test('random values give a publishable draft, or a mistake of the request', () => {
  const value = fc.oneof(
    fc.double(),
    fc.integer(),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('Herat', 6, '6.0'),
    fc.anything(),
  )
  const blanks = fc.oneof(
    fc.record({ magnitude: value, deaths: value, place: value }, { requiredKeys: [] }),
    fc.anything(),
  )
  fc.assert(
    fc.property(
      blanks,
      fc.option(fc.subarray(['en', 'fa', 'ru', 'de', 'uk']), { nil: undefined }),
      (given, languages) => {
        try {
          const { draft } = fill({ blanks: given, ...(languages === undefined ? {} : { languages }) })
          expect(parseDraft(draft, newsroom).texts).toEqual(draft.texts)
        } catch (error) {
          if (!(error instanceof Problem) || error.status !== 400) throw error
        }
      },
    ),
    { numRuns: runs(300) },
  )
})
