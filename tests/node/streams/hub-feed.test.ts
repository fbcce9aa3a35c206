import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { startHubFeed } from '../../../src/node/streams/hub-feed.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

const round = 25_000

/** What the wheel asked of a hub: each time the slot, and of how many. */
function wheel() {
  const asked: { slot: number; slots: number; at: number }[] = []
  const own: number[] = []
  const hub = {
    limits: { heartbeatSeconds: round / 1_000 },
    bounds: { head: 0 },
    deliver: () => {},
    beat: (slot: number, slots: number) => asked.push({ slot, slots, at: performance.now() }),
    beatOwn: () => void own.push(performance.now()),
  }
  const deps = {
    logger: { report: () => {}, panic: () => {} },
    hub,
    warmUp: { again: () => {} },
    keyWatch: { endDue: () => {} },
    log: { after: async () => [] },
    wakeUps: { onAppend: () => () => {} },
    delivered: () => {},
  }
  const stop = startHubFeed(deps as unknown as Parameters<typeof startHubFeed>[0])
  const metIn = (fromMs: number, toMs: number) => {
    const met = asked.filter(({ at }) => at > fromMs && at <= toMs).map(({ slot, slots }) => slot % slots)
    return { times: met.length, different: new Set(met).size }
  }
  return { asked, own, metIn, stop, beganMs: performance.now() }
}

test('every slot of the wheel has its turn once in a heartbeat, none of them longer than a tenth of a second', async () => {
  const { asked, metIn, beganMs, stop } = wheel()
  await vi.advanceTimersByTimeAsync(3 * round)
  const [{ slots } = { slots: 0 }] = asked
  expect(slots).toBeGreaterThanOrEqual(round / 100)
  for (let turn = 0; turn < 3; turn += 1) {
    const from = beganMs + turn * round
    expect([turn, metIn(from, from + round)]).toEqual([turn, { times: slots, different: slots }])
  }
  await stop()
  const { length } = asked
  await vi.advanceTimersByTimeAsync(round)
  expect(asked.length).toBe(length)
})

test('slots that a busy thread has missed are made up for, two at a time, so that nobody waits for longer than a round', async () => {
  const { asked, metIn, beganMs, stop } = wheel()
  await vi.advanceTimersByTimeAsync(1_000)
  // The thread is busy for two seconds: its timers are late, the clock is not.
  const real = performance.now
  vi.spyOn(performance, 'now').mockImplementation(() => real.call(performance) + 2_000)
  await vi.advanceTimersByTimeAsync(round - 3_000)
  const [{ slots } = { slots: 0 }] = asked
  expect(metIn(beganMs, beganMs + round)).toEqual({ times: slots, different: slots })
  const perMoment = new Map<number, number>()
  for (const { at } of asked) perMoment.set(at, (perMoment.get(at) ?? 0) + 1)
  expect(Math.max(...perMoment.values())).toBe(2)
  await stop()
})

test('who was stopped for longer than a round owes nobody two', async () => {
  const { asked, stop } = wheel()
  await vi.advanceTimersByTimeAsync(1_000)
  const before = asked.length
  const real = performance.now
  vi.spyOn(performance, 'now').mockImplementation(() => real.call(performance) + 10 * round)
  await vi.advanceTimersByTimeAsync(round)
  const [{ slots } = { slots: 0 }] = asked
  // The round that was due, and the one that has gone by since.
  expect(asked.length - before).toBeGreaterThanOrEqual(slots)
  expect(asked.length - before).toBeLessThanOrEqual(2 * slots)
  await stop()
})

test('heartbeats of an interval of their own are looked after at least ten times a second', async () => {
  const { own, beganMs, stop } = wheel()
  await vi.advanceTimersByTimeAsync(10_000)
  const times = [beganMs, ...own]
  const gapsMs = times.slice(1).map((at, index) => at - (times[index] ?? 0))
  expect(Math.max(...gapsMs)).toBeLessThanOrEqual(100)
  await stop()
  const { length } = own
  await vi.advanceTimersByTimeAsync(1_000)
  expect(own.length).toBe(length)
})
