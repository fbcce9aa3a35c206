import { expect, test } from 'vitest'
import { parsePause } from '../../../src/desk/pause.ts'
import { parseDraft } from '../../../src/domain/alert.ts'
import { parseNewsroom } from '../../../src/domain/newsroom.ts'
import { parseIfMatch } from '../../../src/http/api/if-match.ts'
import { mistakesOf } from '../../support/refusal.ts'
import { newsroom } from '../../support/samples.ts'

const serbian = parseNewsroom({ name: 'x', languages: [{ tag: 'en' }, { tag: 'fa' }, { tag: 'sr-Latn' }] })

const withText = (text: object) => ({ level: 'urgent', texts: { en: { headline: 'x', ...text } } })
const linked = (url: string) => parseDraft(withText({ url }), newsroom).texts.en?.url

test('a link is taken up to 2,048 characters of the spelling that is stored', () => {
  const start = 'https://news.example/'
  expect(linked(`${start}${'x'.repeat(2_048 - start.length)}`)).toHaveLength(2_048)
  expect(mistakesOf(() => linked(`${start}${'x'.repeat(2_049 - start.length)}`))[0]?.detail).toContain('2049')
  // Each of these letters is six characters once escaped.
  expect(linked(`${start}${'خ'.repeat(337)}`)).toHaveLength(start.length + 337 * 6)
  for (const letters of [338, 2_000])
    expect(mistakesOf(() => linked(`${start}${'خ'.repeat(letters)}`))[0]?.detail).toContain('escaped')
})

test.each([
  'http://news.example/',
  'https:news.example',
  'https:/news.example',
  'https:\\\\news.example\\x',
  'https:///news.example',
  'https://',
  'https://a:b@news.example',
  'https://a@news.example',
  'https://x\\y.example/x',
  'https://news.example\\@evil.example',
  'https://news.example/a\\b',
  'https://news.example/a\nb',
  'https://news.example/a\tb',
  'https://news.example/\u0000',
  'https://news.example/\u2028',
  '\u0007https://news.example/',
  'javascript:alert(1)//https://',
  'news.example/1',
  '',
])('%j is no link for readers, nor an image', (url) => {
  expect(mistakesOf(() => linked(url)).map(({ pointer }) => pointer)).toEqual(['/texts/en/url'])
  const image = () => parseDraft(withText({ image: { url, alt: 'x' } }), newsroom)
  expect(mistakesOf(image).map(({ pointer }) => pointer)).toEqual(['/texts/en/image/url'])
})

test('a backslash is taken where it stays what it is', () => {
  expect(linked('https://news.example/?a=\\b#\\c')).toBe('https://news.example/?a=\\b#\\c')
})

test('each link is stored in one spelling', () => {
  expect(linked('HTTPS://News.Example:443/a b?ü')).toBe('https://news.example/a%20b?%C3%BC')
})

const unseen = [
  '\u200b',
  '\u00ad',
  '\u200e\u200f',
  '\u2067\u2069',
  '\u3164',
  '\u2800',
  '\ufe0f',
  '\u{e0041}',
  '\u0301',
  ' \u2060 ',
]

test.each(unseen)('a required text of %j only is refused wherever one is asked for', (text) => {
  const draft = {
    level: 'urgent',
    texts: { en: { headline: text, summary: text, image: { url: 'https://x.example/', alt: text } } },
  }
  expect(mistakesOf(() => parseDraft(draft, newsroom)).map(({ pointer }) => pointer)).toEqual([
    '/texts/en/headline',
    '/texts/en/summary',
    '/texts/en/image/alt',
  ])
  expect(mistakesOf(() => parsePause({ reason: text }, newsroom))[0]?.pointer).toBe('/reason')
})

test.each<[string, unknown, string, RegExp]>([
  ['a number for a text', withText({ headline: 5 }), '/texts/en/headline', /string is wanted, not the number 5/],
  ['null for a text', withText({ headline: null }), '/texts/en/headline', /not null/],
  ['a list for a text', withText({ headline: ['x'] }), '/texts/en/headline', /not a list/],
  ['true for a text', withText({ summary: true }), '/texts/en/summary', /not true/],
  ['a string for a list', { ...withText({}), topics: 'iran' }, '/topics', /list is wanted, not the string "iran"/],
  ['an object for a list', { ...withText({}), topics: { iran: 1 } }, '/topics', /not an object/],
  ['a list for an object', { level: 'urgent', texts: [] }, '/texts', /object is wanted, not an empty list/],
  ['null for an object', { level: 'urgent', texts: null }, '/texts', /not null/],
  [
    'a string for a text object',
    { level: 'urgent', texts: { en: 'x' } },
    '/texts/en',
    /object is wanted, not the string "x"/,
  ],
  [
    'another word',
    { ...withText({}), level: 'big' },
    '/level',
    /one of "flash", "urgent", "routine" is wanted, not the string "big"/i,
  ],
  ['a number for a word', { ...withText({}), level: 1 }, '/level', /not the number 1/],
  ['a number for a time', { ...withText({}), expiresAt: 5 }, '/expiresAt', /not the number 5/],
  ['a number in a list', { ...withText({}), topics: [5] }, '/topics/0', /not the number 5/],
  ['nothing', { level: 'urgent' }, '/texts', /missing/],
  ['no headline', { level: 'urgent', texts: { en: {} } }, '/texts/en/headline', /missing/],
])('of %s it is said what was given and what is wanted', (_, input, pointer, said) => {
  const [mistake, ...more] = mistakesOf(() => parseDraft(input, newsroom))
  expect([mistake?.pointer, more]).toEqual([pointer, []])
  expect(mistake?.detail).toMatch(said)
  if (!said.source.includes('missing')) expect(mistake?.detail).not.toContain('missing')
})

test('a body of thousands of unknown names is answered with a hundred mistakes and a count', () => {
  const strange = Object.fromEntries(Array.from({ length: 5_000 }, (_, at) => [`name-${at}`, at]))
  const mistakes = mistakesOf(() => parseDraft({ ...withText({}), ...strange }, newsroom))
  expect(mistakes).toHaveLength(101)
  expect(mistakes.at(-1)?.detail).toContain('4,900 more')
})

test.each<[string | undefined, readonly number[] | undefined]>([
  [undefined, undefined],
  ['*', undefined],
  [' * ', undefined],
  ['"1"', [1]],
  ['"12.0a1b2c3d4e5f6071"', [12]],
  ['"1", "2.ab"', [1, 2]],
  ['W/"1", "2"', [2]],
  ['"abc", "3"', [3]],
])('If-Match: %s names the versions %j', (header, versions) => {
  expect(parseIfMatch(header)).toEqual(versions)
})

test.each([
  ['', 400],
  ['1', 400],
  ['"1', 400],
  ['"1" "2"', 400],
  ['w/"1"', 400],
  ['W/"1"', 412],
  ['W/"1", W/"2"', 412],
  ['"abc"', 412],
  ['"0"', 412],
  ['"01"', 412],
  ['"1.zz"', 412],
])('If-Match: %s is refused with %i', (header, status) => {
  expect(() => parseIfMatch(header)).toThrow(expect.objectContaining({ status }))
})

test.each<[string, object, string, RegExp]>([
  ['a link', { link: 'https://x.example/' }, '/texts/en/link', /did you mean url\?/],
  ['a title', { title: 'x' }, '/texts/en/title', /did you mean headline\?/],
  ['a misspelt headline', { headlin: 'x' }, '/texts/en/headlin', /did you mean headline\?/],
  ['another case', { Summary: 'x' }, '/texts/en/Summary', /did you mean summary\?/],
  ['another style', { 'head-line': 'x' }, '/texts/en/head-line', /did you mean headline\?/],
  [
    'something else',
    { colour: 'red' },
    '/texts/en/colour',
    /check its spelling.* Known are headline, summary, url, image/,
  ],
])('of %s it is said which field was probably meant, and which there are', (_, text, pointer, said) => {
  const [mistake] = mistakesOf(() => parseDraft(withText(text), newsroom))
  expect([mistake?.pointer, mistake?.detail]).toEqual([pointer, expect.stringMatching(said)])
  expect(mistake?.detail).toContain('Known are headline, summary, url, image.')
})

test.each<[string, object, RegExp]>([
  ['/Level', { Level: 'urgent' }, /did you mean level\?/],
  ['/expires_at', { expires_at: 'x' }, /did you mean expiresAt\?/],
  ['/expires', { expires: 'x' }, /did you mean expiresAt\?/],
  ['/topic', { topic: [] }, /did you mean topics\?/],
  ['/priority', { priority: 1 }, /did you mean level\?/],
  ['/toString', { toString: 1 }, /check its spelling/],
])('%s of an alert is said to be another field', (pointer, more, said) => {
  const [mistake] = mistakesOf(() => parseDraft({ ...withText({}), ...more }, newsroom))
  expect([mistake?.pointer, mistake?.detail]).toEqual([pointer, expect.stringMatching(said)])
  expect(mistake?.detail).toContain('Known are level, topics, texts, audience, expiresAt.')
})

test.each([
  ['EN', 'en'],
  ['Fa', 'fa'],
  ['en-GB', 'en'],
  ['fa_IR', 'fa'],
  ['sr-latn', 'sr-Latn'],
  [' en', 'en'],
])('of the language %j it is said that %s was probably meant', (tag, meant) => {
  const [mistake] = mistakesOf(() => parseDraft({ level: 'urgent', texts: { [tag]: { headline: 'x' } } }, serbian))
  expect(mistake?.detail).toContain(`did you mean ${meant}?`)
})

test('of a language that is nobody’s it is only said which there are', () => {
  const [mistake] = mistakesOf(() => parseDraft({ level: 'urgent', texts: { zz: { headline: 'x' } } }, newsroom))
  expect(mistake?.detail).not.toContain('mean')
  expect(mistake?.detail).toContain('en, fa')
})
