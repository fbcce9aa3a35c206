import { expect, test } from 'vitest'
import { decimalOf, localNumber } from '../../../src/desk/templates/local-number.ts'
import { newsroom } from '../../support/samples.ts'

test.each([
  ['en', '12,500.0', true],
  ['fa', '۱۲٬۵۰۰٫۰', true],
  ['prs', '۱۲٬۵۰۰٫۰', true],
  ['ps', '۱۲٬۵۰۰٫۰', true],
  ['ru', '12\u00a0500,0', true],
  ['ur', '12,500.0', true],
  ['sr-Latn', '12.500,0', true],
  ['crh', '12\u00a0500,0', true],
])('in %s it is %s', (tag, text, isKnown) => {
  const language = newsroom.languages.find((it) => it.tag === tag)
  expect(localNumber('12500.0', language ?? { tag, script: 'Latn' })).toEqual({ text, isKnown })
})

test.each([
  ['x-ours', 'Cyrl', '6,0'],
  ['x-ours', 'Arab', '۶٫۰'],
  ['x-ours', 'Latn', '6.0'],
  ['i-klingon', 'Geor', '6.0'],
])('a language %s that no engine knows is written as another of its script, %s, is', (tag, script, text) => {
  expect(localNumber('6.0', { tag, script })).toEqual({ text, isKnown: false })
})

test.each([
  ['6.0', '6.0'],
  [6, '6'],
  [-0.5, '-0.5'],
  ['۱۲٫۵', '12.5'],
  ['١٢', '12'],
  [' 7 ', '7'],
  ['1,200', null],
  ['1e3', null],
  ['', null],
  ['.5', null],
  ['1234567890123456', null],
  [1e21, null],
  [Number.NaN, null],
  [Number.POSITIVE_INFINITY, null],
  ['0x10', null],
])('%j has the digits %j', (value, digits) => {
  expect(decimalOf(value)).toBe(digits)
})
