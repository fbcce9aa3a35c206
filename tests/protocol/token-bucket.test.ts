import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TokenBucket } from '../../src/protocol/token-bucket.ts'
import { runs } from '../support/effort.ts'

test('a burst at once, then one for each part of a second, and never more than the burst is kept', () => {
  const bucket = new TokenBucket({ burst: 3, perSecond: 4 }, 1_000)
  const takes = (nowMs: number, count: number) => Array.from({ length: count }, () => bucket.take(nowMs))
  expect(takes(1_000, 4)).toEqual([true, true, true, false])
  expect(takes(1_249, 1)).toEqual([false])
  expect(takes(1_250, 2)).toEqual([true, false])
  expect(takes(1_750, 3)).toEqual([true, true, false])
  expect(takes(99_000, 5)).toEqual([true, true, true, false, false])
})

test('a clock that was set back neither fills nor empties it', () => {
  const bucket = new TokenBucket({ burst: 2, perSecond: 1 }, 50_000)
  expect([bucket.take(50_000), bucket.take(10_000), bucket.take(10_000), bucket.take(11_000)]).toEqual([
    true,
    true,
    false,
    true,
  ])
})

test('whenever it is asked, it gives no more than the burst and what has grown since', () => {
  const step = fc.integer({ min: 0, max: 3_000 })
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 10 }),
      fc.array(step),
      (burst, perSecond, steps) => {
        const bucket = new TokenBucket({ burst, perSecond }, 0)
        let nowMs = 0
        let taken = 0
        for (const ms of steps) {
          nowMs += ms
          if (bucket.take(nowMs)) taken += 1
          expect(taken).toBeLessThanOrEqual(burst + (nowMs / 1_000) * perSecond + 1e-6)
        }
      },
    ),
    { numRuns: runs(200) },
  )
})
