import { localeSupport } from '../../domain/locale-support.ts'

const minuteMs = 60_000
const relativeForMs = 60 * minuteMs

/** The language in which this engine writes times for a language: English where it does not know that one. */
export function timeLocale(language: string): string {
  return localeSupport(language).dates ? language : 'en-GB'
}

/** A moment in the reader's own zone: "4 minutes ago", then the hour, then the day and the hour. */
export function timeText(at: number, now: number, language: string): string {
  const written = timeLocale(language)
  const ago = now - at
  if (ago >= 0 && ago < relativeForMs && localeSupport(written).relative)
    return new Intl.RelativeTimeFormat(written, { numeric: 'auto' }).format(-Math.floor(ago / minuteMs), 'minute')
  const hour = { hour: '2-digit', minute: '2-digit' } as const
  const then = new Date(at)
  const today = new Date(now)
  if (then.toDateString() === today.toDateString()) return new Intl.DateTimeFormat(written, hour).format(at)
  const day = { day: 'numeric', month: 'long' } as const
  const year = then.getFullYear() === today.getFullYear() ? {} : ({ year: 'numeric' } as const)
  return new Intl.DateTimeFormat(written, { ...year, ...day, ...hour }).format(at)
}

/** A moment in the reader's own zone in full. */
export function fullTimeText(at: number, language: string): string {
  return new Intl.DateTimeFormat(timeLocale(language), { dateStyle: 'long', timeStyle: 'long' }).format(at)
}
