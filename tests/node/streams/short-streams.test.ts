import { describe, expect, test, vi } from 'vitest'
import type { HubLimits } from '../../../src/hub/hub-limits.ts'
import { cleaning } from '../../support/scratch.ts'
import { CountingReader } from '../../support/streams/counting-reader.ts'
import { wakeHere } from '../../support/streams/io-uring-here.ts'
import { liveServer } from '../../support/streams/live-server.ts'

// Budgets, limits and heartbeats of single connections, by every implementation that writes on Node. The bytes are
// counted by the other end of the TCP connection.

const clean = cleaning()
const until = (check: () => void) => vi.waitFor(check, { timeout: 15_000, interval: 10 })
const headlineOf = (length: number) => ({ texts: { en: { headline: 'x'.repeat(200), summary: 'y'.repeat(length) } } })

type Way = { readonly name: string; readonly way: 'socket' | 'events'; readonly how: Parameters<typeof liveServer>[1] }
const ways: readonly Way[] = [
  { name: 'sockets, each written to directly', way: 'socket', how: { ioUring: false } },
  ...(wakeHere ? [{ name: 'sockets by io_uring', way: 'socket', how: { ioUring: true } } as const] : []),
  { name: 'sockets by ws', way: 'socket', how: { socketWriter: 'ws' } },
  { name: 'event streams, written to directly', way: 'events', how: { ioUring: false } },
  ...(wakeHere ? [{ name: 'event streams by io_uring', way: 'events', how: { ioUring: true } } as const] : []),
  { name: 'event streams by node:http', way: 'events', how: { streamWriter: 'node' } },
]

describe.each(ways)('$name', ({ way, how }) => {
  const serve = async (limits: Partial<HubLimits> = {}) => {
    const server = await liveServer(limits, how)
    clean(() => server.close())
    return server
  }
  const read = (url: string, query: string, more: Partial<ConstructorParameters<typeof CountingReader>[1]> = {}) => {
    const reader = new CountingReader(url, { way, query: `languages=en&${query}`, ...more })
    clean(() => reader.end())
    return reader
  }

  test.each([4_000, 12_000, 50_000])(
    'a replay of 100 entries and 30 live ones come once and in order, no connection above its budget of %i bytes',
    async (budget) => {
      const server = await serve({ hotEntriesMax: 60 })
      for (let seq = 1; seq <= 100; seq += 1) server.append(headlineOf((seq * 37) % 500))
      const reader = read(server.url, `budget=${budget}`, { after: 'e.0' })
      await until(() => expect(reader.seqs).toHaveLength(100))
      for (let seq = 101; seq <= 130; seq += 1) {
        server.append(headlineOf((seq * 37) % 500))
        if (seq % 7 === 0) await until(() => expect(reader.seqs).toHaveLength(seq))
      }
      await until(() => expect(reader.seqs).toHaveLength(130))
      expect(reader.seqs).toEqual(Array.from({ length: 130 }, (_, index) => index + 1))
      const bytes = reader.connections.map((it) => it.bytes)
      expect(Math.max(...bytes)).toBeLessThanOrEqual(budget)
      // Each connection brings the reader on, and with more than the least budget by several entries.
      expect(reader.connections.length).toBeLessThan(budget === 4_000 ? 132 : (130 * 900) / (budget / 4))
      await until(() => expect(reader.connections.slice(0, -1).every(({ isEnded }) => isEnded)).toBe(true))
      for (const { messages, closeCode } of reader.connections.slice(0, -1)) {
        expect(messages.at(-1)).toEqual({ type: 'goodbye', reconnectAfterMs: 0 })
        if (way === 'socket') expect(closeCode).toBe(4201)
      }
    },
  )

  test('an entry larger than the whole budget is sent first on a connection of its own', async () => {
    const server = await serve()
    for (const length of [100, 900, 100]) server.append(headlineOf(length))
    server.append({ texts: { en: { headline: 'x', summary: 'ж'.repeat(4_000) } } })
    server.append(headlineOf(100))
    const reader = read(server.url, 'budget=4000', { after: 'e.0' })
    await until(() => expect(reader.seqs).toEqual([1, 2, 3, 4, 5]))
    const large = reader.connections.find(({ seqs }) => seqs.includes(4))
    expect(large?.seqs).toEqual([4])
    for (const it of reader.connections) if (it !== large) expect(it.bytes).toBeLessThanOrEqual(4_000)
  })

  test('limit ends a replay after so many entries where more would follow, and not before, and not what is live', async () => {
    const server = await serve({ hotEntriesMax: 4 })
    for (let seq = 1; seq <= 10; seq += 1) server.append()
    const reader = read(server.url, 'limit=5', { after: 'e.0' })
    await until(() => expect(reader.seqs).toHaveLength(10))
    for (let seq = 11; seq <= 25; seq += 1) server.append()
    await until(() => expect(reader.seqs).toHaveLength(25))
    expect(reader.connections.map(({ seqs }) => seqs.length)).toEqual([5, 20])
    expect(reader.connections[0]?.messages.at(-1)).toEqual({ type: 'goodbye', reconnectAfterMs: 0 })
  })

  test('what was asked for comes back, and a heartbeat of its own comes that often', async () => {
    const server = await serve({ heartbeatSeconds: 25 })
    const wheel = setInterval(() => server.hub.beatOwn(), 50)
    clean(() => clearInterval(wheel))
    const reader = read(server.url, 'budget=9000&limit=7&heartbeat=2')
    await until(() =>
      expect(reader.connections[0]?.messages.filter(({ type }) => type === 'head').length).toBeGreaterThan(1),
    )
    const welcome = { heartbeatSeconds: 2, limits: { budgetBytes: 9_000, limitEntries: 7 } }
    if (way === 'socket') expect(reader.connections[0]?.messages[0]).toMatchObject(welcome)
    const { headers, body } = await fetch(`${server.url}/v1/events?languages=en&budget=9000&limit=7&heartbeat=60`)
    await body?.cancel()
    expect(headers.get('budget-bytes')).toBe('9000')
    expect(headers.get('limit-entries')).toBe('7')
    // Never rarer than usual.
    expect(headers.get('heartbeat-seconds')).toBe('25')
  })

  test('an idle connection is ended by its heartbeats in time, and the next alert comes on the next one', async () => {
    const server = await serve()
    const reader = read(server.url, 'budget=6000')
    await until(() => expect(server.hub.size).toBe(1))
    for (let times = 0; times < 200; times += 1) {
      server.hub.beat(0, 1)
      await new Promise((resolve) => setImmediate(resolve))
    }
    await until(() => expect(reader.connections.length).toBeGreaterThan(1))
    await until(() => expect(reader.connections.at(-1)?.messages.length).toBeGreaterThan(0))
    server.append()
    await until(() => expect(reader.seqs).toEqual([1]))
    expect(Math.max(...reader.connections.map(({ bytes }) => bytes))).toBeLessThanOrEqual(6_000)
  })

  test('who reads slowly is ended within its budget too, and misses nothing', async () => {
    const server = await serve()
    const reader = read(server.url, 'budget=4000', { after: 'e.0' })
    for (let seq = 1; seq <= 40; seq += 1) {
      if (seq % 3 === 0) reader.pause()
      server.append(headlineOf(400))
      await new Promise((resolve) => setTimeout(resolve, 2))
      reader.resume()
    }
    await until(() => expect(reader.seqs).toHaveLength(40))
    expect(reader.seqs).toEqual(Array.from({ length: 40 }, (_, index) => index + 1))
    expect(Math.max(...reader.connections.map(({ bytes }) => bytes))).toBeLessThanOrEqual(4_000)
  })

  test('a stop of the server ends it with 4200 or before that with its budget, within the budget', async () => {
    const server = await serve()
    const reader = read(server.url, 'budget=4000')
    await until(() => expect(server.hub.size).toBe(1))
    server.hub.goodbye(1_000)
    for (let seq = 1; seq <= 3; seq += 1) server.append(headlineOf(10))
    await until(() => expect(reader.connections.flatMap(({ messages }) => messages).length).toBeGreaterThan(2))
    server.hub.closeSome(10, 4200, 'This server is stopping. Come back.')
    await until(() => expect(reader.connections[0]?.isEnded).toBe(true))
    expect(Math.max(...reader.connections.map(({ bytes }) => bytes))).toBeLessThanOrEqual(4_000)
  })
})

test('pings, pongs, answers and mistakes count, and an interest may change midway', async () => {
  const server = await liveServer()
  clean(() => server.close())
  const reader = new CountingReader(server.url, { way: 'socket', query: 'languages=en&budget=4000' })
  clean(() => reader.end())
  await until(() => expect(server.hub.size).toBe(1))
  for (let times = 0; times < 40; times += 1) {
    reader.ping('p'.repeat(120))
    reader.send(times % 2 ? 'ping' : '{"type":"interest","languages":["fa","en"]}')
    if (times % 10 === 0) reader.send('{"type":"strange"}')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  server.append()
  await until(() => expect(reader.seqs).toEqual([1]))
  expect(reader.connections.length).toBeGreaterThan(1)
  expect(Math.max(...reader.connections.map(({ bytes }) => bytes))).toBeLessThanOrEqual(4_000)
})

test('an EventSource repeats its address and goes on by Last-Event-ID, with the same budget', async () => {
  const server = await liveServer()
  clean(() => server.close())
  for (let seq = 1; seq <= 40; seq += 1) server.append(headlineOf(300))
  const how = { way: 'events', query: 'languages=en&budget=5000', after: 'e.0', asEventSource: true } as const
  const reader = new CountingReader(server.url, how)
  clean(() => reader.end())
  await until(() => expect(reader.seqs).toHaveLength(40))
  expect(reader.seqs).toEqual(Array.from({ length: 40 }, (_, index) => index + 1))
  expect(Math.max(...reader.connections.map(({ bytes }) => bytes))).toBeLessThanOrEqual(5_000)
})
