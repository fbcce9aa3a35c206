import { expect, test } from 'vitest'
import { escapesIn } from '../../../src/domain/parsing/text-escapes.ts'
import { isVisible } from '../../../src/domain/text.ts'

const whatIn = (text: string) => escapesIn(text).map(({ what }) => what)

test.each([
  ['an HTML entity', ['a&nbsp b', '&nbsp', 'R &amp D', 'x&lt', '&quot so&quot', 'it&rsquo s', '&#8217 s', 'a&hellip']],
  ['an HTML entity', ['don&#8217;t', 'R &amp; D', 'a&nbsp;b', '&#x2019;', '&QUOT;']],
  ['an HTML tag', ['<b>now</b>', 'a<br>b', 'a<br/>b', '<a href="https://x.example">x</a>', 'x<!-- y -->', '</p>']],
  [
    'the blank of a template',
    ['{{headline}}', '{{ headline | upper }}', '$' + '{title}', '%s killed', '%1$s', '<%= x %>'],
  ],
  ['the blank of a template', ['{% if x %}', '{name}', '[[title]]', '%(count)d dead', '%TITLE% x']],
  ['an escape of a program', ['two\\nlines', '\\u2019', '\\x41', '\\u{1f514}', 'he said \\"no\\"', 'tab\\t.']],
  ['a percent escape', ['Kabul%20blast', '%D8%A7%D8%B2', 'a%c3%a9']],
  ['a value of a program', ['undefined', 'Five killed in undefined', 'null', '(null)', 'Quake in null.', 'NaN dead']],
  ['a value of a program', ['[object Object]', 'In [object HTMLElement]', 'کشته null', 'undefined: five killed']],
  ['a link of Markdown', ['[Kabul](https://news.example/1)', 'See [the story](/1).', '[mail](mailto:a@b.example)']],
  ['bold type of Markdown', ['**Kabul** falls', '**a**', '__Kabul__ falls', '**پنج** کشته']],
  ['an encoded word of e-mail', ['=?UTF-8?Q?Caf=C3=A9?=', '=?utf-8?B?2qnYp9io2YQ=?= x', '=?iso-8859-1?q?a?=']],
  ['an escape of e-mail', ['Caf=C3=A9']],
  ['the sign of a character that was lost', ['caf\ufffd']],
  [
    'UTF-8 read as another encoding',
    ['itâ€™s', 'cafÃ©', 'Â«so', 'Ø§Ù„', 'Ð¿Ñ€Ð¸', 'ðŸ˜€', 'ï»¿Kabul', 'Ð ÐµÑ‡ÑŒ', 'â€œsoâ€'],
  ],
])('%s is noticed: %j', (what, texts) => {
  for (const text of texts) expect([text, whatIn(text)]).toEqual([text, expect.arrayContaining([what])])
})

test.each([
  'AT&T; Ford',
  'AT&T and B&Q',
  'R&D',
  'This is null and void',
  'They won null zu null',
  'Null tolerance',
  'an undefinedness, nullified, non-null',
  'Nan, NAN and Nana',
  '[object] (x)',
  '[sic] (https)',
  'a * b ** c',
  '2 ** 3 ** 4',
  'snake__case__name',
  'x = y',
  'E=MC2',
  '=?',
  'R&D; the rest',
  '1 < 2 and 3 > 2',
  'I <3 Kabul',
  '50 % of them',
  '100% sure, 5%',
  'up 3%–4%',
  '«CAFÉ» – voilà »',
  'PÂTÉ… «À»',
  'Größe ÄÖÜ, œuvre, naïve, Ðe',
  'O’Reilly — “so”',
  'می‌خواهم «این»',
  'Ўзбекистон “Тонг”',
  'a \\ b, C:\\Users',
  '(x) [y] {1, 2}',
  '$5 {',
  'mailto @s',
])('%j is nothing but text', (text) => {
  expect(escapesIn(text)).toEqual([])
})

test.each([
  ['nothing', ''],
  ['zero-width space', '\u200b'],
  ['joiners', '\u200c\u200d\u2060'],
  ['soft hyphen', '\u00ad'],
  ['marks of direction', '\u200e\u200f\u061c'],
  ['a pair of isolates', '\u2067\u2069'],
  ['variation selectors', '\ufe0f\u{e0100}'],
  ['Hangul fillers', '\u3164\u115f\u1160\uffa0'],
  ['the blank of braille', '\u2800'],
  ['tags', '\u{e0041}\u{e007f}'],
  ['marks without a letter', '\u0301\u064b'],
  ['spaces of all widths', ' \u00a0\u2003\u202f\u3000\u1680'],
  ['a Mongolian vowel separator', '\u180e'],
  ['a combining joiner', '\u034f'],
  ['inherent vowels', '\u17b4\u17b5'],
  ['musical and interlinear controls', '\u{1d173}\ufff9\ufffb'],
  ['private use', '\ue000\u{f0000}'],
  ['a word joiner among spaces', ' \u2060 '],
  ['no character', '\u{1fffe}'],
  ['the replacement of an object', '\ufffc'],
  ['a note without a head', '\u{1d159}'],
  ['what no character has yet', '\u0378\u{2fffd}'],
])('%s cannot be seen', (_, text) => {
  expect(isVisible(text)).toBe(false)
})

test.each(['a', '.', '…', '،', '۵', 'ა', '🔔', '👩‍👩‍👧', '\u200bx', 'e\u0301', '한', '⠁', '1\ufe0f\u20e3', '！'])(
  '%j can be seen',
  (text) => {
    expect(isVisible(text)).toBe(true)
  },
)
