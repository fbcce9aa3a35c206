import { expect, test } from 'vitest'
import { formatsOf } from '../../../src/domain/writing/formats.ts'
import { pluralOf } from '../../../src/domain/writing/plural-of.ts'
import { tableTags } from '../../../src/locales/cldr/tables.ts'

const counts = [...Array.from({ length: 1_300 }, (_, count) => count), 1_000_000, 2_000_000, 999_999_999]
const decimals = ['0.0', '0.1', '1.0', '1.00', '1.5', '2.1', '2.10', '11.2', '0.21', '21.0']

const known = tableTags.filter((tag) => Intl.PluralRules.supportedLocalesOf(tag).length > 0)

test('the engine of the tests knows the plurals of most languages', () => {
  expect(tableTags.filter((tag) => !known.includes(tag))).toEqual(expect.arrayContaining(['crh']))
  expect(known.length).toBeGreaterThan(20)
})

test.each(known)('in %s they are those of Intl, of whole numbers and of decimals', (tag) => {
  const [formats, rules] = [formatsOf({ tag }), new Intl.PluralRules(tag)]
  expect(counts.filter((count) => pluralOf(formats, count) !== rules.select(count))).toEqual([])
  expect(counts.filter((count) => pluralOf(formats, -count) !== rules.select(-count))).toEqual([])
  const selected = (text: string) => {
    const digits = text.split('.')[1]?.length ?? 0
    const form = { minimumFractionDigits: digits, maximumFractionDigits: digits }
    return new Intl.PluralRules(tag, form).select(Number(text))
  }
  expect(decimals.filter((text) => pluralOf(formats, text) !== selected(text))).toEqual([])
})

test.each([
  ['tt', 'other other other'],
  ['crh', 'one other other'],
  ['ru', 'one few many'],
])('in %s 1, 2 and 5 are %s', (tag, categories) => {
  expect([1, 2, 5].map((count) => pluralOf(formatsOf({ tag }), count)).join(' ')).toBe(categories)
})
