import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Freezes } from '../../../src/client/network/freezes.ts'
import { runs } from '../../support/effort.ts'

const hourMs = 60 * 60_000
const dayMs = 24 * hourMs
const pattern = { budget: 12_000, heartbeat: 2 }
const suspicion = { heartbeat: 2 }

/** One connection, and what the next one shows of it. */
type Connection = {
  bytes?: number
  /** Whether it was live, and nothing was being replayed. */
  isLive?: boolean
  isOnTime?: boolean
  wasOffline?: boolean
  /** How the next attempt goes. */
  nextFails?: boolean
  nextMs?: number
  wakesBetween?: boolean
}

/** A visit with what an earlier one has stored, so long after it. */
const later = (kept: string, ms: number) => network('auto', kept, ms)

function network(option: number | 'auto' | false = 'auto', kept: string | null = null, passedMs = 0) {
  let now = 1_000_000_000_000 + passedMs
  const storage = new Map(kept === null ? [] : [['tocsin.freezes', kept]])
  const freezes = new Freezes(
    {
      budget: option,
      storage: {
        getItem: (name) => storage.get(name) ?? null,
        setItem: (name, value) => void storage.set(name, value),
      },
    },
    () => now,
  )
  let asked = freezes.begin()
  return {
    freezes,
    storage,
    pass: (ms: number) => {
      now += ms
    },
    /**
     * The open connection falls silent, and another one follows, on which all is caught up and which then ends in order.
     * Returns what the next one asks for.
     */
    silence({ bytes = 12_000, isOnTime = true, isLive = true, nextMs = 200, ...more }: Connection = {}) {
      freezes.open()
      freezes.receive(bytes)
      if (more.wasOffline) freezes.wake()
      freezes.silent(isOnTime, isLive)
      if (more.wakesBetween) freezes.wake()
      freezes.begin()
      if (more.nextFails) {
        freezes.end()
        freezes.begin()
      }
      now += nextMs
      freezes.open()
      freezes.caughtUp()
      asked = freezes.begin()
      return asked
    },
  }
}

test('after one freeze heartbeats are asked for that show the next, after two a budget', () => {
  const { freezes, silence } = network()
  expect(freezes.begin()).toEqual({})
  expect(silence()).toEqual(suspicion)
  expect(silence()).toEqual(pattern)
})

test('after one freeze a budget is asked for too, as long as entries may be missing', () => {
  const { freezes, storage } = network()
  freezes.open()
  freezes.receive(12_000)
  expect(freezes.silent(true, true)).toBe(true)
  for (let page = 0; page < 3; page += 1) {
    expect(freezes.begin()).toEqual(pattern)
    freezes.open()
    freezes.receive(6_000)
  }
  expect(JSON.parse(String(storage.get('tocsin.freezes')))).toHaveLength(1)
  expect(freezes.caughtUp()).toBe(false)
  // The budget is spent, and the connection after it begins at the head.
  expect(freezes.begin()).toEqual(suspicion)
  freezes.open()
  freezes.end()
  expect(freezes.begin()).toEqual(pattern)
})

test.each([6_500, 12_000, 24_000])('silence after %i bytes is a freeze', (bytes) => {
  const { silence } = network()
  silence({ bytes })
  expect(silence({ bytes })).toEqual(pattern)
})

test.each<[string, Connection]>([
  ['after a few bytes, as in a tunnel', { bytes: 6_499 }],
  ['after more bytes than such a network lets through', { bytes: 24_001 }],
  ['on a device that slept', { isOnTime: false }],
  ['on a device that had gone offline', { wasOffline: true }],
  ['on a device that comes online before the next attempt', { wakesBetween: true }],
  ['of a server that cannot be reached again', { nextFails: true }],
])('silence %s is none', (_, connection) => {
  const { silence } = network()
  for (let times = 0; times < 5; times += 1) expect(silence(connection)).toEqual({})
})

test('where the next connection is slow too, silence is the first freeze at most', () => {
  const { silence } = network()
  for (let times = 0; times < 5; times += 1) expect(silence({ nextMs: 5_001 })).toEqual(suspicion)
  expect(silence({ nextMs: 5_000 })).toEqual(pattern)
})

/** A connection in whose replay nothing came that can be seen, or nothing at all. */
const hidden = (freezes: Freezes, wasOpen: boolean) => {
  if (wasOpen) freezes.open()
  return freezes.silent(true, false)
}

test('after one freeze a replay of which nothing is seen is the second: a server’s TLS record is cut off', () => {
  for (const wasOpen of [true, false]) {
    const { freezes, silence } = network()
    expect(silence()).toEqual(suspicion)
    expect(hidden(freezes, wasOpen)).toBe(true)
    expect(freezes.begin()).toEqual(pattern)
    freezes.open()
    freezes.caughtUp()
    expect(freezes.begin()).toEqual(pattern)
  }
})

test('without one, a budget is asked for after a replay of which nothing is seen until all is caught up, and nothing is remembered', () => {
  const { freezes, storage } = network()
  expect(hidden(freezes, true)).toBe(false)
  for (let nth = 0; nth < 3; nth += 1) {
    expect(freezes.begin()).toEqual(pattern)
    freezes.open()
    freezes.receive(11_000)
  }
  expect(freezes.caughtUp()).toBe(true)
  expect([freezes.begin(), storage.size]).toEqual([{}, 0])
})

test('a service that does not answer, with a budget or without, is asked with and without by turns, and nothing is remembered', () => {
  const { freezes, storage } = network()
  for (let nth = 0; nth < 4; nth += 1) {
    expect(hidden(freezes, false)).toBe(false)
    freezes.end()
    expect(freezes.begin()).toEqual(nth % 2 === 0 ? pattern : {})
  }
  freezes.open()
  freezes.caughtUp()
  expect([freezes.begin(), storage.size]).toEqual([{}, 0])
})

test('one freeze is forgotten after a day, and one a day shows nothing', () => {
  const { freezes, silence, pass } = network()
  for (let day = 0; day < 5; day += 1) {
    expect(silence()).toEqual(suspicion)
    pass(dayMs + 1)
    expect(freezes.begin()).toEqual({})
  }
})

test('the pattern is remembered for seven days; then one freeze is found in seconds again, and two renew it', () => {
  const { freezes, silence, pass } = network()
  silence()
  silence()
  pass(7 * dayMs - hourMs)
  expect(freezes.begin()).toEqual(pattern)
  pass(2 * hourMs)
  expect(freezes.begin()).toEqual(suspicion)
  expect(silence()).toEqual(suspicion)
  expect(silence()).toEqual(pattern)
})

test('a connection that has brought more than such a network lets through proves the opposite, at once and for later', () => {
  const { freezes, silence, storage } = network()
  silence()
  expect(freezes.caughtUp()).toBe(false)
  freezes.open()
  freezes.receive(24_001)
  expect(freezes.caughtUp()).toBe(true)
  expect(storage.get('tocsin.freezes')).toBe('[]')
  expect(freezes.begin()).toEqual({})
})

test('a clock that was set back does not make it remembered for ever', () => {
  const { freezes, silence, storage, pass } = network()
  pass(400 * dayMs)
  silence()
  silence()
  pass(-8 * dayMs)
  expect(freezes.begin()).toEqual(suspicion)
  pass(-392 * dayMs)
  expect(freezes.begin()).toEqual({})
  expect(storage.get('tocsin.freezes')).toBe('[]')
})

test.each([
  ['a single freeze', 1, dayMs],
  ['the pattern', 2, 30 * dayMs],
] as const)('the times of %s are deleted from the storage when they are too old', (_, times, keptMs) => {
  for (const isVisitedAnew of [false, true]) {
    const { freezes, silence, storage, pass } = network()
    for (let time = 0; time < times; time += 1) silence()
    const kept = String(storage.get('tocsin.freezes'))
    const next = () => (isVisitedAnew ? later(kept, passedMs) : { freezes, storage })
    let passedMs = keptMs - 2 * hourMs
    pass(passedMs)
    expect(next().freezes.begin()).toEqual(isVisitedAnew ? pattern : suspicion)
    passedMs += 3 * hourMs
    pass(3 * hourMs)
    const then = next()
    expect(then.freezes.begin()).toEqual({})
    expect(then.storage.get('tocsin.freezes')).toBe('[]')
  }
})

test('where the app wants no finding of freezes any more, the times of earlier visits are deleted', () => {
  const { silence, storage } = network()
  silence()
  for (const option of [false, 20_000] as const)
    expect(network(option, String(storage.get('tocsin.freezes'))).storage.get('tocsin.freezes')).toBe('[]')
})

test('another visit knows it from the storage', () => {
  const { silence, storage } = network()
  silence()
  silence()
  const kept = storage.get('tocsin.freezes') ?? null
  expect(network('auto', kept).freezes.begin()).toEqual(pattern)
})

test('what identifies a reader or a time of reading, other than the hours of two freezes, is not stored', () => {
  const { silence, storage } = network()
  for (let times = 0; times < 9; times += 1) silence()
  expect([...storage.keys()]).toEqual(['tocsin.freezes'])
  expect(storage.get('tocsin.freezes')).toMatch(/^\[\d{12,13},\d{12,13}\]$/)
  for (const ms of JSON.parse(String(storage.get('tocsin.freezes')))) expect(ms % hourMs).toBe(0)
})

test('whatever stands in the storage, nothing is thrown and something sensible asked', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json(), fc.constantFrom('[1,null]', '{"0":1}', '[[1],[2]]', '7')), (kept) => {
      expect([{}, suspicion, pattern]).toContainEqual(network('auto', kept).freezes.begin())
    }),
    { numRuns: runs(300) },
  )
})

test('a storage that throws keeps nothing and stops nothing', () => {
  const refuse = () => {
    throw new Error('SecurityError')
  }
  const freezes = new Freezes({ storage: { getItem: refuse, setItem: refuse } }, () => 0)
  for (let times = 0; times < 2; times += 1) {
    freezes.begin()
    freezes.open()
    freezes.receive(12_000)
    freezes.silent(true, true)
  }
  freezes.begin()
  freezes.open()
  expect(freezes.begin()).toEqual(pattern)
})

test('a budget of one’s own is asked for always, and none with false, whatever the network does', () => {
  const own = network(20_000)
  const never = network(false)
  expect(own.freezes.begin()).toEqual({ budget: 20_000, heartbeat: 2 })
  for (let times = 0; times < 3; times += 1) {
    expect(own.silence()).toEqual({ budget: 20_000, heartbeat: 2 })
    expect(never.silence()).toEqual({})
  }
  expect([...own.storage, ...never.storage]).toEqual([])
})

test('after a refusal nothing is asked for any more, but a budget of one’s own is', () => {
  const auto = network()
  auto.silence()
  auto.silence()
  expect(auto.freezes.refuse()).toBe(true)
  expect(auto.freezes.begin()).toEqual({})
  expect(auto.freezes.refuse()).toBe(false)
  const own = network(8_000)
  expect(own.freezes.refuse()).toBe(false)
  expect(own.freezes.begin()).toEqual({ budget: 8_000, heartbeat: 2 })
})
