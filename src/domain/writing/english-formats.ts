import type { Formats } from './formats.ts'

/**
 * How English is written, for a script that has no other table: the same as `formatsOf({ tag: 'en' })`. Written out, because
 * a bundle with the table itself would have all its names too.
 */
export const englishFormats: Formats = {
  language: 'en',
  calendar: 'gregorian',
  numbering: {
    digits: '0123456789',
    decimal: '.',
    group: ',',
    minus: '-',
    percent: '{0}%',
  },
  minimumGroupingDigits: 1,
  plurals: {
    one: 'i = 1 and v = 0',
  },
  dates: {
    months: [
      'January',
      'February',
      'March',
      'April',
      'May',
      'June',
      'July',
      'August',
      'September',
      'October',
      'November',
      'December',
    ],
    date: '{d} {MMMM} {y}',
    day: '{d} {MMMM}',
    weekday: '{E} {d} {MMMM}',
  },
  weekdays: ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'],
  time: '{HH}:{mm}',
  at: '{1} at {0}',
  minutesAgo: {
    one: '{0} minute ago',
    other: '{0} minutes ago',
  },
  thisMinute: 'this minute',
  list: {
    two: '{0} and {1}',
    start: '{0}, {1}',
    middle: '{0}, {1}',
    end: '{0} and {1}',
  },
}
