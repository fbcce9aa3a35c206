import type { Formats } from './formats.ts'

/** Names one after the other, with what the language writes between the first of them, such as a comma. */
export function plainListText({ list: { start } }: Pick<Formats, 'list'>, items: readonly string[]): string {
  return listText({ list: { two: start, start, middle: start, end: start } }, items)
}

/** Names as a list in a language, with its “and” before the last. */
export function listText({ list }: Pick<Formats, 'list'>, items: readonly string[]): string {
  const join = (pattern: string, before: string, after: string) =>
    pattern.replace(/\{([01])\}/g, (_, nth) => (nth === '0' ? before : after))
  // From the end, as UTS #35 part 2 says: a pattern's second place takes all that follows.
  return items.slice(0, -1).reduceRight(
    (rest, item, nth) => {
      if (items.length === 2) return join(list.two, item, rest)
      if (nth === items.length - 2) return join(list.end, item, rest)
      return join(nth === 0 ? list.start : list.middle, item, rest)
    },
    items[items.length - 1] ?? '',
  )
}
