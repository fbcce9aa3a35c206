import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseHttpDate } from '../../../src/protocol/headers/http-date.ts'
import { runs } from '../../support/effort.ts'

const nowMs = Date.UTC(2026, 10, 26)
const at = Date.UTC(1994, 10, 6, 8, 49, 37)

test.each([
  ['Sun, 06 Nov 1994 08:49:37 GMT', at],
  ['Sunday, 06-Nov-94 08:49:37 GMT', at],
  ['Sun Nov  6 08:49:37 1994', at],
  [' Sun, 06 Nov 1994 08:49:37 GMT ', at],
  ['Wednesday, 26-Nov-76 00:00:00 GMT', Date.UTC(2076, 10, 26)],
  ['Wednesday, 26-Nov-77 00:00:00 GMT', Date.UTC(1977, 10, 26)],
  ['Thu, 29 Feb 2024 00:00:00 GMT', Date.UTC(2024, 1, 29)],
  ['Sat, 31 Dec 2016 23:59:60 GMT', Date.UTC(2017, 0, 1)],
  ['Wed, 29 Feb 2023 00:00:00 GMT', null],
  ['Wed, 31 Apr 2025 00:00:00 GMT', null],
  ['Sun, 00 Nov 1994 08:49:37 GMT', null],
  ['Sun, 06 Nov 1994 24:00:00 GMT', null],
  ['Sun, 06 Nov 1994 08:60:37 GMT', null],
  ['Sun, 6 Nov 1994 08:49:37 GMT', null],
  ['Sun, 06 nov 1994 08:49:37 GMT', null],
  ['Sun, 06 Nov 1994 08:49:37 UTC', null],
  ['Sun, 06 Nov 1994 08:49:37 +0000', null],
  ['Sun, 06 Nov 1994 08:49:37', null],
  ['1994-11-06T08:49:37Z', null],
  ['784111777', null],
  ['2099', null],
  ['tomorrow', null],
  ['', null],
])('%j as a date of HTTP is %s', (text, ms) => {
  expect(parseHttpDate(text, nowMs)).toBe(ms)
})

test('every second is read as it is written, and no text is taken that does not say one', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 253_402_300_799 }), (seconds) => {
      expect(parseHttpDate(new Date(seconds * 1_000).toUTCString(), nowMs)).toBe(seconds * 1_000)
    }),
    { numRuns: runs(300) },
  )
  fc.assert(
    fc.property(fc.string({ maxLength: 40 }), (text) => {
      expect(parseHttpDate(text, nowMs)).toBeNull()
    }),
    { numRuns: runs(300) },
  )
})
