import fc from 'fast-check'
import { afterEach, expect, test, vi } from 'vitest'
import { Semaphore } from '../../../src/push/send/semaphore.ts'

const turns = async () => {
  for (let turn = 0; turn < 5; turn += 1) await Promise.resolve()
}

test('without a free permit a caller waits; urgent callers go first, each kind in its order', async () => {
  const places = new Semaphore(() => 1)
  const order: string[] = []
  await places.enter()
  for (const [name, isPressing] of [
    ['a', false],
    ['b', true],
    ['c', false],
    ['d', true],
  ] as const)
    void places.enter(isPressing).then(() => order.push(name))
  for (let left = 0; left < 5; left += 1) {
    expect(places.idle).toBe(false)
    places.leave()
    await turns()
  }
  expect(order).toEqual(['b', 'd', 'a', 'c'])
  expect(places.idle).toBe(true)
})

test('there are never more inside than the limit of the moment lets in, and none is forgotten', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 4 }))), async (steps) => {
      let limit = 2
      let inside = 0
      let entered = 0
      const places = new Semaphore(() => limit)
      for (const [isPressing, next] of steps) {
        limit = next
        void places.enter(isPressing).then(() => {
          inside += 1
          entered += 1
        })
        await turns()
        // Who is inside when the limit falls may stay: it holds for who comes.
        if (inside > limit || next % 2 === 0) {
          if (inside > 0) {
            inside -= 1
            places.leave()
            await turns()
          }
        }
        expect(inside).toBeLessThanOrEqual(4)
      }
      while (!places.idle) {
        inside -= 1
        places.leave()
        await turns()
      }
      expect(entered).toBe(steps.length)
    }),
  )
})

afterEach(() => void vi.useRealTimers())

test('where more may be inside than before, one who leaves lets in as many', async () => {
  let limit = 1
  const places = new Semaphore(() => limit)
  await places.enter()
  const order: number[] = []
  for (let nth = 0; nth < 5; nth += 1) void places.enter().then(() => order.push(nth))
  await turns()
  expect(order).toEqual([])
  limit = 3
  places.leave()
  await turns()
  expect(order).toEqual([0, 1, 2])
  places.leave()
  await turns()
  expect(order).toEqual([0, 1, 2, 3])
})

test('who has given up waiting takes no place, and those behind have theirs', async () => {
  vi.useFakeTimers()
  const places = new Semaphore(() => 1)
  await places.enter()
  const ends: string[] = []
  for (const [name, waitMs] of [
    ['a', 100],
    ['b', undefined],
    ['c', 100],
    ['d', 300],
  ] as const)
    void places.enter(false, waitMs).then((isIn) => ends.push(`${name} ${isIn}`))
  await vi.advanceTimersByTimeAsync(99)
  expect(ends).toEqual([])
  await vi.advanceTimersByTimeAsync(1)
  expect(ends).toEqual(['a false', 'c false'])
  places.leave()
  await vi.advanceTimersByTimeAsync(0)
  expect(ends.slice(2)).toEqual(['b true'])
  places.leave()
  await vi.advanceTimersByTimeAsync(500)
  expect(ends.slice(3)).toEqual(['d true'])
  places.leave()
  expect(places.idle).toBe(true)
})
