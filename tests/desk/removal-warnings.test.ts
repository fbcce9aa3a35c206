import { expect, test } from 'vitest'
import { removalWarnings } from '../../src/desk/removal-warnings.ts'
import { cleanText, removedCharacters } from '../../src/domain/text.ts'

test.each([
  ['a\u0000b', ['U+0000']],
  ['a\ufdd0b\u{1fffe}c', ['U+FDD0', 'U+1FFFE']],
  ['a\u0007\u0007b\u001b[31m', ['U+0007', 'U+001B']],
  ['a\u007fb\u0086', ['U+007F', 'U+0086']],
  ['a\ufeffb', ['U+FEFF']],
  ['\u202eabc', ['U+202E']],
  ['abc\u202c', ['U+202C']],
  ['\u2067abc', ['U+2067']],
])('of %j it is named what is taken out', (text, names) => {
  expect(removedCharacters(text)).toEqual(names)
  for (const name of names)
    expect(cleanText(text)).not.toContain(String.fromCodePoint(Number.parseInt(name.slice(2), 16)))
})

test.each([
  '',
  'plain',
  'two\nlines\tand\r\nmore',
  '\ufeffat the start',
  'می\u200cخواهم',
  '\u2067abc\u2069',
  '\u200fx',
  ' x ',
])('from %j nothing is lost', (text) => {
  expect(removedCharacters(text)).toEqual([])
})

test('each text and each note is looked at, with a pointer; what is no text is passed over', () => {
  const input = {
    level: 'flash\u0000',
    texts: {
      en: { headline: 'a\u0000', summary: 'b\u0001', url: 'https://x.example/', image: { url: 'x', alt: 'c\u0002' } },
      fa: { headline: 5, summary: null, image: null },
      ru: 'x\u0000',
    },
    note: { en: 'd\u0003', 'x/y': 'e\u0004' },
  }
  expect(removalWarnings(input).map(({ pointer, detail }) => [pointer, detail.slice(0, 6)])).toEqual([
    ['/texts/en/headline', 'U+0000'],
    ['/texts/en/summary', 'U+0001'],
    ['/texts/en/image/alt', 'U+0002'],
    ['/note/en', 'U+0003'],
    ['/note/x~1y', 'U+0004'],
  ])
  const many = Array.from({ length: 9 }, (_, at) => String.fromCharCode(at)).join('')
  expect(removalWarnings({ note: { en: many } })[0]?.detail).toContain('U+0004 and more')
  for (const nothing of [null, [], 'x', 5, { texts: [] }, { texts: null, note: 'x' }])
    expect(removalWarnings(nothing)).toEqual([])
})
