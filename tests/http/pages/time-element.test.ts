import { expect, test } from 'vitest'
import { parseNewsroom } from '../../../src/domain/newsroom.ts'
import { wordsIn, wordsOf } from '../../../src/http/pages/page-words.ts'
import { timeIn } from '../../../src/http/pages/time-element.ts'
import { manyLanguages } from '../../support/browser/pages-deps.ts'

const at = '2026-03-01T12:34:00.000Z'

test('a time is in UTC, marked so, with a machine-readable datetime, in every language and in none as English', () => {
  for (const language of manyLanguages)
    expect(String(timeIn(wordsIn(language), at))).toMatch(
      /^<time datetime="2026-03-01T12:34:00\.000Z">[^<]*UTC[^<]*<\/time>$/,
    )
})

test('of a language without a table it is English and marked so', () => {
  expect(String(timeIn(wordsIn('de'), at))).toBe(
    `<time datetime="${at}" lang="en" dir="ltr">1 March 2026 at 12:34 UTC</time>`,
  )
})

test('the newsroom chooses the calendar and the numerals', () => {
  const { languages } = parseNewsroom({
    name: 'Try',
    rules: 'none',
    languages: [
      { tag: 'fa', calendar: 'gregorian', numerals: 'latn' },
      { tag: 'ar', numerals: 'arab' },
    ],
  })
  const texts = languages.map((language) => String(timeIn(wordsOf(language), at)).replace(/<[^>]*>/g, ''))
  expect(texts).toEqual(['1 مارس 2026 ساعت 12:34 UTC', '١ مارس ٢٠٢٦ في ١٢:٣٤ م UTC'])
})
