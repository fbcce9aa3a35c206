import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseInstant } from '../../../src/domain/parsing/instant.ts'
import { runs } from '../../support/effort.ts'

const iso = (text: string) => {
  const time = parseInstant(text)
  return time === null ? null : new Date(time).toISOString()
}

test.each([
  ['lower-case t and z', '2026-03-01t12:00:00z', '2026-03-01T12:00:00.000Z'],
  ['an offset to the east', '2026-03-01T15:30:00+03:30', '2026-03-01T12:00:00.000Z'],
  ['an offset to the west over midnight', '2026-02-28T23:30:00.5-01:00', '2026-03-01T00:30:00.500Z'],
  ['an unknown offset', '2026-03-01T12:00:00-00:00', '2026-03-01T12:00:00.000Z'],
  ['the widest offset', '2026-03-01T12:00:00+23:59', '2026-02-28T12:01:00.000Z'],
  ['nanoseconds', '2026-03-01T12:00:00.123999999Z', '2026-03-01T12:00:00.124Z'],
  ['a little more than a millisecond', '2026-03-01T12:00:00.1230001Z', '2026-03-01T12:00:00.124Z'],
  ['zeros behind the millisecond', '2026-03-01T12:00:00.123000000Z', '2026-03-01T12:00:00.123Z'],
  ['the last nanosecond of a day', '2026-02-28T23:59:59.999999999Z', '2026-03-01T00:00:00.000Z'],
  ['a leap day', '2028-02-29T00:00:00Z', '2028-02-29T00:00:00.000Z'],
  ['a leap second', '2016-12-31T23:59:60Z', '2017-01-01T00:00:00.000Z'],
  ['a leap second elsewhere', '2016-12-31T15:59:60.25-08:00', '2017-01-01T00:00:00.250Z'],
  ['the end of the year 9999', '9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'],
])('%s is taken', (_, text, time) => {
  expect(iso(text)).toBe(time)
})

test.each([
  ['30 February', '2026-02-30T12:00:00Z'],
  ['29 February of another year', '2026-02-29T12:00:00Z'],
  ['29 February 1900', '1900-02-29T12:00:00Z'],
  ['31 April', '2026-04-31T00:00:00Z'],
  ['month 13', '2026-13-01T00:00:00Z'],
  ['month 0', '2026-00-10T00:00:00Z'],
  ['day 0', '2026-01-00T00:00:00Z'],
  ['24 hours', '2026-03-01T24:00:00Z'],
  ['60 minutes', '2026-03-01T12:60:00Z'],
  ['a leap second at noon', '2026-03-01T12:00:60Z'],
  ['a leap second at an hour that is not midnight in UTC', '2016-12-31T23:59:60+01:00'],
  ['61 seconds', '2016-12-31T23:59:61Z'],
  ['an offset of 24 hours', '2026-03-01T12:00:00+24:00'],
  ['an offset without colon', '2026-03-01T12:00:00+0330'],
  ['no offset', '2026-03-01T12:00:00'],
  ['no seconds', '2026-03-01T12:00Z'],
  ['a space in place of T', '2026-03-01 12:00:00Z'],
  ['a day alone', '2026-03-01'],
  ['an end in a dot', '2026-03-01T12:00:00.Z'],
  ['a comma', '2026-03-01T12:00:00,5Z'],
  ['a line break behind', '2026-03-01T12:00:00Z\n'],
  ['a space before', ' 2026-03-01T12:00:00Z'],
  ['a year of five digits', '+12026-03-01T12:00:00Z'],
  ['a year that an offset leads out of', '9999-12-31T23:59:59-00:01'],
  ['Persian digits', '۲۰۲۶-03-01T12:00:00Z'],
])('%s is no time', (_, text) => {
  expect(iso(text)).toBeNull()
})

test('no time is taken for an earlier one, however many digits its seconds have', () => {
  const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: 12 })
  fc.assert(
    fc.property(digits, (fraction) => {
      const past = (parseInstant(`2026-03-01T12:00:00.${fraction}Z`) ?? 0) - Date.parse('2026-03-01T12:00:00Z')
      const unit = 10n ** BigInt(fraction.length)
      const late = BigInt(past) * unit - BigInt(fraction) * 1_000n
      expect(late >= 0n && late < unit).toBe(true)
    }),
    { numRuns: runs(500) },
  )
})

test('every time reads back the same, at any offset', () => {
  const years = { min: new Date('0001-01-02T00:00:00Z'), max: new Date('9999-12-30T00:00:00Z'), noInvalidDate: true }
  fc.assert(
    fc.property(fc.date(years), fc.integer({ min: -1_439, max: 1_439 }), fc.boolean(), (date, offset, isLower) => {
      const local = new Date(date.getTime() + offset * 60_000).toISOString().slice(0, -1)
      const two = (number: number) => String(number).padStart(2, '0')
      const minutes = Math.abs(offset)
      const text = `${local}${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`
      expect(parseInstant(isLower ? text.toLowerCase() : text)).toBe(date.getTime())
    }),
    { numRuns: runs(500) },
  )
})
