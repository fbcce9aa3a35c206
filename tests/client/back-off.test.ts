import { expect, test } from 'vitest'
import { silentMsMax } from '../../src/client/back-off.ts'

test('two and a half of the server’s heartbeats may be missing, however rare it says they are', () => {
  expect([silentMsMax(25), silentMsMax(60), silentMsMax(86_400)]).toEqual([62_500, 150_000, 750_000])
  // An earlier version of the service, or one that has refused what was asked.
  expect(silentMsMax(25, 2)).toBe(62_500)
})

test('two of those that the client has asked for may be missing, and more after each connection that failed soon', () => {
  expect([0, 1, 2, 3, 20].map((failures) => silentMsMax(2, 2, failures))).toEqual([4_000, 4_000, 8_000, 15_000, 15_000])
  // Rare ones are waited for, however slow the line may be.
  expect([0, 3, 20].map((failures) => silentMsMax(20, 20, failures))).toEqual([40_000, 40_000, 40_000])
})

test('a service that sends them more often than it was asked to is not waited for longer than without asking', () => {
  expect([silentMsMax(1, 2), silentMsMax(25, 60), silentMsMax(3, 4)]).toEqual([2_500, 62_500, 7_500])
})
