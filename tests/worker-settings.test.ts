import { expect, test } from 'vitest'
import { listSetting, numberSetting, textSetting } from '../src/worker/settings.ts'

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
