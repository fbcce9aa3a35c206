/** The zeros of the decimal digits that keyboards write beside 0 to 9: Arabic, Persian, Devanagari, Bengali, full-width. */
const zeros = [0x0660, 0x06f0, 0x0966, 0x09e6, 0xff10]
const otherDigits = /[\u0660-\u0669\u06f0-\u06f9\u0966-\u096f\u09e6-\u09ef\uff10-\uff19]/g

/** A text with every decimal digit as 0 to 9, and the Arabic decimal separator as a point. */
export function asciiDigits(text: string): string {
  return text.replace(otherDigits, digitOf).replace(/\u066b/g, '.')
}

/** The whole number that somebody typed, in the digits of whatever language; null: it is none. */
export function wholeNumberOf(typed: string): number | null {
  const digits = asciiDigits(typed.trim())
  return /^\d{1,9}$/.test(digits) ? Number(digits) : null
}

function digitOf(digit: string): string {
  const code = digit.charCodeAt(0)
  const zero = zeros.find((it) => code >= it && code < it + 10) ?? code
  return String(code - zero)
}
