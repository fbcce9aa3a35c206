import { asciiDigits } from './digits.ts'

/** Marks above and below Latin, Greek and Cyrillic letters, and the vowel signs, hamza and madda of Arabic letters. */
const marks = /[\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc]/g
/** What is not seen: joiners, directions, soft hyphens; and the line that only makes an Arabic word longer. */
const unseen = /[\p{Cf}\u0640]/gu
/** Letters that Unicode does not take apart, or that keyboards and languages write as several. */
const sameLetters: readonly (readonly [letters: RegExp, folded: string])[] = [
  [/[ıɪ]/g, 'i'],
  [/ß/g, 'ss'],
  [/æ/g, 'ae'],
  [/œ/g, 'oe'],
  [/ø/g, 'o'],
  [/ł/g, 'l'],
  [/[đð]/g, 'd'],
  [/ħ/g, 'h'],
  [/ς/g, 'σ'],
  // Arabic, Persian, Urdu, Pashto and Kurdish keyboards: yeh, kaf, heh.
  [/[\u0649\u064a\u06cd\u06d0]/g, '\u06cc'],
  [/[\u0643\u06aa]/g, '\u06a9'],
  [/[\u0629\u06be\u06c1\u06c3\u06d5]/g, '\u0647'],
  // The apostrophes of Uzbek, Ukrainian and others.
  [/[\u02b9\u02bb\u02bc\u2018\u2019\u201b\u2032\uff07]/g, "'"],
]

/**
 * A text as it is compared when somebody looks for it: without case, accents, vowel signs, width and what is not seen, every
 * digit as 0 to 9, and one form of the letters that keyboards write as several (ي and ی, ك and ک, İ, I and ı).
 */
export function foldedText(text: string): string {
  const plain = asciiDigits(text.normalize('NFKD').replace(marks, '').replace(unseen, '').toLowerCase())
  return sameLetters.reduce((folded, [letters, one]) => folded.replace(letters, one), plain)
}
