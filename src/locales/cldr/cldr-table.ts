/** How a calendar's dates are written. Patterns have their fields (UTS #35 part 4) in braces. */
export type CalendarTable = {
  readonly months: readonly string[]
  /** The months' names where no day stands before them, if they differ and a pattern has them (`{LLLL}`). */
  readonly monthsAlone?: readonly string[]
  readonly date: string
  /** Without the year. */
  readonly day: string
  /** Without the year, with the weekday. */
  readonly weekday: string
}

/** How a numbering system's numbers are written. */
export type NumberingTable = {
  readonly digits: string
  readonly decimal: string
  readonly group: string
  readonly minus: string
  readonly percent: string
}

/** What one language's file in this folder holds: how it writes numbers, times, plurals, lists and names. */
export type CldrTable = {
  /** Null where CLDR has no data of the language and all is from `own.json`. */
  readonly cldr: { readonly version: string; readonly locale: string } | null
  /** The numbering system of the language's readers, one of `numberings`. */
  readonly numerals: string
  readonly minimumGroupingDigits: number
  readonly numberings: Readonly<Record<string, NumberingTable | undefined>>
  /** The rules of each plural category but `other` (UTS #35 part 3). */
  readonly plurals: Readonly<Record<string, string | undefined>>
  /** The calendar of the language's readers, one of `calendars`. */
  readonly calendar: string
  readonly calendars: { readonly gregorian: CalendarTable; readonly persian?: CalendarTable }
  /** From Sunday. */
  readonly weekdays: readonly string[]
  readonly time: string
  readonly dayPeriods?: readonly string[]
  /** A date {1} and a time {0}. */
  readonly at: string
  /** By plural category. */
  readonly minutesAgo: Readonly<Record<string, string | undefined>>
  readonly thisMinute: string
  readonly list: { readonly two: string; readonly start: string; readonly middle: string; readonly end: string }
  /** Languages by tag. */
  readonly names: Readonly<Record<string, string | undefined>>
}
