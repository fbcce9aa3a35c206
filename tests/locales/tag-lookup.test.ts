import { expect, test } from 'vitest'
import { formatsOf } from '../../src/domain/writing/formats.ts'
import { localeOf, localeTagOf } from '../../src/locales/locales.ts'
import { lookUpTag } from '../../src/locales/tag-lookup.ts'

test.each([
  ...[
    ['fa', 'fa'],
    ['fa-IR', 'fa'],
    ['fa-AF', 'prs'],
    ['fa-Arab-AF', 'prs'],
    ['fa-AF-u-nu-latn', 'prs'],
    ['prs-PK', 'prs'],
    ['ar-EG', 'ar'],
    ['en-GB', 'en'],
    ['EN-gb', 'en'],
    ['en-x-twain', 'en'],
    ['ru-UA', 'ru'],
    ['be-tarask', 'be'],
    ['mo', 'ro'],
    ['crh-UA', 'crh'],
    ['crh-Latn', 'crh'],
  ],
  // One language in two scripts: never the words of the other.
  ...[
    ['sr-Cyrl', 'sr'],
    ['sr-RS', 'sr'],
    ['sr-Latn', 'sr-Latn'],
    ['sr-Latn-RS', 'sr-Latn'],
    ['sr-ME', 'sr-Latn'],
    ['sh', 'sr-Latn'],
  ],
])('the words and dates of %s are those of %s', (tag, known) => {
  expect(localeTagOf(tag)).toBe(known)
  expect(localeOf(tag)).toEqual(localeOf(known))
  expect({ ...formatsOf({ tag }), language: known }).toEqual(formatsOf({ tag: known }))
})

test.each([
  ...['uz-Cyrl', 'uz-AF', 'az-IR', 'kk-CN', 'tt-Latn', 'crh-Cyrl', 'bs-Cyrl', 'fa-Latn', 'en-Shaw', 'sr-Arab'],
  ...['ckb', 'de', 'de-AT', 'arz', 'x-ours', 'x-fa', 'i-klingon', '', '-', 'constructor', '__proto__'],
])('there are no words of %j, nor of another script or language in its place', (tag) => {
  expect(localeTagOf(tag)).toBeUndefined()
  expect(localeOf(tag)).toEqual({ language: tag, reviewed: false })
  expect(formatsOf({ tag }).language).toBe('en')
})

test.each([
  ['he', ['iw'], 'iw'],
  ['prs', ['fa', 'fa-AF'], 'fa-AF'],
  ['fa-AF', ['fa'], 'fa'],
  ['fa', ['prs'], undefined],
  ['fa', ['fa-IR'], 'fa-IR'],
  ['sr', ['sr-Latn', 'sr-Cyrl'], 'sr-Cyrl'],
  ['sr', ['sr-Latn'], undefined],
  ['zh-TW', ['zh', 'zh-Hant'], 'zh-Hant'],
  ['zh-Hant-HK', ['zh', 'zh-Hant'], 'zh-Hant'],
  ['x-ours', ['x-other'], undefined],
  ['x-ours', ['x-ours'], 'x-ours'],
  ['xx-YY', ['xx'], 'xx'],
  ['de-CH-1901', ['de', 'de-CH'], 'de-CH'],
])('%s is found among %j as %s', (tag, known, found) => {
  expect(lookUpTag(tag, known)).toBe(found)
})

test('it answers the same however many tags were asked for before', () => {
  for (let nth = 0; nth < 2_500; nth += 1) lookUpTag(`de-x-a${nth}`, ['en'])
  expect(lookUpTag('fa-AF', ['fa', 'prs'])).toBe('prs')
})
