import type { Language } from '../../domain/newsroom.ts'
import { asciiDigits } from '../../domain/parsing/digits.ts'
import { choicesOf, formatsOf } from '../../domain/writing/formats.ts'
import { numberText } from '../../domain/writing/number-text.ts'

/** A number as a language writes it, and whether it is known how it does. */
export type LocalNumber = { readonly text: string; readonly isKnown: boolean }

/** Whose numbers stand in for those of a language that there is no table of, by its script. */
const standIns: Readonly<Record<string, string>> = { Arab: 'fa', Cyrl: 'ru' }

/** More digits cannot be told apart (IEEE 754). */
const decimalForm = /^-?\d{1,15}(?:\.\d{1,6})?$/

/** A number's decimal digits: those of a text stay as they were given, so that `6.0` keeps its zero. Null: it is none. */
export function decimalOf(value: string | number): string | null {
  const text = asciiDigits(String(value).trim())
  return decimalForm.test(text) ? text : null
}

/** What divides the thousands or the decimals of a number somewhere, and is not taken: it means one thing here, another there. */
const dividers = /[,\u060c\u066c\u00a0\u202f\u2019' _]/
const groups = /^-?\d{1,3}(?:\.\d{3})+$/

/**
 * The sign that keeps a text from being a number, and the number that is meant, in the digits that were typed: a divider goes
 * where it divides thousands, and becomes a point elsewhere. Null: no one sign is to blame.
 */
export function wrongSign(value: string): { readonly sign: string; readonly example: string } | null {
  const typed = value.trim()
  const sign = dividers.exec(typed)?.[0]
  if (sign === undefined) return null
  const point = /[\u0660-\u0669\u06f0-\u06f9]/.test(typed) ? '\u066b' : '.'
  const isOfThousands = groups.test(asciiDigits(typed.split(sign).join('.')))
  const example = typed.split(sign).join(isOfThousands ? '' : point)
  return decimalOf(example) === null ? null : { sign, example }
}

/**
 * Writes a number with the digits and separators of a language, and as many decimals as it was given with. `decimal`:
 * such as `6.0` or `-1200`.
 */
export function localNumber(
  decimal: string,
  language: Pick<Language, 'tag' | 'script' | 'calendar' | 'numerals'>,
): LocalNumber {
  const isKnown = choicesOf(language.tag) !== undefined
  const formats = formatsOf(isKnown ? language : { tag: standIns[language.script] ?? 'en' })
  return { text: numberText(formats, decimal), isKnown }
}
