import type { Bug } from '../bugs.ts'

/** Bugs in `src/locales`. */
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
]
