import type { Formats } from '../../domain/writing/formats.ts'
import { dateIn, hourText, minutesAgoText, type WallTime, writtenTime } from '../../domain/writing/written-time.ts'

const minuteMs = 60_000
const relativeForMs = 60 * minuteMs

/** A moment (Unix milliseconds) in the reader's own zone: “4 minutes ago”, then the hour, then the day and the hour. */
export function momentText(at: number, now: number, formats: Formats): string {
  const ago = now - at
  if (ago >= 0 && ago < relativeForMs) return minutesAgoText(formats, Math.floor(ago / minuteMs))
  const then = localWall(at)
  // Years begin with the calendar that is written: Nowruz is in the middle of a Gregorian one.
  const [day, today] = [dateIn(formats, then), dateIn(formats, localWall(now))]
  if (day.year !== today.year) return writtenTime(formats, then)
  const isToday = day.month === today.month && day.day === today.day
  return isToday ? hourText(formats, then) : writtenTime(formats, then, { form: 'day' })
}

/** A moment in the reader's own zone in full, with the zone's distance from UTC. */
export function fullMomentText(at: number, formats: Formats): string {
  return writtenTime(formats, localWall(at), { zone: offsetText(-new Date(at).getTimezoneOffset()) })
}

/** What the clocks and the calendar of this device show at a moment. */
function localWall(at: number): WallTime {
  const time = new Date(at)
  return {
    ...{ year: time.getFullYear(), month: time.getMonth() + 1, day: time.getDate() },
    ...{ weekday: time.getDay(), hour: time.getHours(), minute: time.getMinutes() },
  }
}

/** A zone that is so many minutes ahead of UTC: `UTC+3:30`. */
export function offsetText(minutes: number): string {
  if (minutes === 0) return 'UTC'
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60]
  return `UTC${minutes < 0 ? '-' : '+'}${hours}${rest === 0 ? '' : `:${String(rest).padStart(2, '0')}`}`
}
