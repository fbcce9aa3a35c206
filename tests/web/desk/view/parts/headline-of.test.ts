import { afterEach, expect, test } from 'vitest'
import { setDeskWords, t } from '../../../../../src/web/desk/state/desk-words.ts'
import { headlineOf } from '../../../../../src/web/desk/view/parts/view-parts.ts'

afterEach(() => setDeskWords({ language: 'en', dir: 'ltr', text: {} }))

test.each([
  ['fa', { en: 'Quake', fa: 'زلزله' }, 'fa'],
  ['en', { fa: 'زلزله', en: 'Quake' }, 'en'],
  ['fa', { en: 'Quake', ru: 'Землетрясение' }, 'en'],
  ['fa', { en: 'Quake', fa: '  ' }, 'en'],
] as const)('at a desk in %s, %j is called by its headline in %s', (language, headlines, tag) => {
  setDeskWords({ language, dir: 'ltr', text: {} })
  const texts = Object.fromEntries(Object.entries(headlines).map(([it, headline]) => [it, { headline }]))
  expect(headlineOf({ texts })?.tag).toBe(tag)
})

test.each([
  ['ltr', 'Sara', 'by Sara'],
  ['ltr', 'سارا', 'by \u2068سارا\u2069'],
  ['rtl', 'Sara', 'by \u2068Sara\u2069'],
] as const)('in words from %s, the name %s does not turn round what is beside it', (dir, name, said) => {
  setDeskWords({ language: 'xx', dir, text: { draftBy: 'by {name}' } })
  expect(t('draftBy', { name })).toBe(said)
})
