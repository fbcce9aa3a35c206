import fc from 'fast-check'
import { afterEach, expect, test, vi } from 'vitest'
import { Semaphore } from '../../../src/push/send/semaphore.ts'

const microtasks = async () => {
  for (let nth = 0; nth < 5; nth += 1) await Promise.resolve()
}

test('without a free permit a caller waits; callers of high priority come first, each priority in its order', async () => {
  const semaphore = new Semaphore(() => 1)
  const order: string[] = []
  await semaphore.acquire()
  for (const [name, isHighPriority] of [
    ['a', false],
    ['b', true],
    ['c', false],
    ['d', true],
  ] as const)
    void semaphore.acquire(isHighPriority).then(() => order.push(name))
  for (let left = 0; left < 5; left += 1) {
    expect(semaphore.isIdle).toBe(false)
    semaphore.release()
    await microtasks()
  }
  expect(order).toEqual(['b', 'd', 'a', 'c'])
  expect(semaphore.isIdle).toBe(true)
})

test('there are never more permits in use than the highest limit, and every caller gets one', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 4 }))), async (steps) => {
      let limit = 2
      let inUse = 0
      let acquired = 0
      const semaphore = new Semaphore(() => limit)
      for (const [isHighPriority, next] of steps) {
        limit = next
        void semaphore.acquire(isHighPriority).then(() => {
          inUse += 1
          acquired += 1
        })
        await microtasks()
        // A lower limit takes no permits back; it applies to later callers.
        if (inUse > limit || next % 2 === 0) {
          if (inUse > 0) {
            inUse -= 1
            semaphore.release()
            await microtasks()
          }
        }
        expect(inUse).toBeLessThanOrEqual(4)
      }
      while (!semaphore.isIdle) {
        inUse -= 1
        semaphore.release()
        await microtasks()
      }
      expect(acquired).toBe(steps.length)
    }),
  )
})

afterEach(() => void vi.useRealTimers())

test('after the limit was raised, one release lets in as many callers as there are permits', async () => {
  let limit = 1
  const semaphore = new Semaphore(() => limit)
  await semaphore.acquire()
  const order: number[] = []
  for (let nth = 0; nth < 5; nth += 1) void semaphore.acquire().then(() => order.push(nth))
  await microtasks()
  expect(order).toEqual([])
  limit = 3
  semaphore.release()
  await microtasks()
  expect(order).toEqual([0, 1, 2])
  semaphore.release()
  await microtasks()
  expect(order).toEqual([0, 1, 2, 3])
})

test('a caller whose wait timed out takes no permit, and those behind it get theirs', async () => {
  vi.useFakeTimers()
  const semaphore = new Semaphore(() => 1)
  await semaphore.acquire()
  const ends: string[] = []
  for (const [name, waitMs] of [
    ['a', 100],
    ['b', undefined],
    ['c', 100],
    ['d', 300],
  ] as const)
    void semaphore.acquire(false, waitMs).then((acquired) => ends.push(`${name} ${acquired}`))
  await vi.advanceTimersByTimeAsync(99)
  expect(ends).toEqual([])
  await vi.advanceTimersByTimeAsync(1)
  expect(ends).toEqual(['a false', 'c false'])
  semaphore.release()
  await vi.advanceTimersByTimeAsync(0)
  expect(ends.slice(2)).toEqual(['b true'])
  semaphore.release()
  await vi.advanceTimersByTimeAsync(500)
  expect(ends.slice(3)).toEqual(['d true'])
  semaphore.release()
  expect(semaphore.isIdle).toBe(true)
})

test('callers of one turn share a timer, and a permit that came in time does not end with it', async () => {
  vi.useFakeTimers()
  const semaphore = new Semaphore(() => 1)
  expect(semaphore.tryAcquire()).toBe(true)
  expect(semaphore.tryAcquire()).toBe(false)
  const answers = Promise.all([1, 2, 3].map(() => semaphore.acquire(false, 1_000)))
  expect(vi.getTimerCount()).toBe(1)
  semaphore.release()
  await vi.advanceTimersByTimeAsync(1_000)
  expect(await answers).toEqual([true, false, false])
  semaphore.release()
  expect(semaphore.isIdle).toBe(true)
})

test('a caller that begins to wait when the others of its turn have their permits is not forgotten', async () => {
  vi.useFakeTimers()
  const semaphore = new Semaphore(() => 1)
  await semaphore.acquire()
  const first = semaphore.acquire(false, 1_000)
  semaphore.release()
  const second = semaphore.acquire(false, 1_000)
  await vi.advanceTimersByTimeAsync(1_000)
  expect(await Promise.all([first, second])).toEqual([true, false])
})
