import { describe, expect, it } from 'vitest'
import { wordsIn } from '../../../src/http/pages/page-words.ts'
import { english, type PageWordKey } from '../../../src/locales/locales.ts'
import { manyLanguages } from '../../support/browser/pages-deps.ts'

const keys = Object.keys(english.pages) as PageWordKey[]

describe('words', () => {
  it.each(manyLanguages)('are complete in %s', (language) => {
    const words = wordsIn(language)
    expect(keys.filter((key) => !words.has(key))).toEqual([])
  })

  // There is no file of German: all its words are English.
  it.each([...manyLanguages, 'de'])('in %s are there, or English and marked as English', async (language) => {
    const words = wordsIn(language)
    for (const key of keys) {
      const said = String(await words.translate(key))
      if (words.has(key)) expect(said).not.toContain('<span')
      else {
        expect(words.text(key)).toBe(english.pages[key])
        expect(said).toMatch(/^<span lang="en" dir="ltr">/)
      }
    }
  })

  it('fill their placeholders and take no word from an object’s own properties', () => {
    expect(wordsIn('en').text('version', { n: '3' })).toBe('Version 3')
    expect(wordsIn('en').text('version')).toBe('Version {n}')
    expect(wordsIn('constructor', 'ltr').text('live')).toBe('Live')
  })
})
