/**
 * The known word that was probably meant by a mistyped one; undefined when none is near enough. Words are compared
 * without case and punctuation, by Damerau-Levenshtein distance: at most a third of the known word's letters, at least
 * one. `beginnings`: a common beginning of at least three letters, and of half of the typed word, is near enough too.
 * `distanceMax`: the greatest distance, however long the known word is.
 */
export function nearest(
  typed: string,
  known: readonly string[],
  {
    beginnings = false,
    distanceMax = Number.POSITIVE_INFINITY,
  }: { readonly beginnings?: boolean; readonly distanceMax?: number } = {},
): string | undefined {
  const asked = lettersOf(typed.slice(0, typedCharsMax))
  if (asked === '') return undefined
  const ranked = known
    .map((word) => ({ word, away: awayFrom(asked, lettersOf(word), beginnings) }))
    .filter(({ away }) => away !== null && away <= distanceMax)
    .sort((a, b) => Number(a.away) - Number(b.away))
  return ranked[0]?.word
}

/** More of a typed word is not compared. */
const typedCharsMax = 40

function lettersOf(word: string): string {
  return word.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '')
}

/** The distance of two words; null: they are not near. */
function awayFrom(typed: string, word: string, beginnings: boolean): number | null {
  if (typed === word) return 0
  const common = beginnings ? commonStart(typed, word) : 0
  if (common >= 3 && common * 2 >= Math.max(typed.length, 4)) return 1
  const awayMax = Math.max(1, Math.floor(word.length / 3))
  // The distance is at least the difference of the lengths, so that most words need no computation.
  if (Math.abs(typed.length - word.length) > awayMax) return null
  const away = distance(typed, word)
  return away <= awayMax ? away : null
}

function commonStart(a: string, b: string): number {
  let at = 0
  while (at < a.length && a[at] === b[at]) at += 1
  return at
}

/** Damerau-Levenshtein distance (optimal string alignment): letters to add, remove, replace or swap with their neighbour. */
function distance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, index) => index)]
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i]
    const above = rows[i - 1] ?? []
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1
      let least = Math.min((row[j - 1] ?? 0) + 1, (above[j] ?? 0) + 1, (above[j - 1] ?? 0) + same)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, (rows[i - 2]?.[j - 2] ?? 0) + 1)
      row.push(least)
    }
    rows.push(row)
  }
  return rows[a.length]?.[b.length] ?? 0
}
