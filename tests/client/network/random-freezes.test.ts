import fc from 'fast-check'
import { expect, test } from 'vitest'
import { listen } from '../../../src/client/listen.ts'
import { runs } from '../../support/effort.ts'
import { fakeWorld } from '../../support/fake-world.ts'
import type { NetworkTerms } from '../../support/networks/simulated-line.ts'
import { simulatedNetwork } from '../../support/networks/simulated-network.ts'

// The client and the hub on either side of a network that freezes connections, by a fake clock: random bytes, round trips, alerts
// and pauses between them.

const transports = ['socket', 'events'] as const
/** So late an alert may be at most from when the first freeze is known: a freeze and the next connection. */
const lateMsMax = 5_000
/** So long a connection lasts on average at least, where a slow line is taken for a frozen one now and then. */
const connectionMsMin = 8_000
/** After so many alerts the client has met two freezes. */
const learningMax = 200

const freezing = fc.record({
  bytesMax: fc.integer({ min: 15_000, max: 20_000 }),
  handshakeBytes: fc.integer({ min: 500, max: 5_500 }),
  headBytes: fc.integer({ min: 200, max: 900 }),
  rttMs: fc.integer({ min: 5, max: 250 }),
})
/** Between two alerts, so that those of four seconds fit on one connection with a budget. */
const gapMs = fc.integer({ min: 1_000, max: 4_000 })
const chars = fc.integer({ min: 1, max: 200 })
const alerts = fc.array(fc.tuple(gapMs, chars), { minLength: 20, maxLength: 40 })

/** A slow line, which loses packets now and then: what is sent after one waits for its repetition. */
const slow = fc.record({
  rttMs: fc.integer({ min: 300, max: 1_200 }),
  delaysMs: fc.array(
    fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.integer({ min: 500, max: 7_000 }) }),
    { minLength: 5, maxLength: 50 },
  ),
})
/** What the app itself asks for, if anything. */
const heartbeats = fc.option(fc.integer({ min: 2, max: 30 }), { nil: undefined })
const chance = fc.double({ min: 0, max: 0.99, noNaN: true })

const asked = fc.record({ known: fc.integer({ min: 0, max: 2 }), heartbeatSeconds: heartbeats })

/** A client behind such a network, and when it has received what. */
function listening(
  terms: NetworkTerms,
  transport: (typeof transports)[number],
  random: number,
  { known = 0, heartbeatSeconds }: { readonly known?: number; readonly heartbeatSeconds?: number | undefined } = {},
) {
  const clock = fakeWorld(random)
  const network = simulatedNetwork(clock, terms)
  const kept: { readonly times: number; readonly ms: number }[] = []
  const received: number[] = []
  const publishedMs = new Map<number, number>()
  const lateMs = new Map<number, number>()
  const listener = listen({
    url: 'https://news.example/',
    ...{ transport, languages: ['en'], heartbeatSeconds },
    world: { ...clock, ...network.world },
    storage: {
      getItem: () => JSON.stringify(Array.from({ length: known }, () => clock.now())),
      setItem: (_, text) => void kept.push({ times: JSON.parse(text).length, ms: clock.now() }),
    },
    onEntry({ seq }) {
      received.push(seq)
      lateMs.set(seq, clock.now() - Number(publishedMs.get(seq)))
    },
  })
  return {
    ...{ network, received, lateMs, listener },
    async publish([gap, length]: readonly [number, number]): Promise<void> {
      await network.pass(gap)
      publishedMs.set(network.publish(length), clock.now())
    },
    /** When so many freezes were known for the first time; undefined: not yet. */
    learntMs: (times: number) => kept.find((it) => it.times === times)?.ms,
    /** The latest of the alerts that were published since. */
    latestMs: (sinceMs: number) =>
      Math.max(0, ...[...lateMs].map(([seq, ms]) => (Number(publishedMs.get(seq)) >= sinceMs ? ms : 0))),
  }
}

test.each(transports)(
  'over %s, whatever the network lets through, two connections freeze and no more; once one is known no alert is later than five seconds',
  async (transport) => {
    await fc.assert(
      fc.asyncProperty(freezing, alerts, chance, heartbeats, async (terms, schedule, random, heartbeatSeconds) => {
        const { publish, learntMs, latestMs, ...client } = listening(
          { ...terms, delayMs: () => 0 },
          transport,
          random,
          { heartbeatSeconds },
        )
        await client.network.pass(3_000)
        let posted = 0
        for (; posted < learningMax && learntMs(2) === undefined; posted += 1)
          await publish(schedule[posted % schedule.length] ?? [0, 0])
        const learning = client.network.lines.length
        for (const alert of schedule) await publish(alert)
        await client.network.pass(lateMsMax)
        client.listener.close()
        expect(client.received).toEqual(Array.from({ length: posted + schedule.length }, (_, index) => index + 1))
        expect(client.network.lines.filter(({ isFrozen }) => isFrozen)).toHaveLength(2)
        expect(client.network.lines.slice(learning).every(({ terms: { budgetBytes } }) => budgetBytes === 12_000)).toBe(
          true,
        )
        expect(latestMs(learntMs(1) ?? 0)).toBeLessThanOrEqual(lateMsMax)
      }),
      { numRuns: runs(6) },
    )
  },
)

test.each(transports)(
  'over %s, on a slow line that only seems frozen each alert comes once, and connections do not follow one another without end',
  async (transport) => {
    await fc.assert(
      fc.asyncProperty(slow, alerts, chance, asked, async (line, schedule, random, options) => {
        let sent = 0
        const delayMs = () => line.delaysMs[sent++ % line.delaysMs.length] ?? 0
        const never = { bytesMax: Number.POSITIVE_INFINITY, handshakeBytes: 500, headBytes: 200 }
        const { network, publish, received, listener } = listening(
          { ...line, ...never, delayMs },
          transport,
          random,
          options,
        )
        await network.pass(30_000)
        for (const alert of schedule) await publish(alert)
        await network.pass(60_000)
        listener.close()
        expect(received).toEqual(schedule.map((_, index) => index + 1))
        const passedMs = schedule.reduce((ms, [gap]) => ms + gap, 90_000)
        expect(network.lines.length).toBeLessThanOrEqual(passedMs / connectionMsMin)
      }),
      { numRuns: runs(10) },
    )
  },
)
