import { afterEach, expect, test } from 'vitest'
import { formatsOf } from '../../../../src/domain/writing/formats.ts'
import { english, localeOf } from '../../../../src/locales/locales.ts'
import { dayText } from '../../../../src/web/desk/account/day-text.ts'
import { reachOf } from '../../../../src/web/desk/editing/desk-audience.ts'
import { amount, counted, percent } from '../../../../src/web/desk/state/amounts.ts'
import { setDeskWords } from '../../../../src/web/desk/state/desk-words.ts'

afterEach(() => inLanguage('en', 'ltr'))

function inLanguage(tag: string, dir: 'ltr' | 'rtl'): void {
  setDeskWords({ language: tag, dir, text: { ...english.desk, ...localeOf(tag).desk }, formats: formatsOf({ tag }) })
}

const plain = (text: string) => text.replace(/[\u2066-\u2069]/g, '')
const reached = (push: number, sockets: number, socketsAtLeast = false) =>
  plain(reachOf('urgent', { audience: { en: { push, sockets } }, socketsAtLeast }))

test.each([
  [0, 0, false, '0 devices, 0 open pages'],
  [1, 1, false, '1 device, 1 open page'],
  [1_200, 21, false, '1,200 devices, 21 open pages'],
  [2, 1, true, '2 devices, at least 1 open page'],
])('at the English desk %i devices and %i pages (or more: %s) are %s', (push, sockets, isAtLeast, text) => {
  inLanguage('en', 'ltr')
  expect(reached(push, sockets, isAtLeast)).toBe(text)
})

test('at the Persian desk all is in its own digits and calendar', () => {
  inLanguage('fa', 'rtl')
  expect(reached(1, 12_000)).toBe('۱ دستگاه، ۱۲٬۰۰۰ صفحهٔ باز')
  expect([amount(1_234), percent(0.25), counted(7).written]).toEqual(['۱٬۲۳۴', '۲۵٪', '۷'])
  expect(dayText('2026-03-21')).toBe('۱ فروردین ۱۴۰۵')
})
