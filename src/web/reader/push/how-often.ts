import { type Level, levels } from '../../../domain/alert-types.ts'

/** An alert in the page's list: its level, and when it was changed last (Unix milliseconds). */
export type Listed = { readonly level: string; readonly at: number }

const periodMs = 7 * 24 * 60 * 60_000
/** The page's list may have been cut from so many on. */
const listMin = 50

/**
 * How many alerts of a level came in the last seven days, counted in the page's list; null: the list does not tell, because it
 * was chosen to show less. `isAll`: false where the list ends within the seven days.
 */
export function lastDays(
  list: readonly Listed[],
  { level, listLevel, now }: { readonly level: Level; readonly listLevel: Level; readonly now: number },
): { readonly count: number; readonly isAll: boolean } | null {
  const rank = levels.indexOf(level)
  if (levels.indexOf(listLevel) < rank) return null
  const isAll = list.length < listMin || list.some(({ at }) => at < now - periodMs)
  const atMost = new Set<string>(levels.slice(0, rank + 1))
  const counted = list.filter((it) => it.at >= now - periodMs && atMost.has(it.level))
  return { count: counted.length, isAll }
}
