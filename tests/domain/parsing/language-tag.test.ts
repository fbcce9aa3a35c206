import { expect, test } from 'vitest'
import { parseNewsroom } from '../../../src/domain/newsroom.ts'
import { intlLocaleOf, languageTagOf } from '../../../src/domain/parsing/language-tag.ts'

test.each([
  ['fa', 'fa'],
  ['PRS', 'prs'],
  ['be-tarask', 'be-tarask'],
  ['CA-VALENCIA', 'ca-valencia'],
  ['de-1996', 'de-1996'],
  ['sl-rozaj', 'sl-rozaj'],
  ['sl-IT-nedis', 'sl-IT-nedis'],
  ['zh-hant-hk', 'zh-Hant-HK'],
  ['SR-LATN', 'sr-Latn'],
  ['es-419', 'es-419'],
  ['de-ch-1901-1996', 'de-CH-1901-1996'],
  ['zh-min-nan', 'zh-min-nan'],
  ['i-Klingon', 'i-klingon'],
  ['SGN-be-FR', 'sgn-BE-FR'],
  ['EN-gb-OED', 'en-GB-oed'],
  ['x-Whatever', 'x-whatever'],
  ['de-CH-x-PHONEBK', 'de-CH-x-phonebk'],
  ['en-u-CA-buddhist', 'en-u-ca-buddhist'],
  ['az-Arab-x-AZE-derbend', 'az-Arab-x-aze-derbend'],
])('%s is a tag, in its usual case %s', (given, tag) => {
  expect(languageTagOf(given)).toBe(tag)
  expect(languageTagOf(tag)).toBe(tag)
  const { languages } = parseNewsroom({ name: 'N', languages: [{ tag: given }] })
  expect(languages[0]).toMatchObject({ tag, name: expect.stringMatching(/./) })
})

test.each([
  '',
  'e',
  'en_US',
  'en-',
  '-en',
  'en--US',
  'a-DE',
  'x',
  'en-x',
  'de-419-DE',
  'ar-a-aaa-b-bbb-a-ccc',
  'sl-rozaj-rozaj',
])('%j is no tag', (given) => {
  expect(languageTagOf(given)).toBeNull()
  expect(() => parseNewsroom({ name: 'N', languages: [{ tag: given }] })).toThrow(
    expect.objectContaining({ status: 400, errors: [expect.objectContaining({ pointer: '/languages/0/tag' })] }),
  )
})

test('a language or a topic that stands twice in the newsroom file is refused by its place, whatever its case', () => {
  const languages = [{ tag: 'fa' }, { tag: 'en' }, { tag: 'FA' }]
  const topics = ['iran', 'rights', 'iran'].map((id) => ({ id, labels: { en: id } }))
  expect(() => parseNewsroom({ name: 'N', languages, topics })).toThrow(
    expect.objectContaining({
      errors: [
        expect.objectContaining({ pointer: '/languages/2/tag' }),
        expect.objectContaining({ pointer: '/topics/2/id' }),
      ],
    }),
  )
})

test('what Intl does not take is shortened to what it takes', () => {
  expect(['be-tarask', 'zh-min-nan', 'x-own', 'i-klingon', 'en-x-twain'].map(intlLocaleOf)).toEqual([
    'be-tarask',
    'zh',
    null,
    null,
    'en-x-twain',
  ])
})
