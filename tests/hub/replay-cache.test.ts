import { expect, test } from 'vitest'
import { FrameCache } from '../../src/hub/frame-cache.ts'
import { Group } from '../../src/hub/group.ts'
import { hubLimits } from '../../src/hub/hub-limits.ts'
import { ReplayCache } from '../../src/hub/replay-cache.ts'
import type { Encoding } from '../../src/protocol/messages.ts'

const interest = { audience: 'public', languages: ['en'], topics: [], level: 'routine' } as const
/** Of this wire an opening at the head has no bytes, as an event stream's. */
const silent: Encoding = { name: 'silent', frame: () => null }

test('what is kept for readers who come and go between two alerts is bounded, also where it has no bytes', () => {
  const bounds = { epoch: 'e', floor: 1, head: 0 }
  const runs = new ReplayCache({
    frameCache: new FrameCache(0, [], hubLimits.hotEntriesMax),
    message: () => {
      throw new Error('there is no entry')
    },
    bounds: () => bounds,
    limits: hubLimits,
  })
  const start = { resume: 'live', seq: 0 } as const
  const group = (nth: number) => new Group(`group-${nth}`, silent, interest)
  const first = group(0)
  const opening = runs.opening(start, first)
  expect(opening.frame).toBeNull()
  expect(runs.opening(start, first)).toBe(opening)
  let others = 0
  while (runs.opening(start, first) === opening && others < 200_000) {
    others += 1
    runs.opening(start, group(others))
  }
  expect(others).toBeGreaterThan(1_000)
  expect(others).toBeLessThan(50_000)
})
