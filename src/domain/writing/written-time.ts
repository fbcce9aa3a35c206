import type { Formats } from './formats.ts'
import { inDigits, numberText } from './number-text.ts'
import { persianDate } from './persian-date.ts'
import { pluralOf } from './plural-of.ts'

/** What the clocks and the Gregorian calendar of a place show. `month`: from 1. `weekday`: from 0, Sunday. */
export type WallTime = {
  readonly year: number
  readonly month: number
  readonly day: number
  readonly weekday: number
  readonly hour: number
  readonly minute: number
}

/** How much of a date is written: all, all but the year, or all but the year with the weekday. */
export type DateForm = 'date' | 'day' | 'weekday'

type DateFormats = Pick<Formats, 'calendar' | 'dates' | 'weekdays' | 'numbering'>
type HourFormats = Pick<Formats, 'time' | 'dayPeriods' | 'numbering'>

/** The wall time of a moment (Unix milliseconds) in UTC. */
export function utcWall(at: number): WallTime {
  const time = new Date(at)
  return {
    ...{ year: time.getUTCFullYear(), month: time.getUTCMonth() + 1, day: time.getUTCDate() },
    ...{ weekday: time.getUTCDay(), hour: time.getUTCHours(), minute: time.getUTCMinutes() },
  }
}

/** A day as numbers of the calendar of a language's readers. `month`: from 1. */
export function dateIn(
  { calendar }: Pick<Formats, 'calendar'>,
  wall: WallTime,
): Pick<WallTime, 'year' | 'month' | 'day'> {
  return calendar === 'persian' ? persianDate(wall) : wall
}

/** A day in the calendar of a language's readers. */
export function dateText(formats: DateFormats, wall: WallTime, form: DateForm = 'date'): string {
  const { dates, weekdays, numbering } = formats
  const { year, month, day } = dateIn(formats, wall)
  const name = dates.months[month - 1] ?? ''
  return filled(
    dates[form],
    {
      ...{ y: String(year), d: String(day), dd: twoDigits(day), E: weekdays[wall.weekday] ?? '' },
      ...{ MMMM: name, LLLL: dates.monthsAlone?.[month - 1] ?? name },
    },
    numbering,
  )
}

/** An hour and minute, with the name of its zone if one is given. */
export function hourText({ time, dayPeriods, numbering }: HourFormats, { hour, minute }: WallTime, zone = ''): string {
  const half = hour % 12 || 12
  const a = dayPeriods?.[hour < 12 ? 0 : 1] ?? ''
  const text = filled(
    time,
    { H: String(hour), HH: twoDigits(hour), h: String(half), mm: twoDigits(minute), a },
    numbering,
  )
  return zone === '' ? text : `${text} ${zone}`
}

/** A day and hour, with the name of the zone if one is given. */
export function writtenTime(
  formats: DateFormats & HourFormats & Pick<Formats, 'at'>,
  wall: WallTime,
  { form = 'date', zone = '' }: { readonly form?: DateForm; readonly zone?: string } = {},
): string {
  const [hour, date] = [hourText(formats, wall, zone), dateText(formats, wall, form)]
  return formats.at.replace(/\{([01])\}/g, (_, nth) => (nth === '0' ? hour : date))
}

/** “4 minutes ago”; none: “this minute”. */
export function minutesAgoText(
  formats: Pick<Formats, 'minutesAgo' | 'thisMinute' | 'plurals' | 'numbering' | 'minimumGroupingDigits'>,
  minutes: number,
): string {
  if (minutes === 0) return formats.thisMinute
  const { minutesAgo } = formats
  const pattern = minutesAgo[pluralOf(formats, minutes)] ?? minutesAgo.other ?? '{0}'
  return pattern.replace('{0}', () => numberText(formats, minutes))
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0')
}

/** Only the numbers get the language's digits: words stay as they are. */
function filled(pattern: string, values: Readonly<Record<string, string>>, numbering: Formats['numbering']): string {
  return pattern.replace(/\{(\w+)\}/g, (_, field: string) => inDigits(values[field] ?? '', numbering))
}
