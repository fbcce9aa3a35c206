import { expect, test } from 'vitest'
import { WrongKeys } from '../../src/auth/wrong-keys.ts'

const minuteMs = 60_000

test('a hundred wrong keys from an address wait for nothing; then the wait doubles, up to a minute', () => {
  const wrong = new WrongKeys()
  const waits = Array.from({ length: 110 }, (_, nth) => wrong.note('a', nth))
  expect(waits).toEqual([...Array.from({ length: 100 }, () => 0), 1, 2, 4, 8, 16, 32, 60, 60, 60, 60])
  expect(wrong.note('b', 110), 'another address').toBe(0)
})

test('an address is forgotten ten minutes after its last wrong key, and no earlier', () => {
  const wrong = new WrongKeys()
  for (let nth = 0; nth < 102; nth += 1) wrong.note('a', 0)
  expect(wrong.note('a', 10 * minuteMs - 1)).toBe(4)
  expect(wrong.note('a', 20 * minuteMs - 1)).toBe(0)
})

test('a flood from many addresses takes a bounded memory, and pushes out those that were wrong longest ago', () => {
  const wrong = new WrongKeys()
  for (let nth = 0; nth < 102; nth += 1) {
    wrong.note('old', 0)
    wrong.note('new', 0)
  }
  for (let nth = 0; nth < 99_998; nth += 1) wrong.note(`flood ${nth}`, 1)
  expect(wrong.note('new', 1)).toBe(4)
  wrong.note('one more', 1)
  expect(wrong.note('old', 1)).toBe(0)
  expect(wrong.note('new', 1)).toBe(8)
})
