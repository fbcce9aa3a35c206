import { expect, test } from 'vitest'
import { openSqlite } from '../../../src/node/storage/sqlite-file.ts'
import { RelayPlacements } from '../../../src/worker/log/relay-placements.ts'

test('the first hubs read from the log object, further ones from relays that are filled one after the other', () => {
  const placements = new RelayPlacements(openSqlite(':memory:'), 2)
  const places = Array.from({ length: 131 }, (_, hub) => placements.place(`hub ${hub}`))
  expect(places.slice(0, 4)).toEqual([null, null, 'relay-0', 'relay-0'])
  expect(places.filter((place) => place === 'relay-0')).toHaveLength(128)
  expect(places.at(-1)).toBe('relay-1')
})

test.each([
  [2, ['relay-0'], 'relay-0'],
  [3, ['relay-0'], 'relay-0'],
  [3, ['relay-1'], 'relay-1'],
  [3, ['relay-0', 'relay-1'], 'relay-0'],
  [3, [], 'relay-3'],
])(
  'of %i full relays %j are emptied: the next hub goes to %s, and no relay is ever overfilled',
  (count, emptied, next) => {
    const placements = new RelayPlacements(openSqlite(':memory:'), 1)
    placements.place('direct')
    const hubs = Array.from({ length: count * 128 }, (_, hub) => `hub ${hub}`)
    const placed = new Map(hubs.map((hub) => [hub, placements.place(hub)]))
    for (const [hub, relay] of placed) if (emptied.includes(relay ?? '')) placements.remove(hub)
    expect(placements.place('next')).toBe(next)
    const hubsOf = new Map<string | null, number>()
    for (let hub = 0; hub < 300; hub += 1) {
      const relay = placements.place(`more ${hub}`)
      hubsOf.set(relay, (hubsOf.get(relay) ?? 0) + 1)
    }
    expect(Math.max(...hubsOf.values())).toBeLessThanOrEqual(128)
  },
)

test('a hub keeps its relay, and frees the slot when it leaves', () => {
  const placements = new RelayPlacements(openSqlite(':memory:'), 1)
  expect([placements.place('a'), placements.place('b'), placements.place('a')]).toEqual([null, 'relay-0', null])
  placements.remove('a')
  expect(placements.place('c')).toBeNull()
  expect(placements.place('b')).toBe('relay-0')
})
