import { readdirSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Newsroom, parseNewsroom } from '../../src/domain/newsroom.ts'
import { droppedLines } from '../../src/domain/newsroom-dropped.ts'
import { ownPaths } from '../../src/domain/newsroom-names.ts'
import { languageTagOf } from '../../src/domain/parsing/language-tag.ts'
import { Problem } from '../../src/domain/problem.ts'
import { sameLanguageOf } from '../../src/locales/tag-lookup.ts'
import { runs } from '../support/effort.ts'
import { routes } from '../support/routes.ts'

const whole = {
  name: 'Radio Example',
  languages: [{ tag: 'fa', name: 'فارسی' }, { tag: 'prs' }],
  topics: [{ id: 'iran', labels: { en: 'Iran', fa: 'ایران' } }],
  expirySeconds: { flash: 61, urgent: 3_601, routine: 86_401 },
}

/** The mistakes by their pointers. */
function mistakesOf(file: unknown): Record<string, string> {
  try {
    parseNewsroom(file)
    return {}
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    return Object.fromEntries(error.errors.map(({ pointer, detail }) => [pointer, detail]))
  }
}

test.each([
  ['NUL', 'Radio\u0000', 'U+0000'],
  ['a line break', 'Radio\nExample', 'U+000A'],
  ['an escape', '\u001b[31mRadio', 'U+001B'],
  ['a paragraph separator', 'Radio\u2029Example', 'U+2029'],
  ['an override', '\u202eoidaR', 'U+202E'],
  ['an embedding with its end', 'a\u202bb\u202cc', 'U+202B'],
  ['an isolate with its end', 'a\u2067b\u2069c', 'U+2067'],
  ['a byte-order mark inside', 'a\ufeffb', 'U+FEFF'],
  ['half a pair', 'a\ud83d', 'U+D83D'],
  ['a zero-width space alone', '\u200b', 'nothing in it that a person can see'],
  ['joiners alone', '\u200d\u200c', 'nothing in it that a person can see'],
  ['spaces alone', '  \u00a0', 'nothing in it that a person can see'],
  ['nothing', '', 'nothing in it that a person can see'],
  ['too much', 'ä'.repeat(101), 'not 101'],
])('a name or a label of %s is refused where it stands', (_, text, words) => {
  const file = {
    ...whole,
    name: text,
    languages: [{ tag: 'fa', name: text }, { tag: 'prs' }],
    topics: [{ id: 'iran', labels: { en: 'Iran', fa: text } }],
  }
  const mistakes = mistakesOf(file)
  expect(Object.keys(mistakes).sort()).toEqual(['/languages/0/name', '/name', '/topics/0/labels/fa'])
  for (const detail of Object.values(mistakes)) expect(detail).toContain(words)
})

test('names keep the marks that they need, and lose the spaces around them', () => {
  const names = ['می‌خواهم', 'e\u0301', 'Radio \u200fفردا\u200e', '👩‍👩‍👧', '𝒳'.repeat(60)]
  for (const name of names)
    expect(parseNewsroom({ ...whole, languages: [{ tag: 'fa', name: ` ${name} ` }] }).languages[0]?.name).toBe(name)
})

test.each([
  ['iw', 'he'],
  ['he', 'iw'],
  ['cmn', 'zh'],
  ['zh-cmn', 'zh'],
  ['zh-yue', 'yue'],
  ['in', 'id'],
  ['ji', 'yi'],
  ['FA', 'fa'],
  ['sh', 'sr-Latn'],
  ['fa-af', 'prs'],
  ['i-klingon', 'I-Klingon'],
])('%s and %s are one language, as languages and as the tags of labels', (one, other) => {
  const file = {
    ...whole,
    languages: [{ tag: 'be' }, { tag: one }, { tag: other }],
    topics: [{ id: 'iran', labels: { be: 'a', [one]: 'b', [other]: 'c' } }],
  }
  const mistakes = mistakesOf(file)
  expect(Object.keys(mistakes)).toEqual(['/languages/2/tag', `/topics/0/labels/${other}`])
  expect(mistakes['/languages/2/tag']).toContain('one and the same')
})

test.each([
  ['fa', 'prs'],
  ['sr', 'sr-Latn'],
  ['be', 'be-tarask'],
  ['zh', 'yue'],
  ['uz', 'uz-Cyrl'],
  ['x-one', 'x-two'],
  ['no', 'nb'],
])('%s and %s are two languages', (one, other) => {
  expect(mistakesOf({ ...whole, languages: [{ tag: one }, { tag: other }] })).toEqual({})
})

test('a tag is compared in any case and any number of times', () => {
  fc.assert(
    fc.property(fc.constantFrom('iw', 'cmn', 'prs', 'sr-Latn', 'zh-cmn', 'x-own'), fc.boolean(), (tag, isUpper) => {
      const same = sameLanguageOf(tag)
      expect(sameLanguageOf(isUpper ? tag.toUpperCase() : tag)).toBe(same)
    }),
    { numRuns: runs(50) },
  )
})

test('a language with the name of one of our own addresses is refused; the list of them is that of the routes and files', () => {
  const segments = [...routes.map(({ path }) => path.split('/')[1] ?? ''), ...readdirSync('public'), 'assets']
  const taken = [...new Set(segments)].filter((segment) => languageTagOf(segment) !== null)
  expect(ownPaths.toSorted()).toEqual(taken.toSorted())
  for (const path of [...ownPaths, 'DESK'])
    expect(mistakesOf({ ...whole, languages: [{ tag: 'fa' }, { tag: path }] })['/languages/1/tag']).toContain(
      'address of the service',
    )
  for (const tag of ['x-desk', 'desk-Latn', 'feed', 'doc'])
    expect(mistakesOf({ ...whole, languages: [{ tag }] })).toEqual({})
})

test('a label stands under a tag', () => {
  for (const key of ['english language', 'e', 'en_US', ''])
    expect(mistakesOf({ ...whole, topics: [{ id: 'iran', labels: { en: 'Iran', [key]: 'x' } }] })).toEqual({
      [`/topics/0/labels/${key}`]: expect.stringContaining('tag of its language'),
    })
})

test('all mistakes are reported at once, also those that concern two fields', () => {
  const mistakes = mistakesOf({
    name: '\u200b',
    languages: [{ tag: 'iw', dir: 'up' }, { tag: 'he' }, { tag: 'desk', script: 'arab' }, { tag: 'a_b' }],
    topics: [
      { id: 'A', labels: {} },
      { id: 'b', labels: { EN: 'x', en: 'y' } },
      { id: 'b', labels: [] },
    ],
    expirySeconds: { flash: 59, urgent: 2_419_201, routine: Number.POSITIVE_INFINITY, other: 1 },
    extra: true,
  })
  expect(Object.keys(mistakes).sort()).toEqual(
    [
      ...['/extra', '/name', '/languages/0/dir', '/languages/1/tag', '/languages/2/tag', '/languages/2/script'],
      ...['/languages/3/tag', '/topics/0/id', '/topics/1/labels/en', '/topics/2/id', '/topics/2/labels'],
      ...['/expirySeconds/flash', '/expirySeconds/urgent', '/expirySeconds/routine', '/expirySeconds/other'],
    ].sort(),
  )
  expect(mistakes['/expirySeconds/flash']).toBe('At least 60 is wanted, not the number 59.')
  expect(mistakes['/expirySeconds/routine']).toContain('too large')
})

test('no file is refused in the words of a library', () => {
  const part = fc.jsonValue()
  const nearly = fc.record(
    {
      name: part,
      languages: fc.oneof(
        part,
        fc.array(fc.oneof(part, fc.record({ tag: part, name: part, dir: part, script: part }))),
      ),
      topics: fc.oneof(
        part,
        fc.array(fc.record({ id: part, labels: fc.oneof(part, fc.dictionary(fc.string(), part)) })),
      ),
      expirySeconds: fc.oneof(part, fc.record({ flash: fc.oneof(part, fc.double()) })),
    },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(fc.oneof(part, nearly), (file) => {
      for (const detail of Object.values(mistakesOf(file)))
        expect(detail).not.toMatch(/expected|invalid|too (small|big)|must|received|Infinity|undefined|unrecognized/i)
    }),
    { numRuns: runs(200) },
  )
})

test('dropped languages and topics are named while alerts have them, and nothing else is', () => {
  const newsroom: Newsroom = parseNewsroom(whole)
  expect(droppedLines(newsroom, { languages: ['fa', 'PRS'], topics: ['iran'] })).toEqual([])
  expect(droppedLines(newsroom, { languages: ['ru', 'fa', 'uk'], topics: ['war'] })).toEqual([
    expect.stringMatching(/language "ru" .*404/),
    expect.stringMatching(/language "uk"/),
    expect.stringMatching(/topic "war" .*nobody can choose/),
  ])
})

test.each([
  [
    'the Persian calendar of Russian',
    { tag: 'ru', calendar: 'persian' },
    'calendar',
    'Of ru this is known here: gregorian.',
  ],
  ['Arabic digits of Persian', { tag: 'fa', numerals: 'arab' }, 'numerals', 'Of fa this is known here: arabext, latn.'],
  [
    'the calendar of an unknown language',
    { tag: 'de', calendar: 'persian' },
    'calendar',
    'Of de this is known here: gregorian.',
  ],
  ['an unknown calendar', { tag: 'fa', calendar: 'julian' }, 'calendar', 'persian'],
  ['unknown numerals', { tag: 'fa', numerals: 'roman' }, 'numerals', 'arabext'],
])('%s is refused', (_, language, field, words) => {
  const mistakes = mistakesOf({ ...whole, languages: [language] })
  expect(Object.keys(mistakes)).toEqual([`/languages/0/${field}`])
  expect(mistakes[`/languages/0/${field}`]).toContain(words)
})

test('languages keep the calendar and numerals that were chosen, and only those', () => {
  const languages = [
    { tag: 'fa', calendar: 'gregorian', numerals: 'latn' },
    { tag: 'ps', calendar: 'persian' },
    { tag: 'prs' },
  ]
  const kept = parseNewsroom({ ...whole, languages }).languages
  expect(kept.map(({ calendar, numerals }) => [calendar, numerals])).toEqual([
    ['gregorian', 'latn'],
    ['persian', undefined],
    [undefined, undefined],
  ])
})

test('languages are named in themselves, also where engines have no name for them', () => {
  const names = { crh: 'qırımtatarca', prs: 'دری', 'sr-Latn': 'srpski (latinica)', ce: 'нохчийн', en: 'English' }
  const file = { ...whole, languages: Object.keys(names).map((tag) => ({ tag })) }
  expect(Object.fromEntries(parseNewsroom(file).languages.map(({ tag, name }) => [tag, name]))).toEqual(names)
})

test('the time of the list of mirrors is taken in UTC alone, and written with milliseconds', () => {
  const timeOf = (mirrorsAt: unknown) => parseNewsroom({ ...whole, mirrorsAt }).mirrorsAt
  expect(timeOf(undefined)).toBeUndefined()
  expect(timeOf('2026-03-01T12:00:00Z')).toBe('2026-03-01T12:00:00.000Z')
  for (const wrong of ['2026-03-01', '2026-03-01T12:00:00+01:00', '2026-02-30T12:00:00Z', 'now', 3, null])
    expect(Object.keys(mistakesOf({ ...whole, mirrorsAt: wrong })), String(wrong)).toEqual(['/mirrorsAt'])
})
