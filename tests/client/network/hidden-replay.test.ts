import { expect, test } from 'vitest'
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

// A network that stops a connection within a TLS record of the server: what the record has is not seen, though it has come.

const transports = ['socket', 'events'] as const
const goodbye = { type: 'goodbye', reconnectAfterMs: 0 }
const asked = (peer: Peer) => [peer.query.get('budget'), peer.query.get('heartbeat')]

function replay(peer: Peer, from: number, to: number): void {
  if (peer.wire === 'socket') peer.send({ ...welcome(from - 1, 'replay'), heartbeatSeconds: 25 })
  for (let seq = from; seq <= to; seq += 1) peer.send(alert(seq))
}

test.each(transports)(
  'over %s, after one freeze a connection of which nothing is seen is followed at once by one with a budget',
  async (transport) => {
    const server = await serve()
    const world = fakeWorld()
    const kept = new Map([['tocsin.freezes', JSON.stringify([world.now()])]])
    const storage = {
      getItem: (name: string) => kept.get(name) ?? null,
      setItem: (name: string, text: string) => void kept.set(name, text),
    }
    const collected = startListening(server.url, { world, transport, storage, after: 'e.0' })
    const trial = await server.peer(0)
    expect(asked(trial)).toEqual(['12000', '2'])
    replay(trial, 1, 1)
    for (const message of [live(1), goodbye]) trial.send(message)
    expect(asked(await server.peer(1))).toEqual([null, '2'])
    world.pass(15_000)
    const second = await server.peer(2)
    expect(asked(second)).toEqual(['12000', '2'])
    replay(second, 2, 3)
    second.send(live(3))
    await until(() => expect(states(collected).at(-1)).toBe('live'))
    expect(seqs(collected)).toEqual([1, 2, 3])
    expect(JSON.parse(String(kept.get('tocsin.freezes')))).toHaveLength(2)
    second.send(goodbye)
    expect(asked(await server.peer(3))).toEqual(['12000', '2'])
  },
)

test.each(transports)(
  'over %s, a replay that falls silent is asked for in pages until all is caught up, and then without a budget',
  async (transport) => {
    const server = await serve()
    const world = fakeWorld()
    const collected = startListening(server.url, { world, transport, after: 'e.0' })
    const first = await server.peer(0)
    expect(asked(first)).toEqual([null, null])
    replay(first, 1, 1)
    await until(() => expect(seqs(collected)).toEqual([1]))
    // Two and a half heartbeats, and the first step of the back-off.
    world.pass(63_100)
    const second = await server.peer(1)
    expect([second.query.get('after'), ...asked(second)]).toEqual(['e.1', '12000', '2'])
    replay(second, 2, 3)
    await until(() => expect(seqs(collected)).toEqual([1, 2, 3]))
    second.send(goodbye)
    const third = await server.peer(2)
    expect(asked(third)).toEqual(['12000', '2'])
    replay(third, 4, 4)
    third.send(live(4))
    const last = await server.peer(3)
    expect([last.query.get('after'), ...asked(last)]).toEqual(['e.4', null, null])
    expect(seqs(collected)).toEqual([1, 2, 3, 4])
  },
)
