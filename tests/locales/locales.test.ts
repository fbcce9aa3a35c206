import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { scriptFits, scriptOf } from '../../src/domain/text.ts'
import { formatsOf } from '../../src/domain/writing/formats.ts'
import { pluralsIn, withForms } from '../../src/domain/writing/plural-text.ts'
import { serbianInLatin } from '../../src/locales/build.ts'
import { deskLanguages, localeOf } from '../../src/locales/locales.ts'

type Words = Readonly<Record<string, unknown>>
const sections = ['pages', 'notifications', 'privacy', 'desk'] as const
/** What readers see. */
const readersSections = ['pages', 'notifications'] as const
const folder = new URL('../../src/locales/', import.meta.url)
const textOf = (tag: string) => readFileSync(new URL(`${tag}.json`, folder), 'utf8')
const fileOf = (tag: string) => JSON.parse(textOf(tag)) as Record<string, Words>
/** Each placeholder; one with plural forms counts as a plain one. */
const placeholders = (text: string) => {
  const plain = withForms(text, { plurals: {} }, () => undefined)
  return (plain.match(/\{[^{}]*\}?/g) ?? []).sort()
}

/** What is wrong with the plural forms of a text: a language's own categories are wanted, each once. */
function pluralMistakes(tag: string, word: string): string[] {
  const wanted = [...Object.keys(formatsOf({ tag }).plurals), 'other'].join(' ')
  return pluralsIn(word)
    .filter(({ forms }) => forms.map(([category]) => category).join(' ') !== wanted)
    .map(({ name }) => `the plural forms of {${name}} must be: ${wanted}`)
}

/** What a translator could get wrong in a file, a sentence each; `english` is the file that all are compared with. */
function mistakesOf(tag: string, file: Record<string, unknown>, english: Record<string, Words>): string[] {
  const mistakes: string[] = []
  const words: string[] = []
  for (const name of Object.keys(file)) if (!Object.hasOwn(english, name)) mistakes.push(`${name}: no such part`)
  if (typeof file.language !== 'string' || file.language === '')
    mistakes.push('language: the name in English is missing')
  if (typeof file.reviewed !== 'boolean')
    mistakes.push('reviewed: true or false is wanted, whether a native speaker has read it all')
  for (const section of sections)
    for (const [key, word] of Object.entries((file[section] ?? {}) as Words)) {
      const model = english[section]?.[key]
      if (typeof model !== 'string') mistakes.push(`${section}.${key}: not in en.json`)
      else if (typeof word !== 'string' || word.trim() === '') mistakes.push(`${section}.${key}: a text is wanted`)
      else {
        words.push(word)
        if (word !== word.trim()) mistakes.push(`${section}.${key}: white space around it`)
        if (placeholders(word).join() !== placeholders(model).join())
          mistakes.push(`${section}.${key}: placeholders must be ${placeholders(model).join(' ') || 'none'}`)
        mistakes.push(...pluralMistakes(tag, word).map((it) => `${section}.${key}: ${it}`))
      }
    }
  // CLDR takes Crimean Tatar to be in Cyrillic; its press writes Latin.
  const script = tag === 'crh' ? 'Latn' : scriptOf(tag)
  if (!scriptFits(words.join(' '), script)) mistakes.push(`not in the script of the language (${script})`)
  return mistakes
}

const english = fileOf('en')
const tags = readdirSync(folder).flatMap((name) => (name.endsWith('.json') ? [name.slice(0, -'.json'.length)] : []))

test('each file of the folder is in the table of languages, under its own name', () => {
  expect(tags.length).toBeGreaterThan(28)
  const missing = tags.filter((tag) => localeOf(tag).language !== String(fileOf(tag).language))
  expect(missing, 'add these tags to both lists in src/locales/locales.ts').toEqual([])
  for (const tag of tags) expect(localeOf(tag)).toEqual(fileOf(tag))
})

test.each(tags)('%s.json has known keys, the placeholders of English, and its own script', (tag) => {
  expect(mistakesOf(tag, fileOf(tag), english)).toEqual([])
  expect(() => Intl.getCanonicalLocales(tag)).not.toThrow()
})

/** Files that lack words for readers, who see those in English: none. A new one that does goes here. */
const inPart: readonly string[] = []
const complete = tags.filter((tag) => !inPart.includes(tag))

test.each(complete)('%s.json lacks no word that readers see', (tag) => {
  for (const section of [...readersSections, 'privacy'])
    expect(Object.keys(fileOf(tag)[section] ?? {})).toEqual(Object.keys(english[section] ?? {}))
})

test('the text on privacy is complete wherever there is one', () => {
  const own = tags.filter((tag) => fileOf(tag).privacy !== undefined)
  expect(own).toEqual(expect.arrayContaining(complete))
  for (const tag of own) expect(Object.keys(fileOf(tag).privacy ?? {})).toEqual(Object.keys(english.privacy ?? {}))
})

test('each text on privacy says the same of what the browser keeps, with the times of the network’s stops, the keys and the mirrors', () => {
  const kept = [...new Set([...tags, 'en'])].flatMap((tag) => localeOf(tag).privacy?.browserKept ?? [])
  expect(kept.length).toBeGreaterThan(25)
  for (const text of kept) expect([text, text.match(/[.։۔](?= |$)/g)?.length]).toEqual([text, 5])
  expect(localeOf('en').privacy?.browserKept).toMatch(
    /rounded times at which the network last stopped.*public keys.*addresses of mirrors/,
  )
})

test('the desk’s words are complete in the languages that it is offered in', () => {
  expect(deskLanguages).toContain('fa')
  for (const tag of deskLanguages) expect(Object.keys(fileOf(tag).desk ?? {})).toEqual(Object.keys(english.desk ?? {}))
})

test('no word of English stands beside a count, so no word needs plural forms', () => {
  const all = readersSections.flatMap((section) => Object.values(english[section] ?? {}))
  expect(new Set(all.flatMap((word) => placeholders(String(word))))).toEqual(
    new Set(['{count}', '{host}', '{n}', '{names}', '{time}']),
  )
  // `{n}` is the number of a version, which is not counted: "Version 3", not "3 versions".
  expect(all.filter((word) => String(word).includes('{n}'))).toEqual(['Version {n}'])
  // `{count}` stands behind a colon: "In the last 7 days: 4".
  for (const word of all.map(String).filter((it) => it.includes('{count}'))) expect(word).toMatch(/: \{count\}$/)
})

describe('the check of a file', () => {
  const words = (pages: object) => mistakesOf('fr', { language: 'French', reviewed: false, pages }, english)

  test('takes a file with few words', () => {
    expect(words({})).toEqual([])
    expect(words({ version: 'Version {n}', live: 'En direct' })).toEqual([])
  })

  test.each<[string, object, string]>([
    ['an unknown key', { versoin: 'Version {n}' }, 'pages.versoin: not in en.json'],
    ['a lost placeholder', { version: 'Version' }, 'pages.version: placeholders must be {n}'],
    ['a translated placeholder', { lastCame: 'Dernière : {heure}' }, 'pages.lastCame: placeholders must be {time}'],
    ['a placeholder too many', { live: 'En direct {n}' }, 'pages.live: placeholders must be none'],
    ['a placeholder that does not end', { version: 'Version {n' }, 'pages.version: placeholders must be {n}'],
    ['an empty word', { live: ' ' }, 'pages.live: a text is wanted'],
    ['plural forms', { version: { one: '{n}', other: '{n}' } }, 'pages.version: a text is wanted'],
    ['white space', { live: 'En direct ' }, 'pages.live: white space around it'],
    ['another script', { live: 'В эфире', none: 'Здесь пока ничего нет' }, 'not in the script of the language (Latn)'],
  ])('names %s', (_, pages, mistake) => {
    expect(words(pages)).toEqual([mistake])
  })

  const form = (...categories: readonly string[]) =>
    `{n, plural, ${categories.map((category) => `${category} {# x}`).join(' ')}}`

  test.each([
    ['ru', ['one', 'few', 'many', 'other'], []],
    ['tt', ['other'], []],
    ['ru', ['one', 'other'], ['one few many other']],
    ['en', ['one', 'few', 'other'], ['one other']],
    ['ar', ['one', 'other'], ['zero one two few many other']],
    ['fa', ['one', 'one', 'other'], ['one other']],
  ])('of %s takes the plural forms %j, or says which', (tag, categories, wanted) => {
    expect(pluralMistakes(tag, form(...categories))).toEqual(
      wanted.map((it) => `the plural forms of {n} must be: ${it}`),
    )
    expect(placeholders(form(...categories))).toEqual(['{n}'])
  })

  test('names an unknown part, a missing name, and that nobody said whether it was reviewed', () => {
    expect(mistakesOf('fr', { page: {}, reviewed: 'yes' }, english)).toEqual([
      'page: no such part',
      'language: the name in English is missing',
      'reviewed: true or false is wanted, whether a native speaker has read it all',
    ])
  })
})

test('Serbian in Latin letters is the Cyrillic file letter by letter, as `node src/locales/build.ts` writes it', () => {
  expect(textOf('sr-Latn')).toBe(serbianInLatin())
  expect(fileOf('sr-Latn').pages?.fullStory).toBe('Pročitajte celu vest')
  expect(textOf('sr-Latn')).not.toMatch(/\p{Script=Cyrillic}/u)
})
