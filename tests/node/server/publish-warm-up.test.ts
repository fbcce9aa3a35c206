import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import { startPublishWarmUp } from '../../../src/node/server/publish-warm-up.ts'
import { newsroom } from '../../support/samples.ts'

function warming(languages = newsroom.languages) {
  const report = vi.fn()
  return { ...startPublishWarmUp({ newsroom: { ...newsroom, languages }, now: Date.now, report }), report }
}

test.each([newsroom.languages, newsroom.languages.slice(0, 1), newsroom.languages.slice(-1)])(
  'every alert of the warm-up is accepted, whatever the languages of the newsroom',
  async (...languages) => {
    const { done, report } = warming(languages)
    expect(await done).toBe(8)
    expect(report).not.toHaveBeenCalled()
  },
)

test.each([0, 1, 20])('stopped after %i ms, it publishes no more, and reports nothing', async (ms) => {
  const { done, stop, report } = warming()
  await sleep(ms)
  await stop()
  expect(await done).toBeLessThanOrEqual(8)
  expect(report).not.toHaveBeenCalled()
})

test('what is refused is reported, and nothing is thrown', async () => {
  const { done, report } = warming([])
  expect(await done).toBe(0)
  expect(report).toHaveBeenCalledOnce()
})
