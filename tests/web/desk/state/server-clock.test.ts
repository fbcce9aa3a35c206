import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  heardClock,
  latestServerTime,
  secondsUntil,
  unknownClock,
} from '../../../../src/web/desk/state/server-clock.ts'

test('answers narrow how far the service’s clock is ahead, and never exclude the truth', () => {
  const answer = fc.record({
    asked: fc.nat(100_000),
    took: fc.nat(3_000),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  fc.assert(
    fc.property(fc.integer({ min: -500_000, max: 500_000 }), fc.array(answer, { minLength: 1 }), (ahead, answers) => {
      let clock = unknownClock
      for (const { asked, took, share } of answers) {
        const asks = 1_700_000_000_000 + asked
        const stamped = Math.floor((asks + took * share + ahead) / 1_000) * 1_000
        clock = heardClock(clock, new Date(stamped).toUTCString(), asks, asks + took)
      }
      expect(clock.least).toBeLessThanOrEqual(ahead)
      expect(clock.most).toBeGreaterThanOrEqual(ahead)
    }),
  )
})

test('a clock that was set is believed anew, and an answer without a date says nothing', () => {
  const first = heardClock(unknownClock, 'Fri, 27 Nov 2026 12:00:00 GMT', 0, 10)
  expect(heardClock(first, null, 20, 30)).toEqual(first)
  const set = heardClock(first, 'Fri, 27 Nov 2026 13:00:00 GMT', 20, 30)
  expect(Math.round((set.least - first.least) / 60_000)).toBe(60)
})

test('seconds are counted down to nought and no further, and never too many; unknown, this browser’s clock counts', () => {
  const at = '2026-11-27T12:00:10.000Z'
  const now = Date.parse('2026-11-27T12:00:00.500Z')
  expect(secondsUntil(at, unknownClock, now)).toBe(10)
  expect(secondsUntil(at, { least: 2_000, most: 3_000 }, now)).toBe(7)
  expect(secondsUntil(at, unknownClock, now + 60_000)).toBe(0)
  expect(latestServerTime(unknownClock, now)).toBe(now)
})
