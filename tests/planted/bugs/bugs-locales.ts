import type { Bug } from '../bugs.ts'

/** Bugs in `src/locales`, and in what is written with its tables. */
export const localesBugs: readonly Bug[] = [
  {
    name: 'a translation loses the value that stands in a sentence',
    file: 'src/locales/fa.json',
    find: '"lastCame": "آخرین اعلان: {time}"',
    put: '"lastCame": "آخرین اعلان"',
    tests: ['tests/locales/locales.test.ts'],
  },
  {
    name: 'Serbian is changed in Cyrillic letters only',
    file: 'src/locales/sr.json',
    find: '"language": "Serbian",',
    put: '"language": "Serbian (Cyrillic)",',
    tests: ['tests/locales/locales.test.ts'],
  },
  {
    name: 'a table of CLDR is edited by hand',
    file: 'src/locales/cldr/ru.json',
    find: '"many": "{0} минут назад"',
    put: '"many": "{0} минуты назад"',
    tests: ['tests/locales/golden.test.ts'],
  },
  {
    name: 'a language’s own calendar is used only where the newsroom asks for it',
    file: 'src/domain/writing/formats.ts',
    find: "(calendar ?? table.calendar) === 'persian'",
    put: "calendar === 'persian'",
    tests: ['tests/domain/writing/written-time.test.ts'],
  },
  {
    name: 'the numerals that a newsroom chose are left aside',
    file: 'src/domain/writing/formats.ts',
    find: 'table.numberings[numerals ?? table.numerals]',
    put: 'table.numberings[table.numerals]',
    tests: ['tests/domain/writing/number-text.test.ts'],
  },
  {
    name: 'a language in another script has the words and the table of its base',
    file: 'src/locales/tag-lookup.ts',
    find: 'known.filter((it) => formOf(it).script === script)',
    put: 'known',
    tests: ['tests/domain/writing/written-time.test.ts', 'tests/locales/tag-lookup.test.ts'],
  },
  {
    name: 'a region is not taken away to find the words of its language',
    file: 'src/locales/tag-lookup.ts',
    find: "range !== ''; range = shortened(range)",
    put: "range !== ''; range = ''",
    tests: ['tests/locales/tag-lookup.test.ts'],
  },
  {
    name: 'rules under another tag of a language are passed over',
    file: 'src/domain/level-rules.ts',
    find: 'named.has(sameLanguageOf(tag))',
    put: 'Object.hasOwn(texts, tag)',
    tests: ['tests/domain/level-rules.test.ts'],
  },
  {
    name: 'a range in a plural rule ends before its last number',
    file: 'src/domain/writing/plural-of.ts',
    find: 'value <= Number(last)',
    put: '(value < Number(last) || first === last)',
    tests: ['tests/domain/writing/plural-of.test.ts'],
  },
  {
    name: 'noon is in the first half of the day',
    file: 'src/domain/writing/written-time.ts',
    find: 'hour < 12 ? 0 : 1',
    put: 'hour <= 12 ? 0 : 1',
    tests: ['tests/domain/writing/written-time.test.ts'],
  },
  {
    name: 'a calendar that a language has no months of is left aside without a word',
    file: 'src/domain/newsroom.ts',
    find: 'if (chosen === undefined || known.includes(chosen)) return',
    put: "if (chosen !== '') return",
    tests: ['tests/domain/newsroom.test.ts'],
  },
  {
    name: 'words beside a count are always those of many',
    file: 'src/domain/writing/plural-text.ts',
    find: "count === undefined ? 'other' : pluralOf(formats, count)",
    put: "'other'",
    tests: ['tests/web/desk/state/amounts.test.ts'],
  },
]
