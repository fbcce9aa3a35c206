import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Problem } from '../../src/domain/problem.ts'
import { cursorPattern, epochOf, formatCursor, seqOf } from '../../src/protocol/cursor.ts'
import { parseCursor } from '../../src/protocol/interest-parameters.ts'

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

test('the epoch and the seq of a cursor are those that it was written from', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z0-9]{1,32}$/), fc.nat(), (epoch, seq) => {
      const cursor = formatCursor({ epoch, seq })
      expect(cursor).toMatch(cursorPattern)
      expect([epochOf(cursor), seqOf(cursor)]).toEqual([epoch, seq])
    }),
  )
})
