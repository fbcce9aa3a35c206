/**
 * The known word nearest to a mistyped one, by Damerau-Levenshtein distance (at most a third of its letters, at least 1);
 * undefined when none is so near.
 */
export function nearest(typed: string, known: readonly string[]): string | undefined {
  // The distance is at least the difference of the lengths, so that most words need no computation.
  const ranked = known
    .filter((word) => Math.abs(typed.length - word.length) <= awayMax(word))
    .map((word) => ({ word, away: distance(typed, word) }))
    .sort((a, b) => a.away - b.away)
  const [best] = ranked
  return best !== undefined && best.away <= awayMax(best.word) ? best.word : undefined
}

const awayMax = (word: string) => Math.max(1, Math.floor(word.length / 3))

/** Damerau-Levenshtein distance (optimal string alignment): letters to add, remove, replace or swap with their neighbour. */
export function distance(a: string, b: string): number {
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
