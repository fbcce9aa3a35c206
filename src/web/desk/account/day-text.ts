import { dateText, utcWall } from '../../../domain/writing/written-time.ts'
import { deskFormats, t } from '../state/desk-words.ts'

/** A day, which is one of UTC. */
export function dayText(day: string | null): string {
  return day === null ? t('dayUnknown') : dateText(deskFormats(), utcWall(Date.parse(day)))
}
