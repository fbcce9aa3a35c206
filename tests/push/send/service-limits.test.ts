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
