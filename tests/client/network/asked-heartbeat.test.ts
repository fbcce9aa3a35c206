import { expect, test } from 'vitest'
import { termsRanges } from '../../../src/protocol/terms/stream-terms.ts'
import { fakeWorld } from '../../support/fake-world.ts'
import {
  alert,
  live,
  seqs,
  serve,
  startListening,
  states,
  until,
  welcome,
} from '../../support/streams/collected-events.ts'
import type { Peer } from '../../support/streams/stream-server.ts'

const transports = ['socket', 'events'] as const
const asked = (peer: Peer) => [peer.query.get('budget'), peer.query.get('heartbeat')]

/** The service's part at a connection's begin, for a reader who has seen everything; its usual interval is 10 s. */
function greet(peer: Peer, seq: number): void {
  const heartbeatSeconds = Math.min(Number(peer.query.get('heartbeat') ?? 10), 10)
  peer.send(peer.wire === 'socket' ? { ...welcome(seq), heartbeatSeconds } : live(seq))
}

test.each([0, 1, 61, 2.5, -4, Number.NaN, Number.POSITIVE_INFINITY, 'four', null])(
  'an interval of %s, which no service takes, is refused at once',
  async (heartbeatSeconds) => {
    const wrong = { heartbeatSeconds: heartbeatSeconds as number }
    expect(() => startListening('http://127.0.0.1:9/', wrong)).toThrow(TypeError)
    const server = await serve({ onPeer: (peer) => greet(peer, 0) })
    const { listening } = startListening(server.url)
    expect(() => listening.askHeartbeat(wrong.heartbeatSeconds)).toThrow(TypeError)
  },
)

test('the client takes what the service takes', () => {
  const { min, max } = termsRanges.heartbeat
  const take = (heartbeatSeconds: number) => startListening('http://127.0.0.1:9/', { heartbeatSeconds })
  for (const seconds of [min, max]) expect(() => take(seconds)).not.toThrow()
  for (const seconds of [min - 1, max + 1]) expect(() => take(seconds)).toThrow(`${min} to ${max}`)
})

test.each(transports)(
  'over %s, what falls silent is noticed after two of the heartbeats that were asked for, and the app hears of it at once',
  async (transport) => {
    const server = await serve({ eventHeaders: { 'Heartbeat-Seconds': '4' }, onPeer: (peer) => greet(peer, 0) })
    const world = fakeWorld()
    const collected = startListening(server.url, { world, transport, heartbeatSeconds: 4 })
    expect(asked(await server.peer(0))).toEqual([null, '4'])
    await until(() => expect(states(collected)).toEqual(['connecting', 'live']))
    world.pass(7_999)
    expect(states(collected)).toEqual(['connecting', 'live'])
    world.pass(1)
    expect(collected.states.at(-1)).toEqual([
      'waiting',
      { ms: 500, reason: 'nothing was received for 8 s', silentMs: 8_000 },
    ])
    world.pass(500)
    expect(asked(await server.peer(1))).toEqual([null, '4'])
  },
)

test('of a connection that may be frozen the app hears at once too, though the next one is there soon', async () => {
  const server = await serve({
    onPeer(peer) {
      if (server.peers.length > 2) return
      greet(peer, 0)
      peer.send({ ...alert(server.peers.length), alert: { id: 'id', headline: 'x'.repeat(9_000) } })
    },
  })
  const world = fakeWorld()
  const collected = startListening(server.url, { world, transport: 'socket', heartbeatSeconds: 4 })
  await until(() => expect(seqs(collected)).toEqual([1]))
  world.pass(8_000)
  await server.peer(1)
  await until(() => expect(seqs(collected)).toEqual([1, 2]))
  expect(collected.states.slice(2)).toEqual([
    ['connecting', { reason: 'nothing was received for 8 s', silentMs: 8_000 }],
    ['live', undefined],
  ])
  // Now the network is suspected, which asks for 2 s.
  world.pass(4_000)
  await server.peer(2)
  expect(collected.states.at(-1)).toEqual(['connecting', { reason: 'nothing was received for 4 s', silentMs: 4_000 }])
})

test.each([
  [30, undefined, [null, '30']],
  [2, 1, [null, '2']],
  [60, 1, ['12000', '2']],
  [2, 2, ['12000', '2']],
] as const)(
  'of %s s and what %s known freezes need, the shorter interval is asked for',
  async (heartbeatSeconds, known, expected) => {
    const server = await serve({ onPeer: (peer) => greet(peer, 0) })
    const world = fakeWorld()
    const storage = { getItem: () => JSON.stringify(Array(known ?? 0).fill(world.now())), setItem: () => {} }
    startListening(server.url, { world, heartbeatSeconds, storage })
    const [, seconds] = asked(await server.peer(0))
    expect([known === 1 ? expected[0] : asked(server.peers[0] as Peer)[0], seconds]).toEqual(expected)
  },
)

test.each(transports)('over %s, a service of an earlier version is asked without', async (transport) => {
  const server = await serve({
    eventHeaders: { 'Heartbeat-Seconds': '10' },
    onPeer: (peer) => greet(peer, 0),
    refuse: (_, index) =>
      index < (transport === 'socket' ? 2 : 1) ? { status: 400, body: { code: 'unknown-parameter' } } : undefined,
  })
  const world = fakeWorld()
  const collected = startListening(server.url, { world, transport, heartbeatSeconds: 3 })
  const peer = await server.peer(0)
  expect([peer.wire, ...asked(peer)]).toEqual([transport, null, null])
  await until(() => expect(states(collected)).toEqual(['connecting', 'live']))
  collected.listening.askHeartbeat(5)
  world.pass(24_999)
  expect([states(collected), server.peers.length]).toEqual([['connecting', 'live'], 1])
  world.pass(1)
  expect(states(collected)).toEqual(['connecting', 'live', 'waiting'])
})

test('a refusal of something else stops the listener all the same', async () => {
  const body = { code: 'unknown-language' }
  const server = await serve({ refuse: () => ({ status: 400, body }) })
  const collected = startListening(server.url, { heartbeatSeconds: 3, budget: 12_000 })
  await until(() => expect(collected.states.at(-1)).toEqual(['stopped', { status: 400, problem: body }]))
})

test.each(transports)(
  'over %s, another interval is asked for on another connection, of which the app hears nothing and on which nothing is missed',
  async (transport) => {
    let head = 0
    const server = await serve({ onPeer: (peer) => greet(peer, head) })
    const collected = startListening(server.url, { world: fakeWorld(), transport })
    const { listening } = collected
    for (const [index, seconds] of [undefined, 4, undefined, 60].entries()) {
      listening.askHeartbeat(seconds)
      const peer = await server.peer(index)
      expect([...asked(peer), peer.query.get('after')]).toEqual([
        null,
        seconds === undefined ? null : String(seconds),
        index === 0 ? null : `e.${head}`,
      ])
      await until(() => expect(states(collected)).toEqual(['connecting', 'live']))
      head += 1
      peer.send(alert(head))
      await until(() => expect(seqs(collected)).toHaveLength(head))
      listening.askHeartbeat(seconds)
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect([server.peers.length, seqs(collected), states(collected)]).toEqual([4, [1, 2, 3, 4], ['connecting', 'live']])
    listening.close()
    listening.askHeartbeat(2)
    expect(states(collected)).toEqual(['connecting', 'live', 'stopped'])
  },
)
