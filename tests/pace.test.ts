import { expect, test } from 'vitest'
import { Pace } from '../src/push/pace.ts'

test('who is pressing goes before all who wait, and each in their order', async () => {
  const pace = new Pace()
  const taken = pace.limit
  for (let nth = 0; nth < taken; nth += 1) await pace.enter()
  const order: string[] = []
  const waiting = [
    pace.enter().then(() => order.push('first')),
    pace.enter().then(() => order.push('second')),
    pace.enter(true).then(() => order.push('flash')),
    pace.enter(true).then(() => order.push('next flash')),
  ]
  for (let nth = 0; nth < waiting.length; nth += 1) pace.leave()
  await Promise.all(waiting)
  expect(order).toEqual(['flash', 'next flash', 'first', 'second'])
})
