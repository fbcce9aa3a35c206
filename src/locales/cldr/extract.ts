import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

// Writes a table for each language from the JSON packages of CLDR: `node src/locales/cldr/extract.ts DIR`, where DIR is the
// `node_modules` that has them. `src/locales/README.md` has the commands. Throws where CLDR and `own.json` lack something.

type Fields = Readonly<Record<string, unknown>>

/** What is written by hand, by language tag: it fills what CLDR lacks and replaces what is not fit for readers. */
const own = read(new URL('own.json', import.meta.url)) as Readonly<Record<string, Fields>>
const tags = readdirSync(new URL('..', import.meta.url)).flatMap((name) => name.match(/^(.+)\.json$/)?.[1] ?? [])
/**
 * The locale that a language is in CLDR, where that is not its tag. English is for readers of all countries: 24 hours, and
 * the day before the month.
 */
const localesOf: Readonly<Record<string, string>> = { en: 'en-GB', prs: 'fa-AF' }

function extract(folder: string): void {
  for (const tag of tags) {
    const { reason: _, ...byHand } = own[tag] ?? {}
    const table = merged(fromCldr(folder, tag) ?? { cldr: null }, byHand)
    const names = fieldsAt(table, 'names')
    const unnamed = tags.filter((it) => names[it] === undefined)
    if (unnamed.length > 0) throw new Error(`${tag}: own.json must name ${unnamed.join(', ')}`)
    writeFileSync(new URL(`${tag}.json`, import.meta.url), `${JSON.stringify(table, null, 2)}\n`)
  }
}

/** The languages of the desk whose script is not that of the names in the IANA database. */
const tagsOfCities = ['fa']

/** What a language calls the cities that time zones are named for, by zone: `cities/<tag>.json`. */
function extractCities(folder: string): void {
  for (const tag of tagsOfCities) {
    const file = read(join(folder, 'cldr-dates-full', 'main', tag, 'timeZoneNames.json'))
    const cities = citiesIn(fieldsAt(file, 'main', tag, 'dates', 'timeZoneNames', 'zone'), '')
    writeFileSync(
      new URL(`../cities/${tag}.json`, import.meta.url),
      `${JSON.stringify(Object.fromEntries(cities), null, 2)}\n`,
    )
  }
}

function citiesIn(zones: Fields, before: string): (readonly [zone: string, city: string])[] {
  return Object.entries(zones).flatMap(([name, zone]) => {
    if (typeof zone !== 'object' || zone === null) return []
    const { exemplarCity } = zone as Fields
    const zoneName = before + name
    return typeof exemplarCity === 'string'
      ? [[zoneName, exemplarCity] as const]
      : citiesIn(zone as Fields, `${zoneName}/`)
  })
}

/** The table of a language (`CldrTable`); null where CLDR has no data of it. */
function fromCldr(folder: string, tag: string): Fields | null {
  const locale = localesOf[tag] ?? tag
  if (!readdirSync(join(folder, 'cldr-dates-full', 'main')).includes(locale)) return null
  const main = (name: string, file: string) =>
    fieldsAt(read(join(folder, name, 'main', locale, `${file}.json`)), 'main', locale)
  const supplemental = (file: string) =>
    fieldsAt(read(join(folder, 'cldr-core', 'supplemental', `${file}.json`)), 'supplemental')
  const gregorian = fieldsAt(main('cldr-dates-full', 'ca-gregorian'), 'dates', 'calendars', 'gregorian')
  const persian = () => fieldsAt(main('cldr-cal-persian-full', 'ca-persian'), 'dates', 'calendars', 'persian')
  const isPersian = preferredCalendar(supplemental, locale) === 'persian'
  const minute = fieldsAt(main('cldr-dates-full', 'dateFields'), 'dates', 'fields', 'minute')
  return {
    cldr: { version: textAt(read(join(folder, 'cldr-dates-full', 'package.json')), 'version'), locale },
    ...numbersOf(fieldsAt(main('cldr-numbers-full', 'numbers'), 'numbers'), supplemental('numberingSystems')),
    plurals: pluralsOf(supplemental('plurals'), locale),
    calendar: isPersian ? 'persian' : 'gregorian',
    calendars: {
      gregorian: datesOf(gregorian, gregorian),
      ...(isPersian ? { persian: datesOf(persian(), gregorian) } : {}),
    },
    ...timesOf(gregorian),
    minutesAgo: Object.fromEntries(
      Object.entries(fieldsAt(minute, 'relativeTime-type-past')).map(([name, text]) => [
        name.replace('relativeTimePattern-count-', ''),
        text,
      ]),
    ),
    thisMinute: textAt(minute, 'relative-type-0'),
    list: listOf(fieldsAt(main('cldr-misc-full', 'listPatterns'), 'listPatterns', 'listPattern-type-standard')),
    names: namesOf((file) => fieldsAt(main('cldr-localenames-full', file), 'localeDisplayNames')),
  }
}

/** The calendar that is used first where most readers of a language live: `IR` for `fa`, `AF` for `fa-AF`. */
function preferredCalendar(supplemental: (file: string) => Fields, locale: string): string {
  const likely = () => textAt(supplemental('likelySubtags'), 'likelySubtags', baseOf(locale))
  const region = /-([A-Z]{2})$/.exec(locale)?.[1] ?? /-([A-Z]{2})$/.exec(likely())?.[1] ?? '001'
  const byRegion = fieldsAt(supplemental('calendarPreferenceData'), 'calendarPreferenceData')
  return String(Object.values(byRegion[region] ?? ['gregorian'])[0])
}

function numbersOf(numbers: Fields, systems: Fields): Fields {
  const used = Object.keys(numbers).flatMap((key) => key.match(/^symbols-numberSystem-(.+)$/)?.[1] ?? [])
  return {
    numerals: textAt(numbers, 'defaultNumberingSystem'),
    minimumGroupingDigits: Number(textAt(numbers, 'minimumGroupingDigits')),
    numberings: Object.fromEntries(used.map((name) => [name, numberingOf(name, numbers, systems)])),
  }
}

function numberingOf(name: string, numbers: Fields, systems: Fields): Fields {
  const symbol = (key: string) => textAt(numbers, `symbols-numberSystem-${name}`, key)
  const whole = textAt(numbers, `decimalFormats-numberSystem-${name}`, 'standard')
  // Groups of other sizes, as in Hindi, are not written here.
  if (whole !== '#,##0.###') throw new Error(`numbers are written as ${whole}`)
  return {
    digits: textAt(systems, 'numberingSystems', name, '_digits'),
    decimal: symbol('decimal'),
    group: symbol('group'),
    minus: symbol('minusSign'),
    percent: textAt(numbers, `percentFormats-numberSystem-${name}`, 'standard')
      .replace('#,##0', '{0}')
      .replace('%', symbol('percentSign')),
  }
}

/** The rules (UTS #35 part 3) without their samples. `other` is where no rule holds. */
function pluralsOf(plurals: Fields, locale: string): Fields {
  const rules = fieldsAt(plurals, 'plurals-type-cardinal')[baseOf(locale)] ?? {}
  return Object.fromEntries(
    Object.entries(rules).flatMap(([key, rule]) => {
      const category = key.replace('pluralRule-count-', '')
      return category === 'other' ? [] : [[category, String(rule).replace(/\s*@.*$/, '')]]
    }),
  )
}

/** The months and date patterns of a calendar; where it has none with a weekday, that of the Gregorian. */
function datesOf(calendar: Fields, gregorian: Fields): Fields {
  const names = (context: string) => Object.values(fieldsAt(calendar, 'months', context, 'wide')).map(String)
  const pattern = (key: string, from = calendar) => fieldsAt(from, 'dateTimeFormats', 'availableFormats')[key]
  const day = textAt(calendar, 'dateTimeFormats', 'availableFormats', 'MMMMd')
  const weekday = String(
    pattern('MMMMEd') ?? String(pattern('MMMEd') ?? pattern('MMMEd', gregorian)).replace('MMM', 'MMMM'),
  )
  const [months, monthsAlone] = [names('format'), names('stand-alone')]
  return {
    months,
    ...(`${day}${weekday}`.includes('L') && monthsAlone.join() !== months.join() ? { monthsAlone } : {}),
    // The era is left out: a reader's own calendar needs none.
    date: placeholders(textAt(calendar, 'dateFormats', 'long').replace(/G+ /, '')),
    day: placeholders(day),
    weekday: placeholders(weekday),
  }
}

function timesOf(calendar: Fields): Fields {
  const time = textAt(calendar, 'timeFormats', 'short')
  const period = (name: string) => textAt(calendar, 'dayPeriods', 'format', 'abbreviated', name)
  return {
    weekdays: Object.values(fieldsAt(calendar, 'days', 'format', 'abbreviated')),
    time: placeholders(time),
    ...(time.includes('a') ? { dayPeriods: [period('am'), period('pm')] } : {}),
    at: textAt(calendar, 'dateTimeFormats-atTime', 'standard', 'long').replaceAll("'", ''),
  }
}

/** A date pattern (UTS #35 part 4) with its fields in braces and its quoted words as they are: `{d} {MMMM} {y} г.` */
function placeholders(pattern: string): string {
  const written = pattern
    .replace(/'([^']*)'|([a-zA-Z])\2*/g, (all, words: string | undefined) => words ?? `{${all}}`)
    // A weekday beside a date or alone: the table has one form.
    .replace(/\{(?:E{1,3}|c{1,3})\}/, '{E}')
  const unknown = written.match(/\{(?!(?:dd?|MMMM|LLLL|y|E|HH?|h|mm|a)\})[^}]*\}/)
  if (unknown !== null) throw new Error(`${unknown[0]} of “${pattern}” is not known`)
  return written
}

function listOf(patterns: Fields): Fields {
  const [two, start, middle, end] = ['2', 'start', 'middle', 'end'].map((key) => textAt(patterns, key))
  return { two, start, middle, end }
}

function namesOf(named: (file: string) => Fields): Fields {
  const languages = fieldsAt(named('languages'), 'languages')
  const inLatin = textAt(named('localeDisplayNames'), 'localeDisplayPattern', 'localePattern')
  return Object.fromEntries(
    tags.flatMap((tag) => {
      const name = languages[tag === 'prs' ? 'fa-AF' : baseOf(tag)]
      if (typeof name !== 'string') return []
      if (tag !== 'sr-Latn') return [[tag, name]]
      return [[tag, inLatin.replace('{0}', name).replace('{1}', textAt(named('scripts'), 'scripts', 'Latn'))]]
    }),
  )
}

function baseOf(tag: string): string {
  return tag.split('-')[0] ?? tag
}

/** What is written by hand, over what CLDR has. */
function merged(base: Fields, over: Fields): Fields {
  return Object.fromEntries(
    [...new Set([...Object.keys(base), ...Object.keys(over)])].map((key) => {
      const [from, to] = [base[key], over[key]]
      return [key, isFields(from) && isFields(to) ? merged(from, to) : (to ?? from)]
    }),
  )
}

function read(path: string | URL): unknown {
  return JSON.parse(readFileSync(path, 'utf8'))
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function fieldsAt(value: unknown, ...path: readonly string[]): Fields {
  const found = path.reduce((at: unknown, key) => (isFields(at) ? at[key] : undefined), value)
  if (!isFields(found)) throw new Error(`CLDR has no ${path.join(' > ')}`)
  return found
}

function textAt(value: unknown, ...path: readonly string[]): string {
  const text = fieldsAt(value, ...path.slice(0, -1))[path.at(-1) ?? '']
  if (typeof text !== 'string') throw new Error(`CLDR has no ${path.join(' > ')}`)
  return text
}

if (import.meta.main) {
  const folder = process.argv[2] ?? 'node_modules'
  extractCities(folder)
  extract(folder)
}
