import { localeSupport } from '../../domain/locale-support.ts'
import { intlLocaleOf } from '../../domain/parsing/language-tag.ts'

/** A number as a language writes it, and whether the engine knows how it does. */
export type LocalNumber = { readonly text: string; readonly isKnown: boolean }

/** Whose numbers stand in for those of a language that the engine has no data of, by its script. */
const standIns: Readonly<Record<string, string>> = { Arab: 'fa', Cyrl: 'ru' }

/** More digits cannot be told apart (IEEE 754). */
const decimalForm = /^-?\d{1,15}(?:\.\d{1,6})?$/
/** Arabic and Persian digits, as keyboards of those languages write them. */
const otherDigits = /[\u0660-\u0669\u06f0-\u06f9]/g

/** A number's decimal digits: those of a text stay as they were given, so that `6.0` keeps its zero. Null: it is none. */
export function decimalOf(value: string | number): string | null {
  const text = String(value)
    .trim()
    .replace(otherDigits, (digit) => String(digit.charCodeAt(0) % 16))
    .replace('\u066b', '.')
  return decimalForm.test(text) ? text : null
}

/**
 * Writes a number with the digits and separators of a language, and as many decimals as it was given with. `decimal`:
 * such as `6.0` or `-1200`.
 */
export function localNumber(
  decimal: string,
  { tag, script }: { readonly tag: string; readonly script: string },
): LocalNumber {
  const locale = intlLocaleOf(tag)
  const isKnown = locale !== null && localeSupport(locale).dates
  const decimals = decimal.split('.')[1]?.length ?? 0
  const format = new Intl.NumberFormat(isKnown ? locale : (standIns[script] ?? 'en'), {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  })
  return { text: format.format(Number(decimal)), isKnown }
}
