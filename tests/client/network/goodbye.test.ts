import { expect, test } from 'vitest'
import { listen, type State } from '../../../src/client/listen.ts'
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
const goodbye = { type: 'goodbye', reconnectAfterMs: 0 }
/** An alert of so many bytes. */
const long = (seq: number, bytes: number) => ({
  ...alert(seq),
  alert: { id: `id-${seq}`, headline: 'x'.repeat(bytes - 150) },
})

/** The service's part at a connection's begin, for a reader who has seen everything. */
function greet(peer: Peer, seq: number): void {
  if (peer.wire === 'socket')
    peer.send({ ...welcome(seq), heartbeatSeconds: Number(peer.query.get('heartbeat') ?? 10) })
  else peer.send(live(seq))
}

test.each(transports)(
  'over %s, a connection whose budget is spent is followed at once, and the app hears of nothing but the entries',
  async (transport) => {
    let head = 0
    const server = await serve({ onPeer: (peer) => greet(peer, head) })
    const world = fakeWorld()
    const collected = startListening(server.url, { world, transport, budget: 12_000 })
    for (let times = 0; times < 5; times += 1) {
      const peer = await server.peer(times)
      expect([peer.query.get('budget'), peer.query.get('heartbeat')]).toEqual(['12000', '2'])
      head += 1
      await until(() => expect(states(collected)).toEqual(['connecting', 'live']))
      peer.send(alert(head))
      // Nothing closes the connection: the client does not wait for that.
      peer.send(goodbye)
    }
    const last = await server.peer(5)
    await until(() => expect(seqs(collected)).toEqual([1, 2, 3, 4, 5]))
    expect(last.query.get('after')).toBe('e.5')
    expect(states(collected)).toEqual(['connecting', 'live'])
  },
)

test.each(transports)('over %s, a replay in pages is one replay for the app', async (transport) => {
  const server = await serve({
    onPeer(peer) {
      const after = Number(peer.query.get('after')?.split('.')[1])
      if (peer.wire === 'socket') peer.send(welcome(after, after < 6 ? 'replay' : 'live'))
      if (after === 6 && peer.wire === 'events') peer.send(live(6))
      if (after >= 6) return
      for (const seq of [after + 1, after + 2]) peer.send(alert(seq))
      peer.send(goodbye)
      peer.close(4201)
    },
  })
  const collected = startListening(server.url, { transport, budget: 4_000, after: 'e.0' })
  await until(() => expect(states(collected)).toEqual(['connecting', 'replaying', 'live']))
  expect(collected.entries.map(({ seq, replayed }) => [seq, replayed])).toEqual(
    [1, 2, 3, 4, 5, 6].map((seq) => [seq, true]),
  )
})

test('what came between two connections is replayed, without a change of state', async () => {
  const server = await serve({
    onPeer(peer, index) {
      peer.send(welcome(index, index === 0 ? 'live' : 'replay'))
      if (index === 0) peer.send(alert(1))
      if (index === 1) for (const message of [alert(2), live(2)]) peer.send(message)
    },
  })
  const collected = startListening(server.url, { budget: 12_000, transport: 'socket' })
  await until(() => expect(seqs(collected)).toEqual([1]))
  ;(await server.peer(0)).send(goodbye)
  await until(() => expect(seqs(collected)).toEqual([1, 2]))
  expect(collected.entries.map(({ replayed }) => replayed)).toEqual([false, true])
  expect(states(collected)).toEqual(['connecting', 'live'])
})

test('where the next connection is not live within five seconds the app is told', async () => {
  let silent = false
  const server = await serve({
    onPeer(peer) {
      if (!silent) greet(peer, 0)
    },
  })
  const world = fakeWorld()
  const collected = startListening(server.url, { world, budget: 12_000, transport: 'socket' })
  await until(() => expect(states(collected)).toEqual(['connecting', 'live']))
  silent = true
  const peer = await server.peer(0)
  peer.send(alert(1))
  peer.send(goodbye)
  const next = await server.peer(1)
  world.pass(4_999)
  expect(states(collected)).toEqual(['connecting', 'live'])
  world.pass(1)
  expect(states(collected)).toEqual(['connecting', 'live', 'connecting'])
  greet(next, 1)
  await until(() => expect(states(collected).at(-1)).toBe('live'))
  expect(world.pending()).toHaveLength(1)
})

test('where the next connection fails the app is told at once', async () => {
  const server = await serve({
    onPeer: (peer) => greet(peer, 0),
    refuse: (_, index) => (index === 0 ? undefined : { status: 503 }),
  })
  const collected = startListening(server.url, { world: fakeWorld(), budget: 12_000, transport: 'socket' })
  await until(() => expect(states(collected)).toEqual(['connecting', 'live']))
  const peer = await server.peer(0)
  peer.send(alert(1))
  peer.send(goodbye)
  await until(() => expect(states(collected).at(-1)).toBe('waiting'))
})

test.each(transports)('over %s, a server that only says goodbye is not asked again at once', async (transport) => {
  const server = await serve({
    onPeer(peer) {
      if (peer.wire === 'socket') peer.send(welcome(0))
      else peer.send(live(0))
      peer.send(goodbye)
      peer.close(transport === 'socket' ? 4201 : 1000)
    },
  })
  const world = fakeWorld()
  const collected = startListening(server.url, { world, transport, budget: 12_000, after: 'e.0' })
  for (let times = 1; times < 4; times += 1) {
    await until(() => expect(states(collected).filter((state) => state === 'waiting')).toHaveLength(times))
    expect(server.peers).toHaveLength(times)
    expect(world.pending()[0]).toBeGreaterThan(400)
    world.pass(world.pending()[0] ?? 0)
  }
})

test.each(transports)(
  'over %s, the second connection that freezes turns the budget on, and each entry comes once',
  async (transport) => {
    let head = 0
    const server = await serve({
      onPeer: (peer) => greet(peer, head),
      eventHeaders: { 'Heartbeat-Seconds': '2' },
    })
    const world = fakeWorld()
    const kept = new Map<string, string>()
    const storage = { getItem: () => null, setItem: (name: string, value: string) => void kept.set(name, value) }
    const collected = startListening(server.url, { world, transport, storage })
    for (const [index, asked] of [
      [null, null],
      ['12000', '2'],
      [null, '2'],
      ['12000', '2'],
    ].entries()) {
      const peer = await server.peer(index)
      expect([peer.query.get('budget'), peer.query.get('heartbeat')]).toEqual(asked)
      await until(() => expect(states(collected)).toEqual(['connecting', 'live']))
      head += 1
      peer.send(long(head, 9_000))
      await until(() => expect(seqs(collected)).toHaveLength(head))
      // Two and a half heartbeats; two, where the client has asked for them.
      if (index === 0) world.pass(transport === 'socket' ? 25_000 : 5_000)
      if (index === 2) world.pass(4_000)
      if (index !== 1) continue
      // The budget is spent once all is caught up.
      peer.send(live(head))
      peer.send(goodbye)
    }
    expect(seqs(collected)).toEqual([1, 2, 3, 4])
    expect(JSON.parse(kept.get('tocsin.freezes') ?? '')).toHaveLength(2)
    expect(states(collected)).toEqual(['connecting', 'live'])
  },
)

test('a suspicion that was refuted ends the frequent heartbeats', async () => {
  let head = 0
  const server = await serve({ onPeer: (peer) => greet(peer, head) })
  const world = fakeWorld()
  const storage = { getItem: () => `[${world.now()}]`, setItem: () => {} }
  const collected = startListening(server.url, { world, transport: 'socket', storage })
  const first = await server.peer(0)
  expect([first.query.get('budget'), first.query.get('heartbeat')]).toEqual(['12000', '2'])
  for (const message of [live(0), goodbye]) first.send(message)
  const peer = await server.peer(1)
  expect([peer.query.get('budget'), peer.query.get('heartbeat')]).toEqual([null, '2'])
  for (head = 1; head <= 3; head += 1) peer.send(long(head, 9_000))
  head = 3
  peer.send({ type: 'head', cursor: 'e.3', at: '2026-01-01T00:00:00.000Z' })
  expect((await server.peer(2)).query.get('heartbeat')).toBeNull()
  expect(seqs(collected)).toEqual([1, 2, 3])
})

test.each(transports)(
  'over %s, a service of an earlier version that refuses what it does not know is asked without it',
  async (transport) => {
    const server = await serve({
      onPeer: (peer) => greet(peer, 0),
      refuse: (_, index) =>
        index < (transport === 'socket' ? 2 : 1) ? { status: 400, body: { code: 'unknown-parameter' } } : undefined,
    })
    const world = fakeWorld()
    const storage = { getItem: () => `[${world.now() - 1},${world.now()}]`, setItem: () => {} }
    const collected = startListening(server.url, { world, storage, ...(transport === 'events' ? { transport } : {}) })
    const peer = await server.peer(0)
    expect([peer.wire, peer.query.get('budget'), peer.query.get('heartbeat')]).toEqual([transport, null, null])
    await until(() => expect(states(collected)).toEqual(['connecting', 'live']))
  },
)

test('an app that closes when it is told that it is live gets no other connection, though a suspicion was refuted', async () => {
  const server = await serve({ onPeer: (peer) => peer.send(welcome(0, 'replay')) })
  const world = fakeWorld()
  const storage = { getItem: () => `[${world.now()}]`, setItem: () => {} }
  const states: State[] = []
  const listening = listen({
    ...{ url: server.url, languages: '*', world, storage, transport: 'socket', after: 'e.0', onEntry: () => {} },
    onState(state) {
      states.push(state)
      if (state === 'live') listening.close()
    },
  })
  const peer = await server.peer(0)
  for (let head = 1; head <= 3; head += 1) peer.send(long(head, 9_000))
  peer.send(live(3))
  await until(() => expect(states).toContain('stopped'))
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect([states, server.peers.length]).toEqual([['connecting', 'replaying', 'live', 'stopped'], 1])
})

test('with sockets alone, a service that is replaced by an earlier version is asked without what that does not know', async () => {
  // Of the attempts after the first connection a socket is refused, and the event stream that shows why.
  const server = await serve({
    onPeer: (peer) => greet(peer, 0),
    refuse: (_, index) =>
      index === 1 || index === 2 ? { status: 400, body: { code: 'unknown-parameter' } } : undefined,
  })
  const world = fakeWorld()
  const storage = { getItem: () => `[${world.now() - 1},${world.now()}]`, setItem: () => {} }
  const collected = startListening(server.url, { world, storage, transport: 'socket' })
  const peer = await server.peer(0)
  expect(peer.query.get('heartbeat')).toBe('2')
  await until(() => expect(states(collected)).toEqual(['connecting', 'live']))
  peer.close(1001)
  await until(() => expect(states(collected).at(-1)).toBe('waiting'))
  world.pass(10_000)
  const next = await server.peer(1)
  expect([next.wire, next.query.get('heartbeat')]).toEqual(['socket', null])
  await until(() => expect(states(collected).at(-1)).toBe('live'))
})

test('a budget of one’s own that is refused stops the listener and says why', async () => {
  const body = { code: 'budget-out-of-range' }
  const server = await serve({ refuse: () => ({ status: 400, body }) })
  const collected = startListening(server.url, { budget: 1 })
  await until(() => expect(collected.states.at(-1)).toEqual(['stopped', { status: 400, problem: body }]))
})
