import { expect, test } from 'vitest'
import { decimalOf, localNumber, wrongSign } from '../../../src/desk/templates/local-number.ts'
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

test.each([
  ['۸,۱', ',', '۸٫۱'],
  ['8,1', ',', '8.1'],
  ['۸،۱', '،', '۸٫۱'],
  ['1,200', ',', '1200'],
  ['۱٬۲۰۰', '٬', '۱۲۰۰'],
  ['1 200', ' ', '1200'],
  ["1'200", "'", '1200'],
])('of “%s” the sign “%s” is wrong, and %s is meant, which is a number', (typed, sign, example) => {
  expect(decimalOf(typed)).toBeNull()
  expect(wrongSign(typed)).toEqual({ sign, example })
  expect(decimalOf(example)).not.toBeNull()
})

test.each(['8', 'eight', '8,x', ',', '1,2,3', ''])('of “%s” no one sign is to blame', (typed) => {
  expect(wrongSign(typed)).toBeNull()
})
