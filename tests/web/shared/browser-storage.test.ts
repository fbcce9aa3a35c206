import 'fake-indexeddb/auto'
import { afterEach, expect, test, vi } from 'vitest'
import { deleteStored, getStored, putStored, readStored } from '../../../src/web/shared/browser-storage.ts'

afterEach(() => vi.unstubAllGlobals())

/** A browser in which an earlier version has kept something in cache storage. */
function earlierVersion(kept: Map<string, string>): void {
  vi.stubGlobal('caches', {
    has: async () => true,
    open: async () => ({
      match: async (address: string) => (kept.has(address) ? new Response(kept.get(address)) : undefined),
      delete: async (address: string) => kept.delete(address),
    }),
  })
}

// Before any other: a database that was opened stays open.
test('a browser that keeps nothing gives nothing, and says so to who wants something kept', async () => {
  vi.stubGlobal('indexedDB', {
    open: () => {
      throw new DOMException('refused', 'SecurityError')
    },
  })
  expect(await getStored('seen')).toBeUndefined()
  await expect(putStored('seen', [])).rejects.toThrow('refused')
  // Never thrown at once: whoever catches it catches a promise's rejection.
  const read = readStored('seen')
  await expect(read).rejects.toThrow('refused')
})

test('what an earlier version kept is found, once moved from there, and deleted for good', async () => {
  const kept = new Map([['/kept/subscription', '{"id":"a"}']])
  earlierVersion(kept)
  expect(await getStored('subscription')).toEqual({ id: 'a' })
  expect(kept.size).toBe(0)
  expect(await getStored('subscription')).toEqual({ id: 'a' })
  await deleteStored('subscription')
  expect(await getStored('subscription')).toBeUndefined()
})

test('a newer value, or none, is not undone by what an earlier version kept', async () => {
  const kept = new Map([
    ['/kept/seen', '["old"]'],
    ['/kept/subscription', '{"id":"old"}'],
  ])
  earlierVersion(kept)
  await putStored('seen', ['new'])
  await deleteStored('subscription')
  expect([await getStored('seen'), await getStored('subscription')]).toEqual([['new'], undefined])
  expect(kept.size).toBe(0)
})
