import type { Formats } from './formats.ts'

/**
 * A number with the digits and separators of a language. `decimal`: a number, or its decimal digits where their zeros matter,
 * such as `6.0` or `-1200`; no exponent.
 */
export function numberText(
  { numbering, minimumGroupingDigits }: Pick<Formats, 'numbering' | 'minimumGroupingDigits'>,
  decimal: number | string,
): string {
  const { group, decimal: point, minus } = numbering
  const [, sign = '', whole = '', decimals] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(String(decimal)) ?? []
  // What is no plain decimal is left as it is.
  if (whole === '') return String(decimal)
  const isGrouped = whole.length >= 3 + minimumGroupingDigits
  const grouped = isGrouped ? whole.replace(/\B(?=(?:\d{3})+$)/g, () => group) : whole
  return inDigits(`${sign && minus}${grouped}${decimals === undefined ? '' : point + decimals}`, numbering)
}

/** A part of a whole, such as 0.9, as a percentage. */
export function percentText(formats: Pick<Formats, 'numbering' | 'minimumGroupingDigits'>, part: number): string {
  return formats.numbering.percent.replace('{0}', () => numberText(formats, Math.round(part * 100)))
}

/** A text with its ASCII digits in a language's own. */
export function inDigits(text: string, { digits }: Formats['numbering']): string {
  return text.replace(/\d/g, (digit) => digits.charAt(Number(digit)))
}
