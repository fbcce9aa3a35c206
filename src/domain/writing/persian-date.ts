const dayMs = 86_400_000

/**
 * A day of the Gregorian calendar in the Persian one. Leap years are reckoned by the cycle of 33 years, which gives the days of ICU
 * from 22 March 1831 to 19 March 2124: the year 1502, which is a leap year by the cycle, is none by the sun. Its ten lines stand here in the place of a package for all years, which is ten times as long: every reader's page has them.
 */
export function persianDate(date: { readonly year: number; readonly month: number; readonly day: number }) {
  const days = Date.UTC(date.year, date.month - 1, date.day) / dayMs - firstDay
  // The mean year is shorter than this, so that the years are too few at first.
  let years = Math.floor(days / 365.25)
  while (daysBefore(years + 1) <= days) years += 1
  const day = days - daysBefore(years)
  // Six months of 31 days come first.
  const [month, first, length] = day < 186 ? [1, 0, 31] : [7, 186, 30]
  const months = Math.floor((day - first) / length)
  return { year: firstYear + years, month: month + months, day: day - first - months * length + 1 }
}

const firstYear = 1210
/** The days before a year, from the first year on, which is the first of a cycle. */
const daysBefore = (years: number) => years * 365 + Math.floor(years / 33) * 8 + Math.floor(((years % 33) + 3) / 4)
/** Nowruz of 1404 was on 21 March 2025. */
const firstDay = Date.UTC(2025, 2, 21) / dayMs - daysBefore(1404 - firstYear)
