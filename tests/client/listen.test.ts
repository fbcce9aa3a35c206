import { describe, expect, test } from 'vitest'
import { listen } from '../../src/client/listen.ts'
import { listenVerified } from '../../src/client/verified/listen-verified.ts'
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

describe('over a socket', () => {
  test('the interest goes into the address, below whatever path the service has', async () => {
    const server = await serve()
    startListening(`${server.url}/alerts`, { languages: ['fa', 'en'], topics: ['iran'], level: 'urgent', after: 'e.3' })
    const { query, headers } = await server.peer(0)
    expect(Object.fromEntries(query)).toEqual({ languages: 'fa,en', topics: 'iran', level: 'urgent', after: 'e.3' })
    expect(headers['sec-websocket-protocol']).toBe('tocsin.v1.json')
  })

  test('missed entries are reported as replayed, new ones are not', async () => {
    const server = await serve()
    const collected = startListening(server.url, { after: 'e.1' })
    const peer = await server.peer(0)
    for (const frame of [welcome(1, 'replay'), alert(2), alert(3), live(3), alert(4)]) peer.send(frame)
    await until(() => expect(collected.entries.length).toBe(3))
    expect(collected.entries.map(({ seq, replayed }) => [seq, replayed])).toEqual([
      [2, true],
      [3, true],
      [4, false],
    ])
    expect(states(collected)).toEqual(['connecting', 'replaying', 'live'])
    expect(collected.listening.cursor).toBe('e.4')
  })

  test.each([
    ['an alert', [welcome(1), alert(5)], 'e.5'],
    ['the end of a replay', [welcome(1, 'replay'), live(7)], 'e.7'],
    ['a heartbeat', [welcome(1), { type: 'head', cursor: 'e.9', at: 'x' }], 'e.9'],
    ['a welcome to one who is up to date', [welcome(6)], 'e.6'],
  ])('the next connection goes on from %s', async (_, frames, cursor) => {
    const server = await serve({
      onPeer(peer, index) {
        if (index > 0) return
        for (const frame of frames) peer.send(frame)
        peer.close(1011)
      },
    })
    startListening(server.url, { after: 'e.1', world: withoutJitter })
    expect((await server.peer(1)).query.get('after')).toBe(cursor)
  })

  test.each([
    ['a welcome that a replay should follow', welcome(9, 'replay')],
    ['a welcome that a reset should follow', welcome(9, 'reset')],
  ])('%s does not move the position: the connection may break before it', async (_, frame) => {
    const server = await serve({
      onPeer(peer) {
        peer.send(frame)
        peer.close(1011)
      },
    })
    startListening(server.url, { after: 'e.1', world: withoutJitter })
    expect((await server.peer(1)).query.get('after')).toBe('e.1')
  })

  test('an entry that comes again is dropped, on the same connection and on the next', async () => {
    const server = await serve({
      onPeer(peer, index) {
        const frames =
          index === 0
            ? [welcome(0), alert(1), alert(2), alert(1), alert(2)]
            : [welcome(0, 'replay'), alert(1), alert(2), alert(3)]
        for (const frame of frames) peer.send(frame)
        if (index === 0) peer.close(4101, 'too slow')
      },
    })
    const collected = startListening(server.url, { world: withoutJitter })
    await until(() => expect(seqs(collected)).toEqual([1, 2, 3]))
  })

  test('a reset is reported with the seq of the snapshot, and what follows it counts from there', async () => {
    const server = await serve()
    const collected = startListening(server.url, { after: 'old.90' })
    const peer = await server.peer(0)
    const reset = { type: 'reset', reason: 'log-changed', head: 'new.4', snapshot: '/v1/alerts?languages=fa' }
    for (const frame of [welcome(4, 'reset', 'new'), reset, alert(5, 'new')]) peer.send(frame)
    await until(() => expect(seqs(collected)).toEqual([5]))
    expect(collected.resets).toEqual([
      { reason: 'log-changed', head: 'new.4', snapshot: `${server.url}/v1/alerts?languages=fa` },
    ])
    expect(collected.listening.cursor).toBe('new.5')
    expect(collected.entries[0]?.replayed).toBe(false)
  })

  test('a changed interest is sent on the connection, and used for the next one', async () => {
    const server = await serve({ onPeer: (peer) => peer.send(welcome(1)) })
    const collected = startListening(server.url, { languages: ['en'], world: withoutJitter })
    const peer = await server.peer(0)
    await until(() => expect(states(collected)).toContain('live'))
    collected.listening.change({ languages: ['fa'], topics: ['iran'], level: 'flash' })
    await until(() => expect(peer.said.length).toBe(1))
    expect(JSON.parse(peer.said[0] ?? '')).toEqual({
      type: 'interest',
      languages: ['fa'],
      topics: ['iran'],
      level: 'flash',
    })
    peer.close(1011)
    expect((await server.peer(1)).query.get('languages')).toBe('fa')
  })

  test('a changed interest is reported as accepted when the service confirms it, each time', async () => {
    const server = await serve({ onPeer: (peer) => peer.send(welcome(1)) })
    const held: string[] = []
    const collected = startListening(server.url, {
      languages: ['en'],
      world: withoutJitter,
      onInterest: () => held.push('holds'),
    })
    const peer = await server.peer(0)
    await until(() => expect(states(collected)).toContain('live'))
    for (const [index, tag] of ['fa', 'ps', 'en'].entries()) {
      collected.listening.change({ languages: [tag] })
      await until(() => expect(peer.said.length).toBe(index + 1))
      expect(held.length).toBe(index)
      peer.send({ type: 'interest', interest: { languages: [tag] } })
      await until(() => expect(held.length).toBe(index + 1))
    }
  })

  test('an interest that changes before the welcome is sent after it', async () => {
    const server = await serve()
    const collected = startListening(server.url, { languages: ['en'] })
    collected.listening.change({})
    const peer = await server.peer(0)
    peer.send(welcome(1))
    await until(() =>
      expect(peer.said.map((text) => JSON.parse(text))).toEqual([
        { type: 'interest', languages: '*', topics: [], level: 'routine' },
      ]),
    )
  })

  test('after close or abort there are no more callbacks, and the connection is closed', async () => {
    const server = await serve({ onPeer: (peer) => peer.send(welcome(1)) })
    const abort = new AbortController()
    const collected = startListening(server.url, { signal: abort.signal, onEntry: () => abort.abort() })
    const peer = await server.peer(0)
    peer.send(alert(2))
    peer.send(alert(3))
    await until(() => expect(states(collected)).toEqual(['connecting', 'live', 'stopped']))
    expect(collected.listening.cursor).toBe('e.2')
    expect(() => collected.listening.close()).not.toThrow()
    expect(states(collected).length).toBe(3)
  })

  test('a text that is not a message ends the connection, and the next continues from the last entry', async () => {
    const server = await serve({
      onPeer(peer, index) {
        peer.send(welcome(1))
        if (index > 0) return
        peer.send(alert(2))
        peer.raw('{"type":"alert"}')
        peer.send(alert(3))
      },
    })
    const collected = startListening(server.url, { world: withoutJitter })
    expect((await server.peer(1)).query.get('after')).toBe('e.2')
    expect(seqs(collected)).toEqual([2])
  })

  test('an error message of the server is reported without a change of state', async () => {
    const server = await serve({ onPeer: (peer) => peer.send(welcome(1)) })
    const collected = startListening(server.url)
    ;(await server.peer(0)).send({ type: 'error', code: 'invalid', detail: 'There is no topic "x".' })
    await until(() =>
      expect(collected.states.at(-1)).toEqual(['live', { code: 'invalid', detail: 'There is no topic "x".' }]),
    )
  })
})

test('an error thrown by a callback is raised as uncaught and stops nothing', async () => {
  const raised: unknown[] = []
  const own = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  process.on('uncaughtException', (error) => raised.push(error))
  try {
    const server = await serve({ onPeer: (peer) => peer.send(live(1)) })
    const seen: number[] = []
    startListening(server.url, {
      transport: 'events',
      onEntry({ seq }) {
        seen.push(seq)
        throw new Error(`no ${seq}`)
      },
    })
    const peer = await server.peer(0)
    peer.send(alert(2))
    peer.send(alert(3))
    await until(() => expect(raised.map(String)).toEqual(['Error: no 2', 'Error: no 3']))
    expect(seen).toEqual([2, 3])
  } finally {
    process.removeAllListeners('uncaughtException')
    for (const listener of own) process.on('uncaughtException', listener)
  }
})

test('an address that is not http is refused at once', () => {
  expect(() => listen({ url: 'ws://localhost', onEntry() {} })).toThrow(TypeError)
})

test.each(['e.abc', 'e.', '.5', 'garbage', 'e.-1', 'e.1.5', 'E.1', 'e.01', 'e.1 ', 'e.9999999999999999', 7, {}])(
  'a cursor that can be none (%j) is refused before anything is asked for, where it is compared with what mirrors have',
  async (wrong) => {
    const server = await serve()
    const asked: string[] = []
    const fetch = async (url: string) => {
      asked.push(url)
      return Response.json({})
    }
    const options = { url: server.url, languages: ['en'], after: wrong as string, onEntry() {} }
    const world = { ...withoutJitter, fetch }
    expect(() => listenVerified({ ...options, keys: 'pin', onUnverified() {}, world })).toThrow(/is not a cursor/)
    expect([server.peers, asked]).toEqual([[], []])
  },
)

test.each(['', 'now', undefined, null])('no cursor (%j) is none that is wrong', async (none) => {
  const server = await serve()
  const collected = startListening(server.url, { after: none as string })
  await until(() => expect(server.peers.length).toBe(1))
  expect(states(collected)).not.toContain('stopped')
})
