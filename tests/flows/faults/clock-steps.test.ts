import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TimeSlice } from '../../../src/hub/time-slice.ts'
import { JoinQueue } from '../../../src/node/streams/join-queue.ts'
import { Alarms, PushAlarm } from '../../../src/push/outbox/alarms.ts'
import { AdaptiveConcurrency } from '../../../src/push/send/adaptive-concurrency.ts'
import { deliveryStateReader } from '../../../src/push/send/sending-batch.ts'
import { HubChoice } from '../../../src/worker/hub/hub-choice.ts'
import { runs } from '../../support/effort.ts'

// A machine's clock may be hours ahead and then be put right: nothing may wait, or last, for as long as it was wrong.

const startMs = Date.parse('2026-03-01T12:00:00.000Z')
const hourMs = 3_600_000
const setBack = [13 * hourMs, hourMs, 61_000]

/** A concurrency that pauses, from a time on. */
function pausing(atMs: number, waitMs = 0): AdaptiveConcurrency {
  const concurrency = new AdaptiveConcurrency()
  for (let nth = 0; nth < 20; nth += 1) concurrency.record('key', atMs, waitMs)
  return concurrency
}

test.each(setBack)(
  'a service’s rest is over when the clock is set back by %i ms, and the next is as long as usual',
  (ms) => {
    const concurrency = pausing(startMs + ms)
    expect(concurrency.isPaused(startMs + ms)).toBe(true)
    expect(concurrency.isPaused(startMs + ms + 4_999)).toBe(true)
    expect(concurrency.isPaused(startMs + ms + 5_000)).toBe(false)
    expect(concurrency.isPaused(startMs)).toBe(false)
    expect(concurrency.record('key', startMs), 'the probe').toBe(true)
    expect([concurrency.isPaused(startMs), concurrency.isPaused(startMs + 10_000)]).toEqual([true, false])
  },
)

test('a clock that is set forward ends a rest, and back to where it was goes on with it', () => {
  const concurrency = pausing(startMs)
  expect(concurrency.isPaused(startMs + 13 * hourMs)).toBe(false)
  expect(concurrency.isPaused(startMs + 1)).toBe(true)
})

test('however the clock steps, no service rests for longer by it than a rest may last', () => {
  const steps = fc.array(fc.integer({ min: -13 * hourMs, max: 13 * hourMs }), { minLength: 1, maxLength: 20 })
  fc.assert(
    fc.property(steps, fc.boolean(), (jumps, isUnknownHost) => {
      const concurrency = new AdaptiveConcurrency(isUnknownHost)
      let nowMs = startMs
      for (const jump of jumps) {
        nowMs += jump
        for (let nth = 0; nth < 20; nth += 1) concurrency.record('down', nowMs)
        expect(concurrency.isPaused(nowMs + (isUnknownHost ? 30 : 5) * 60_000)).toBe(false)
      }
    }),
    { numRuns: runs(50) },
  )
})

test.each(setBack)('asked to slow down again after the clock was set back by %i ms, it does', (ms) => {
  const concurrency = new AdaptiveConcurrency()
  for (let nth = 0; nth < 400; nth += 1) concurrency.record('ok', startMs + ms)
  const { limit } = concurrency
  concurrency.record('throttled', startMs + ms)
  concurrency.record('throttled', startMs)
  expect(concurrency.limit).toBe(Math.floor(limit / 4))
})

test.each(setBack)(
  'an alarm of a clock that was %i ms ahead is told again, dated as it is now, and outlives no day',
  (ms) => {
    let nowMs = startMs + ms
    const alarms = new Alarms(() => nowMs)
    const alarm = new PushAlarm('clock', 'fcm.googleapis.com', 'our clock is ahead')
    expect([alarms.raise(alarm), alarms.raise(alarm)]).toEqual([true, false])
    nowMs = startMs
    expect(alarms.list()[0]?.at).toBe('2026-03-01T12:00:00.000Z')
    expect([alarms.raise(alarm), alarms.raise(alarm)]).toEqual([true, false])
    nowMs = startMs + 24 * hourMs
    expect(alarms.list()).toEqual([])
  },
)

test('whether a batch is stopped is looked at again also after the clock was set back', async () => {
  let nowMs = startMs
  let standing: 'due' | 'over' = 'due'
  const batch = { deliveryState: async () => standing } as unknown as Parameters<typeof deliveryStateReader>[0]
  const look = deliveryStateReader(batch, { now: () => nowMs, report: () => {} })
  expect(await look()).toBe('due')
  standing = 'over'
  expect(await look(), 'looked at a moment ago').toBe('due')
  nowMs -= 13 * hourMs
  expect(await look()).toBe('over')
})

test('a turn of the sweep ends when the clock is set back in the middle of it', () => {
  let nowMs = startMs
  let act = () => {}
  let count = 0
  const limits = { sliceReadersMax: 1_000, sliceMsMax: 200 }
  const soon = (turn: () => void) => {
    act = turn
  }
  const timeSlice = new TimeSlice({ now: () => nowMs, soon, limits }, () => {
    while (count < 50_000 && timeSlice.lasts()) {
      count += 1
      if (count === 1_150) nowMs -= 13 * hourMs
    }
  })
  timeSlice.ask()
  nowMs += 100
  act()
  expect(count).toBeLessThan(1_300)
})

test('a reader who joins during a sweep waits a second at most, also when the clock is set back meanwhile', async () => {
  let nowMs = startMs
  const acts: (() => void)[] = []
  const joinQueue = new JoinQueue({ hub: { sweeping: true }, now: () => nowMs, soon: (act) => void acts.push(act) })
  let isIn = false
  const entered = joinQueue.turn().then(() => {
    isIn = true
  })
  acts.pop()?.()
  await Promise.resolve()
  expect(isIn).toBe(false)
  nowMs -= 13 * hourMs
  acts.pop()?.()
  await entered
  expect(isIn).toBe(true)
})

test('a hub that was full has room again when the clock is set back, and after the usual while', () => {
  const choice = new HubChoice(10, () => 0)
  choice.full('weur', 0, startMs + 13 * hourMs)
  expect(choice.candidates('weur', startMs + 13 * hourMs + 14_999)).toEqual([1])
  expect(choice.candidates('weur', startMs + 13 * hourMs + 15_000)).toEqual([0, 1])
  expect(choice.candidates('weur', startMs)).toEqual([0, 1])
})
