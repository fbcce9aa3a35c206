import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Alert } from '../../domain/alert-types.ts'
import { type Interest, parseInterestQuery } from '../../domain/interest.ts'
import type { Newsroom } from '../../domain/newsroom.ts'
import { Hub } from '../../hub/hub.ts'
import type { Entry } from '../../log/log.ts'
import { Admission } from './admission.ts'
import type { WriteBatch } from './io-uring/write-batch.ts'
import { JoinQueue } from './join-queue.ts'
import { serveSockets } from './socket.ts'
import { StreamCounters } from './stream-counters.ts'

/** The epoch of the warm-up's hub. No log has it. */
export const warmUpEpoch = 'warm-up'
/** Two, because V8 compiles code that has only ever met one object for that object, and discards it at the second. */
const hubsCount = 2
/** In each hub: four for each of its interests. Each takes two open files. */
const readersCount = 16
/**
 * After this many entries V8's last compiler (TurboFan) has compiled what runs once a reader. With 6,000 deliveries in a hub
 * it compiled the batch of writes during the first alert, 60 ms on the same core (`--trace-opt` shows it).
 */
const firstEntries = 1_200
const gatherPollMs = 10
const secondWriteEvery = 8
const withTermsEvery = 5
const at = '1970-01-01T00:00:00.000Z'
/** What the warm-up's readers receive is discarded into this buffer. */
const bin = Buffer.allocUnsafe(65_536)

type Deps = {
  readonly newsroom: Newsroom
  readonly writeBatch: WriteBatch
  readonly socketWriter: 'raw' | 'ws'
  readonly now: () => number
  readonly report: (error: unknown, doing: string) => void
}

/**
 * Keeps the code path from an entry to the readers compiled. After hours without an alert V8 drops compiled code, so
 * the next alert would be slow. Separate hubs with a few loopback sockets, which no other hub shares, deliver entries
 * all the time. It uses the same classes as the service, and entries of the form that a log gives: code that V8 optimised
 * for others would be discarded at the first real alert (`--trace-deopt` shows it).
 */
export class WarmUp {
  readonly #hubs: readonly WarmUpHub[]
  readonly #closed = new AbortController()
  /** Resolves when everything is compiled, or when it was closed or failed. A failure is reported. */
  readonly done: Promise<void>

  /** Begins at once, in small steps beside all other work. */
  constructor(deps: Deps) {
    this.#hubs = Array.from({ length: hubsCount }, () => new WarmUpHub(deps, this.#closed.signal))
    this.done = Promise.all(this.#hubs.map((hub) => hub.gather()))
      .then(() => this.#first())
      .catch((error: unknown) => {
        if (!this.#closed.signal.aborted) deps.report(error, 'warming up the streams')
      })
  }

  /** Delivers one entry. Called once a second, so that the code stays compiled. */
  again(): void {
    for (const hub of this.#hubs) hub.deliver()
  }

  close(): void {
    this.#closed.abort()
    for (const hub of this.#hubs) hub.close()
  }

  /** The number of its readers in each state. */
  states(): ReturnType<Hub['states']> {
    const [first, ...others] = this.#hubs.map((hub) => hub.states())
    return others.reduce(
      (sum, it) => ({ live: sum.live + it.live, behind: sum.behind + it.behind, full: sum.full + it.full }),
      first ?? { live: 0, behind: 0, full: 0 },
    )
  }

  async #first(): Promise<void> {
    for (let count = 0; count < firstEntries && !this.#closed.signal.aborted; count += 1) {
      this.again()
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
}

/** One hub with its own server, its readers and its log. */
class WarmUpHub {
  readonly #hub: Hub
  readonly #server = createServer()
  readonly #entry: string
  readonly #readers: Socket[] = []
  readonly #closed: AbortSignal
  readonly #writeBatch: WriteBatch
  #seq = 0

  constructor({ newsroom, writeBatch, socketWriter, now, report }: Deps, closed: AbortSignal) {
    const soon = (act: () => void) => void setImmediate(act)
    const streamCounters = new StreamCounters()
    const tag = newsroom.languages[0]?.tag ?? 'en'
    this.#closed = closed
    this.#writeBatch = writeBatch
    this.#entry = JSON.stringify({ ...{ at, kind: 'alert' }, alert: alertIn(tag, newsroom) })
    this.#hub = new Hub({
      ...{ newsroom, now, soon, report },
      bounds: { epoch: warmUpEpoch, floor: 1, head: 0 },
      log: { after: async (cursor, limit) => this.#entriesAfter(cursor, limit) },
      writeBatch: (step) => writeBatch.step(step),
      swept: () => streamCounters.swept((alert) => this.#hub.countByLanguage(alert)),
      limits: { hotEntriesMax: 64, sliceReadersMax: readersCount / 2 },
    })
    const interests = interestsIn(tag, newsroom)
    serveSockets(this.#server, {
      ...{ hub: this.#hub, newsroom, writeBatch, socketWriter },
      admission: new Admission({ connectionsMax: readersCount, perAddressMax: 0, perSecondMax: readersCount }, now),
      streamCounters,
      joinQueue: new JoinQueue({ hub: this.#hub, now, soon }),
      addressOf: () => '',
      // A reader with terms takes its own way through the hub. A limit of replayed entries never ends one who joins live.
      request: () => ({
        interest: interests[this.#hub.size % interests.length] ?? interests[0],
        after: undefined,
        ...(this.#hub.size % withTermsEvery === 0 ? { terms: { limitEntries: 1 } } : {}),
      }),
    })
  }

  deliver(): void {
    this.#seq += 1
    this.#hub.deliver(this.#entryOf(this.#seq))
    // A second write to the same socket in one step submits the batch in its middle, as a batch that is full does.
    if (this.#seq % secondWriteEvery === 0)
      this.#writeBatch.step(() => {
        this.#hub.goodbye(0)
        this.#hub.goodbye(0)
      })
  }

  /** An entry as a log gives it: made by `JSON.parse`. */
  #entryOf(seq: number): Entry {
    const { at, kind, alert } = JSON.parse(this.#entry) as Entry
    return { seq, at, kind, alert }
  }

  /** The log of the warm-up. It needs no storage, because its entries differ only in their seq. */
  #entriesAfter(cursor: number, limit: number): readonly Entry[] {
    return Array.from({ length: Math.min(limit, this.#seq - cursor) }, (_, at) => this.#entryOf(cursor + 1 + at))
  }

  close(): void {
    this.#server.close()
    for (const reader of this.#readers) reader.destroy()
  }

  states(): ReturnType<Hub['states']> {
    return this.#hub.states()
  }

  /** Connects the readers. Resolves when they are in the hub. Throws when it is closed before. */
  async gather(): Promise<void> {
    // Each process listens on its own port: a port that a cluster shares would pass connections to other processes.
    this.#server.listen({ port: 0, host: '127.0.0.1', exclusive: true })
    await once(this.#server, 'listening', { signal: this.#closed })
    const { port } = this.#server.address() as AddressInfo
    for (let index = 0; index < readersCount; index += 1) {
      const onread = { buffer: bin, callback: () => true }
      const reader = connect({ port, host: '127.0.0.1', onread })
      this.#readers.push(reader)
      // The warm-up works with fewer readers too.
      reader.on('error', () => {})
      reader.write(
        'GET / HTTP/1.1\r\nHost: warm-up\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
          'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n',
      )
    }
    const gone = () => this.#readers.filter((reader) => reader.destroyed).length
    while (this.#hub.size + gone() < readersCount) await sleep(gatherPollMs, undefined, { signal: this.#closed })
  }
}

/** Interests that are matched in different ways: by the language alone, by topics, with all texts, and not at all. */
function interestsIn(tag: string, newsroom: Newsroom): readonly [Interest, ...Interest[]] {
  const given = { level: 'routine', audience: 'public' } as const
  const of = (query: { languages: string; topics?: string; level?: string }) =>
    parseInterestQuery(query, newsroom, given)
  const topics = newsroom.topics
    .slice(0, 2)
    .map(({ id }) => id)
    .join(',')
  const other = newsroom.languages.at(-1)?.tag ?? tag
  return [
    of({ languages: tag }),
    of({ languages: [other, tag].join(','), topics }),
    of({ languages: '*' }),
    of({ languages: tag, level: 'flash' }),
  ]
}

function alertIn(tag: string, { topics }: Newsroom): Alert {
  return {
    id: '00000000-0000-7000-8000-000000000000',
    version: 1,
    level: 'routine',
    audience: 'public',
    topics: topics.slice(0, 1).map(({ id }) => id),
    status: 'live',
    texts: { [tag]: { headline: 'Nothing has happened', summary: '' } },
    publishedAt: at,
    changedAt: at,
    expiresAt: at,
  }
}
