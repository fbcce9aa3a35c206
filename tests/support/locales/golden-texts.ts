import { choicesOf, type FormatChoice, formatsOf, languageName } from '../../../src/domain/writing/formats.ts'
import { listText } from '../../../src/domain/writing/list-text.ts'
import { numberText, percentText } from '../../../src/domain/writing/number-text.ts'
import { pluralOf } from '../../../src/domain/writing/plural-of.ts'
import { dateText, hourText, minutesAgoText, utcWall, writtenTime } from '../../../src/domain/writing/written-time.ts'
import { tableTags } from '../../../src/locales/cldr/tables.ts'

/** A leap day of the Persian calendar, the first hours of days, noon, and the ends of both calendars' years. */
const moments = [
  ...['2025-03-20T20:29:00Z', '2026-01-01T00:00:00Z', '2026-03-01T12:34:00Z', '2026-11-26T09:05:00Z'],
  ...['2026-12-31T23:59:00Z', '2027-03-20T13:01:00Z', '2027-03-21T11:59:00Z'],
]
const numbers = [0, 7, 1234, 12_345, -1_234_567, '6.0', '-0.25', '12500.50']
const counts = [0, 1, 2, 3, 5, 11, 19, 21, 22, 25, 100, 101, 102, 111, 1_000_000, '1.0', '1.5', '0.1']
const names = ['A', 'B', 'C', 'D']

/** What is written in a language for fixed values, by what it is: the same in every engine. */
export function goldenTexts(tag: string): Readonly<Record<string, string>> {
  const formats = formatsOf({ tag })
  const { calendars = [], numerals = [] } = choicesOf(tag) ?? {}
  return {
    ...datesIn(formats, ''),
    ...Object.fromEntries(calendars.slice(1).flatMap((it) => Object.entries(datesIn(chosen(tag, 'calendar', it), it)))),
    ...numbersIn(formats, ''),
    ...Object.fromEntries(
      numerals.slice(1).flatMap((it) => Object.entries(numbersIn(chosen(tag, 'numerals', it), it))),
    ),
    ...Object.fromEntries(counts.map((it) => [`plural of ${it}`, pluralOf(formats, it)])),
    ...Object.fromEntries([0, 1, 2, 5, 11, 21, 59].map((it) => [`${it} minutes ago`, minutesAgoText(formats, it)])),
    ...Object.fromEntries(names.map((_, nth) => [`list of ${nth}`, listText(formats, names.slice(0, nth))])),
    ...Object.fromEntries(tableTags.map((it) => [`name of ${it}`, languageName(it, tag) ?? ''])),
  }
}

function chosen(tag: string, key: 'calendar' | 'numerals', value: string) {
  return formatsOf({ tag, [key]: value } as FormatChoice)
}

function datesIn(formats: ReturnType<typeof formatsOf>, about: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    moments.flatMap((at) => {
      const wall = utcWall(Date.parse(at))
      const key = about === '' ? at : `${at} ${about}`
      return [
        [key, writtenTime(formats, wall, { zone: 'UTC' })],
        [`${key} without the year`, writtenTime(formats, wall, { form: 'day' })],
        [`${key} with the weekday`, dateText(formats, wall, 'weekday')],
        [`${key} hour`, hourText(formats, wall)],
      ]
    }),
  )
}

function numbersIn(formats: ReturnType<typeof formatsOf>, about: string): Readonly<Record<string, string>> {
  return Object.fromEntries([
    ...numbers.map((it) => [`number ${it} ${about}`.trim(), numberText(formats, it)]),
    ...[0, 0.123, 1].map((it) => [`percent ${it} ${about}`.trim(), percentText(formats, it)]),
  ])
}
