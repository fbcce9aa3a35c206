import { expect, test } from 'vitest'
import { openSqlite } from '../src/node/sqlite.ts'
import { Placements } from '../src/worker/placements.ts'

test('the first hubs read from the log object, further ones from relays that are filled one after the other', () => {
  const placements = new Placements(openSqlite(':memory:'), 2)
  const places = Array.from({ length: 131 }, (_, hub) => placements.place(`hub ${hub}`))
  expect(places.slice(0, 4)).toEqual([null, null, 'relay-0', 'relay-0'])
  expect(places.filter((place) => place === 'relay-0')).toHaveLength(128)
  expect(places.at(-1)).toBe('relay-1')
})

test('a hub keeps its place, and leaves room when it goes', () => {
  const placements = new Placements(openSqlite(':memory:'), 1)
  expect([placements.place('a'), placements.place('b'), placements.place('a')]).toEqual([null, 'relay-0', null])
  placements.remove('a')
  expect(placements.place('c')).toBeNull()
  expect(placements.place('b')).toBe('relay-0')
})
