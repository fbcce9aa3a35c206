import { afterEach, expect, test, vi } from 'vitest'
import { newSecret, secretHash } from '../../../../src/auth/secret.ts'
import { createApp } from '../../../../src/http/app.ts'
import { memoryDeps } from '../../../support/http/memory-deps.ts'
import { newsroom, noon } from '../../../support/samples.ts'

afterEach(() => void vi.useRealTimers())

test('a desk stream on which nothing comes ends at the time at which its key expires', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const clock = { ms: Date.parse(noon) }
  const now = () => clock.ms
  const deps = await memoryDeps(newsroom, null)
  const app = createApp({ ...deps, reads: { ...deps.reads, now }, desk: { ...deps.desk, now } })
  const key = newSecret()
  const expiresAt = new Date(clock.ms + 2_000).toISOString()
  await deps.desk.editors.add(
    { id: 'may', name: 'May', role: 'editor', createdAt: noon, expiresAt },
    await secretHash(key),
  )
  const { body } = await app.request('/v1/desk/events', { headers: { authorization: `Bearer ${key}` } })
  const state = { isEnded: false }
  const reading = (async () => {
    for await (const _chunk of body ?? []);
    state.isEnded = true
  })()
  const pass = async (ms: number) => {
    clock.ms += ms
    await vi.advanceTimersByTimeAsync(ms)
    // What ends the stream is a chain of promises, without a timer.
    for (let turn = 0; turn < 50; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve))
  }
  await pass(0)
  await pass(1_999)
  expect(state.isEnded).toBe(false)
  await pass(1)
  expect(state.isEnded).toBe(true)
  await reading
})
