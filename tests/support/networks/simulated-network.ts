import { Hub } from '../../../src/hub/hub.ts'
import type { Connection } from '../../../src/hub/subscriber.ts'
import type { Entry } from '../../../src/log/log.ts'
import { parseStreamRequest } from '../../../src/protocol/stream-request.ts'
import type { FakeWorld } from '../fake-world.ts'
import { entryOf, newsroom } from '../samples.ts'
import { type NetworkTerms, SimulatedLine } from './simulated-line.ts'
import { type OpenLine, simulatedFetch, simulatedSockets } from './simulated-platform.ts'

const heartbeatTickMs = 50
/** Until the request arrives: TCP and TLS take a round trip each. */
const requestRoundTrips = 2.5

/** A hub of ours by a fake clock, with a log in memory. */
function hubOf(clock: FakeWorld, entries: readonly Entry[]): Hub {
  const hub = new Hub({
    bounds: { epoch: 'e', floor: 1, head: 0 },
    log: { after: async (seq, limit) => entries.slice(seq).slice(0, limit) },
    newsroom,
    now: clock.now,
    soon: (act) => void clock.later(0, act),
    report(error) {
      throw error
    },
  })
  const slots = (hub.limits.heartbeatSeconds * 1_000) / heartbeatTickMs
  const beat = (slot: number) => {
    hub.beat(slot % slots, slots)
    hub.beatOwn()
    clock.later(heartbeatTickMs, () => beat(slot + 1))
  }
  beat(0)
  return hub
}

/** A hub and the network before it: what of the platform a client needs to reach it, and the connections so far. */
export function simulatedNetwork(clock: FakeWorld, terms: NetworkTerms) {
  const entries: Entry[] = []
  const lines: SimulatedLine[] = []
  const hub = hubOf(clock, entries)
  const open: OpenLine = (url, wire, receiver) => {
    const { interest, after, ...asked } = parseStreamRequest(new URL(url).searchParams, newsroom, false)
    const line = new SimulatedLine(clock, terms, asked.terms ?? {}, receiver)
    lines.push(line)
    clock.later(terms.rttMs * requestRoundTrips, () => {
      if (line.isDropped) return
      line.begin()
      const write: Connection['write'] = (frame) => {
        line.send(frame)
        return true
      }
      const subscriber = hub.join({ wire, write, close: (code) => line.end(code), beat() {} }, interest, after, asked)
      line.onDropped = () => hub.leave(subscriber)
    })
    return line
  }
  return {
    world: { openSocket: simulatedSockets(open), fetch: simulatedFetch(open), onWake: () => () => {} },
    lines,
    /** Publishes an alert with a headline of so many characters. Returns its seq. */
    publish(chars: number): number {
      const texts = { en: { headline: 'x'.repeat(chars), summary: '' } }
      const entry = entryOf(entries.length + 1, { level: 'flash', texts })
      entries.push(entry)
      hub.deliver(entry)
      return entry.seq
    },
    /** Moves the clock on. The promises that a timer resolves run before the next timer. */
    async pass(ms: number): Promise<void> {
      const until = clock.now() + ms
      while (clock.now() < until) {
        clock.pass(Math.min(clock.pending()[0] ?? ms, until - clock.now()))
        await new Promise((resolve) => setImmediate(resolve))
      }
    },
  }
}
