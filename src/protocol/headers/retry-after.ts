import { parseHttpDate } from './http-date.ts'

/**
 * The wait that a `Retry-After` asks for, in milliseconds: a number of seconds of any length, or a date of HTTP, which
 * counts from `nowMs` (RFC 9110 §10.2.3). 0 for a date that has passed; null without the header or for anything else. The
 * wait may be longer than a timer can be: who sets one must limit it.
 */
export function parseRetryAfter(value: string | null | undefined, nowMs: number): number | null {
  const text = value?.trim() ?? ''
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1_000, Number.MAX_SAFE_INTEGER)
  const atMs = parseHttpDate(text, nowMs)
  return atMs === null ? null : Math.max(0, atMs - nowMs)
}

/**
 * The same for a response that was just received. A date in `Retry-After` counts from the response's own `Date`, where the
 * client can read it: the clock of a reader's device may be wrong.
 */
export function retryAfterMsOf(headers: { get(name: string): string | null }, nowMs: number): number | null {
  return parseRetryAfter(headers.get('retry-after'), parseHttpDate(headers.get('date') ?? '', nowMs) ?? nowMs)
}
