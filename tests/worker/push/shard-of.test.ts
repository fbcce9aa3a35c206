import fc from 'fast-check'
import { expect, test } from 'vitest'
import { idInShard, shardOf, shardOfId, shardsMax } from '../../../src/worker/push/shard-of.ts'
import { newId } from '../../support/push/push-deps.ts'

const endpoint = (nth: number) => `https://fcm.googleapis.com/fcm/send/${nth}`

test('an address is in one shard, always the same, and addresses spread evenly', async () => {
  const shards = 16
  const counts = new Array<number>(shards).fill(0)
  for (let nth = 0; nth < 1_600; nth += 1) {
    const shard = await shardOf(endpoint(nth), shards)
    counts[shard] = (counts[shard] ?? 0) + 1
  }
  expect(Math.min(...counts)).toBeGreaterThan(50)
  expect(Math.max(...counts)).toBeLessThan(200)
  // Another answer than these would lose every subscription that is stored.
  expect(await Promise.all([0, 1, 2].map((nth) => shardOf(endpoint(nth), 16)))).toEqual([7, 12, 1])
})

test('an id names its shard and stays a UUIDv7', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: shardsMax - 1 }), (shard) => {
      const id = idInShard(newId(), shard)
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
      expect(shardOfId(id, shardsMax)).toBe(shard)
      expect(shardOfId(id, shard)).toBeNull()
    }),
  )
})

test('anything else names no shard', () => {
  for (const id of ['', 'x', newId().toUpperCase(), `${newId()}0`, `${newId()}\n`])
    expect(shardOfId(id, shardsMax)).toBeNull()
  fc.assert(fc.property(fc.string(), (text) => shardOfId(text, shardsMax) === null))
})
