import { expect, test } from 'vitest'
import { PatientCheck } from '../../../src/client/verified/patient-check.ts'
import type { Checked } from '../../../src/signing/verify/key-pin.ts'
import { noon } from '../../support/signing/signed-logs.ts'

/** A pin that knows no key until it has been asked so often. */
function rig(helpfulAsk: number, answerMs = 0) {
  const state = { nowMs: noon, asked: 0 }
  const pin = {
    check: async (): Promise<Checked> => (state.asked >= helpfulAsk ? 'genuine' : 'unknown-key'),
    async ask() {
      state.asked += 1
      state.nowMs += answerMs
      return 'followed' as const
    },
  }
  const later = (ms: number, act: () => void) => {
    state.nowMs += ms
    queueMicrotask(act)
    return () => {}
  }
  const patient = new PatientCheck(pin, { now: () => state.nowMs, later })
  const check = (ended = new AbortController().signal) =>
    patient.check(async () => expect.unreachable('the pin verifies'), ended)
  return { state, check }
}

test.each([1, 2, 3])('a key that ask %i brings is waited for', async (helpful) => {
  const { state, check } = rig(helpful)
  expect(await check()).toBe('genuine')
  expect([state.asked, state.nowMs - noon]).toEqual([helpful, (helpful - 1) * 4_000])
})

test('after three asks in vain nobody waits for half a minute, and then again', async () => {
  const { state, check } = rig(Number.POSITIVE_INFINITY)
  for (let times = 0; times < 3; times += 1) expect(await check()).toBe('unknown-key')
  expect([state.asked, state.nowMs - noon]).toEqual([3, 8_000])
  state.nowMs += 30_000
  await check()
  expect(state.asked).toBe(6)
  // The clock was set back.
  state.nowMs -= 3_600_000
  await check()
  expect(state.asked).toBe(9)
})

test('answers that take five seconds each leave room for two asks', async () => {
  const { state, check } = rig(Number.POSITIVE_INFINITY, 5_000)
  await check()
  expect([state.asked, state.nowMs - noon]).toEqual([2, 14_000])
})

test('when nobody waits any more nobody is asked', async () => {
  const { state, check } = rig(Number.POSITIVE_INFINITY)
  await check(AbortSignal.abort())
  expect(state.asked).toBe(0)
})
