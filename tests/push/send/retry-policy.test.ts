import fc from 'fast-check'
import { expect, test } from 'vitest'
import { afterConnectionError, backOffMs, retryDecision } from '../../../src/push/send/retry-policy.ts'

const nowMs = Date.parse('2026-03-01T12:00:00.000Z')
const day = 24 * 60 * 60 * 1_000
const attempt = { attempts: 0, ageMs: day, lookedGone: false, nowMs }
const one = (): number => 1

test.each([200, 201, 202, 204])('%i: accepted', (status) => {
  expect(retryDecision(status, null, attempt, one)).toEqual({ act: 'accepted' })
})

test.each([404, 410])('%i: gone', (status) => {
  expect(retryDecision(status, null, attempt, one)).toEqual({ act: 'gone' })
})

test.each([404, 410])('%i for a subscription younger than ten minutes: tried once more, then gone', (status) => {
  const young = { ...attempt, ageMs: 9 * 60_000 }
  expect(retryDecision(status, null, young, one)).toMatchObject({ act: 'again', cause: 'young' })
  expect(retryDecision(status, null, { ...young, lookedGone: true }, one)).toEqual({ act: 'gone' })
})

test.each([400, 413])('%i: the request was invalid; the subscription stays', (status) => {
  expect(retryDecision(status, null, attempt, one)).toEqual({ act: 'failed', cause: 'invalid-request' })
})

test.each([401, 403])('%i: once more with a new token, then failed; never gone', (status) => {
  expect(retryDecision(status, null, attempt, one)).toMatchObject({ act: 'again', cause: 'key' })
  expect(retryDecision(status, null, { ...attempt, attempts: 1 }, one)).toEqual({ act: 'failed', cause: 'key' })
})

test.each([429, 406])('%i: again, no sooner than Retry-After', (status) => {
  expect(retryDecision(status, '120', attempt, () => 0)).toEqual({
    act: 'again',
    afterMs: 120_000,
    counted: true,
    cause: 'throttled',
  })
  expect(retryDecision(status, null, attempt, one)).toMatchObject({ act: 'again', cause: 'throttled' })
})

test.each([408, 500, 501, 502, 503, 504])('%i: again with jitter', (status) => {
  expect(retryDecision(status, null, attempt, one)).toEqual({
    act: 'again',
    afterMs: 2_000,
    counted: true,
    cause: 'down',
  })
  expect(retryDecision(status, '7', attempt, one)).toMatchObject({ afterMs: 7_000 })
})

test('a time-out or a connection error: again with jitter', () => {
  expect(afterConnectionError(2, one)).toEqual({ act: 'again', afterMs: 8_000, counted: true, cause: 'down' })
})

test.each([301, 302, 303, 307, 308])('%i: never followed; failed', (status) => {
  expect(retryDecision(status, null, attempt, one)).toEqual({ act: 'failed', cause: 'redirect' })
})

test.each([100, 203, 402, 405, 418, 451])('%i: failed, and the subscription stays', (status) => {
  expect(retryDecision(status, null, attempt, one)).toEqual({ act: 'failed', cause: 'unexpected-status' })
})

test('the back-off is anywhere below a limit that doubles up to five minutes', () => {
  expect([0, 1, 2, 20, 10_000].map((attempts) => backOffMs(attempts, one))).toEqual([
    2_000, 4_000, 8_000, 300_000, 300_000,
  ])
  expect(backOffMs(5, () => 0)).toBe(0)
})

test.each([
  ['1', 2_000],
  ['120', 120_000],
  ['14400', 14_400_000],
  ['999999999', 14_400_000],
  ['99999999999999999999', 14_400_000],
  ['9'.repeat(400), 14_400_000],
  ['Sun, 01 Mar 2026 12:00:30 GMT', 30_000],
  ['Sunday, 01-Mar-26 12:00:30 GMT', 30_000],
  ['Sun Mar  1 12:00:30 2026', 30_000],
  ['Sun, 01 Mar 2026 11:00:00 GMT', 2_000],
  ['Fri, 31 Dec 9999 23:59:59 GMT', 14_400_000],
  ['-1', 2_000],
  ['soon', 2_000],
  ['', 2_000],
])('a first try that was answered with Retry-After %j is repeated after %i ms', (value, afterMs) => {
  for (const status of [401, 406, 408, 429, 500, 503])
    expect(retryDecision(status, value, attempt, one)).toMatchObject({ act: 'again', afterMs })
})

test('whatever Retry-After says, a push is repeated within four hours', () => {
  const digits = fc.stringMatching(/^\d{1,60}$/)
  fc.assert(
    fc.property(fc.oneof(fc.string(), digits), (value) => {
      const { afterMs } = retryDecision(503, value, attempt, one) as { afterMs: number }
      expect(afterMs >= 2_000 && afterMs <= 14_400_000).toBe(true)
    }),
  )
})
