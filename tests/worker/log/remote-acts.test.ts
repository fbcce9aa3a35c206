import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { RemoteActs } from '../../../src/worker/log/remote-acts.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const turns = async () => {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve()
}

/** Acts that end when they are told to, and whether whoever ends a key still waits for them. */
function begun(count: number) {
  const acts = new RemoteActs()
  const ends: ((how: 'done' | 'failed') => void)[] = []
  const results: unknown[] = []
  for (let nth = 0; nth < count; nth += 1) {
    const act = () =>
      new Promise<number>((resolve, reject) => {
        ends.push((how) => (how === 'done' ? resolve(nth) : reject(new Error('no'))))
      })
    const running = acts.run(() => {}, act)
    void running.then(
      (result) => results.push(result),
      () => results.push('failed'),
    )
  }
  let isSettled = false
  const wait = () => void acts.settled().then(() => (isSettled = true))
  return { acts, ends, results, wait, isSettled: () => isSettled }
}

test.each([[[0, 1, 2]], [[2, 1, 0]], [[1, 0, 2]]])(
  'whoever ends a key waits for all that had begun, in whatever order it ends: %j',
  async (order) => {
    const { ends, wait, isSettled, results } = begun(3)
    wait()
    for (const [at, nth] of order.entries()) {
      await turns()
      expect(isSettled()).toBe(false)
      ends[nth]?.(at === 1 ? 'failed' : 'done')
    }
    await turns()
    expect(isSettled()).toBe(true)
    expect(results).toHaveLength(3)
  },
)

test('what begins after it is not waited for, and nothing to wait for is no wait', async () => {
  const { acts, ends, wait, isSettled } = begun(1)
  wait()
  const late = acts.run(
    () => {},
    () => new Promise<void>((resolve) => ends.push(() => resolve())),
  )
  ends[0]?.('done')
  await turns()
  expect(isSettled()).toBe(true)
  ends[1]?.('done')
  await late
  await acts.settled()
})

test('what does not answer is waited for five seconds', async () => {
  const { wait, isSettled } = begun(2)
  wait()
  await vi.advanceTimersByTimeAsync(4_999)
  expect(isSettled()).toBe(false)
  await vi.advanceTimersByTimeAsync(1)
  expect(isSettled()).toBe(true)
})

test('what may not be done is not begun', async () => {
  const acts = new RemoteActs()
  const act = vi.fn(async () => {})
  const refused = () => {
    throw new Error('the key has ended')
  }
  await expect(acts.run(refused, act)).rejects.toThrow('the key has ended')
  expect(act).not.toHaveBeenCalled()
})
