import { counted } from '../../domain/plural.ts'
import type { AlertLog } from '../../log/log.ts'
import { newestTime } from '../../log/log.ts'
import type { Alarm } from './alarms.ts'

type LogReader = Pick<AlertLog, 'bounds' | 'after'>

/** How far the newest entry may be ahead of the clock before an alarm is raised, in milliseconds. */
export const aheadMsMax = 60_000

/** How far a log's newest entry is dated ahead of the clock, in milliseconds; 0 where it is not. */
export async function logAheadMs(log: LogReader, nowMs: number): Promise<number> {
  const newest = await newestTime(log)
  return newest === '' ? 0 : Math.max(0, Date.parse(newest) - nowMs)
}

/** An alarm while the newest entry is dated ahead of the clock by more than `aheadMsMax`; else null. */
export async function aheadAlarm(log: LogReader, nowMs: number): Promise<Alarm | null> {
  const aheadMs = await logAheadMs(log, nowMs)
  return aheadMs > aheadMsMax
    ? { kind: 'ahead', detail: aheadSentence(aheadMs), at: new Date(nowMs).toISOString() }
    : null
}

/** The alarm's sentence. */
export function aheadSentence(aheadMs: number): string {
  return `The newest entry of the log is dated ${spanOf(aheadMs)} ahead of this machine's clock: either this clock is behind, or the one that dated the entry was ahead (with PostgreSQL the database server's, else this one). Until the clock has caught up, whatever is published is dated so too, and expires as much later.`
}

const spans = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const

function spanOf(ms: number): string {
  const [name, unit] = spans.find(([, unit]) => ms >= unit * 2) ?? (['second', 1_000] as const)
  return counted(Math.round(ms / unit), name)
}
