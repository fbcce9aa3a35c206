import { expect, test } from 'vitest'
import { isColleagues } from '../../../../src/web/desk/items/ask-take-back.ts'

const anna = { id: 'anna', name: 'Anna', role: 'editor' }

test('what a colleague submitted is asked about before it is taken back; one’s own is not', () => {
  expect(isColleagues({ submittedBy: { id: 'boris', name: 'Boris' } }, anna)).toBe(true)
  expect(isColleagues({ submittedBy: anna }, anna)).toBe(false)
  expect(isColleagues({ submittedBy: null }, anna)).toBe(false)
})
