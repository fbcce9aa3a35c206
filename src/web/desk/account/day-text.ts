import { timeLocale } from '../../shared/time-text.ts'
import { deskLanguage, t } from '../state/desk-words.ts'

/** A day, which is one of UTC. */
export function dayText(day: string | null): string {
  if (day === null) return t('dayUnknown')
  return new Intl.DateTimeFormat(timeLocale(deskLanguage()), { dateStyle: 'long', timeZone: 'UTC' }).format(
    Date.parse(day),
  )
}
