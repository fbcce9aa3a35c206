import { expect, test } from 'vitest'
import { graphemes } from '../../../../src/domain/text.ts'
import { cutAt, systems } from '../../../../src/web/desk/state/notification-cuts.ts'

test('a text is cut between graphemes, to as many as there is room for', () => {
  expect(cutAt('Quake', 5)).toEqual({ shown: 'Quake', isCut: false })
  expect(cutAt('Quakes', 5)).toEqual({ shown: 'Quak…', isCut: true })
  const family = '👨‍👩‍👧‍👦'
  expect(cutAt(family.repeat(4), 3)).toEqual({ shown: `${family}${family}…`, isCut: true })
  expect(graphemes(cutAt('می‌روم '.repeat(20), 30).shown)).toBeLessThanOrEqual(30)
})

test('each system has room for some text', () => {
  for (const { titleMax, bodyMax } of systems) expect(titleMax).toBeLessThan(bodyMax)
})
