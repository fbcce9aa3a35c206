import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Interest, matches } from '../../src/domain/interest.ts'
import { Hub } from '../../src/hub/hub.ts'
import { bytesForMessages, messageBytes } from '../../src/hub/outgoing-budget.ts'
import type { Connection, Subscriber } from '../../src/hub/subscriber.ts'
import type { Cursor, Entry } from '../../src/log/log.ts'
import type { Message } from '../../src/protocol/message-schemas.ts'
import type { Encoding, Frame } from '../../src/protocol/messages.ts'
import type { StreamTerms } from '../../src/protocol/terms/stream-terms.ts'
import { runs } from '../support/effort.ts'
import { entryOf, everything, newsroom, someAlert, someInterest } from '../support/samples.ts'

// The hub with readers who have budgets, by random schedules: whatever happens, every reader is sent every entry once
// and in order over all its connections, and none of them carries more than its budget.

const wire: Encoding = { name: 'test', frame: (message) => new TextEncoder().encode(`${JSON.stringify(message)}\n`) }
const limits = {
  hotEntriesMax: 6,
  sliceReadersMax: 2,
  replaySliceEntriesMax: 2,
  readEntriesMax: 3,
  heartbeatSeconds: 5,
}

class Wire implements Connection {
  readonly wire = wire
  readonly heard: Message[] = []
  bytes = 0
  closed: number | null = null
  room: number

  constructor(room: number) {
    this.room = room
  }

  write(frame: Frame): boolean {
    expect(this.closed, 'nothing is written after the close').toBe(null)
    this.room -= 1
    for (const line of new TextDecoder().decode(frame).trimEnd().split('\n')) {
      this.heard.push(JSON.parse(line))
      this.bytes += messageBytes
    }
    this.bytes += frame.length
    return this.room > 0
  }

  close(code: number): void {
    this.closed = code
  }

  beat(): void {}
}

/** A reader who comes back at once, with its cursor, whenever the server has ended its connection. */
class Reader {
  readonly connections: Wire[] = []
  readonly #hub: Hub
  readonly #room: () => number
  readonly terms: StreamTerms
  interest: Interest
  seq: number
  subscriber: Subscriber | null = null

  constructor(hub: Hub, terms: StreamTerms, interest: Interest, seq: number, room: () => number) {
    this.#hub = hub
    this.#room = room
    this.terms = terms
    this.interest = interest
    this.seq = seq
    this.comeBack()
  }

  get wire(): Wire | undefined {
    return this.connections.at(-1)
  }

  /** Whether its connection is open and takes data. */
  get isQuiet(): boolean {
    return this.wire?.closed === null && this.wire.room > 0
  }

  comeBack(): void {
    if (this.wire !== undefined && this.wire.closed === null) return
    for (const message of this.wire?.heard ?? [])
      if ('cursor' in message) this.seq = Math.max(this.seq, Number(message.cursor.split('.')[1]))
    const wire = new Wire(this.#room())
    this.connections.push(wire)
    this.subscriber = this.#hub.join(wire, this.interest, { epoch: 'e', seq: this.seq }, { terms: this.terms })
  }

  drain(): void {
    if (this.wire === undefined || this.wire.room > 0 || this.subscriber === null) return
    this.wire.room = this.#room()
    this.#hub.drained(this.subscriber)
  }

  seqs(): number[] {
    return this.connections.flatMap(({ heard }) => heard.flatMap((it) => (it.type === 'alert' ? [it.seq] : [])))
  }
}

const someTerms = fc.record(
  {
    budgetBytes: fc.integer({ min: 4_000, max: 9_000 }),
    limitEntries: fc.integer({ min: 1, max: 6 }),
    heartbeatSeconds: fc.integer({ min: 2, max: 60 }),
  },
  { requiredKeys: [] },
)
const someStep = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('append' as const), alert: someAlert }) },
  { weight: 4, arbitrary: fc.constant({ do: 'step' as const }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constantFrom('return' as const, 'drain' as const, 'ping' as const), who: fc.nat(5) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('beat' as const, 'own beat' as const), ms: fc.nat(9_000) }) },
)

class Bench {
  readonly entries: Entry[] = []
  readonly later: (() => void)[] = []
  nowMs = 0
  readonly hub: Hub

  constructor(before: readonly Entry[], floor = 1) {
    this.entries.push(...before)
    this.hub = new Hub({
      bounds: { epoch: 'e', floor, head: before.length },
      log: { after: async (cursor, limit) => this.entries.filter(({ seq }) => seq > cursor).slice(0, limit) },
      newsroom,
      now: () => this.nowMs,
      soon: (act) => void this.later.push(act),
      report: () => {},
      limits,
    })
  }

  async step(): Promise<boolean> {
    const act = this.later.shift()
    act?.()
    await new Promise((resolve) => setImmediate(resolve))
    return act !== undefined
  }
}

test('every entry comes once and in order over all connections, none of which carries more than its budget', async () => {
  const someReader = fc.record({
    terms: someTerms,
    interest: someInterest,
    back: fc.nat(30),
    room: fc.integer({ min: 1, max: 9 }),
  })
  await fc.assert(
    fc.asyncProperty(
      fc.array(someAlert, { maxLength: 30 }),
      fc.array(someReader, { minLength: 1, maxLength: 5 }),
      fc.array(someStep, { maxLength: 80 }),
      async (before, asked, steps) => {
        const bench = new Bench(before.map((alert, index) => entryOf(index + 1, alert)))
        const readers = asked.map(({ terms, interest, back, room }) => {
          const from = Math.max(0, before.length - back)
          return { from, reader: new Reader(bench.hub, terms, interest, from, () => room) }
        })
        for (const step of steps) {
          if (step.do === 'append') {
            const entry = entryOf(bench.entries.length + 1, step.alert)
            bench.entries.push(entry)
            bench.hub.deliver(entry)
          } else if (step.do === 'step') await bench.step()
          else if (step.do === 'beat') bench.hub.beat(step.ms)
          else if (step.do === 'own beat') {
            bench.nowMs += step.ms
            bench.hub.beatOwn()
          } else if ('who' in step) {
            const { reader } = readers[step.who % readers.length] ?? {}
            if (step.do === 'return') reader?.comeBack()
            else if (step.do === 'drain') reader?.drain()
            else if (reader?.subscriber) bench.hub.answerPing(reader.subscriber)
          }
        }
        for (let rounds = 0; rounds < 300; rounds += 1) {
          while (await bench.step());
          if (bench.later.length === 0 && readers.every(({ reader }) => reader.isQuiet)) break
          for (const { reader } of readers) {
            reader.drain()
            reader.comeBack()
          }
        }
        for (const { from, reader } of readers) {
          const wanted = bench.entries.filter(
            ({ seq, alert }) => seq > from && matches(reader.interest, alert) !== null,
          )
          expect(reader.seqs()).toEqual(wanted.map(({ seq }) => seq))
          for (const wire of reader.connections) checkConnection(wire, reader.terms)
        }
      },
    ),
    { numRuns: runs(60) },
  )
})

/** Holds one connection to its terms. Its end is not counted: a budget keeps room for it. */
function checkConnection({ heard, bytes, closed }: Wire, { budgetBytes, limitEntries }: StreamTerms): void {
  const entries = heard.filter(({ type }) => type === 'alert').length
  const replayed = heard.findIndex(({ type }) => type === 'live')
  const isReplay = (heard[0] as { resume?: string }).resume === 'replay'
  const isLive = !isReplay || replayed !== -1
  if (limitEntries !== undefined && !isLive) expect(entries).toBeLessThanOrEqual(limitEntries)
  if (budgetBytes === undefined && isLive) expect(closed, 'only a replay has a limit of entries').not.toBe(4201)
  if (closed !== null) {
    // Who stayed full for too long was closed without a goodbye.
    expect([4101, 4201]).toContain(closed)
    if (closed === 4201) expect(heard.at(-1)).toEqual({ type: 'goodbye', reconnectAfterMs: 0 })
  }
  if (budgetBytes === undefined || entries < 2) return
  expect(bytes - (closed === null ? 0 : 100)).toBeLessThanOrEqual(bytesForMessages(budgetBytes))
}

test.each<[string, Cursor | 'now' | undefined, number]>([
  ['at now', 'now', 0],
  ['without a cursor', undefined, 0],
  ['at the head', { epoch: 'e', seq: 9 }, 0],
  ['with as many entries to replay as its limit', { epoch: 'e', seq: 8 }, 1],
  ['after a reset, its cursor being of another log', { epoch: 'other', seq: 3 }, 0],
  ['after a reset, its cursor being too old at once', { epoch: 'e', seq: 1 }, 0],
  ['after a reset, its cursor being too old at the read', { epoch: 'e', seq: 2 }, 0],
])('a limit of one entry ends nobody who is live: who joins %s', async (_, cursor, replayed) => {
  const bench = new Bench(
    Array.from({ length: 9 }, (_entry, index) => entryOf(index + 1)),
    3,
  )
  // Meanwhile the log has lost what the last of these cursors needs.
  bench.entries.splice(0, 5)
  const wire = new Wire(1_000)
  bench.hub.join(wire, everything, cursor, { terms: { limitEntries: 1 } })
  while (await bench.step());
  for (let seq = 10; seq <= 14; seq += 1) bench.hub.deliver(entryOf(seq))
  while (await bench.step());
  expect(wire.heard.filter(({ type }) => type === 'alert')).toHaveLength(replayed + 5)
  expect(wire.closed).toBe(null)
})

test.each(['now', { epoch: 'other', seq: 3 }] as const)(
  'a limit of one entry does not end who is full from the first message on, having come with %j',
  async (cursor) => {
    const bench = new Bench([entryOf(1)])
    const wire = new Wire(1)
    const subscriber = bench.hub.join(wire, everything, cursor, { terms: { limitEntries: 1 } })
    for (let seq = 2; seq <= 4; seq += 1) bench.hub.deliver(entryOf(seq))
    while (await bench.step());
    wire.room = 1_000
    bench.hub.drained(subscriber)
    while (await bench.step());
    expect(wire.heard.flatMap((it) => (it.type === 'alert' ? [it.seq] : []))).toEqual([2, 3, 4])
    expect(wire.closed).toBe(null)
  },
)

test.each([
  ['a ping', (hub: Hub, subscriber: Subscriber) => hub.answerPing(subscriber)],
  ['another interest', (hub: Hub, subscriber: Subscriber) => hub.change(subscriber, everything)],
  ['a pong of the connection’s own', (hub: Hub, subscriber: Subscriber) => hub.count(subscriber, 2)],
])('%s while the log is read takes nothing from the first entry, which is larger than the budget', async (_, act) => {
  const large = entryOf(1, { texts: { en: { headline: 'A'.repeat(200), summary: 'B'.repeat(3_000) } } })
  const bench = new Bench([large, ...Array.from({ length: 9 }, (_entry, index) => entryOf(index + 2))])
  const wire = new Wire(1_000)
  const subscriber = bench.hub.join(wire, everything, { epoch: 'e', seq: 0 }, { terms: { budgetBytes: 4_000 } })
  expect(subscriber.readPending).toBe(true)
  act(bench.hub, subscriber)
  while (wire.closed === null) await bench.step()
  expect(wire.heard.flatMap((it) => (it.type === 'alert' ? [it.seq] : []))).toEqual([1])
  expect(wire.closed).toBe(4201)
})

test('a reader with nothing but heartbeats is not ended within seconds, and an alert then still fits', async () => {
  const bench = new Bench([])
  const reader = new Reader(bench.hub, { budgetBytes: 12_000, heartbeatSeconds: 2 }, everything, 0, () => 1_000)
  while (reader.wire?.closed === null) {
    bench.nowMs += 2_000
    bench.hub.beatOwn()
    await bench.step()
  }
  expect(bench.nowMs).toBeGreaterThan(60_000)
  const { bytes } = reader.wire ?? { bytes: 0 }
  const left = bytesForMessages(12_000) - bytes
  expect(left).toBeGreaterThan(1_200)
})

test('heartbeats of an interval of their own go on after the clock was set back', () => {
  const bench = new Bench([])
  bench.nowMs = 1_000_000
  const reader = new Reader(bench.hub, { heartbeatSeconds: 2 }, everything, 0, () => 1_000)
  const heads = () => reader.wire?.heard.filter(({ type }) => type === 'head').length ?? 0
  const pass = (seconds: number) => {
    for (let ms = 0; ms < seconds * 1_000; ms += 100) {
      bench.nowMs += 100
      bench.hub.beatOwn()
    }
  }
  pass(20)
  expect(heads()).toBe(10)
  bench.nowMs -= 500_000
  pass(20)
  expect(heads()).toBeGreaterThanOrEqual(19)
  // No hour is made up for after the clock was set on.
  bench.nowMs += 3_600_000
  const before = heads()
  pass(4)
  expect(heads() - before).toBeLessThanOrEqual(3)
})
