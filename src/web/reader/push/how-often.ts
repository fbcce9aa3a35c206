import { type Level, levels } from '../../../domain/alert-types.ts'

/** An alert in the page's list: its level, and when it was changed last (Unix milliseconds). */
export type Listed = { readonly level: string; readonly at: number }

const periodMs = 7 * 24 * 60 * 60_000

/**
 * How many alerts of a level came in the last seven days, counted in the page's list; null: the list does not tell, because it
 * was chosen to show less, or has none of them and ends within the seven days. `isAll`: false where it ends within them.
 * `isCut`: whether there are older alerts that the list leaves out.
 */
export function lastDays(
  list: readonly Listed[],
  {
    level,
    listLevel,
    isCut,
    now,
  }: { readonly level: Level; readonly listLevel: Level; readonly isCut: boolean; readonly now: number },
): { readonly count: number; readonly isAll: boolean } | null {
  const rank = levels.indexOf(level)
  if (levels.indexOf(listLevel) < rank) return null
  const recent = list.filter(({ at }) => at >= now - periodMs)
  const isAll = !isCut || recent.length < list.length
  const atMost: readonly string[] = levels.slice(0, rank + 1)
  const count = recent.filter((it) => atMost.includes(it.level)).length
  return count > 0 || isAll ? { count, isAll } : null
}
