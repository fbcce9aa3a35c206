import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Alert } from '../../src/domain/alert-types.ts'
import { type Interest, matches } from '../../src/domain/interest.ts'
import { Hub } from '../../src/hub/hub.ts'
import type { HubLimits } from '../../src/hub/hub-limits.ts'
import type { Connection, Subscriber } from '../../src/hub/subscriber.ts'
import type { Cursor, Entry } from '../../src/log/log.ts'
import type { Message } from '../../src/protocol/message-schemas.ts'
import type { Encoding, Frame } from '../../src/protocol/messages.ts'
import { runs } from '../support/effort.ts'
import { entryOf, everything, newsroom, someAlert, someAsker } from '../support/samples.ts'

const wire: Encoding = { name: 'test', frame: (message) => new TextEncoder().encode(`${JSON.stringify(message)}\n`) }
const small: Partial<HubLimits> = {
  hotEntriesMax: 3,
  sliceReadersMax: 2,
  replaySliceEntriesMax: 2,
  readEntriesMax: 2,
  runBytesMax: 500,
  replayEntriesMax: 12,
  fullMsMax: 1_000,
  heartbeatSeconds: 5,
}

/** A reader who takes a few frames at a time, and keeps what came. */
class Reader implements Connection {
  readonly wire = wire
  readonly heard: Message[] = []
  closed: number | null = null
  wroteWhileFull = 0
  room: number

  constructor(room = Number.POSITIVE_INFINITY) {
    this.room = room
  }

  write(frame: Frame): boolean {
    if (this.room <= 0) this.wroteWhileFull += 1
    this.room -= 1
    for (const line of new TextDecoder().decode(frame).trimEnd().split('\n')) this.heard.push(JSON.parse(line))
    return this.room > 0
  }

  close(code: number): void {
    this.closed = code
  }

  beat(): void {}

  seqs(): number[] {
    return this.heard.flatMap((message) => (message.type === 'alert' ? [message.seq] : []))
  }
}

/** A hub over a list, whose every "later" waits until the test lets it happen. */
class Bench {
  readonly entries: Entry[] = []
  readonly later: (() => void)[] = []
  readonly reads: (() => void)[] = []
  now = 0
  reading = 0
  failReads = false
  /** Whether the log leaves out what is not for an interest, as it may. */
  filters = true
  sweeps = 0
  readonly hub: Hub

  constructor(before: readonly Entry[] = [], limits: Partial<HubLimits> = small, recent: readonly Entry[] = []) {
    this.entries.push(...before)
    this.hub = new Hub({
      bounds: { epoch: 'e', floor: 1, head: before.length },
      recent,
      log: { after: (cursor, limit, interest) => this.#after(cursor, limit, interest) },
      newsroom,
      now: () => this.now,
      soon: (act) => void this.later.push(act),
      report: () => {},
      swept: () => {
        this.sweeps += 1
      },
      limits,
    })
  }

  #after(cursor: number, limit: number, interest?: Interest): Promise<readonly Entry[]> {
    this.reading += 1
    const isFor = ({ alert }: Entry) => !this.filters || interest === undefined || matches(interest, alert) !== null
    return new Promise((resolve, reject) => {
      this.reads.push(() =>
        this.failReads ? reject(new Error('disk')) : resolve(this.entries.slice(cursor).filter(isFor).slice(0, limit)),
      )
    })
  }

  append(more: Partial<Alert> = {}): void {
    const entry = entryOf(this.entries.length + 1, more)
    this.entries.push(entry)
    this.hub.deliver(entry)
  }

  async step(): Promise<boolean> {
    const act = this.reads.shift() ?? this.later.shift()
    act?.()
    // The promises of a finished read run before the next step.
    await new Promise((resolve) => setImmediate(resolve))
    return act !== undefined
  }

  async settle(): Promise<void> {
    while (await this.step());
  }
}

const at = (seq: number): Cursor => ({ epoch: 'e', seq })

test('a live reader hears each entry once and in order', async () => {
  const bench = new Bench()
  const reader = new Reader()
  bench.hub.join(reader, everything)
  for (let count = 0; count < 5; count += 1) bench.append()
  await bench.settle()
  expect(reader.seqs()).toEqual([1, 2, 3, 4, 5])
  expect(reader.heard[0]).toMatchObject({ type: 'welcome', resume: 'live', cursor: 'e.0' })
})

test('an entry that is not the next after the head is refused loudly', () => {
  const bench = new Bench([entryOf(1)])
  expect(() => bench.hub.deliver(entryOf(1))).toThrow('at 1 and was given entry 1')
  expect(() => bench.hub.deliver(entryOf(3))).toThrow('at 1 and was given entry 3')
})

test('readers of one language and wire are written the same frame object', async () => {
  const bench = new Bench()
  const frames: Frame[] = []
  const keeping = () => Object.assign(new Reader(), { write: (frame: Frame) => frames.push(frame) > 0 })
  const interest: Interest = { ...everything, languages: ['en'] }
  bench.hub.join(keeping(), interest)
  bench.hub.join(keeping(), { ...interest, topics: ['iran'] })
  frames.length = 0
  bench.append()
  await bench.settle()
  expect(frames).toHaveLength(2)
  expect(frames[0]).toBe(frames[1])
})

test('a full reader is not written to until it drains, and then loses nothing', async () => {
  const bench = new Bench()
  const reader = new Reader(2)
  const subscriber = bench.hub.join(reader, everything)
  for (let count = 0; count < 6; count += 1) bench.append()
  await bench.settle()
  expect(reader.seqs()).toEqual([1])
  expect(subscriber.state).toBe('full')
  reader.room = Number.POSITIVE_INFINITY
  bench.hub.drained(subscriber)
  await bench.settle()
  expect(reader.seqs()).toEqual([1, 2, 3, 4, 5, 6])
})

test('a reader who stays full past the deadline is cut with 4101, and not before', () => {
  const bench = new Bench()
  const reader = new Reader(1)
  bench.hub.join(reader, everything)
  bench.now = 1_000
  bench.hub.beat(0)
  expect(reader.closed).toBeNull()
  bench.now = 1_001
  bench.hub.beat(0)
  expect(reader.closed).toBe(4101)
  expect(bench.hub.size).toBe(0)
})

test('a reader who is full when the clock is set back is cut after the usual while, not after as long as it was ahead', () => {
  const bench = new Bench()
  bench.now = 46_800_000
  const reader = new Reader(1)
  bench.hub.join(reader, everything)
  const cutAt = [0, 1_000, 1_001].find((now) => {
    bench.now = now
    bench.hub.beat(0)
    return reader.closed !== null
  })
  expect(cutAt).toBe(1_001)
})

test('who comes back to what the hub began with in memory costs no read of the log; who comes from before it does', async () => {
  const before = Array.from({ length: 6 }, (_, index) => entryOf(index + 1))
  const bench = new Bench(before, small, before.slice(-3))
  const [near, far] = [new Reader(), new Reader()]
  bench.hub.join(near, everything, at(3))
  await bench.settle()
  expect(near.seqs()).toEqual([4, 5, 6])
  expect(bench.reading).toBe(0)
  bench.hub.join(far, everything, at(2))
  await bench.settle()
  expect(far.seqs()).toEqual([3, 4, 5, 6])
  expect(bench.reading).toBeGreaterThan(0)
})

test('a storm at one old cursor reads each page of the log once', async () => {
  const bench = new Bench(Array.from({ length: 6 }, (_, index) => entryOf(index + 1)))
  const readers = Array.from({ length: 50 }, () => new Reader())
  for (const reader of readers) bench.hub.join(reader, everything, at(0))
  expect(bench.reading).toBe(1)
  await bench.settle()
  for (const reader of readers) expect(reader.seqs()).toEqual([1, 2, 3, 4, 5, 6])
  expect(bench.reading).toBe(3)
})

test.each([
  ['another log', { epoch: 'other', seq: 2 }, 'log-changed'],
  ['a place past the head', at(99), 'cursor-ahead'],
  ['further back than a replay may reach', at(0), 'replay-limit'],
])('a cursor of %s is answered by a reset, never by a part', async (_, cursor, reason) => {
  const bench = new Bench(Array.from({ length: 14 }, (_entry, index) => entryOf(index + 1)))
  const reader = new Reader()
  bench.hub.join(reader, everything, cursor)
  bench.append()
  await bench.settle()
  expect(reader.heard[1]).toMatchObject({ type: 'reset', reason, head: 'e.14' })
  expect(reader.seqs()).toEqual([15])
})

test('who is reset is told so, and who is not is not, though all come to one place one after the other', async () => {
  const bench = new Bench(Array.from({ length: 4 }, (_, index) => entryOf(index + 1)))
  const asked: [string, Cursor | 'now', string?][] = [
    ['a reset', at(99), 'cursor-ahead'],
    ['live', 'now'],
    ['another reset', { epoch: 'other', seq: 4 }, 'log-changed'],
    ['live with a cursor', at(4)],
    ['a reset again', at(7), 'cursor-ahead'],
  ]
  for (const [who, cursor, reason] of asked) {
    const reader = new Reader()
    bench.hub.join(reader, everything, cursor)
    await bench.settle()
    const resets = reader.heard.filter(({ type }) => type === 'reset')
    expect(resets, who).toEqual(reason === undefined ? [] : [expect.objectContaining({ reason })])
    expect(reader.heard[0], who).toMatchObject({ type: 'welcome', resume: reason === undefined ? 'live' : 'reset' })
  }
})

test('a reader whose log page cannot be read is closed with 1011 instead of skipping it', async () => {
  const bench = new Bench([entryOf(1), entryOf(2)])
  bench.failReads = true
  const reader = new Reader()
  bench.hub.join(reader, everything, at(0))
  await bench.settle()
  expect(reader.closed).toBe(1011)
  expect(reader.seqs()).toEqual([])
})

test('a reader who fills and drains while the log is being read for them hears it once, without a reset', async () => {
  const bench = new Bench(Array.from({ length: 6 }, (_, index) => entryOf(index + 1)))
  const reader = new Reader(2)
  const subscriber = bench.hub.join(reader, everything, at(0))
  bench.hub.answerPing(subscriber)
  expect(subscriber.state).toBe('full')
  reader.room = Number.POSITIVE_INFINITY
  bench.hub.drained(subscriber)
  await bench.settle()
  expect(reader.seqs()).toEqual([1, 2, 3, 4, 5, 6])
  expect(reader.heard.map(({ type }) => type)).not.toContain('reset')
})

test('who comes back to less than they asked for is told what holds, and who does not is told nothing', async () => {
  const bench = new Bench([entryOf(1), entryOf(2)])
  const interest: Interest = { ...everything, languages: ['en'] }
  for (const [from, heard] of [
    [0, ['welcome', 'interest', 'alert', 'alert', 'live']],
    [2, ['welcome', 'interest']],
  ] as const) {
    const reader = new Reader()
    bench.hub.join(reader, interest, at(from), { isNarrowed: true })
    await bench.settle()
    expect(reader.heard.map(({ type }) => type)).toEqual(heard)
  }
  const other = new Reader()
  bench.hub.join(other, interest, at(2))
  await bench.settle()
  expect(other.heard.map(({ type }) => type)).toEqual(['welcome'])
})

test('a change of interest is confirmed before anything is sent by it, also while the log is being read', async () => {
  const bench = new Bench([entryOf(1), entryOf(2)])
  const reader = new Reader()
  const subscriber = bench.hub.join(reader, { ...everything, languages: ['ru'] }, at(0))
  bench.hub.change(subscriber, { ...everything, languages: ['en'] })
  await bench.settle()
  expect(reader.heard.map(({ type }) => type)).toEqual(['welcome', 'interest', 'alert', 'alert', 'live'])
})

test('heartbeats tell the head to those caught up only, each once a round', () => {
  const bench = new Bench([entryOf(1)])
  const live = new Reader()
  const behind = new Reader()
  bench.hub.join(live, everything)
  bench.hub.join(behind, everything, at(0))
  for (let slot = 0; slot < 5; slot += 1) bench.hub.beat(slot)
  expect(live.heard.filter(({ type }) => type === 'head')).toEqual([
    { type: 'head', cursor: 'e.1', at: '1970-01-01T00:00:00.000Z' },
  ])
  expect(behind.heard.filter(({ type }) => type === 'head')).toEqual([])
})

test('a wheel of more slots meets every reader once a round as well, few of them in each', () => {
  const bench = new Bench([entryOf(1)])
  const readers = Array.from({ length: 23 }, () => new Reader())
  for (const reader of readers) bench.hub.join(reader, everything)
  const heads = () => readers.map(({ heard }) => heard.filter(({ type }) => type === 'head').length)
  const sum = () => heads().reduce((one, other) => one + other, 0)
  const slots = 10
  for (let slot = 0; slot < slots; slot += 1) {
    const before = sum()
    bench.hub.beat(slot, slots)
    expect([slot, sum() - before]).toEqual([slot, slot < 3 ? 3 : 2])
  }
  expect(new Set(heads())).toEqual(new Set([1]))
  for (let slot = slots; slot < 3 * slots; slot += 1) bench.hub.beat(slot, slots)
  expect(new Set(heads())).toEqual(new Set([3]))
})

test('a reader who joins between an entry and its telling keeps nobody from hearing it', async () => {
  const bench = new Bench()
  const first = new Reader()
  bench.hub.join(first, everything)
  bench.append()
  bench.hub.join(new Reader(), everything)
  await bench.settle()
  expect(first.seqs()).toEqual([1])
})

test.each([0, 1, 5])(
  'a sweep of %i live readers lasts until all are told, and its end is told once',
  async (readers) => {
    const bench = new Bench()
    for (let count = 0; count < readers; count += 1) bench.hub.join(new Reader(), everything)
    expect(bench.hub.sweeping).toBe(false)
    bench.append()
    expect(bench.hub.sweeping).toBe(true)
    expect(bench.sweeps).toBe(0)
    // The second comes during the round of the first: both end together.
    bench.append()
    await bench.settle()
    expect(bench.hub.sweeping).toBe(false)
    expect(bench.sweeps).toBe(1)
  },
)

test('the audience of an alert counts readers by the language they would be sent', () => {
  const bench = new Bench()
  bench.hub.join(new Reader(), { ...everything, languages: ['fa', 'en'] })
  bench.hub.join(new Reader(), { ...everything, languages: ['en'] })
  const leaving = bench.hub.join(new Reader(), { ...everything, languages: ['en'] })
  bench.hub.leave(leaving)
  bench.hub.join(new Reader(), { ...everything, audience: 'test' })
  bench.hub.join(new Reader(), { ...everything, audience: 'test', isDesk: true })
  expect(Object.fromEntries(bench.hub.countByLanguage(entryOf(1).alert))).toEqual({ fa: 1, en: 1 })
})

type Step =
  | { do: 'append'; alert: Partial<Alert> }
  | { do: 'join'; interest: Interest; back: number | null; room: number }
  | { do: 'leave' | 'drain' | 'ping'; who: number }
  | { do: 'step' }
  | { do: 'beat' }

const someStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('append' as const), alert: someAlert }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('join' as const),
      interest: someAsker,
      back: fc.option(fc.nat(14)),
      room: fc.integer({ min: 1, max: 6 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom('leave' as const, 'drain' as const, 'drain' as const, 'ping' as const, 'ping' as const),
      who: fc.nat(20),
    }),
  },
  { weight: 6, arbitrary: fc.constantFrom<Step>({ do: 'step' }, { do: 'step' }, { do: 'beat' }) },
)

type Joined = { reader: Reader; subscriber: Subscriber; interest: Interest; from: number }

async function play(bench: Bench, steps: readonly Step[]): Promise<Joined[]> {
  const joined: Joined[] = []
  for (const step of steps) {
    if (step.do === 'append') bench.append(step.alert)
    else if (step.do === 'join') {
      const head = bench.entries.length
      const from = step.back === null ? head : Math.max(0, head - step.back)
      const reader = new Reader(step.room)
      const cursor = step.back === null ? undefined : at(from)
      const subscriber = bench.hub.join(reader, step.interest, cursor)
      joined.push({ reader, subscriber, interest: step.interest, from: head - from > 12 ? head : from })
    } else if (step.do === 'step') await bench.step()
    else if (step.do === 'beat') bench.hub.beat(bench.now++)
    else if ('who' in step) act(bench, joined[step.who % Math.max(1, joined.length)], step.do)
  }
  return joined
}

function act(bench: Bench, who: Joined | undefined, what: 'leave' | 'drain' | 'ping'): void {
  if (who === undefined) return
  if (what === 'ping') bench.hub.answerPing(who.subscriber)
  else if (what === 'leave') bench.hub.leave(who.subscriber)
  else if (who.reader.room <= 0) {
    who.reader.room = 2
    bench.hub.drained(who.subscriber)
  }
}

test('a change of interest while the log is being read: nothing of the new one is passed over, nothing of the old one told', async () => {
  const before = [1, 2, 3, 4].map((seq) => entryOf(seq, { topics: [seq % 2 ? 'iran' : 'russia'] }))
  const bench = new Bench(before)
  const reader = new Reader()
  const subscriber = bench.hub.join(reader, { ...everything, topics: ['iran'] }, at(0))
  bench.hub.change(subscriber, { ...everything, topics: ['russia'] })
  await bench.settle()
  expect(reader.seqs()).toEqual([2, 4])
  expect(subscriber.seq).toBe(4)
})

test('whatever the schedule, a reader hears exactly the entries for them, in order, and live is said once', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(someAlert, { maxLength: 12 }),
      fc.array(someStep, { maxLength: 60 }),
      fc.boolean(),
      async (before, steps, filters) => {
        // What was there before the hub began is in the log alone, not in memory.
        const bench = new Bench(before.map((alert, index) => entryOf(index + 1, alert)))
        bench.filters = filters
        const joined = await play(bench, steps)
        for (let round = 0; round < 200; round += 1) {
          await bench.settle()
          for (const who of joined) {
            if (who.reader.room > 0) continue
            who.reader.room = 50
            bench.hub.drained(who.subscriber)
          }
          if (bench.reads.length + bench.later.length === 0) break
        }
        for (const { reader, subscriber, interest, from } of joined) {
          expect(reader.wroteWhileFull).toBe(0)
          const wanted = bench.entries
            .filter((entry) => entry.seq > from && matches(interest, entry.alert) !== null)
            .map((entry) => entry.seq)
          const heard = reader.seqs()
          if (subscriber.state === 'gone') expect(heard).toEqual(wanted.slice(0, heard.length))
          else {
            expect(heard).toEqual(wanted)
            const { resume } = reader.heard[0] as Message & { type: 'welcome' }
            expect(reader.heard.filter(({ type }) => type === 'live')).toHaveLength(resume === 'replay' ? 1 : 0)
          }
        }
      },
    ),
    { numRuns: runs(500) },
  )
})
