import { expect, test } from 'vitest'
import { ServiceLimits } from '../../../src/push/send/service-limits.ts'

const nowMs = 1_000_000
const known = new URL('https://push.example')
const invented = new URL('https://a.push.example')

function setUp() {
  const limits = new ServiceLimits({ hosts: ['push.example', '.push.example'] })
  const push = (name: string, attempts = 0, lookedGone = false) => ({
    attempts,
    lookedGone,
    subscription: { endpoint: `https://push.example/${name}` },
  })
  return { limits, push }
}

test('an endpoint that fails again says nothing about its service, until it has accepted a push', () => {
  const { limits, push } = setUp()
  for (let nth = 0; nth < 100; nth += 1) expect(limits.record(known, push('a'), 'down', nowMs)).toBe(false)
  for (let nth = 0; nth < 18; nth += 1) limits.record(known, push('a', 1), 'throttled', nowMs)
  expect(limits.of(known).isPaused(nowMs)).toBe(false)
  limits.record(known, push('a'), 'ok', nowMs)
  limits.record(known, push('a'), 'down', nowMs)
  for (let nth = 0; nth < 16; nth += 1) expect(limits.record(known, push(`${nth}`), 'down', nowMs)).toBe(false)
  expect(limits.record(known, push('16'), 'down', nowMs)).toBe(true)
})

test('as many failing endpoints as before pause a service', () => {
  const { limits, push } = setUp()
  for (let nth = 0; nth < 19; nth += 1) limits.record(known, push(`${nth}`), 'down', nowMs)
  expect(limits.record(known, push('19'), 'down', nowMs)).toBe(true)
})

test('a push that was tried before has failed, also where its first attempt was sent elsewhere; one that looked gone has not', () => {
  const { limits, push } = setUp()
  const usual = limits.of(known)
  expect(limits.permits(known, push('a'))).toBe(usual)
  expect(limits.permits(known, push('a', 1))).not.toBe(usual)
  expect(limits.permits(known, push('a', 1, true))).toBe(usual)
  expect(limits.permits(known, push('a', 2, true))).not.toBe(usual)
  limits.record(known, push('a'), 'down', nowMs)
  expect(limits.permits(known, push('a'))).not.toBe(usual)
  limits.record(known, push('a'), 'ok', nowMs)
  expect(limits.permits(known, push('a'))).toBe(usual)
})

test('after a pause, those that failed come later than the others', () => {
  const { limits, push } = setUp()
  for (let nth = 0; nth < 20; nth += 1) limits.record(known, push(`${nth}`), 'down', nowMs)
  const usual = limits.of(known)
  const failed = limits.permits(known, push('0'))
  const endMs = usual.pausedUntilMs
  expect(failed.isPaused(nowMs)).toBe(true)
  expect([usual.isPaused(endMs), failed.isPaused(endMs)]).toEqual([false, true])
  expect(failed.pausedUntilMs).toBeGreaterThan(endMs)
  expect(failed.isPaused(failed.pausedUntilMs)).toBe(false)
})

test('those that failed take none of the permits of the others, and have few', () => {
  const { limits, push } = setUp()
  limits.record(known, push('a'), 'down', nowMs)
  const usual = limits.of(known)
  const failed = limits.permits(known, push('a'))
  let taken = 0
  while (failed.tryAcquire()) taken += 1
  expect(taken).toBe(usual.limit / 4)
  let left = 0
  while (usual.tryAcquire()) left += 1
  expect(left).toBe(usual.limit)
})

test('at a host that has never answered, each failure makes the pause longer', () => {
  const { limits, push } = setUp()
  expect(limits.record(invented, push('a'), 'down', nowMs)).toBe(true)
  const { pausedUntilMs } = limits.of(invented)
  expect(limits.record(invented, push('a', 1), 'down', pausedUntilMs)).toBe(true)
  expect(limits.of(invented).pausedUntilMs - pausedUntilMs).toBe(2 * (pausedUntilMs - nowMs))
})

test.each([
  ['one endpoint, a hundred times', Array.from({ length: 100 }, () => ['a', 0] as const), 32],
  ['two in turn', Array.from({ length: 100 }, (_, nth) => [nth % 2 ? 'a' : 'b', 0] as const), 32],
  [
    'three, but with more than a minute between any of them',
    [
      ['a', 0],
      ['b', 70_000],
      ['c', 140_000],
      ['a', 210_000],
    ] as const,
    32,
  ],
  [
    'three within a minute',
    [
      ['a', 0],
      ['b', 20_000],
      ['c', 40_000],
    ] as const,
    16,
  ],
  [
    'three at once: one burst',
    [
      ['a', 0],
      ['b', 0],
      ['c', 0],
      ['a', 0],
      ['b', 0],
    ] as const,
    16,
  ],
  [
    'four in turn, a second apart',
    [
      ['a', 0],
      ['b', 1_000],
      ['c', 2_000],
      ['d', 3_000],
    ] as const,
    8,
  ],
  [
    'three after the clock was set back',
    [
      ['a', 500_000],
      ['b', 0],
      ['c', 0],
      ['d', 0],
    ] as const,
    16,
  ],
])('throttled again: %s', (_, throttled, limit) => {
  const { limits, push } = setUp()
  // Enough good answers of others, so that a few bad ones are no pause.
  for (let nth = 0; nth < 100; nth += 1) limits.of(known).record('ok', nowMs)
  const before = limits.of(known).limit
  for (const [name, afterMs] of throttled) limits.record(known, push(name, 1), 'throttled', nowMs + afterMs)
  expect(limits.of(known).limit / before).toBeCloseTo(limit / 32, 1)
})

test('a service that throttles each of its retries is paused; endpoints that fail again otherwise do not pause it', () => {
  for (const [signal, isPaused] of [
    ['throttled', true],
    ['down', false],
  ] as const) {
    const { limits, push } = setUp()
    let paused = false
    for (let nth = 0; nth < 40; nth += 1) paused ||= limits.record(known, push(`${nth}`, 1), signal, nowMs)
    expect([signal, paused]).toEqual([signal, isPaused])
  }
})
