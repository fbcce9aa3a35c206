import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Alert } from '../../domain/alert-types.ts'
import { parseInterestQuery } from '../../domain/interest.ts'
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
const readersCount = 16
/** After this many entries nothing more is compiled: by `npm run bench`, the first alert costs as much as the tenth. */
const firstEntries = 1_500
const gatherPollMs = 10
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
 * the next alert would be slow. A separate hub with a few loopback sockets, which no other hub shares, delivers entries
 * all the time. It uses the same classes as the service: code that V8 optimised for other classes would be discarded at
 * the first real alert.
 */
export class WarmUp {
  readonly #hub: Hub
  readonly #server = createServer()
  readonly #alert: Alert
  readonly #readers: Socket[] = []
  readonly #closed = new AbortController()
  /** Resolves when everything is compiled, or when it was closed or failed. A failure is reported. */
  readonly done: Promise<void>
  #seq = 0

  /** Begins at once, in small steps beside all other work. */
  constructor({ newsroom, writeBatch, socketWriter, now, report }: Deps) {
    const soon = (act: () => void) => void setImmediate(act)
    const tag = newsroom.languages[0]?.tag ?? 'en'
    this.#alert = alertIn(tag)
    this.#hub = new Hub({
      ...{ newsroom, now, soon, report },
      bounds: { epoch: warmUpEpoch, floor: 1, head: 0 },
      log: { after: async (cursor, limit) => this.#entriesAfter(cursor, limit) },
      writeBatch: (step) => writeBatch.step(step),
      limits: { hotEntriesMax: 64, sliceReadersMax: readersCount / 2 },
    })
    const interest = parseInterestQuery({ languages: tag }, newsroom, { level: 'routine', audience: 'public' })
    serveSockets(this.#server, {
      ...{ hub: this.#hub, newsroom, writeBatch, socketWriter },
      admission: new Admission({ connectionsMax: readersCount, perAddressMax: 0, perSecondMax: readersCount }, now),
      streamCounters: new StreamCounters(),
      joinQueue: new JoinQueue({ hub: this.#hub, now, soon }),
      addressOf: () => '',
      request: () => ({ interest, after: undefined }),
    })
    this.done = this.#gather()
      .then(() => this.#first())
      .catch((error: unknown) => {
        if (!this.#closed.signal.aborted) report(error, 'warming up the streams')
      })
  }

  /** Delivers one entry. Called once a second, so that the code stays compiled. */
  again(): void {
    this.#seq += 1
    this.#hub.deliver(this.#entry(this.#seq))
  }

  #entry(seq: number): Entry {
    return { seq, at, kind: 'alert', alert: this.#alert }
  }

  /** The log of the warm-up. It needs no storage, because its entries differ only in their seq. */
  #entriesAfter(cursor: number, limit: number): readonly Entry[] {
    return Array.from({ length: Math.min(limit, this.#seq - cursor) }, (_, at) => this.#entry(cursor + 1 + at))
  }

  close(): void {
    this.#closed.abort()
    this.#server.close()
    for (const reader of this.#readers) reader.destroy()
  }

  /** The number of its readers in each state. */
  states(): ReturnType<Hub['states']> {
    return this.#hub.states()
  }

  async #first(): Promise<void> {
    for (let count = 0; count < firstEntries && !this.#closed.signal.aborted; count += 1) {
      this.again()
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  async #gather(): Promise<void> {
    // Each process listens on its own port: a port that a cluster shares would pass connections to other processes.
    this.#server.listen({ port: 0, host: '127.0.0.1', exclusive: true })
    await once(this.#server, 'listening', { signal: this.#closed.signal })
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
    while (this.#hub.size + gone() < readersCount) await sleep(gatherPollMs, undefined, { signal: this.#closed.signal })
  }
}

function alertIn(tag: string): Alert {
  return {
    id: '00000000-0000-7000-8000-000000000000',
    version: 1,
    level: 'routine',
    audience: 'public',
    topics: [],
    status: 'live',
    texts: { [tag]: { headline: 'Nothing has happened', summary: '' } },
    publishedAt: at,
    changedAt: at,
    expiresAt: at,
  }
}
