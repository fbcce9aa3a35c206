import { expect, test } from 'vitest'
import type { Entry } from '../../../src/log/log.ts'
import { LogAheadWatch } from '../../../src/node/storage/log-ahead-watch.ts'
import { aheadAlarm, logAheadMs } from '../../../src/push/outbox/log-ahead.ts'
import { entryOf, noon } from '../../support/samples.ts'

const noonMs = Date.parse(noon)

/** A log whose newest entry is the last of some times. */
function logOf(...times: readonly string[]) {
  const entries: readonly Entry[] = times.map((at, index) => ({ ...entryOf(index + 1), at }))
  return {
    bounds: async () => ({ epoch: 'e', floor: 1, head: entries.length }),
    after: async (cursor: number, limit: number) => entries.slice(cursor, cursor + limit),
  }
}

test.each([
  [0, 0],
  [59_999, 59_999],
  [-86_400_000, 0],
])('%i ms ahead is %i ms', async (ms, ahead) => {
  expect(await logAheadMs(logOf('2026-02-01T00:00:00.000Z', new Date(noonMs + ms).toISOString()), noonMs)).toBe(ahead)
})

test('an empty log is ahead of nothing', async () => {
  expect(await logAheadMs(logOf(), noonMs)).toBe(0)
})

test.each([
  [60_000, null],
  [60_001, '60 seconds'],
  [125_000, '2 minutes'],
  [3 * 3_600_000, '3 hours'],
  [3 * 86_400_000, '3 days'],
])('%i ms ahead is an alarm that says %j', async (ms, words) => {
  const alarm = await aheadAlarm(logOf(new Date(noonMs + ms).toISOString()), noonMs)
  if (words === null) expect(alarm).toBeNull()
  else expect(alarm).toMatchObject({ kind: 'ahead', at: noon, detail: expect.stringContaining(`${words} ahead`) })
})

test('it is logged once when it begins and once when it ends, and is an alarm meanwhile', async () => {
  const logged: string[] = []
  const logger = {
    alert: () => void logged.push('begins'),
    warn: () => void logged.push('ends'),
    report: () => void logged.push('x'),
  }
  let now = noonMs
  const watch = new LogAheadWatch({ log: logOf(new Date(noonMs + 90_000).toISOString()), now: () => now, logger })
  for (const [ms, seconds, alarms] of [
    [0, 90, 1],
    [1_000, 89, 1],
    [29_999, 60.001, 1],
    [30_000, 60, 0],
    [31_000, 59, 0],
    [20_000, 70, 1],
    [500_000, 0, 0],
  ] as const) {
    now = noonMs + ms
    await watch.look()
    expect([ms, watch.seconds, watch.alarms().length]).toEqual([ms, seconds, alarms])
  }
  expect(logged).toEqual(['begins', 'ends', 'begins', 'ends'])
})

test('a log that cannot be read is reported, and rejects nothing', async () => {
  const reported: string[] = []
  const logger = { alert() {}, warn() {}, report: (_: unknown, doing: string) => void reported.push(doing) }
  const log = { ...logOf(noon), bounds: () => Promise.reject(new Error('away')) }
  const watch = new LogAheadWatch({ log, now: () => noonMs, logger })
  await watch.begin()
  watch.stop()
  expect(reported).toEqual(['comparing the log with the clock'])
})
