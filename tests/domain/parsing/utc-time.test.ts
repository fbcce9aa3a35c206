import { expect, test } from 'vitest'
import { isUtcTime } from '../../../src/domain/parsing/utc-time.ts'

test.each(['2026-11-28T12:00:00.000Z', '2026-11-28T12:00:00Z', '2028-02-29T23:59:59.5Z', '0001-01-01T00:00:00Z'])(
  '%j is a time in UTC',
  (text) => {
    expect(isUtcTime(text)).toBe(true)
    expect(Date.parse(text)).not.toBeNaN()
  },
)

test.each([
  ...['', '2026-11-28', '2026-11-28 12:00:00Z', '2026-11-28T12:00Z', '2026-11-28T12:00:00+02:00', 'now', '1e9'],
  ...['2026-02-30T12:00:00Z', '2026-13-01T12:00:00Z', '2026-11-28T24:00:00Z', '2026-11-28T12:60:00Z'],
  ...['2026-11-28T12:00:00Z\n', '2026-11-28T12:00:00Z (\u001b[2J)', '٢٠٢٦-11-28T12:00:00Z', '2026-11-28T12:00:00.Z'],
  ...[undefined, null, 0, {}, ['2026-11-28T12:00:00Z'], new Date(0)],
])('%j is none', (value) => {
  expect(isUtcTime(value)).toBe(false)
})
