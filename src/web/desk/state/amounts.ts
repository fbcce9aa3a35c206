import { numberText, percentText } from '../../../domain/writing/number-text.ts'
import { type Counted, deskFormats, t } from './desk-words.ts'

/** A number in the digits and with the separators of the desk's language. */
export function amount(count: number): string {
  return numberText(deskFormats(), count)
}

/** A number that may be larger: “at least 12”. Words beside it are in the form for it. */
export function counted(count: number, isAtLeast = false): Counted {
  return { count, written: isAtLeast ? t('atLeast', { count: amount(count) }) : amount(count) }
}

/** A part of a whole, such as 0.9, as a percentage. */
export function percent(part: number): string {
  return percentText(deskFormats(), part)
}
