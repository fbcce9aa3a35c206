import { expect, test } from 'vitest'
import { type DeskConfig, droppedOf, languageNamed, pausedWhat } from '../../../src/web/desk/desk-config.ts'

const config: DeskConfig = {
  languages: [{ tag: 'fa', name: 'فارسی', dir: 'rtl' }],
  topics: [{ id: 'rights', label: 'Human rights' }],
  parts: { desk: '' },
  words: { language: 'en', dir: 'ltr', text: {} },
  retractionNotes: {},
}

test('a pause is shown by the names of its languages and topics; an empty one is everything', () => {
  expect(pausedWhat(config, { languages: ['fa', 'ps'], topics: ['rights', 'old'] })).toBe(
    '\u2068فارسی\u2069, ps, Human rights, old',
  )
  expect(pausedWhat(config, { languages: [], topics: [] })).toBe('everything')
})

test.each([
  ['fa', { tag: 'fa', name: 'فارسی', dir: 'rtl' }],
  ['ps', { tag: 'ps', name: 'ps', dir: 'rtl' }],
  ['prs', { tag: 'prs', name: 'prs', dir: 'rtl' }],
  ['uz-Arab', { tag: 'uz-Arab', name: 'uz-Arab', dir: 'rtl' }],
  ['sr-Latn', { tag: 'sr-Latn', name: 'sr-Latn', dir: 'ltr' }],
  ['i-klingon', { tag: 'i-klingon', name: 'i-klingon', dir: 'ltr' }],
])('%s is written in its own direction, whether the newsroom has it or has dropped it', (tag, language) => {
  expect(languageNamed(config, tag)).toEqual(language)
})

test('a paused language that the newsroom has removed can be chosen, and no other that it has removed', () => {
  expect(droppedOf(config, { languages: ['fa', 'ps'], topics: ['rights', 'old'] })).toEqual([
    { value: 'languages ps', name: 'ps' },
    { value: 'topics old', name: 'old' },
  ])
  expect(droppedOf(config, { languages: ['fa'], topics: [] })).toEqual([])
  expect(droppedOf(config, null)).toEqual([])
})
