import fc from 'fast-check'
import { expect, test } from 'vitest'
import { inOwnOrder, withFirst } from '../../../../src/web/reader/push/own-order.ts'

test.each([
  [
    ['en', 'fa', 'ps'],
    ['fa', 'en'],
    ['fa', 'en', 'ps'],
  ],
  [['en', 'fa'], [], ['en', 'fa']],
  [['ps'], ['fa', 'en'], ['ps']],
  [
    ['fa', 'en'],
    ['en', 'ru', 'fa'],
    ['en', 'fa'],
  ],
])('of %j after %j the order is %j', (chosen, former, order) => {
  expect(inOwnOrder(chosen, former)).toEqual(order)
})

test('each order can be made by putting languages first, and no language is lost or doubled', () => {
  const tags = ['en', 'fa', 'ru', 'ps', 'ka']
  fc.assert(
    fc.property(fc.shuffledSubarray(tags, { minLength: 5 }), (wanted) => {
      const order = [...wanted].reverse().reduce((languages: readonly string[], tag) => withFirst(languages, tag), tags)
      expect(order).toEqual(wanted)
      expect(inOwnOrder(tags, wanted)).toEqual(wanted)
    }),
  )
})
