import { expect, test } from 'vitest'
import { english } from '../../../../src/locales/locales.ts'
import { setDeskWords } from '../../../../src/web/desk/state/desk-words.ts'
import { fieldName, fieldValue } from '../../../../src/web/desk/state/difference-words.ts'

setDeskWords({ language: 'en', dir: 'ltr', text: { ...english.desk } })
const nameOf = (tag: string) => ({ fa: 'فارسی' })[tag] ?? tag

test.each([
  ['/texts/fa/headline', 'فارسی: Headline'],
  ['/texts/fa/summary', 'فارسی: Summary'],
  ['/texts/fa/url', 'فارسی: Link to the story (https)'],
  ['/texts/fa', 'فارسی: Texts'],
  ['/note/fa', 'فارسی: What was wrong'],
  ['/level', 'Level'],
  ['/status', 'Status'],
  ['/expiresAt', 'Expires'],
  ['/topics', 'Topics'],
  ['/newer/field', 'newer › field'],
  ['/texts/fa/newer', 'texts › fa › newer'],
])('the field %s is called %s', (pointer, name) => {
  expect(fieldName(pointer, nameOf)).toBe(name)
})

test.each([
  ['/level', 'flash', 'FLASH'],
  ['/status', 'live', 'Published'],
  ['/status', 'retracted', 'Retracted'],
  ['/status', 'newer', undefined],
  ['/status', 'constructor', undefined],
  ['/level', 7, undefined],
  ['/texts/fa/headline', 'live', undefined],
])('of the field %s, the value %s is told as %s', (pointer, value, words) => {
  expect(fieldValue(pointer, value)).toBe(words)
})
