import { expect, test } from 'vitest'
import type { Hub } from '../../../../src/hub/hub.ts'
import { drainHub } from '../../../../src/node/streams/drain/drain.ts'

/** Counts how often readers are closed; so many more come after each time. */
function hubWith(readers: number, arrivals: number) {
  const closed: number[] = []
  const hub = {
    size: readers,
    goodbye: () => {},
    closeSome(countMax: number) {
      const count = Math.min(countMax, this.size)
      closed.push(count)
      this.size -= count
      const left = this.size
      if (left > 0) this.size += arrivals
      return left
    },
  }
  return { hub: hub as unknown as Hub, closed }
}

test.each([
  [10, 0],
  [10, 3],
  [10, 200],
  [1_000, 50],
  [1, 0],
])('%i readers, and %i who come at each slice, are closed within the slices of the time', async (readers, arrivals) => {
  const { hub, closed } = hubWith(readers, arrivals)
  await drainHub(hub, 0.3)
  expect(closed.length).toBeLessThanOrEqual(6)
  expect(hub.size).toBe(0)
})

test('without arrivals the readers are spread over the slices evenly', async () => {
  const { hub, closed } = hubWith(60, 0)
  await drainHub(hub, 0.3)
  expect(closed).toEqual([10, 10, 10, 10, 10, 10])
})
