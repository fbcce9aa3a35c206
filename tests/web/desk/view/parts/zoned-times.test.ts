import { afterEach, expect, test } from 'vitest'
import { formatsOf } from '../../../../../src/domain/writing/formats.ts'
import { citiesOf, english } from '../../../../../src/locales/locales.ts'
import { cityOf, setDeskWords } from '../../../../../src/web/desk/state/desk-words.ts'
import { timeIn } from '../../../../../src/web/desk/view/parts/zoned-times.ts'

const inLanguage = (tag: string) =>
  setDeskWords({
    language: tag,
    dir: 'ltr',
    text: { ...english.desk },
    formats: formatsOf({ tag }),
    cities: citiesOf(tag),
  })
afterEach(() => inLanguage('en'))

test.each([
  ['en', 'Asia/Tehran', 'Sat 21 March at 00:35'],
  ['en', 'America/New_York', 'Fri 20 March at 17:05'],
  ['fa', 'Asia/Tehran', 'شنبه ۱ فروردین ساعت ۰:۳۵'],
  ['fa', 'UTC', 'جمعه ۲۹ اسفند ساعت ۲۱:۰۵'],
])('in %s a moment in %s is %s', (tag, zone, text) => {
  inLanguage(tag)
  expect(timeIn('2026-03-20T21:05:00Z', zone)).toBe(text)
})

test.each([
  ['en', 'America/New_York', 'New York'],
  ['fa', 'Asia/Tehran', 'تهران'],
  ['fa', 'Europe/Moscow', 'مسکو'],
  ['fa', 'America/New_York', 'نیویورک'],
  // What CLDR does not name is called as the database has it.
  ['fa', 'UTC', 'UTC'],
])('in %s the zone %s is called %s', (tag, zone, city) => {
  inLanguage(tag)
  expect(cityOf(zone)).toBe(city)
})

test('in a zone that nobody knows it is left as it came', () => {
  expect(timeIn('2026-03-20T21:05:00Z', 'Mars/Olympus')).toBe('2026-03-20T21:05:00Z')
})
