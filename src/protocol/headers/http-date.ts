const days = 'Mon|Tue|Wed|Thu|Fri|Sat|Sun'
const longDays = 'Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday'
const monthNames = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const time = '(?<hour>[01]\\d|2[0-3]):(?<minute>[0-5]\\d):(?<second>[0-5]\\d|60)'
const month = `(?<month>${monthNames.join('|')})`

/** The three forms: what is sent today, what RFC 850 had, and what asctime() prints. */
const forms: readonly RegExp[] = [
  new RegExp(`^(?:${days}), (?<day>\\d\\d) ${month} (?<year>\\d{4}) ${time} GMT$`),
  new RegExp(`^(?:${longDays}), (?<day>\\d\\d)-${month}-(?<year>\\d\\d) ${time} GMT$`),
  new RegExp(`^(?:${days}) ${month} (?<day>[ \\d]\\d) ${time} (?<year>\\d{4})$`),
]

/**
 * A date as HTTP writes it, in milliseconds; null for anything else, whatever `Date` would make of it (RFC 9110 §5.6.7). A
 * year of two digits that would be more than 50 years ahead is the one of a century before.
 */
export function parseHttpDate(text: string, nowMs: number): number | null {
  for (const form of forms) {
    const found = form.exec(text.trim())?.groups
    if (found === undefined) continue
    const day = Number(found.day)
    const at = monthNames.indexOf(found.month ?? '')
    const year = found.year?.length === 2 ? yearOf(Number(found.year), nowMs) : Number(found.year)
    const ms = Date.UTC(year, at, day, Number(found.hour), Number(found.minute), Number(found.second))
    // `Date.UTC` takes the first hundred years for those of the last century. And a day that its month does not have.
    return year >= 1_000 && day > 0 && day <= new Date(Date.UTC(year, at + 1, 0)).getUTCDate() ? ms : null
  }
  return null
}

function yearOf(twoDigits: number, nowMs: number): number {
  const now = new Date(nowMs).getUTCFullYear()
  const year = Math.floor(now / 100) * 100 + twoDigits
  return year > now + 50 ? year - 100 : year
}
