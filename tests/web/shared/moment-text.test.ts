import { expect, test } from 'vitest'
import { formatsOf } from '../../../src/domain/writing/formats.ts'
import { fullMomentText, momentText, offsetText } from '../../../src/web/shared/moment-text.ts'
import { manyLanguages } from '../../support/browser/pages-deps.ts'

const [en, fa] = [formatsOf({ tag: 'en' }), formatsOf({ tag: 'fa' })]
const now = Date.parse('2026-03-01T12:34:00.000Z')
const minute = 60_000

test('in the reader’s own zone it is relative for an hour, then a time of day, then a day', () => {
  expect(momentText(now - 4 * minute, now, en)).toBe('4 minutes ago')
  expect(momentText(now - 30_000, now, fa)).toBe('همین دقیقه')
  expect(momentText(now - 60 * minute + 1, now, en)).toBe('59 minutes ago')
  expect(momentText(now - 60 * minute, now, en)).toMatch(/^\d\d:34$/)
  expect(momentText(now - 61 * minute, now, en)).toMatch(/^\d\d:33$/)
  expect(momentText(now - 2 * 1_440 * minute, now, en)).toMatch(/^2[67] February at \d\d:34$/)
  expect(momentText(now - 400 * 1_440 * minute, now, en)).toMatch(/ 2025 at \d\d:34$/)
})

test.each([
  // 29 Esfand 1404, seen on 1 Farvardin 1405: another year, though both are in the Gregorian 2026.
  ['2026-03-20T12:00:00Z', '2026-03-21T12:00:00Z', 'fa', /^۲۹ اسفند ۱۴۰۴/],
  ['2026-03-20T12:00:00Z', '2026-03-21T12:00:00Z', 'prs', /^۲۹ حوت ۱۴۰۴/],
  ['2026-03-20T12:00:00Z', '2026-03-21T12:00:00Z', 'ps', /۱۴۰۴/],
  ['2026-03-20T12:00:00Z', '2026-03-21T12:00:00Z', 'en', /^20 March at/],
  // 10 Dey 1404 is in the year 2025, and 12 Dey of the same year in 2026.
  ['2025-12-31T12:00:00Z', '2026-01-02T12:00:00Z', 'fa', /^۱۰ دی(?! ۱۴۰۴)/],
  ['2025-12-31T12:00:00Z', '2026-01-02T12:00:00Z', 'ps', /^(?!.*۱۴۰۴)/],
  ['2025-12-31T12:00:00Z', '2026-01-02T12:00:00Z', 'ru', /^31 декабря 2025/],
  // The first and the last day of a leap year are one Gregorian day of two years: not today.
  ['2024-03-20T12:00:00Z', '2025-03-20T12:00:00Z', 'fa', /^۱ فروردین/],
])('%s, seen at %s in %s, has its year where the calendar that is written has another', (then, today, tag, text) => {
  expect(momentText(Date.parse(then), Date.parse(today), formatsOf({ tag }))).toMatch(text)
})

test('from a clock ahead of the reader’s it is a time of day, not in the future', () => {
  expect(momentText(now + 2 * minute, now, en)).toMatch(/^\d\d:36$/)
})

test.each([
  [0, 'UTC'],
  [60, 'UTC+1'],
  [210, 'UTC+3:30'],
  [270, 'UTC+4:30'],
  [-570, 'UTC-9:30'],
  [845, 'UTC+14:05'],
])('a zone %i minutes ahead is %s', (minutes, text) => {
  expect(offsetText(minutes)).toBe(text)
})

test('in full it names its zone in every language', () => {
  for (const tag of manyLanguages) expect(fullMomentText(now, formatsOf({ tag }))).toContain('UTC')
})
