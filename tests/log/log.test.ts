import { expect, test } from 'vitest'
import { startOf } from '../../src/log/log.ts'

const bounds = { epoch: 'e', floor: 5, head: 20 }

test.each([
  ['none', undefined, { resume: 'live', seq: 20 }],
  ['now', 'now' as const, { resume: 'live', seq: 20 }],
  ['the head', { epoch: 'e', seq: 20 }, { resume: 'live', seq: 20 }],
  ['one before the head', { epoch: 'e', seq: 19 }, { resume: 'replay', seq: 19 }],
  ['the place before the floor', { epoch: 'e', seq: 4 }, { resume: 'replay', seq: 4 }],
  ['before that', { epoch: 'e', seq: 3 }, { resume: 'reset', seq: 20, reason: 'cursor-too-old' }],
  ['past the head', { epoch: 'e', seq: 21 }, { resume: 'reset', seq: 20, reason: 'cursor-ahead' }],
  ['another log', { epoch: 'f', seq: 20 }, { resume: 'reset', seq: 20, reason: 'log-changed' }],
])('a reader with the cursor "%s" begins where nothing is missed', (_, cursor, start) => {
  expect(startOf(cursor, bounds, 100)).toEqual(start)
})

test('a replay longer than allowed is a reset, exactly as long is not', () => {
  expect(startOf({ epoch: 'e', seq: 10 }, bounds, 10)).toEqual({ resume: 'replay', seq: 10 })
  expect(startOf({ epoch: 'e', seq: 9 }, bounds, 10)).toEqual({ resume: 'reset', seq: 20, reason: 'replay-limit' })
})
