import { expect, test } from 'vitest'
import { asciiDigits, wholeNumberOf } from '../../../src/domain/parsing/digits.ts'

test.each([
  ['30', 30],
  [' ۳۰ ', 30],
  ['٣٠', 30],
  ['۰۹', 9],
  ['३०', 30],
  ['৩০', 30],
  ['３０', 30],
  ['1۲٣', 123],
  ['0', 0],
  ['', null],
  ['soon', null],
  ['-3', null],
  ['3.5', null],
  ['۳٫۵', null],
  ['1e3', null],
  ['1234567890', null],
])('“%s” is the whole number %s', (typed, number) => {
  expect(wholeNumberOf(typed)).toBe(number)
})

test('digits and the Arabic decimal separator are written anew; nothing else is', () => {
  expect(asciiDigits('۶٫۰ در ۲۰۲۶, Ⅷ')).toBe('6.0 در 2026, Ⅷ')
})
