import fc from 'fast-check'
import { expect, test } from 'vitest'
import { afterBroken, backOffMs, retryAfterMs, retryDecision } from '../../../src/push/send/retry-policy.ts'

const nowMs = Date.parse('2026-03-01T12:00:00.000Z')
const day = 24 * 60 * 60 * 1_000
const asked = { attempts: 0, ageMs: day, lookedGone: false, nowMs }
const one = (): number => 1

test.each([200, 201, 202, 204])('%i: accepted', (status) => {
  expect(retryDecision(status, null, asked, one)).toEqual({ act: 'accepted' })
})

test.each([404, 410])('%i: gone', (status) => {
  expect(retryDecision(status, null, asked, one)).toEqual({ act: 'gone' })
})

test.each([404, 410])('%i for a subscription younger than ten minutes: asked once more, then gone', (status) => {
  const young = { ...asked, ageMs: 9 * 60_000 }
  expect(retryDecision(status, null, young, one)).toMatchObject({ act: 'again', cause: 'young' })
  expect(retryDecision(status, null, { ...young, lookedGone: true }, one)).toEqual({ act: 'gone' })
})

test.each([400, 413])('%i: our mistake; the subscription stays', (status) => {
  expect(retryDecision(status, null, asked, one)).toEqual({ act: 'failed', cause: 'ours' })
})

test.each([401, 403])('%i: once more with a new token, then failed; never gone', (status) => {
  expect(retryDecision(status, null, asked, one)).toMatchObject({ act: 'again', cause: 'key' })
  expect(retryDecision(status, null, { ...asked, attempts: 1 }, one)).toEqual({ act: 'failed', cause: 'key' })
})

test.each([429, 406])('%i: again, no sooner than Retry-After', (status) => {
  expect(retryDecision(status, '120', asked, () => 0)).toEqual({
    act: 'again',
    afterMs: 120_000,
    counted: true,
    cause: 'throttled',
  })
  expect(retryDecision(status, null, asked, one)).toMatchObject({ act: 'again', cause: 'throttled' })
})

test.each([408, 500, 501, 502, 503, 504])('%i: again with jitter', (status) => {
  expect(retryDecision(status, null, asked, one)).toEqual({
    act: 'again',
    afterMs: 2_000,
    counted: true,
    cause: 'down',
  })
  expect(retryDecision(status, '7', asked, one)).toMatchObject({ afterMs: 7_000 })
})

test('a time-out or a broken connection: again with jitter', () => {
  expect(afterBroken(2, one)).toEqual({ act: 'again', afterMs: 8_000, counted: true, cause: 'down' })
})

test.each([301, 302, 303, 307, 308])('%i: never followed; failed', (status) => {
  expect(retryDecision(status, null, asked, one)).toEqual({ act: 'failed', cause: 'redirect' })
})

test.each([100, 203, 402, 405, 418, 451])('%i: failed, and the subscription stays', (status) => {
  expect(retryDecision(status, null, asked, one)).toEqual({ act: 'failed', cause: 'strange' })
})

test('the back-off is anywhere below a limit that doubles up to five minutes', () => {
  expect([0, 1, 2, 20, 10_000].map((attempts) => backOffMs(attempts, one))).toEqual([
    2_000, 4_000, 8_000, 300_000, 300_000,
  ])
  expect(backOffMs(5, () => 0)).toBe(0)
})

test.each<[string | null, number | null]>([
  [null, null],
  ['0', 0],
  ['120', 120_000],
  [' 5 ', 5_000],
  ['Sun, 01 Mar 2026 12:00:30 GMT', 30_000],
  ['Sunday, 01-Mar-26 12:00:30 GMT', 30_000],
  ['Sun Mar  1 12:00:30 2026', 30_000],
  ['Sun, 01 Mar 2026 11:00:00 GMT', 0],
  ['999999999', 14_400_000],
  ['-1', null],
  ['1.5', null],
  ['soon', null],
  ['2026-03-01T12:00:30Z', null],
  ['', null],
])('Retry-After %j is %j ms', (value, ms) => {
  expect(retryAfterMs(value, nowMs)).toBe(ms)
})

test('whatever Retry-After says, the wait is a number between nothing and four hours', () => {
  fc.assert(
    fc.property(fc.string(), (value) => {
      const ms = retryAfterMs(value, nowMs)
      expect(ms === null || (ms >= 0 && ms <= 14_400_000)).toBe(true)
    }),
  )
})
