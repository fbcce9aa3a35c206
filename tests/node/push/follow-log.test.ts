import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { followLog } from '../../../src/node/push/follow-log.ts'
import { DatabaseBusy } from '../../../src/store/sql.ts'
import { StorageFault } from '../../../src/store/storage-fault.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

/** A follower whose reads fail in this order, and then succeed. */
function failing(...errors: readonly Error[]) {
  const reported: unknown[] = []
  const left = [...errors]
  let read = 0
  const follower = followLog(
    async () => {
      const error = left.shift()
      if (error !== undefined) throw error
      read += 1
    },
    (error) => reported.push(error),
  )
  follower.wake()
  return { follower, reported, times: () => read }
}

test('a database that is held by another session for a moment is read again soon, and nothing is reported', async () => {
  const { follower, reported, times } = failing(new DatabaseBusy(), new DatabaseBusy(), new DatabaseBusy())
  await vi.advanceTimersByTimeAsync(3_500)
  expect([times(), reported]).toEqual([1, []])
  await follower.stop()
})

test('one that is held for long is reported', async () => {
  const { follower, reported } = failing(...Array.from({ length: 100 }, () => new DatabaseBusy()))
  await vi.advanceTimersByTimeAsync(30_000)
  expect(reported.length).toBeGreaterThan(0)
  expect(reported[0]).toBeInstanceOf(DatabaseBusy)
  await follower.stop()
})

test.each([new Error('unexpected'), new StorageFault('full')])(
  'any other error (%s) is reported at once',
  async (error) => {
    const { follower, reported } = failing(error)
    await vi.advanceTimersByTimeAsync(10)
    expect(reported).toEqual([error])
    await follower.stop()
  },
)
