import { expect, test } from 'vitest'
import type { HostKeyCount } from '../../../src/push/subscriptions/subscription-archive.ts'
import { LostKeysCheck } from '../../../src/worker/push/lost-keys-check.ts'

const at = (host: string, vapidKeyId: string, subscriptions: number): HostKeyCount => ({
  host,
  vapidKeyId,
  subscriptions,
})

function setUp(...first: readonly HostKeyCount[]) {
  const world = { ms: 0, asked: 0, places: first, isAway: false, told: [] as string[] }
  const look = new LostKeysCheck({
    async hostKeyCounts() {
      world.asked += 1
      if (world.isAway) throw new Error('a shard is away')
      return world.places
    },
    keyIds: ['k2', 'k1'],
    now: () => world.ms,
    report: (error) => void world.told.push(String(error)),
  })
  return { world, look }
}

test.each([
  ['every key is here', [at('a', 'k1', 3), at('b', 'k2', 4)], null, false],
  ['nobody is left with a lost key', [at('a', 'k1', 3), at('b', 'k0', 0)], null, false],
  ['few are lost', [at('a', 'k1', 3), at('b', 'k0', 2), at('c', 'k2', 1)], '2 of 6 subscriptions', false],
  ['just half are lost', [at('a', 'k1', 3), at('b', 'k0', 3)], '3 of 6 subscriptions', false],
  ['most are lost', [at('a', 'k1', 3), at('b', 'k0', 2), at('c', 'k0', 2)], '4 of 7 subscriptions', true],
])('where %s, the alarm is %j and not ready is %j', async (_, places, words, isNotReady) => {
  const { look, world } = setUp(...(places as HostKeyCount[]))
  const alarms = await look.alarms()
  expect(alarms.map(({ kind, detail }) => [kind, detail.includes(words as string)])).toEqual(
    words === null ? [] : [['key', true]],
  )
  expect((await look.why()) !== null).toBe(isNotReady)
  expect(world.told).toHaveLength(words === null ? 0 : 1)
})

test('shards are asked once a minute; lost keys are reported once, and again when they come back', async () => {
  const { look, world } = setUp(at('a', 'k0', 3))
  for (const ms of [0, 1, 59_999, 60_000, 60_001]) {
    world.ms = ms
    expect(await look.why()).toContain('k0')
  }
  expect([world.asked, world.told.length]).toEqual([2, 1])
  world.places = []
  world.ms = 120_000
  expect([await look.why(), await look.alarms()]).toEqual([null, []])
  world.places = [at('a', 'k0', 3)]
  world.ms = 180_000
  expect(await look.why()).toContain('k0')
  expect(world.told).toHaveLength(2)
})

test('a shard that does not answer changes nothing of what is known, and the next look asks again', async () => {
  const { look, world } = setUp(at('a', 'k0', 3))
  world.isAway = true
  expect(await look.why()).toBeNull()
  world.isAway = false
  expect(await look.why()).toContain('k0')
  world.isAway = true
  world.ms = 60_000
  expect(await look.why()).toContain('k0')
})
