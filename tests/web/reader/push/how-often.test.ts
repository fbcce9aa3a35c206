import { expect, test } from 'vitest'
import { type Listed, lastDays } from '../../../../src/web/reader/push/how-often.ts'

const now = Date.parse('2026-03-08T12:00:00.000Z')
const daysAgo = (days: number, level = 'urgent'): Listed => ({ level, at: now - days * 24 * 60 * 60_000 })
const chosen = (level: 'flash' | 'urgent' | 'routine', listLevel: typeof level = 'routine', isCut = false) => ({
  ...{ level, listLevel, isCut, now },
})

test.each<[string, readonly Listed[], ReturnType<typeof chosen>, ReturnType<typeof lastDays>]>([
  ['no alert', [], chosen('urgent'), { count: 0, isAll: true }],
  ['of a week only', [daysAgo(0), daysAgo(6.9), daysAgo(7.1)], chosen('urgent'), { count: 2, isAll: true }],
  [
    'of its level and above',
    [daysAgo(1, 'flash'), daysAgo(1), daysAgo(1, 'routine')],
    chosen('urgent'),
    { count: 2, isAll: true },
  ],
  [
    'flashes alone',
    [daysAgo(1, 'flash'), daysAgo(1), daysAgo(1, 'routine')],
    chosen('flash'),
    { count: 1, isAll: true },
  ],
  [
    'everything',
    [daysAgo(1, 'flash'), daysAgo(1), daysAgo(1, 'routine')],
    chosen('routine'),
    { count: 3, isAll: true },
  ],
  ['a list of less', [daysAgo(1, 'flash')], chosen('urgent', 'flash'), null],
  ['a list of as much', [daysAgo(1, 'flash')], chosen('flash', 'flash'), { count: 1, isAll: true }],
  [
    'a list that ends within the week',
    [daysAgo(1), daysAgo(2)],
    chosen('urgent', 'routine', true),
    { count: 2, isAll: false },
  ],
  ['a list that ends within the week, and has none', [daysAgo(1, 'routine')], chosen('urgent', 'routine', true), null],
  ['a long list that is whole', Array(200).fill(daysAgo(1)), chosen('urgent'), { count: 200, isAll: true }],
  [
    'a long list that goes back',
    [...Array(50).fill(daysAgo(1)), daysAgo(8)],
    chosen('urgent', 'routine', true),
    { count: 50, isAll: true },
  ],
])('how often is counted and never guessed: %s', (_, list, what, known) => {
  expect(lastDays(list, what)).toEqual(known)
})
