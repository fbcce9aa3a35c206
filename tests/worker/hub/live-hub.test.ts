import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Interest, matches } from '../../../src/domain/interest.ts'
import { type BudgetLeft, bytesForMessages, messageBytes } from '../../../src/hub/outgoing-budget.ts'
import type { Connection, Subscriber } from '../../../src/hub/subscriber.ts'
import type { Cursor, Entry } from '../../../src/log/log.ts'
import type { Frame } from '../../../src/protocol/messages.ts'
import type { StreamTerms } from '../../../src/protocol/terms/stream-terms.ts'
import { socketEncoding, textsOf } from '../../../src/worker/hub/edge-encoding.ts'
import { LiveHub } from '../../../src/worker/hub/live-hub.ts'
import { runs } from '../../support/effort.ts'
import { entryOf, everything, newsroom, someAlert, someInterest } from '../../support/samples.ts'

const limits = { hotEntriesMax: 3, replaySliceEntriesMax: 256, runBytesMax: 500, replayEntriesMax: 12 }

/** A reader who is never full, and hears the platform's answers to pings. */
class Reader implements Connection {
  readonly wire = socketEncoding
  readonly seqs: number[] = []
  cursor = 0
  subscriber: Subscriber | null = null
  kept: { interest: Interest; seq: number; terms?: StreamTerms; left?: BudgetLeft } | null = null
  terms: StreamTerms | undefined
  /** What has gone out since it joined, as a budget counts it. */
  bytes = 0
  closed: number | null = null

  write(frame: Frame): boolean {
    for (const text of textsOf(frame)) {
      this.bytes += text.length + messageBytes
      const { type, seq } = JSON.parse(text)
      if (type === 'alert') this.seqs.push(seq)
    }
    return true
  }

  close(code: number): void {
    this.closed = code
  }
  beat(): void {}
}

/** An object around a hub: it can be put to sleep, and its bells come when the test wants. */
class Bench {
  readonly entries: Entry[] = []
  readonly readers: Reader[] = []
  live = this.#make(0)

  #make(head: number): LiveHub {
    const upstream = {
      after: async (cursor: number, limit: number) => {
        // As far away as another object: other things happen meanwhile.
        await new Promise((resolve) => setImmediate(resolve))
        return this.entries.slice(cursor, cursor + limit)
      },
    }
    const report = (error: unknown) => expect.fail(String(error))
    const moved = () => this.readers.forEach((reader) => void this.#keep(reader))
    return new LiveHub(
      { upstream, newsroom, limits, now: () => 0, report, moved, endDue: () => {} },
      { epoch: 'e', floor: 1, head },
    )
  }

  async wake(): Promise<void> {
    await this.live.pull()
  }

  async join(interest: Interest, cursor: Cursor | 'now', terms?: StreamTerms): Promise<Reader> {
    const reader = new Reader()
    reader.terms = terms
    await this.live.prepare(cursor)
    reader.subscriber = this.live.hub.join(reader, interest, cursor, terms === undefined ? {} : { terms })
    await new Promise((resolve) => setTimeout(resolve, 0))
    expect(reader.subscriber.seq, 'nobody is left behind the answer to a ping').toBe(this.live.hub.bounds.head)
    this.#keep(reader)
    this.readers.push(reader)
    return reader
  }

  #keep(reader: Reader): void {
    if (!reader.subscriber) return
    const { group, seq, budget } = reader.subscriber
    reader.kept = {
      ...{ interest: group.interest, seq },
      ...(reader.terms === undefined ? {} : { terms: reader.terms }),
      ...(budget === null ? {} : { left: structuredClone(budget.left) }),
    }
  }

  sleepAndWake(): void {
    const head = Math.max(0, ...this.readers.map(({ kept }) => kept?.seq ?? 0))
    if (this.readers.length === 0) return
    this.live = this.#make(head)
    for (const reader of this.readers)
      if (reader.kept && reader.closed === null) {
        const { interest, seq, terms, left } = reader.kept
        reader.subscriber = this.live.hub.restore(reader, interest, seq, terms, left)
      }
  }
}

const step = fc.oneof(
  { weight: 4, arbitrary: someAlert.map((more) => ({ do: 'append' as const, more })) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('join' as const), interest: someInterest, back: fc.nat(12) }) },
  { weight: 3, arbitrary: fc.constant({ do: 'ring' as const }) },
  { weight: 2, arbitrary: fc.constant({ do: 'sleep' as const }) },
)

test('in any order of entries, wake-ups, joins and hibernations each reader is sent their entries, once and in order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const bench = new Bench()
      const oracles: { reader: Reader; interest: Interest; from: number }[] = []
      for (const one of steps) {
        if (one.do === 'append') bench.entries.push(entryOf(bench.entries.length + 1, one.more))
        else if (one.do === 'ring') await bench.wake()
        else if (one.do === 'sleep') bench.sleepAndWake()
        else {
          // A cursor that another hub gave may be ahead of this one's bell.
          const from = Math.max(0, bench.entries.length - one.back)
          const reader = await bench.join(one.interest, { epoch: 'e', seq: from })
          oracles.push({ reader, interest: one.interest, from })
        }
      }
      await bench.wake()
      for (const { reader, interest, from } of oracles) {
        const due = bench.entries.filter(({ seq, alert }) => seq > from && matches(interest, alert) !== null)
        expect(reader.seqs).toEqual(due.map(({ seq }) => seq))
      }
    }),
    { numRuns: runs(60) },
  )
})

test('wake-ups during a read cause one more read, not a second delivery', async () => {
  const bench = new Bench()
  const reader = await bench.join(everything, 'now')
  bench.entries.push(entryOf(1))
  const first = bench.wake()
  bench.entries.push(entryOf(2))
  await Promise.all([first, bench.wake(), bench.wake()])
  expect(reader.seqs).toEqual([1, 2])
})

test.each([1, 255, 256, 257, 600])('one wake-up after %d entries delivers them all', async (count) => {
  const bench = new Bench()
  const reader = await bench.join(everything, 'now')
  for (let seq = 1; seq <= count; seq += 1) bench.entries.push(entryOf(seq))
  expect(await bench.live.pull()).toBe(count)
  expect(reader.seqs).toHaveLength(count)
})

test.each([0, 1, 2, 5])('a budget is one budget over %d hibernations between two entries', async (hibernations) => {
  const bench = new Bench()
  const reader = await bench.join(everything, 'now', { budgetBytes: 8_000 })
  while (reader.closed === null) {
    bench.entries.push(entryOf(bench.entries.length + 1))
    await bench.wake()
    for (let times = 0; times < hibernations; times += 1) bench.sleepAndWake()
  }
  expect(reader.closed).toBe(4201)
  expect(reader.seqs.length).toBeGreaterThan(3)
  expect(reader.bytes - 100).toBeLessThanOrEqual(bytesForMessages(8_000))
})
