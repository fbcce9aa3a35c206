import { expect, test } from 'vitest'
import { LogAheadDuty } from '../../../src/worker/log/log-ahead-duty.ts'
import { entryOf, noon } from '../../support/samples.ts'

const noonMs = Date.parse(noon)
const hourMs = 3_600_000

test('a log ahead of the clock is reported once when it begins and once when it ends, also long after the start', async () => {
  const world = { ms: noonMs, told: [] as string[], at: noon, isAway: false }
  const duty = new LogAheadDuty({
    log: {
      async bounds() {
        if (world.isAway) throw new Error('away')
        return { epoch: 'e', floor: 1, head: 1 }
      },
      after: async () => [{ ...entryOf(1), at: world.at }],
    },
    now: () => world.ms,
    report: (error) => void world.told.push(error instanceof Error ? error.message : ''),
    announce: (line) => void world.told.push(line),
  })
  const act = async (aheadMs: number) => {
    world.told = []
    world.at = new Date(world.ms + aheadMs).toISOString()
    await duty.act()
    expect(duty.dueMs).toBe(world.ms + hourMs)
    world.ms += hourMs
    return world.told
  }
  expect(duty.dueMs).toBe(noonMs)
  expect(await act(0)).toEqual([])
  expect(await act(60_000)).toEqual([])
  expect(await act(60_001)).toEqual([expect.stringContaining('60 seconds ahead')])
  expect(await act(2 * hourMs)).toEqual([])
  world.isAway = true
  expect(await act(2 * hourMs)).toEqual(['away'])
  world.isAway = false
  expect(await act(60_000)).toEqual([expect.stringContaining('caught up')])
  expect(await act(-1)).toEqual([])
  expect(await act(3 * hourMs)).toEqual([expect.stringContaining('3 hours ahead')])
})
