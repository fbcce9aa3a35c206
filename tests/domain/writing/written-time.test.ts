import { expect, test } from 'vitest'
import { englishFormats } from '../../../src/domain/writing/english-formats.ts'
import { type FormatChoice, formatsOf } from '../../../src/domain/writing/formats.ts'
import {
  dateText,
  hourText,
  minutesAgoText,
  utcWall,
  type WallTime,
  writtenTime,
} from '../../../src/domain/writing/written-time.ts'

/** With plain spaces for those that do not break a line. */
const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ')
const noon = utcWall(Date.parse('2026-03-01T12:34:00Z'))

test.each<[FormatChoice, string]>([
  [{ tag: 'en' }, '1 March 2026 at 12:34 UTC'],
  [{ tag: 'ru' }, '1 марта 2026 г. в 12:34 UTC'],
  [{ tag: 'fa' }, '۱۰ اسفند ۱۴۰۴ ساعت ۱۲:۳۴ UTC'],
  [{ tag: 'fa', calendar: 'gregorian' }, '۱ مارس ۲۰۲۶ ساعت ۱۲:۳۴ UTC'],
  [{ tag: 'fa', numerals: 'latn' }, '10 اسفند 1404 ساعت 12:34 UTC'],
  [{ tag: 'prs' }, '۱۰ حوت ۱۴۰۴ ساعت ۱۲:۳۴ UTC'],
  [{ tag: 'fa-AF' }, '۱۰ حوت ۱۴۰۴ ساعت ۱۲:۳۴ UTC'],
  [{ tag: 'ps' }, 'د ۱۴۰۴ د کب ۱۰ په ۱۲:۳۴ UTC'],
  [{ tag: 'ar', numerals: 'arab' }, '١ مارس ٢٠٢٦ في ١٢:٣٤ م UTC'],
  [{ tag: 'ru-UA' }, '1 марта 2026 г. в 12:34 UTC'],
  [{ tag: 'crh' }, '1 mart 2026, 12:34 UTC'],
  [{ tag: 'uz' }, '1-mart, 2026, 12:34 UTC'],
])('%j: %s', (choice, text) => {
  expect(plain(writtenTime(formatsOf(choice), noon, { zone: 'UTC' }))).toBe(text)
})

test.each(['de', 'uz-Cyrl', 'xx', 'x-ours', 'i-klingon'])(
  'a language %s without a table is in English, and says so',
  (tag) => {
    expect(formatsOf({ tag })).toMatchObject({ language: 'en', calendar: 'gregorian' })
    expect(writtenTime(formatsOf({ tag }), noon)).toBe('1 March 2026 at 12:34')
  },
)

test('a calendar that a language has no months of is not used', () => {
  expect(plain(dateText(formatsOf({ tag: 'ru', calendar: 'persian' }), noon))).toBe('1 марта 2026 г.')
})

test('an hour of twelve has its half of the day; midnight and noon are twelve', () => {
  const at = (hour: number): WallTime => ({ ...noon, hour })
  const texts = [0, 1, 11, 12, 13, 23].map((hour) => plain(hourText(formatsOf({ tag: 'sq' }), at(hour))))
  expect(texts).toEqual(['12:34 p.d.', '1:34 p.d.', '11:34 p.d.', '12:34 m.d.', '1:34 m.d.', '11:34 m.d.'])
})

test('minutes are counted in the plural forms of the language', () => {
  const said = (tag: string) => [0, 1, 2, 5, 21].map((minutes) => minutesAgoText(formatsOf({ tag }), minutes))
  expect(said('ru')).toEqual(['в эту минуту', '1 минуту назад', '2 минуты назад', '5 минут назад', '21 минуту назад'])
  expect(said('ar')).toEqual(['هذه الدقيقة', 'قبل دقيقة واحدة', 'قبل دقيقتين', 'قبل 5 دقائق', 'قبل 21 دقيقة'])
})

test('the Persian calendar is that of Intl from 1925 to 19 March 2124, day by day', () => {
  const persian = formatsOf({ tag: 'fa' })
  const intl = new Intl.DateTimeFormat('fa', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' })
  const [first, last] = [Date.UTC(1925, 0, 1), Date.UTC(2124, 2, 20)]
  const days = Array.from({ length: (last - first) / 86_400_000 }, (_, day) => first + day * 86_400_000)
  expect(days.filter((at) => dateText(persian, utcWall(at)) !== intl.format(at))).toEqual([])
})

test('English of its own is the English of the table', () => {
  expect(englishFormats).toEqual(formatsOf({ tag: 'en' }))
})
