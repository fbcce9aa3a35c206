import type { CalendarTable, CldrTable, NumberingTable } from '../../locales/cldr/cldr-table.ts'
import { tableOf, tableTags } from '../../locales/cldr/tables.ts'
import { lookUpTag, sameLanguageOf } from '../../locales/tag-lookup.ts'

/** The calendars and numbering systems that a newsroom can choose, by their names in BCP 47 (`ca`, `nu`). */
export const calendars = ['gregorian', 'persian'] as const
export const numeralSystems = ['latn', 'arab', 'arabext'] as const

/** What a language's readers use, where the newsroom says so. */
export type FormatChoice = {
  readonly tag: string
  readonly calendar?: (typeof calendars)[number] | undefined
  readonly numerals?: (typeof numeralSystems)[number] | undefined
}

/**
 * How one language is written: a part of its table, with the calendar and the numerals of its readers. It is JSON, and
 * goes with the page to the browser.
 */
export type Formats = Pick<
  CldrTable,
  'minimumGroupingDigits' | 'plurals' | 'weekdays' | 'time' | 'dayPeriods' | 'at' | 'minutesAgo' | 'thisMinute' | 'list'
> & {
  /** The language that is written: English where there is no table of the one that was asked for. */
  readonly language: string
  readonly calendar: (typeof calendars)[number]
  readonly numbering: NumberingTable
  readonly dates: CalendarTable
}

/** How a language is written, by its table or by that of another form of it in the same script; else as English. */
export function formatsOf({ tag, calendar, numerals }: FormatChoice): Formats {
  const table = tableFor(tag)
  if (table === undefined) return formatsOf({ tag: 'en' })
  const { gregorian, persian } = table.calendars
  const isPersian = persian !== undefined && (calendar ?? table.calendar) === 'persian'
  const numbering = table.numberings[numerals ?? table.numerals] ?? table.numberings[table.numerals]
  if (numbering === undefined) throw new Error(`the table of ${tag} has no numbers`)
  const { minimumGroupingDigits, plurals, weekdays, time, dayPeriods, at, minutesAgo, thisMinute, list } = table
  return {
    ...{ language: tag, calendar: isPersian ? 'persian' : 'gregorian', numbering, minimumGroupingDigits, plurals },
    ...{ dates: isPersian ? persian : gregorian, weekdays, time, at, minutesAgo, thisMinute, list },
    ...(dayPeriods === undefined ? {} : { dayPeriods }),
  }
}

/** The calendars and numerals that a language can be written with, its readers' own first; undefined: it has no table. */
export function choicesOf(
  tag: string,
): { readonly calendars: readonly string[]; readonly numerals: readonly string[] } | undefined {
  const table = tableFor(tag)
  if (table === undefined) return undefined
  return {
    calendars: [...new Set([table.calendar, ...Object.keys(table.calendars)])],
    numerals: [...new Set([table.numerals, ...Object.keys(table.numberings)])],
  }
}

/** A language's name in a language, in its own unless another is given; undefined where it is not known. */
export function languageName(tag: string, inTag = tag): string | undefined {
  return tableFor(inTag)?.names[sameTagOf(tag) ?? tag]
}

/** The table for a language: that of `ru` for `ru-UA`, of `prs` for `fa-AF`, none for `uz-Cyrl`. */
function tableFor(tag: string): CldrTable | undefined {
  const known = lookUpTag(tag, tableTags)
  return known === undefined ? undefined : tableOf(known)
}

/** The tag that has a table and is another one of the same language: `prs` for `fa-AF`. */
function sameTagOf(tag: string): string | undefined {
  if (tableOf(tag) !== undefined) return tag
  const same = sameLanguageOf(tag)
  return tableTags.find((it) => sameLanguageOf(it) === same)
}
