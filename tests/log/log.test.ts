import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Problem } from '../../src/domain/problem.ts'
import { formatCursor, parseCursor, startOf } from '../../src/log/log.ts'

test('a cursor reads back as it was written', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z0-9]{1,32}$/), fc.nat(), (epoch, seq) => {
      if (`${epoch}.${seq}` === 'now') return
      expect(parseCursor(formatCursor({ epoch, seq }))).toEqual({ epoch, seq })
    }),
  )
})

test.each(['', '.', 'a', 'a.', '.1', 'a.-1', 'a.01', 'a.1.2', 'A.1', 'a.1e3', 'a.99999999999999999', ' a.1', 'a.1\n'])(
  '%j is no cursor',
  (text) => {
    expect(() => parseCursor(text)).toThrow(expect.objectContaining({ code: 'cursor-malformed', status: 400 }))
  },
)

test('any text is a cursor or a Problem', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      try {
        parseCursor(text)
      } catch (error) {
        expect(error).toBeInstanceOf(Problem)
      }
    }),
  )
})

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
