import { describe, expect, it } from 'vitest'
import { scriptFits, scriptOf } from '../../../src/domain/text.ts'
import { wordLanguages, wordsIn } from '../../../src/http/pages/page-words.ts'
import { en, type WordKey } from '../../../src/locales/en.ts'
import { manyLanguages } from '../../support/browser/pages-deps.ts'

const keys = Object.keys(en) as WordKey[]
const holes = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort()

describe('words', () => {
  it.each(['en', 'fa', 'ru', 'uk', 'ar'])('are complete in %s', (language) => {
    const words = wordsIn(language)
    expect(keys.filter((key) => !words.has(key))).toEqual([])
  })

  it.each(manyLanguages)('in %s are there, or English and marked as English', async (language) => {
    const words = wordsIn(language)
    for (const key of keys) {
      const said = String(await words.say(key))
      if (words.has(key)) expect(said).not.toContain('<span')
      else {
        expect(words.text(key)).toBe(en[key])
        expect(said).toMatch(/^<span lang="en" dir="ltr">/)
      }
    }
  })

  it.each(wordLanguages())(
    'of %s keep the holes of the English ones, and are in the script of their language',
    (language) => {
      const words = wordsIn(language)
      const own = keys.filter((key) => words.has(key))
      for (const key of own) expect([key, holes(words.text(key))]).toEqual([key, holes(en[key])])
      // CLDR takes Crimean Tatar to be in Cyrillic; its press writes Latin.
      const script = language === 'crh' ? 'Latn' : scriptOf(language)
      expect(scriptFits(own.map((key) => words.text(key)).join(' '), script)).toBe(true)
      expect(own.map((key) => words.text(key)).filter((text) => text.trim() !== text || text === '')).toEqual([])
    },
  )

  it('fill their holes and take no word from an object’s own properties', () => {
    expect(wordsIn('en').text('version', { n: '3' })).toBe('Version 3')
    expect(wordsIn('en').text('version')).toBe('Version {n}')
    expect(wordsIn('constructor', 'ltr').text('live')).toBe('Live')
  })

  it('of Serbian in Latin letters are the Cyrillic ones letter by letter', () => {
    expect(wordsIn('sr-Latn').text('feeds')).toBe('Fidovi')
    expect(wordsIn('sr-Latn').text('fullStory')).toBe('Pročitajte celu vest')
    expect(keys.map((key) => wordsIn('sr-Latn').text(key)).join('')).not.toMatch(/\p{Script=Cyrillic}/u)
  })
})
