import { expect, test } from 'vitest'
import { RateLimit } from '../../../src/push/subscriptions/rate-limit.ts'

const windowMs = 60_000
const startMs = Date.parse('2026-03-01T12:00:00.000Z')

test.each([1, 2, 7])('%d calls a window are allowed and no more, in each of three windows in a row', (limit) => {
  const rate = new RateLimit(limit, windowMs)
  for (let window = 0; window < 3; window += 1) {
    const nowMs = startMs + window * windowMs
    for (let nth = 0; nth < limit; nth += 1) expect(rate.take('a', nowMs + nth)).toBeNull()
    expect(rate.take('a', nowMs + limit)).not.toBeNull()
    // Refused calls do not count in the next window.
    expect(rate.take('a', nowMs + windowMs - 1)).toBe(1)
  }
})

test.each([
  [0, 60_000],
  [1, 59_999],
  [45_000, 15_000],
  [59_999, 1],
])('a refusal %d ms into a window says to wait for %d ms, after which a call is allowed', (intoMs, waitMs) => {
  const rate = new RateLimit(1, windowMs)
  rate.take('a', startMs + intoMs)
  expect(rate.take('a', startMs + intoMs)).toBe(waitMs)
  expect(rate.take('a', startMs + intoMs + waitMs)).toBeNull()
})

test('the refused calls of one name do not count for another', () => {
  const rate = new RateLimit(2, windowMs)
  for (let nth = 0; nth < 5; nth += 1) rate.take('a', startMs)
  expect([rate.take('b', startMs), rate.take('b', startMs), rate.take('a', startMs)]).toEqual([null, null, windowMs])
})

test('0 is no limit', () => {
  const rate = new RateLimit(0, windowMs)
  for (let nth = 0; nth < 1_000; nth += 1) expect(rate.take('a', startMs)).toBeNull()
})

test('beyond a hundred thousand names, new ones share one count, the others keep theirs, and the next window starts at zero', () => {
  const rate = new RateLimit(2, windowMs)
  for (let name = 0; name < 100_000; name += 1) rate.take(`known ${name}`, startMs)
  expect([rate.take('new 1', startMs), rate.take('new 2', startMs)]).toEqual([null, null])
  expect(rate.take('new 3', startMs)).toBe(windowMs)
  expect([rate.take('known 7', startMs), rate.take('known 99999', startMs)]).toEqual([null, null])
  expect(rate.take('known 7', startMs)).toBe(windowMs)
  expect([rate.take('new 3', startMs + windowMs), rate.take('new 4', startMs + windowMs)]).toEqual([null, null])
})
