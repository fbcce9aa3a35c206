import type { AlertLog } from './log.ts'

/** How many of the newest entries are looked at: a clock that was wrong may have been set right before the last of them. */
export const newestTimeOf = 100

/** The latest time of the newest entries, in ms since 1970; 0 where there is none. */
export async function newestTimeMs(log: Pick<AlertLog, 'bounds' | 'after'>): Promise<number> {
  const { head, floor } = await log.bounds()
  if (head < floor) return 0
  const newest = await log.after(Math.max(floor - 1, head - newestTimeOf), newestTimeOf)
  return Math.max(0, ...newest.map(({ at }) => Date.parse(at)))
}
