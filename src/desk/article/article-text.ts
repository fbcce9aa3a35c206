import { cleanText } from '../../domain/text.ts'

/** The part of an article that is read, in code units: what is proposed stands near its beginning. */
export const readCharsMax = 200_000

/** One line of text as people read it: cleaned, with single spaces, at most `charsMax` code units. */
export function lineOf(text: string, charsMax = 5_000): string {
  // Most of what is cut are spaces, so that they go first. A soft hyphen and a zero-width space only say where to break.
  const line = text
    .slice(0, 4 * charsMax)
    .replace(/[\u00ad\u200b\u2060]/g, '')
    .replace(/[\s\u00a0]+/gu, ' ')
  return cleanText(line.slice(0, charsMax))
}

/** A text in a form in which two that say the same are equal: letters and digits alone, in lower case. */
export function comparable(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '')
}

const endOfSentence = /[.!?…。！？۔؟։][)"'’”»\]]*$/u
/** Scripts without spaces between words say as much in fewer characters. */
const dense = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}]/u

/** Whether a line is a paragraph of running text, not a heading, a caption or an entry of a menu. */
export function isProse(line: string): boolean {
  const charsMin = dense.test(line) ? 25 : 60
  return line.length >= charsMin && (endOfSentence.test(line) || line.length >= 3 * charsMin)
}

/** The words of a line that tell what it is about, each by its first letters: endings differ between two sentences. */
export function stemsOf(line: string): ReadonlySet<string> {
  const words = line.toLowerCase().match(/[\p{L}\p{M}\p{N}]{4,}/gu) ?? []
  return new Set(words.map((word) => word.slice(0, 5)))
}
