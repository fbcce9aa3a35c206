import { expect, test } from 'vitest'
import { listSetting, numberSetting, publicUrlOf, textSetting } from '../src/worker/settings.ts'

test('what is not set, empty or no text is nothing', () => {
  expect([textSetting({}, 'A'), textSetting({ A: '' }, 'A'), textSetting({ A: {} }, 'A')]).toEqual([null, null, null])
  expect(textSetting({ A: 'b' }, 'A')).toBe('b')
  expect(listSetting({ A: ' a.example, ,b.example' }, 'A')).toEqual(['a.example', 'b.example'])
  expect(listSetting({}, 'A')).toEqual([])
})

test('a number is a whole number of at least 1, or the usual one', () => {
  expect(numberSetting({}, 'N', 7)).toBe(7)
  expect(numberSetting({ N: '12' }, 'N', 7)).toBe(12)
  for (const wrong of ['0', '-1', '1.5', 'many'])
    expect(() => numberSetting({ N: wrong }, 'N', 7)).toThrow('N is a whole')
})

test('the address that readers see is an origin, or nothing where it cannot be taken', () => {
  expect(publicUrlOf({ PUBLIC_URL: 'https://Alerts.example/' })).toBe('https://alerts.example')
  for (const PUBLIC_URL of ['', 'alerts.example', 'https://u:p@alerts.example', 'https://alerts.example/path'])
    expect(publicUrlOf({ PUBLIC_URL })).toBeNull()
})
