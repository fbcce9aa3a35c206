import { expect, test } from 'vitest'
import { formatsOf } from '../../../src/domain/writing/formats.ts'
import { numberText, percentText } from '../../../src/domain/writing/number-text.ts'
import { tableTags } from '../../../src/locales/cldr/tables.ts'

const known = tableTags.filter((tag) => Intl.NumberFormat.supportedLocalesOf(tag).length > 0)
const decimals = [
  '0',
  '7',
  '999',
  '1000',
  '9999',
  '10000',
  '1234567',
  '-5',
  '-1234.50',
  '6.0',
  '0.25',
  '999999999999999',
]

test.each(known)('in %s numbers are those of Intl', (tag) => {
  const formats = formatsOf({ tag })
  const intl = (text: string) => {
    const digits = text.split('.')[1]?.length ?? 0
    return new Intl.NumberFormat(tag, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(
      Number(text),
    )
  }
  expect(decimals.map((text) => numberText(formats, text))).toEqual(decimals.map(intl))
  const percent = new Intl.NumberFormat(tag, { style: 'percent' })
  const parts = [0, 0.004, 0.5, 0.999, 1, 12.5]
  expect(parts.map((part) => percentText(formats, part))).toEqual(parts.map((part) => percent.format(part)))
})

test.each([
  ['fa', 'latn', '1,234.5'],
  ['ar', 'arab', '١٬٢٣٤٫٥'],
  ['ar', undefined, '1,234.5'],
  ['ru', 'arab', '1\u00a0234,5'],
] as const)('in %s with the numerals %s it is %s', (tag, numerals, text) => {
  expect(numberText(formatsOf({ tag, numerals }), '1234.5').replaceAll(/[\u200e\u200f]/g, '')).toBe(text)
})

test.each(['', 'many', '1e21', '1,200', 'NaN'])('what is no decimal stays as it is: %j', (text) => {
  expect(numberText(formatsOf({ tag: 'fa' }), text)).toBe(text)
})
