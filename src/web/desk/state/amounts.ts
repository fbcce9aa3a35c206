import { timeLocale } from '../../shared/time-text.ts'
import { deskLanguage } from './desk-words.ts'

/** A number in the digits and with the separators of the desk's language. */
export function amount(count: number): string {
  return new Intl.NumberFormat(timeLocale(deskLanguage())).format(count)
}

/** A part of a whole, such as 0.9, as a percentage. */
export function percent(part: number): string {
  return new Intl.NumberFormat(timeLocale(deskLanguage()), { style: 'percent' }).format(part)
}
