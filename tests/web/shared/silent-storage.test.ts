import 'fake-indexeddb/auto'
import { expect, test, vi } from 'vitest'
import { getStored } from '../../../src/web/shared/browser-storage.ts'

test('a storage that does not answer counts as empty, so that an alert does not wait for it', async () => {
  vi.useFakeTimers()
  try {
    vi.stubGlobal('indexedDB', { open: () => ({}) })
    const asked = getStored('seen')
    await vi.advanceTimersByTimeAsync(3_000)
    expect(await asked).toBeUndefined()
  } finally {
    vi.useRealTimers()
  }
})
