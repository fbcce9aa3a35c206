import { expect, test } from 'vitest'
import { formatsOf } from '../../../src/domain/writing/formats.ts'
import { pluralsIn, withForms } from '../../../src/domain/writing/plural-text.ts'

const english =
  'on {devices, plural, one {# device} other {# devices}} and {pages, plural, one {# page} other {# pages}}'
const russian = '{pages, plural, one {# страница} few {# страницы} many {# страниц} other {# страницы}}'

test.each([
  [1, 0, 'on {devices} device and {pages} pages'],
  [2, 1, 'on {devices} devices and {pages} page'],
  [21, 1_000, 'on {devices} devices and {pages} pages'],
])('in English, of %i and %i', (devices, pages, text) => {
  const counts: Readonly<Record<string, number>> = { devices, pages }
  expect(withForms(english, formatsOf({ tag: 'en' }), (name) => counts[name])).toBe(text)
})

test.each([
  [1, '{pages} страница'],
  [3, '{pages} страницы'],
  [5, '{pages} страниц'],
  [11, '{pages} страниц'],
  [21, '{pages} страница'],
])('in Russian, of %i', (pages, text) => {
  expect(withForms(russian, formatsOf({ tag: 'ru' }), () => pages)).toBe(text)
})

test('without a count, and without words for a category, those of “other” are taken', () => {
  expect(withForms(russian, formatsOf({ tag: 'ru' }), () => undefined)).toBe('{pages} страницы')
  expect(withForms('{n, plural, other {# лист}}', formatsOf({ tag: 'ru' }), () => 5)).toBe('{n} лист')
})

test.each(['', 'Version {n}', '{n, plural}', '{n, plural, }', '{n, number} one {#}'])('%j has no plural', (text) => {
  expect(pluralsIn(text)).toEqual([])
  expect(withForms(text, formatsOf({ tag: 'en' }), () => 1)).toBe(text)
})

test('a translator’s text tells its placeholders and categories', () => {
  expect(pluralsIn(english).map(({ name, forms }) => [name, forms.map(([category]) => category)])).toEqual([
    ['devices', ['one', 'other']],
    ['pages', ['one', 'other']],
  ])
})
