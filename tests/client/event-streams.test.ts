import { describe, expect, test } from 'vitest'
import { listen } from '../../src/client/listen.ts'
import { fakeWorld } from '../support/fake-world.ts'
import {
  alert,
  live,
  seqs,
  serve,
  startListening,
  states,
  until,
  welcome,
  withoutJitter,
} from '../support/streams/collected-events.ts'
import type { Peer } from '../support/streams/stream-server.ts'

describe('over the event stream', () => {
  const first = (peer: Peer) => peer.send(live(1))

  test('it is used after sockets have failed before their welcome, and the entries arrive', async () => {
    const server = await serve({ refuse: (wire) => (wire === 'socket' ? { status: 400 } : undefined), onPeer: first })
    const collected = startListening(server.url, { languages: ['fa'], world: withoutJitter })
    const peer = await server.peer(0)
    expect([peer.wire, peer.query.get('languages')]).toEqual(['events', 'fa'])
    peer.raw(': keep-alive\r\n\r\n')
    peer.send(alert(2))
    peer.close(1000)
    const next = await server.peer(1)
    expect([next.wire, next.query.get('after')]).toEqual(['events', 'e.2'])
    next.send(alert(3))
    await until(() => expect(seqs(collected)).toEqual([2, 3]))
  })

  test('without WebSocket it is opened at once, and opened again after it ended', async () => {
    const server = await serve({ onPeer: first })
    const openSocket = () => {
      throw new ReferenceError('WebSocket is not defined')
    }
    const collected = startListening(server.url, { world: { ...withoutJitter, openSocket } })
    await until(() => expect(states(collected)).toEqual(['connecting', 'live']))
    ;(await server.peer(0)).close(1000)
    expect((await server.peer(1)).wire).toBe('events')
    await until(() => expect(states(collected)).toEqual(['connecting', 'live', 'waiting', 'connecting', 'live']))
  })

  test('without WebSocket, and while the service is down, there is a wait between attempts', async () => {
    const server = await serve({ refuse: () => ({ status: 503 }) })
    const openSocket = () => {
      throw new ReferenceError('WebSocket is not defined')
    }
    const world = fakeWorld()
    const collected = startListening(server.url, { world: { ...world, openSocket } })
    for (const ms of [500, 1_000, 2_000]) {
      await until(() => expect(states(collected).at(-1)).toBe('waiting'))
      expect(world.pending()).toEqual([ms])
      world.pass(ms)
      expect(states(collected).at(-1)).toBe('connecting')
    }
  })

  test('after a service was down altogether, the client reconnects by a socket', async () => {
    const server = await serve({
      refuse: (_, tries) => (tries < 2 ? { status: 503 } : undefined),
      onPeer: (peer) => peer.send(welcome(1)),
    })
    startListening(server.url, { world: withoutJitter })
    expect((await server.peer(0)).wire).toBe('socket')
  })

  test('entries before the first `live` event count as replayed', async () => {
    const server = await serve()
    const collected = startListening(server.url, { transport: 'events', after: 'e.1' })
    const peer = await server.peer(0)
    for (const frame of [alert(2), live(2), alert(3)]) peer.send(frame)
    await until(() => expect(collected.entries.map(({ replayed }) => replayed)).toEqual([true, false]))
    expect(states(collected)).toEqual(['connecting', 'replaying', 'live'])
  })

  test('a key goes into the header and nowhere else', async () => {
    const server = await serve({ onPeer: first })
    startListening(server.url, { key: 'secret', audience: 'test' })
    const { wire, query, headers } = await server.peer(0)
    expect([wire, query.toString(), headers.authorization]).toEqual(['events', 'audience=test', 'Bearer secret'])
    expect(() => listen({ url: server.url, key: 'x', transport: 'socket', onEntry() {} })).toThrow(TypeError)
  })

  test('a refusal by the service itself stops for good with its problem', async () => {
    const problem = { code: 'invalid', detail: 'There is no language "xx" here.' }
    const server = await serve({ refuse: () => ({ status: 400, body: problem }) })
    const collected = startListening(server.url, { languages: ['xx'], world: withoutJitter })
    await until(() => expect(collected.states.at(-1)).toEqual(['stopped', { status: 400, problem }]))
  })

  test('after a refusal by a proxy or by a full service, the client waits for the time of Retry-After', async () => {
    const answers = [{ status: 403 }, { status: 503, body: { code: 'no-room' }, retryAfter: 7 }]
    const server = await serve({ refuse: (_, tries) => answers[tries] ?? { status: 500 } })
    const world = fakeWorld()
    const collected = startListening(server.url, { transport: 'events', world })
    await until(() => expect(states(collected).at(-1)).toBe('waiting'))
    expect(world.pending()).toEqual([500])
    world.pass(500)
    await until(() => expect(collected.states.length).toBe(4))
    expect(world.pending()).toEqual([8_000])
  })

  test.each([
    ['1234567890', undefined, 300_500],
    ['Sun, 01 Mar 2026 12:00:07 GMT', 'Sun, 01 Mar 2026 12:00:00 GMT', 7_500],
    ['Sunday, 01-Mar-26 12:00:07 GMT', 'Sun, 01 Mar 2026 12:00:00 GMT', 7_500],
    ['Sun Mar  1 12:00:07 2026', 'Sun, 01 Mar 2026 12:00:00 GMT', 7_500],
    ['Sun, 01 Mar 2026 11:00:00 GMT', 'Sun, 01 Mar 2026 12:00:00 GMT', 500],
    ['Fri, 31 Dec 9999 23:59:59 GMT', 'Sun, 01 Mar 2026 12:00:00 GMT', 300_500],
    ['-5', undefined, 500],
    ['1e3', undefined, 500],
    ['soon', undefined, 500],
  ])('after a refusal with Retry-After %j and Date %j, the client waits %i ms', async (retryAfter, date, ms) => {
    const server = await serve({ refuse: () => ({ status: 503, retryAfter, ...(date === undefined ? {} : { date }) }) })
    const world = fakeWorld()
    const collected = startListening(server.url, { transport: 'events', world })
    await until(() => expect(states(collected).at(-1)).toBe('waiting'))
    expect(world.pending()).toEqual([ms])
  })

  test.each(['Text/Event-Stream; charset=UTF-8', 'TEXT/EVENT-STREAM', 'text/event-stream ;charset=utf-8'])(
    'an event stream whose Content-Type is written %j is one',
    async (type) => {
      const server = await serve({ eventHeaders: { 'content-type': type }, onPeer: first })
      const collected = startListening(server.url, { transport: 'events' })
      await until(() => expect(states(collected)).toEqual(['connecting', 'live']))
    },
  )

  test.each(['text/event-streams', 'text/html', 'application/octet-stream; a=text/event-stream'])(
    'a response of the type %j is no event stream',
    async (type) => {
      const server = await serve({ eventHeaders: { 'content-type': type }, onPeer: first })
      const collected = startListening(server.url, { transport: 'events' })
      await until(() => expect(collected.states.at(-1)).toMatchObject(['waiting', { status: 200 }]))
    },
  )

  test.each(['Application/Problem+JSON', 'application/problem+json; charset=utf-8', 'APPLICATION/PROBLEM+JSON;x=y'])(
    'a refusal of the type %j is the service’s own, and stops for good',
    async (type) => {
      const problem = { code: 'invalid', detail: 'No.' }
      const server = await serve({ refuse: () => ({ status: 400, body: problem, type }) })
      const collected = startListening(server.url, { transport: 'events' })
      await until(() => expect(collected.states.at(-1)).toEqual(['stopped', { status: 400, problem }]))
    },
  )

  test('after a Retry-After of days, the client reconnects after five minutes', async () => {
    const day = 86_400
    const server = await serve({ refuse: () => ({ status: 503, body: { code: 'no-room' }, retryAfter: day }) })
    const world = fakeWorld()
    const collected = startListening(server.url, { transport: 'events', world })
    await until(() => expect(states(collected).at(-1)).toBe('waiting'))
    expect(world.pending()).toEqual([300_500])
  })

  test('the reason of a refused stream is not reported for the next one', async () => {
    const server = await serve({
      onPeer(peer, index) {
        peer.send(index === 0 ? { type: 'goodbye', code: 'no-room', reconnectAfterMs: 60_000 } : live(1))
        peer.close(1000)
      },
    })
    const world = fakeWorld()
    const collected = startListening(server.url, { transport: 'events', world })
    await until(() => expect(states(collected).at(-1)).toBe('waiting'))
    expect(collected.states.at(-1)?.[1]).toMatchObject({ reason: 'no-room' })
    expect(world.pending()).toEqual([60_500])
    world.pass(60_500)
    await server.peer(1)
    await until(() => expect(states(collected).filter((state) => state === 'waiting')).toHaveLength(2))
    expect(collected.states.at(-1)?.[1]).not.toMatchObject({ reason: 'no-room' })
    expect(world.pending()).toEqual([1_000])
  })

  test('comments keep an idle stream open; without any bytes it is closed', async () => {
    const server = await serve({ onPeer: first })
    const world = fakeWorld()
    const collected = startListening(server.url, { transport: 'events', world })
    const peer = await server.peer(0)
    await until(() => expect(states(collected)).toEqual(['connecting', 'live']))
    const before = collected.listening.cursor
    world.pass(60_000)
    peer.raw(': alive\n\n')
    peer.send(live(2))
    await until(() => expect(collected.listening.cursor).not.toBe(before))
    world.pass(60_000)
    expect(states(collected).at(-1)).toBe('live')
    world.pass(2_501)
    expect(states(collected).at(-1)).toBe('waiting')
  })

  test('a changed interest connects again with the cursor', async () => {
    const server = await serve({ onPeer: first })
    const collected = startListening(server.url, { transport: 'events', languages: ['en'] })
    await until(() => expect(states(collected)).toContain('live'))
    collected.listening.change({ languages: ['fa'] })
    const { query } = await server.peer(1)
    expect([query.get('languages'), query.get('after')]).toEqual(['fa', 'e.1'])
  })
})
