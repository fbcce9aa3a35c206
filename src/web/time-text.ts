const minuteMs = 60_000
const relativeForMs = 60 * minuteMs

/** A moment in the reader's own zone: "4 minutes ago", then the hour, then the day and the hour. */
export function timeText(at: number, now: number, language: string): string {
  const ago = now - at
  if (ago >= 0 && ago < relativeForMs)
    return new Intl.RelativeTimeFormat(language, { numeric: 'auto' }).format(-Math.floor(ago / minuteMs), 'minute')
  const hour = { hour: '2-digit', minute: '2-digit' } as const
  const then = new Date(at)
  const today = new Date(now)
  if (then.toDateString() === today.toDateString()) return new Intl.DateTimeFormat(language, hour).format(at)
  const day = { day: 'numeric', month: 'long' } as const
  const year = then.getFullYear() === today.getFullYear() ? {} : ({ year: 'numeric' } as const)
  return new Intl.DateTimeFormat(language, { ...year, ...day, ...hour }).format(at)
}
