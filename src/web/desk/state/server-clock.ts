/**
 * How far the service's clock is ahead of this browser's, in milliseconds: between two bounds that every answer narrows. A
 * `Date` header has whole seconds.
 */
export type ServerClock = { readonly least: number; readonly most: number }

export const unknownClock: ServerClock = { least: Number.NEGATIVE_INFINITY, most: Number.POSITIVE_INFINITY }

const dateHeaderMs = 1_000

/** What one answer says: its `Date`, and when it was asked for and came by this browser's clock (Unix milliseconds). */
export function heardClock(clock: ServerClock, date: string | null, askedAt: number, cameAt: number): ServerClock {
  const at = Date.parse(date ?? '')
  if (Number.isNaN(at)) return clock
  const heard = { least: at - cameAt, most: at + dateHeaderMs - askedAt }
  const both = { least: Math.max(clock.least, heard.least), most: Math.min(clock.most, heard.most) }
  // One of the clocks was set meanwhile: the newest answer counts.
  return both.least <= both.most ? both : heard
}

/** The latest that it may be at the service. Before anything was heard, this browser's time. */
export function latestServerTime({ most }: ServerClock, now: number): number {
  return Number.isFinite(most) ? now + most : now
}

/** Whole seconds until a moment, never below 0, and never more than there are: who reads 2 still has 2 to cancel. */
export function secondsUntil(at: string, clock: ServerClock, now: number): number {
  return Math.max(0, Math.ceil((Date.parse(at) - latestServerTime(clock, now)) / 1_000))
}
