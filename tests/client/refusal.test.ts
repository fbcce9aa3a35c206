import { describe, expect, test } from 'vitest'
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

/** Refusals of what was asked as it is. */
const refusals = [400, 403, 404, 405, 410, 413, 414, 422, 431]
const parseProblem = (status: number) => ({ code: `code-${status}`, detail: `Sentence ${status}.` })
/** A clock that does not advance: no timer fires. */
const still = () => fakeWorld()

describe('a client that has received nothing yet', () => {
  test.each([...refusals, 401])(
    'reports %i at the first refusal, although a socket does not show the status',
    async (status) => {
      const asked: string[] = []
      const server = await serve({
        refuse(wire) {
          asked.push(wire)
          return { status, body: parseProblem(status) }
        },
      })
      const collected = startListening(server.url, { languages: ['xx'], world: still() })
      await until(() => expect(collected.states.at(-1)).toEqual(['stopped', { status, problem: parseProblem(status) }]))
      // Node's WebSocket sends the request twice after a 401.
      expect([[...new Set(asked)], states(collected)]).toEqual([
        ['socket', 'events'],
        ['connecting', 'stopped'],
      ])
    },
  )

  test.each(['socket', 'events'] as const)('stops for it with the transport "%s" too', async (transport) => {
    const server = await serve({ refuse: () => ({ status: 422, body: parseProblem(422) }) })
    const collected = startListening(server.url, { transport, world: still() })
    await until(() => expect(collected.states.at(-1)).toEqual(['stopped', { status: 422, problem: parseProblem(422) }]))
  })

  test.each([408, 425, 429, 500, 502, 503])('waits for the time of Retry-After after %i', async (status) => {
    const server = await serve({ refuse: () => ({ status, body: parseProblem(status), retryAfter: 3 }) })
    const world = still()
    const collected = startListening(server.url, { world })
    await until(() => expect(collected.states.at(-1)).toMatchObject(['waiting', { status, retryAfterMs: 3_000 }]))
    expect(world.pending()).toEqual([3_500])
  })

  test('tries the event stream at once only for the first failure; then sockets and streams alternate', async () => {
    const asked: string[] = []
    const server = await serve({
      refuse(wire) {
        asked.push(wire)
        return { status: 503 }
      },
    })
    const world = still()
    const collected = startListening(server.url, { world })
    for (let waits = 1; waits <= 4; waits += 1) {
      await until(() => expect(states(collected).filter((state) => state === 'waiting').length).toBe(waits))
      expect(asked.length).toBe(1 + waits)
      world.pass(world.pending()[0] ?? 0)
    }
    expect(asked.slice(0, 5)).toEqual(['socket', 'events', 'socket', 'events', 'socket'])
  })

  test('keeps the event stream that it tried, and opens a socket next time', async () => {
    const server = await serve({
      refuse: (_, tries) => (tries === 0 ? { status: 400 } : undefined),
      onPeer: (peer) => peer.send(peer.wire === 'events' ? live(1) : welcome(2)),
    })
    startListening(server.url, { world: withoutJitter })
    const first = await server.peer(0)
    expect(first.wire).toBe('events')
    first.close(1000)
    expect((await server.peer(1)).wire).toBe('socket')
  })

  test('with the transport "socket" never keeps the event stream that it tried', async () => {
    const server = await serve({
      refuse: (wire, tries) => (wire === 'socket' && tries < 2 ? { status: 400 } : undefined),
      onPeer: (peer) => peer.send(peer.wire === 'events' ? live(1) : welcome(2)),
    })
    const world = still()
    const collected = startListening(server.url, { transport: 'socket', world })
    await until(() =>
      expect(collected.states.at(-1)?.[1]).toMatchObject({ reason: expect.stringContaining('WebSocket') }),
    )
    expect([states(collected), collected.listening.cursor]).toEqual([['connecting', 'waiting'], undefined])
    world.pass(500)
    const peer = await server.peer(1)
    await until(() => expect(collected.listening.cursor).toBe('e.2'))
    expect(peer.wire).toBe('socket')
  })

  test('does not learn the status from a socket that stays silent, and requests the event stream at once', async () => {
    const world = still()
    const silent = () => ({ addEventListener() {}, send() {}, close() {} })
    const server = await serve({ refuse: () => ({ status: 404, body: parseProblem(404) }) })
    const collected = startListening(server.url, { world: { ...world, openSocket: silent } })
    world.pass(15_000)
    await until(() => expect(collected.states.at(-1)).toEqual(['stopped', { status: 404, problem: parseProblem(404) }]))
  })
})

describe('a client that has received messages before', () => {
  test.each([...refusals, 'socket' as const])(
    'survives three refusals in a row (%s), and continues from the cursor',
    async (kind) => {
      const status = kind === 'socket' ? 400 : kind
      let refusing = false
      const server = await serve({
        refuse: () => (refusing ? { status, body: parseProblem(status) } : undefined),
        onPeer: (peer) => peer.send(peer.wire === 'socket' ? welcome(5, 'replay') : live(5)),
      })
      const collected = startListening(server.url, {
        transport: kind === 'socket' ? 'auto' : 'events',
        world: withoutJitter,
      })
      const first = await server.peer(0)
      first.send(live(5))
      await until(() => expect(collected.listening.cursor).toBe('e.5'))
      refusing = true
      first.close(1001)
      await until(() => expect(states(collected).filter((state) => state === 'waiting').length).toBeGreaterThan(3))
      refusing = false
      const next = await server.peer(1)
      next.send(alert(6))
      await until(() => expect(seqs(collected)).toEqual([6]))
      expect([next.query.get('after'), states(collected).includes('stopped')]).toEqual(['e.5', false])
    },
  )

  test('waits for five minutes at most between refusals, twice as long each time', async () => {
    let refusing = false
    const server = await serve({
      refuse: () => (refusing ? { status: 400, body: parseProblem(400) } : undefined),
      onPeer: (peer) => peer.send(live(1)),
    })
    const world = still()
    const collected = startListening(server.url, { transport: 'events', world })
    const peer = await server.peer(0)
    await until(() => expect(states(collected).at(-1)).toBe('live'))
    refusing = true
    peer.close(1000)
    const waits: number[] = []
    for (let times = 1; times <= 12; times += 1) {
      await until(() => expect(states(collected).filter((state) => state === 'waiting').length).toBe(times))
      waits.push(...world.pending())
      world.pass(world.pending()[0] ?? 0)
    }
    expect(waits.slice(0, 4)).toEqual([500, 1_000, 2_000, 4_000])
    expect(waits.slice(8, 10)).toEqual([128_000, 150_000])
  })

  test('is stopped by a key that is no longer valid', async () => {
    let refusing = false
    const server = await serve({
      refuse: () => (refusing ? { status: 401, body: parseProblem(401) } : undefined),
      onPeer: (peer) => peer.send(live(1)),
    })
    const collected = startListening(server.url, { key: 'secret', audience: 'test', world: withoutJitter })
    const peer = await server.peer(0)
    await until(() => expect(states(collected)).toContain('live'))
    refusing = true
    peer.close(1000)
    await until(() => expect(collected.states.at(-1)).toEqual(['stopped', { status: 401, problem: parseProblem(401) }]))
  })

  test.each(['events', 'socket'] as const)('reports at once that a new interest is refused (%s)', async (transport) => {
    let refusing = false
    const server = await serve({
      refuse: () => (refusing ? { status: 400, body: parseProblem(400) } : undefined),
      onPeer: (peer) => peer.send(peer.wire === 'socket' ? welcome(1) : live(1)),
    })
    const collected = startListening(server.url, { transport, languages: ['en'], world: withoutJitter })
    const peer = await server.peer(0)
    await until(() => expect(states(collected)).toContain('live'))
    refusing = true
    collected.listening.change({ languages: ['xx'] })
    if (transport === 'socket') peer.close(1011)
    await until(() => expect(collected.states.at(-1)?.[1]).toEqual({ status: 400, problem: parseProblem(400) }))
    expect(states(collected).at(-1)).toBe('stopped')
  })

  const taken = { type: 'interest', interest: {} }
  const error = { type: 'error', code: 'invalid', detail: 'No.' }
  test.each([
    ['none of two', [], true],
    ['the first of two', [taken], true],
    ['the first, and refused the second', [taken, error], true],
    ['both', [taken, taken], false],
    ['the second, and refused the first', [error, taken], false],
  ])('of two changes on one socket each answer is its own: it took %s', async (_, answers, isFinal) => {
    let refusing = false
    const server = await serve({
      refuse: () => (refusing ? { status: 400, body: parseProblem(400) } : undefined),
      onPeer: (peer) => peer.send(welcome(1)),
    })
    const collected = startListening(server.url, { languages: ['en'], world: withoutJitter })
    const peer = await server.peer(0)
    await until(() => expect(states(collected)).toContain('live'))
    collected.listening.change({ languages: ['fa'] })
    collected.listening.change({ languages: ['xx'] })
    await until(() => expect(peer.said.length).toBe(2))
    for (const answer of [...answers, alert(2)]) peer.send(answer)
    await until(() => expect(seqs(collected)).toEqual([2]))
    refusing = true
    peer.close(1001)
    if (isFinal) await until(() => expect(states(collected).at(-1)).toBe('stopped'))
    else {
      await until(() => expect(states(collected).filter((state) => state === 'waiting').length).toBeGreaterThan(3))
      expect(states(collected)).not.toContain('stopped')
    }
  })

  test('a request on a connection that broke is not answered on the next', async () => {
    let refusing = false
    const server = await serve({
      refuse: () => (refusing ? { status: 400, body: parseProblem(400) } : undefined),
      onPeer: (peer) => peer.send(welcome(1)),
    })
    const collected = startListening(server.url, { languages: ['en'], world: withoutJitter })
    const first = await server.peer(0)
    await until(() => expect(states(collected)).toContain('live'))
    collected.listening.change({ languages: ['fa'] })
    await until(() => expect(first.said.length).toBe(1))
    first.close(1001)
    const second = await server.peer(1)
    await until(() => expect(states(collected).filter((state) => state === 'live').length).toBe(2))
    collected.listening.change({ languages: ['ar'] })
    await until(() => expect(second.said.length).toBe(1))
    for (const frame of [taken, alert(2)]) second.send(frame)
    await until(() => expect(seqs(collected)).toEqual([2]))
    refusing = true
    second.close(1001)
    await until(() => expect(states(collected).filter((state) => state === 'waiting').length).toBeGreaterThan(3))
    expect(states(collected)).not.toContain('stopped')
  })

  test('an interest that the socket accepted counts as received', async () => {
    let refusing = false
    const server = await serve({
      refuse: () => (refusing ? { status: 400, body: parseProblem(400) } : undefined),
      onPeer: (peer) => peer.send(welcome(1)),
    })
    const collected = startListening(server.url, { languages: ['en'], world: withoutJitter })
    const peer = await server.peer(0)
    await until(() => expect(states(collected)).toContain('live'))
    collected.listening.change({ languages: ['fa'] })
    await until(() => expect(peer.said.length).toBe(1))
    peer.send({ type: 'interest', interest: {} })
    peer.send(alert(2))
    await until(() => expect(seqs(collected)).toEqual([2]))
    refusing = true
    peer.close(1001)
    await until(() => expect(states(collected).filter((state) => state === 'waiting').length).toBeGreaterThan(3))
    expect(states(collected)).not.toContain('stopped')
  })
})
