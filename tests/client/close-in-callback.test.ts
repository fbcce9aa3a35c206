import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { type Listening, type ListenOptions, listen } from '../../src/client/listen.ts'
import { fakeWorld } from '../support/fake-world.ts'
import { alert, live, serve, until, welcome } from '../support/streams/collected-events.ts'
import type { Peer } from '../support/streams/stream-server.ts'

const transports = ['socket', 'events'] as const
const reset = { type: 'reset', reason: 'other-log', head: 'f.7', snapshot: '/v1/alerts' }
const interest = { type: 'interest', interest: { languages: '*', topics: [], level: 'routine' } }
const error = { type: 'error', code: 'invalid', detail: 'No.' }

/** Sends something for every callback at once, and ends the connection. */
function sendAll(peer: Peer): void {
  if (peer.wire === 'socket') peer.send(welcome(1, 'replay'))
  for (const message of [alert(2), alert(3), live(3), interest, error, reset, live(7, 'f'), alert(8, 'f')])
    peer.send(message)
  peer.close(1001)
}

/** What a listener called, in order: the state, or the name of the callback. `act` is called after each. */
function record(url: string, options: Partial<ListenOptions>, act: (called: string) => void) {
  const called: string[] = []
  const note = (what: string) => {
    called.push(what)
    act(what)
  }
  const listening = listen({
    url,
    after: 'e.1',
    ...options,
    onEntry: ({ cursor }) => note(`entry ${cursor}`),
    onState: (state, detail) => note(Object(detail).code === 'invalid' ? 'error' : state),
    onInterest: () => note('interest'),
    onReset: () => note('reset'),
  })
  return { called, listening }
}

describe.each(transports)('over %s', (transport) => {
  const steps = [
    'connecting',
    'replaying',
    'entry e.2',
    'entry e.3',
    'live',
    'interest',
    'reset',
    'entry f.8',
    'waiting',
  ]
  test.each(transport === 'socket' ? [...steps, 'error'] : steps)(
    'nothing is called after the `stopped` of a listener that its callback for %j has closed',
    async (step) => {
      const server = await serve({ onPeer: sendAll })
      const world = fakeWorld()
      const abort = new AbortController()
      // While `listen` has not returned, only the signal can close it.
      const { called } = record(server.url, { transport, world, signal: abort.signal }, (what) => {
        if (what === step) abort.abort()
      })
      await until(() => expect(called).toContain('stopped'))
      for (let turns = 0; turns < 20; turns += 1) await turn()
      world.pass(3_600_000)
      await turn()
      expect(called.slice(called.indexOf(step))).toEqual([step, 'stopped'])
      expect(world.pending()).toEqual([])
    },
  )

  test('a second close, also one within the callback for `stopped`, does nothing', async () => {
    const server = await serve({ onPeer: sendAll })
    let listening: Listening | undefined
    const recorded = record(server.url, { transport }, (what) => {
      if (what === 'reset' || what === 'stopped') listening?.close()
    })
    listening = recorded.listening
    await until(() => expect(recorded.called).toContain('stopped'))
    listening.close()
    expect(recorded.called.filter((what) => what === 'stopped')).toHaveLength(1)
    expect(recorded.called.at(-1)).toBe('stopped')
  })
})

test.each(['replaying', 'reset'])(
  'an interest that the callback for %j changes is connected for, and what the former connection had sent is not used',
  async (step) => {
    const server = await serve({
      onPeer(peer, index) {
        if (index === 0)
          for (const message of step === 'reset' ? [live(1), reset] : [alert(2), live(2)]) peer.send(message)
      },
    })
    let changed = false
    const { called, listening } = record(server.url, { transport: 'events', world: fakeWorld() }, (what) => {
      if (what !== step || changed) return
      changed = true
      listening.change({ languages: ['fa'] })
    })
    const peer = await server.peer(1)
    expect([peer.query.get('languages'), peer.query.get('after')]).toEqual(['fa', step === 'reset' ? 'f.7' : 'e.1'])
    expect(called.slice(-2)).toEqual([step, 'connecting'])
    peer.send(alert(2))
    peer.send(live(2))
    await until(() => expect(called.at(-1)).toBe('live'))
    expect(called.filter((what) => what === 'entry e.2')).toHaveLength(1)
    listening.close()
  },
)
