import { expect, test } from 'vitest'
import { TimeSlice } from '../../src/hub/time-slice.ts'

const limits = { sliceReadersMax: 1_000, sliceMsMax: 200 }
const costMs = 1 / 64

/** How many are handled in each of some turns, when the others took so long before it, and each costs so much. */
function handled(othersMs: readonly number[], cost = costMs): readonly number[] {
  let now = 5_000
  let act = () => {}
  const counts: number[] = []
  const soon = (turn: () => void) => {
    act = turn
  }
  const timeSlice = new TimeSlice({ now: () => now, soon, limits }, () => {
    let count = 0
    for (; count < 100_000 && timeSlice.lasts(); now += cost) count += 1
    counts.push(count)
  })
  for (const ms of othersMs) {
    timeSlice.ask()
    now += ms
    act()
  }
  return counts
}

test('in quiet a turn is so many readers', () => {
  expect(handled([0, 9, 15])).toEqual([1_000, 1_000, 1_000])
})

test('after others have taken long it lasts as long as they did, to the next look at the clock', () => {
  expect(handled([50, 0, 20])).toEqual([50 / costMs, 1_000, 1_300])
})

test('it never lasts longer than its maximum, nor less than its readers', () => {
  expect(handled([5_000])).toEqual([limits.sliceMsMax / costMs])
  expect(handled([5_000], 1)).toEqual([1_000])
})

test('a clock that is set back makes it no longer', () => {
  expect(handled([-60_000])).toEqual([1_000])
})

test('asked for often, it comes once', () => {
  const acts: (() => void)[] = []
  let turnsTaken = 0
  const deps = { now: () => 0, soon: (act: () => void) => void acts.push(act), limits }
  const timeSlice = new TimeSlice(deps, () => {
    turnsTaken += 1
  })
  timeSlice.ask()
  timeSlice.ask()
  expect(acts).toHaveLength(1)
  acts[0]?.()
  timeSlice.ask()
  expect([acts.length, turnsTaken]).toEqual([2, 1])
})
