import { describe, expect, test } from 'vitest'
import { fakeWorld } from '../support/fake-world.ts'
import { serve, startListening, states, until, welcome } from '../support/streams/collected-events.ts'

describe('reconnecting', () => {
  async function closedWith(code: number, frames: object[] = [], random = 0.5) {
    const server = await serve({
      onPeer(peer) {
        for (const frame of [welcome(1), ...frames]) peer.send(frame)
        peer.close(code, 'why')
      },
    })
    const world = fakeWorld(random)
    const collected = startListening(server.url, { world })
    await until(() => expect(['waiting', 'stopped']).toContain(states(collected).at(-1)))
    return { collected, world, server }
  }

  test.each([4000, 4002, 4003, 4099])('close code %i stops for good and says why', async (code) => {
    const { collected, world } = await closedWith(code)
    expect(collected.states.at(-1)).toEqual(['stopped', { code, reason: 'why' }])
    expect(world.pending()).toEqual([])
  })

  test.each([1001, 1011, 1012, 1013, 4100, 4101, 4103, 4199, 1000])(
    'close code %i waits with full jitter',
    async (code) => {
      const { world } = await closedWith(code)
      expect(world.pending()).toEqual([500])
    },
  )

  test('waits double up to half a minute, and start again from a second after a stable connection', async () => {
    const { collected, world, server } = await closedWith(1013)
    const waits = [...world.pending()]
    for (let attempt = 1; attempt < 8; attempt += 1) {
      world.pass(waits.at(-1) ?? 0)
      await server.peer(attempt)
      await until(() => expect(collected.states.filter(([state]) => state === 'waiting').length).toBe(attempt + 1))
      waits.push(...world.pending())
    }
    expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000])
  })

  test('after a connection that lasted, the next wait is short again', async () => {
    const server = await serve({ onPeer: (peer) => peer.send(welcome(1)) })
    const world = fakeWorld()
    const collected = startListening(server.url, { world })
    for (let index = 0; index < 3; index += 1) {
      const peer = await server.peer(index)
      await until(() => expect(states(collected).at(-1)).toBe('live'))
      world.pass(11_000)
      peer.close(1001)
      await until(() => expect(states(collected).at(-1)).toBe('waiting'))
      expect(world.pending()).toEqual([500])
      world.pass(500)
    }
  })

  test.each([4200, 4299, 1000])(
    'after a goodbye, close code %i comes back anywhere in the spread that it gave',
    async (code) => {
      const goodbye = { type: 'goodbye', reconnectAfterMs: 8_000 }
      const { world } = await closedWith(code, [goodbye], 0.25)
      expect(world.pending()).toEqual([2_000])
    },
  )

  test('a goodbye applies to one reconnection, not to later ones', async () => {
    const server = await serve({
      onPeer(peer, index) {
        peer.send(welcome(1))
        if (index === 0) peer.send({ type: 'goodbye', reconnectAfterMs: 80_000 })
        peer.close(index === 0 ? 4200 : 1013)
      },
    })
    const world = fakeWorld(0.25)
    const collected = startListening(server.url, { world })
    const waits: (readonly number[])[] = []
    for (let attempt = 0; attempt < 3; attempt += 1) {
      await server.peer(attempt)
      await until(() => expect(collected.states.filter(([state]) => state === 'waiting')).toHaveLength(attempt + 1))
      waits.push(world.pending())
      world.pass(world.pending()[0] ?? 0)
    }
    expect(waits).toEqual([[20_000], [500], [1_000]])
  })

  test('silence for two and a half heartbeats ends the connection, any frame before that does not', async () => {
    const server = await serve({ onPeer: (peer) => peer.send(welcome(1)) })
    const world = fakeWorld()
    const collected = startListening(server.url, { world })
    const peer = await server.peer(0)
    await until(() => expect(states(collected)).toEqual(['connecting', 'live']))
    world.pass(24_000)
    peer.send({ type: 'head', cursor: 'e.2', at: 'x' })
    await until(() => expect(collected.listening.cursor).toBe('e.2'))
    world.pass(24_000)
    expect(states(collected).at(-1)).toBe('live')
    world.pass(1_001)
    expect(collected.states.at(-1)).toMatchObject(['waiting', { reason: 'nothing was received for 25 s' }])
  })

  test('an `online` event ends the wait', async () => {
    let wake = () => {}
    const server = await serve({ onPeer: (peer, index) => (index === 0 ? peer.close(1013) : peer.send(welcome(1))) })
    const onWake = (act: () => void) => {
      wake = act
      return () => {}
    }
    const collected = startListening(server.url, { world: { ...fakeWorld(), onWake } })
    await until(() => expect(states(collected).at(-1)).toBe('waiting'))
    wake()
    await until(() => expect(states(collected).at(-1)).toBe('live'))
  })
})
