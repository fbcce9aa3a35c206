import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseRetryAfter, retryAfterMsOf } from '../../../src/protocol/headers/retry-after.ts'
import { runs } from '../../support/effort.ts'

const nowMs = Date.UTC(2026, 2, 1, 12)

test.each<[string | null | undefined, number | null]>([
  [null, null],
  [undefined, null],
  ['0', 0],
  ['000', 0],
  ['120', 120_000],
  ['0000000000000007', 7_000],
  [' 5 ', 5_000],
  ['999999999', 999_999_999_000],
  ['1234567890', 1_234_567_890_000],
  ['99999999999999999999', Number.MAX_SAFE_INTEGER],
  ['9'.repeat(400), Number.MAX_SAFE_INTEGER],
  ['Sun, 01 Mar 2026 12:00:30 GMT', 30_000],
  ['Sunday, 01-Mar-26 12:00:30 GMT', 30_000],
  ['Sun Mar  1 12:00:30 2026', 30_000],
  ['Sun, 01 Mar 2026 11:00:00 GMT', 0],
  ['Fri, 31 Dec 9999 23:59:59 GMT', Date.UTC(9999, 11, 31, 23, 59, 59) - nowMs],
  ['Sun, 31 Feb 2026 12:00:30 GMT', null],
  ['Sun, 01 Mar 2026 12:00:30', null],
  ['-1', null],
  ['+1', null],
  ['1.5', null],
  ['1e3', null],
  ['0x10', null],
  ['Infinity', null],
  ['1, 2', null],
  ['soon', null],
  ['2026-03-01T12:00:30Z', null],
  ['', null],
])('Retry-After %j asks for %j ms', (value, ms) => {
  expect(parseRetryAfter(value, nowMs)).toBe(ms)
})

test('whatever Retry-After says, the wait is null or a finite number of milliseconds', () => {
  const digits = fc.stringMatching(/^\d{1,60}$/)
  fc.assert(
    fc.property(fc.oneof(fc.string(), digits), (value) => {
      const ms = parseRetryAfter(value, nowMs)
      expect(ms === null || (ms >= 0 && ms <= Number.MAX_SAFE_INTEGER)).toBe(true)
    }),
    { numRuns: runs(300) },
  )
})

test.each([
  ['the Date of the response, where it has one', 'Sun, 01 Mar 2026 09:00:00 GMT', 60_000],
  ['our clock without a Date', undefined, 0],
  ['our clock with a Date that is none', 'yesterday', 0],
])('a date in Retry-After counts from %s', (_, date, ms) => {
  const headers = new Headers({ 'retry-after': 'Sun, 01 Mar 2026 09:01:00 GMT', ...(date ? { date } : {}) })
  expect(retryAfterMsOf(headers, nowMs)).toBe(ms)
})

test('seconds in Retry-After do not depend on any clock', () => {
  const headers = new Headers({ 'retry-after': '9', date: 'Sun, 01 Mar 2026 09:00:00 GMT' })
  expect(retryAfterMsOf(headers, nowMs)).toBe(9_000)
})
