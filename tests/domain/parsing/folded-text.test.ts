import fc from 'fast-check'
import { expect, test } from 'vitest'
import { foldedText } from '../../../src/domain/parsing/folded-text.ts'
import { runs } from '../../support/effort.ts'

test.each([
  ['accents', 'Élysée à Zürich', 'elysee a zurich'],
  ['accents that stand behind their letter', 'e\u0301', 'é'],
  ['letters that are no accents', 'Łódź, Đà Nẵng, Ærø, Straße', 'lodz, da nang, aero, strasse'],
  ['a Turkish İ, as a small i', 'İSTANBUL', 'istanbul'],
  ['a Turkish ı, as I', 'DIYARBAKIR', 'diyarbakır'],
  ['a Turkish İ in small letters', 'İzmir', 'i\u0307zmir'],
  ['Russian ё', 'Орёл', 'орел'],
  ['a Greek sigma at the end', 'ΟΔΟΣ', 'οδοσ'],
  ['Persian digits', '۱۴۰۵', '1405'],
  ['Arabic digits', '٢٠٢٦', '2026'],
  ['Devanagari, Bengali and full-width digits', '१२ ৩৪ ５６', '12 34 56'],
  ['an Arabic yeh', 'يزد', 'یزد'],
  ['an Arabic yeh without dots', 'علیى', 'عليی'],
  ['an Arabic kaf', 'كابل', 'کابل'],
  ['a Kurdish and an Urdu heh', 'ەہة', 'ههه'],
  ['alef with hamza and madda', 'أفغانستان آب', 'افغانستان اب'],
  ['vowel signs', 'كَابُل', 'کابل'],
  ['a joiner that nobody sees', 'می\u200cرود', 'میرود'],
  ['a lengthened word', 'كـــابل', 'کابل'],
  ['a soft hyphen and marks of direction', 'earth\u00adquake\u200f \u2068x\u2069', 'earthquake x'],
  ['Uzbek apostrophes', 'Oʻzbekiston', "O'zbekiston"],
  ['width', 'Ｔｏｋｙｏ', 'tokyo'],
])('%s: one is found by the other', (_, written, typed) => {
  expect(foldedText(written)).toBe(foldedText(typed))
})

test.each([
  ['ب', 'پ'],
  ['س', 'ش'],
  ['i', 'j'],
  ['1', '۲'],
  ['o', 'u'],
  ['कि', 'का'],
])('%s and %s stay two', (one, other) => {
  expect(foldedText(one)).not.toBe(foldedText(other))
})

test('what is folded stays as it is, and any case and normal form folds to the same', () => {
  const letters = fc.constantFrom(...'abİıIßşéЁйيیكک۱٢ς’ʻﻻ\u0301\u200c \u064e가')
  fc.assert(
    fc.property(fc.string({ unit: letters, maxLength: 12 }), (text) => {
      const folded = foldedText(text)
      expect(foldedText(folded)).toBe(folded)
      for (const same of [text.toLowerCase(), text.toUpperCase(), text.normalize('NFC'), text.normalize('NFD')])
        expect(foldedText(same)).toBe(folded)
    }),
    { numRuns: runs(500) },
  )
})
