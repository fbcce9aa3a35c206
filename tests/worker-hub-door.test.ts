import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hubFull, textOf } from '../src/worker/hub-door.ts'

test('a message is text of at most 4 KiB, counted in bytes', () => {
  expect(textOf('ping')).toBe('ping')
  expect(textOf('x'.repeat(4_096))).toHaveLength(4_096)
  expect(() => textOf('x'.repeat(4_097))).toThrow(expect.objectContaining({ code: 'message-too-large', status: 413 }))
  expect(() => textOf('گ'.repeat(2_049))).toThrow(expect.objectContaining({ code: 'message-too-large' }))
  expect(() => textOf(new ArrayBuffer(3))).toThrow(expect.objectContaining({ code: 'binary-message' }))
})

test('whatever comes is taken as it is or refused with a problem', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 6_000 }), (text) => {
      try {
        expect(textOf(text)).toBe(text)
      } catch (problem) {
        expect(problem).toMatchObject({ code: 'message-too-large' })
      }
    }),
  )
})

test('whoever finds no room is told when to come back', () => {
  expect(hubFull()).toMatchObject({ status: 503, code: 'no-room', retryAfterSeconds: 5 })
})
