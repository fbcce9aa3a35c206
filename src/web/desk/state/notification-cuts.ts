/** How much of a notification's title and body systems show before they cut it, in graphemes. */
export const systems = [
  { name: 'Android', titleMax: 30, bodyMax: 65 },
  { name: 'iPhone', titleMax: 36, bodyMax: 140 },
  { name: 'Windows', titleMax: 54, bodyMax: 139 },
  { name: 'macOS', titleMax: 43, bodyMax: 88 },
] as const

export type System = (typeof systems)[number]

const segmenter = 'Segmenter' in Intl ? new Intl.Segmenter('und', { granularity: 'grapheme' }) : null

/** A text as a system shows it that has room for so many graphemes. Without `Intl.Segmenter`, code points are counted. */
export function cutAt(text: string, max: number): { readonly shown: string; readonly isCut: boolean } {
  const pieces = segmenter === null ? [...text] : [...segmenter.segment(text)].map(({ segment }) => segment)
  if (pieces.length <= max) return { shown: text, isCut: false }
  return {
    shown: `${pieces
      .slice(0, max - 1)
      .join('')
      .trimEnd()}…`,
    isCut: true,
  }
}
