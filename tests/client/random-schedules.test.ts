import fc from 'fast-check'
import { expect, test } from 'vitest'
import { listen } from '../../src/client/listen.ts'
import { runs } from '../support/effort.ts'
import { alert, live, until, welcome } from '../support/streams/collected-events.ts'
import { type Peer, streamServer } from '../support/streams/stream-server.ts'

/** What the server does, one step after the other. */
type Step =
  | { does: 'publish'; count: number }
  | { does: 'disconnect' | 'goodbye' | 'stop sending' | 'send invalid data' | 'begin a new log' }
  | { does: 'repeat'; back: number }
  | { does: 'close'; code: number }
  | { does: 'let pass'; ms: number }

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({ does: fc.constant('publish' as const), count: fc.integer({ min: 1, max: 5 }) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        does: fc.constantFrom('disconnect' as const, 'goodbye', 'send invalid data', 'begin a new log'),
      }),
    },
    { weight: 1, arbitrary: fc.record({ does: fc.constant('repeat' as const), back: fc.integer({ min: 1, max: 8 }) }) },
    {
      weight: 1,
      arbitrary: fc.record({
        does: fc.constant('close' as const),
        code: fc.constantFrom(1001, 1011, 1013, 4100, 4101, 4200),
      }),
    },
    { weight: 2, arbitrary: fc.record({ does: fc.constant('let pass' as const), ms: fc.integer({ min: 0, max: 8 }) }) },
  ),
  { minLength: 3, maxLength: 25 },
)

/** A server with a log that keeps the contract, on whichever wire the listener comes. */
class Newsroom {
  epoch = 'e0'
  head = 0
  readonly peers = new Set<Peer>()

  welcome(peer: Peer): void {
    const after = peer.query.get('after')
    const [epoch, text] = after?.split('.') ?? [this.epoch, String(this.head)]
    const seq = Number(text)
    const resume = epoch !== this.epoch || seq > this.head ? 'reset' : seq < this.head ? 'replay' : 'live'
    if (peer.wire === 'socket') peer.send(welcome(resume === 'replay' ? seq : this.head, resume, this.epoch))
    if (resume === 'reset')
      peer.send({ type: 'reset', reason: 'log-changed', head: `${this.epoch}.${this.head}`, snapshot: '/v1/alerts' })
    else for (let next = seq + 1; next <= this.head; next += 1) peer.send(alert(next, this.epoch))
    peer.send(live(this.head, this.epoch))
    this.peers.add(peer)
  }

  publish(): void {
    this.head += 1
    for (const peer of this.peers) peer.send(alert(this.head, this.epoch))
  }

  async act(step: Step): Promise<void> {
    if (step.does === 'let pass') await new Promise((resolve) => setTimeout(resolve, step.ms))
    if (step.does === 'publish') for (let count = 0; count < step.count; count += 1) this.publish()
    if (step.does === 'begin a new log') {
      this.epoch = `e${Number(this.epoch.slice(1)) + 1}`
      this.head = 3
    }
    for (const peer of this.peers) {
      if (step.does === 'repeat')
        for (let seq = Math.max(1, this.head - step.back); seq <= this.head; seq += 1) peer.send(alert(seq, this.epoch))
      if (step.does === 'send invalid data') peer.raw(peer.wire === 'socket' ? '{"type":' : 'data: {"type":\n\n')
      if (step.does === 'goodbye') peer.send({ type: 'goodbye', reconnectAfterMs: 3 })
    }
    const ends = {
      disconnect: undefined,
      goodbye: 4200,
      'begin a new log': 1012,
      close: 'code' in step ? step.code : 0,
    }
    if (!Object.hasOwn(ends, step.does)) return
    for (const peer of this.peers) peer.close(ends[step.does as keyof typeof ends])
    this.peers.clear()
  }
}

test.each(['socket', 'events', 'auto'] as const)(
  'whatever the server does, the entries received over %s are those of the log: ascending, none twice, none missing except after a reset',
  async (transport) => {
    await fc.assert(
      fc.asyncProperty(steps, fc.boolean(), async (schedule, socketsFail) => {
        const room = new Newsroom()
        const refuse = (wire: string) =>
          wire === 'socket' && socketsFail && transport !== 'socket' ? { status: 400 } : undefined
        const server = await streamServer({ onPeer: (peer) => room.welcome(peer), refuse })
        /** Per log, from where on the listener must have received everything. */
        const from = new Map([['e0', 0]])
        const collected: string[] = []
        const listening = listen({
          url: server.url,
          after: 'e0.0',
          transport,
          world: { random: () => 0.002 },
          onEntry: ({ cursor }) => collected.push(cursor),
          onReset: ({ head }) => from.set(head.split('.')[0] ?? '', Number(head.split('.')[1])),
        })
        const heads = new Map<string, number>()
        try {
          for (const step of schedule) {
            if (step.does === 'begin a new log')
              await until(() => expect(listening.cursor).toBe(`${room.epoch}.${room.head}`))
            await room.act(step)
            heads.set(room.epoch, room.head)
          }
          await until(() => expect(listening.cursor).toBe(`${room.epoch}.${room.head}`))
        } finally {
          listening.close()
          await server.close()
        }
        const oracle = [...heads].flatMap(([epoch, head]) => {
          const start = from.get(epoch) ?? head
          return Array.from({ length: head - start }, (_, index) => `${epoch}.${start + index + 1}`)
        })
        expect(collected).toEqual(oracle)
      }),
      { numRuns: runs(40) },
    )
  },
  60_000,
)
