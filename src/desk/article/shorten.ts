/** A text that fits, and whether anything of it had to go. */
export type Shortened = { readonly text: string; readonly isCut: boolean }

const segmenter = 'Segmenter' in Intl ? new Intl.Segmenter('und', { granularity: 'grapheme' }) : null
const sentenceEnds = /[.!?…。！？۔؟।։][)"'’”»]*(?=\s)/gu

/**
 * Shortens a text to at most `max` characters (code points, as the limits of an alert count them): at the end of a
 * sentence where one lies in the second half, else between two words, with “…”. Never inside a grapheme.
 */
export function shortened(text: string, max: number): Shortened {
  const chars = [...text.slice(0, 2 * max + 2)]
  if (chars.length <= max) return { text, isCut: false }
  const longer = chars.slice(0, max + 1).join('')
  const fitting = wholeGraphemes(chars.slice(0, max).join(''), longer)
  const sentenceEnd = [...fitting.matchAll(sentenceEnds)].map((it) => it.index + it[0].length).at(-1) ?? 0
  if (sentenceEnd * 2 >= fitting.length) return { text: fitting.slice(0, sentenceEnd), isCut: true }
  const room = wholeGraphemes(chars.slice(0, max - 1).join(''), longer)
  const wordEnd = room.search(/\s+\S*$/u)
  return { text: `${wordEnd * 2 >= room.length ? room.slice(0, wordEnd) : room}…`, isCut: true }
}

/** `text` without its last grapheme where that goes on in `longer`, which begins with `text`. */
function wholeGraphemes(text: string, longer: string): string {
  if (segmenter === null || text === longer) return text
  const start = segmenter.segment(longer).containing(text.length)?.index ?? text.length
  // A single grapheme of a thousand marks has no other place to be cut.
  return start === 0 ? text : text.slice(0, start)
}

/** The sentences that a text begins with, as many as fit into `max` code points; null: not even the first one does. */
export function firstSentence(text: string, max: number): string | null {
  const start = text.slice(0, 2 * max)
  const end = [...start.matchAll(sentenceEnds)].map((it) => it.index + it[0].length)[0]
  if (end === undefined) return null
  const sentence = start.slice(0, end)
  return [...sentence].length <= max ? sentence : null
}
