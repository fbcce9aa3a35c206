import { expect, test } from 'vitest'
import { collectGarbage } from '../../../src/node/threads/heap.ts'

test('what a start has left behind is collected at once, and what is still used is not', async () => {
  const used = { name: 'used' }
  const left = new WeakRef(Array.from({ length: 1_000 }, (_, index) => ({ index })))
  const kept = new WeakRef(used)
  // A WeakRef keeps its target until the end of the job that made it.
  await new Promise((resolve) => setImmediate(resolve))
  collectGarbage()
  expect(left.deref()).toBeUndefined()
  expect(kept.deref()).toBe(used)
})
