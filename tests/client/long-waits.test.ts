import { afterEach, expect, test, vi } from 'vitest'
import { listen } from '../../src/client/listen.ts'
import { platform } from '../../src/client/platform.ts'
import { fakeWorld } from '../support/fake-world.ts'
import { live, serve, startListening, states, until, welcome } from '../support/streams/collected-events.ts'

afterEach(() => void vi.useRealTimers())

test.each([
  ['socket', 60_000, 60_000],
  ['socket', 3_600_000, 3_600_000],
  ['socket', 2 ** 31, 3_600_000],
  ['socket', Number.MAX_SAFE_INTEGER, 3_600_000],
  ['events', 2 ** 31 + 1, 3_600_000],
] as const)('over %s, a goodbye for %i ms spreads the returns over %i ms', async (transport, asked, spread) => {
  const server = await serve({
    onPeer(peer) {
      peer.send(transport === 'socket' ? welcome(1) : live(1))
      peer.send({ type: 'goodbye', reconnectAfterMs: asked })
      peer.close(1000)
    },
  })
  const world = fakeWorld()
  const collected = startListening(server.url, { transport, world })
  await until(() => expect(states(collected).at(-1)).toBe('waiting'))
  expect(world.pending()).toEqual([spread / 2])
})

test.each([
  ['socket', 10, 25_000],
  ['socket', Number.MAX_SAFE_INTEGER, 750_000],
  ['events', '40', 100_000],
  ['events', '999999999999', 750_000],
  ['events', 'Infinity', 750_000],
  ['events', '0.001', 62_500],
  ['events', '-3', 62_500],
  ['events', 'often', 62_500],
] as const)(
  'over %s, with heartbeats every %s s, a silent connection ends within %i ms',
  async (transport, seconds, ms) => {
    const server = await serve({
      eventHeaders: { 'heartbeat-seconds': String(seconds) },
      onPeer: (peer) => peer.send(transport === 'socket' ? { ...welcome(1), heartbeatSeconds: seconds } : live(1)),
    })
    const world = fakeWorld()
    const collected = startListening(server.url, { transport, world })
    await until(() => expect(states(collected).at(-1)).toBe('live'))
    world.pass(ms - 1)
    expect(states(collected).at(-1)).toBe('live')
    world.pass(ms)
    expect(states(collected)).toContain('waiting')
  },
)

test.each([2 ** 31, 1e12, Number.MAX_SAFE_INTEGER, Number.POSITIVE_INFINITY])(
  'a timer of %d ms, longer than the platform has, does not fire at once',
  (ms) => {
    vi.useFakeTimers()
    let fired = false
    platform.later(ms, () => {
      fired = true
    })
    vi.advanceTimersByTime(2 ** 31 - 2)
    expect(fired).toBe(false)
    vi.advanceTimersByTime(1)
    expect(fired).toBe(true)
  },
)

test('a goodbye with an endless spread does not cause a loop of reconnections', async () => {
  const server = await serve({
    onPeer(peer) {
      peer.send(welcome(1))
      peer.send({ type: 'goodbye', reconnectAfterMs: Number.MAX_SAFE_INTEGER })
      peer.close(1000)
    },
  })
  const waits: unknown[] = []
  const listening = listen({
    url: server.url,
    transport: 'socket',
    world: { random: () => 0.999 },
    onEntry() {},
    onState: (state, detail) => state === 'waiting' && waits.push(Object(detail).ms),
  })
  await until(() => expect(waits).toEqual([3_600_000 * 0.999]))
  expect(server.peers).toHaveLength(1)
  listening.close()
})
