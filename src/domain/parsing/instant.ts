/** RFC 3339 §5.6, whose `T` and `Z` may be in lower case. */
const pattern = /^(\d{4})-(\d\d)-(\d\d)t(\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:z|([+-])(\d\d):(\d\d))$/i

const minuteMs = 60_000

/**
 * The milliseconds of a time as of RFC 3339, such as 2026-03-01T12:00:00Z; null when it is none, or names a day or an hour
 * that does not exist. A leap second (23:59:60 in UTC) is taken for the second after it, as clocks here count. Digits beyond
 * milliseconds are rounded up: nothing happens before the time that was named.
 */
export function parseInstant(text: string): number | null {
  const found = pattern.exec(text)
  if (found === null) return null
  const [year, month, day, hour, minute, second] = found.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  const [, , , , , , , fraction = '', sign = '+', offsetHour = '00', offsetMinute = '00'] = found
  if (hour > 23 || minute > 59 || second > 60 || Number(offsetHour) > 23 || Number(offsetMinute) > 59) return null
  const dayMs = Date.parse(`${found[1]}-${found[2]}-${found[3]}T00:00:00.000Z`)
  // `Date` would turn 30 February into 1 March.
  const real = new Date(dayMs)
  if (Number.isNaN(dayMs) || real.getUTCMonth() + 1 !== month || real.getUTCDate() !== day) return null
  if (real.getUTCFullYear() !== year) return null
  const offsetMs = (Number(offsetHour) * 60 + Number(offsetMinute)) * minuteMs * (sign === '-' ? -1 : 1)
  const minuteStart = dayMs + (hour * 60 + minute) * minuteMs - offsetMs
  const isLastMinute = new Date(minuteStart).toISOString().slice(11, 16) === '23:59'
  if (second === 60 && !isLastMinute) return null
  const time = minuteStart + second * 1_000 + millisecondsOf(fraction)
  // Four digits of a year: an offset may lead out of them.
  return time >= Date.parse('0000-01-01T00:00:00Z') && time <= Date.parse('9999-12-31T23:59:59.999Z') ? time : null
}

/** The milliseconds of the decimals of a second, rounded up. */
function millisecondsOf(fraction: string): number {
  const whole = Number(fraction.slice(0, 3).padEnd(3, '0'))
  return /[1-9]/.test(fraction.slice(3)) ? whole + 1 : whole
}
