import { expect, test } from 'vitest'
import { formatsOf } from '../../../src/domain/writing/formats.ts'
import { listText, plainListText } from '../../../src/domain/writing/list-text.ts'

const names = ['A', '$1', 'C', '{0}', 'E']

test.each(['ar', 'be', 'en-GB', 'fa', 'ka', 'kk', 'ps', 'ru', 'sr-Latn', 'ur'])(
  'in %s lists are those of Intl',
  (tag) => {
    const formats = formatsOf({ tag })
    const intl = new Intl.ListFormat(tag, { type: 'conjunction' })
    for (let count = 0; count <= names.length; count += 1)
      expect(listText(formats, names.slice(0, count))).toBe(intl.format(names.slice(0, count)))
  },
)

test.each([
  ['en', 'a, b, c'],
  ['fa', 'a،\u200f b،\u200f c'],
  ['ru', 'a, b, c'],
])('in %s names stand one after the other', (tag, text) => {
  expect(plainListText(formatsOf({ tag }), ['a', 'b', 'c'])).toBe(text)
  expect(plainListText(formatsOf({ tag }), ['a'])).toBe('a')
  expect(plainListText(formatsOf({ tag }), [])).toBe('')
})
