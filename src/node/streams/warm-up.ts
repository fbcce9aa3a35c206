import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Alert } from '../../domain/alert-types.ts'
import { parseInterestQuery } from '../../domain/interest.ts'
import type { Newsroom } from '../../domain/newsroom.ts'
import { Hub } from '../../hub/hub.ts'
import { Admission } from './admission.ts'
import type { WriteBatch } from './io-uring/write-batch.ts'
import { JoinQueue } from './join-queue.ts'
import { serveSockets } from './socket.ts'
import { StreamCounters } from './stream-counters.ts'

/** The epoch of a rehearsal's hub, and of no log. */
export const warmUpEpoch = 'warm-up'
const readersCount = 16
/** Until nothing more is compiled: measured by `npm run bench`, the first alert against the tenth. */
const firstEntries = 1_500
const gatherPollMs = 10
const at = '1970-01-01T00:00:00.000Z'
/** What the readers hear is of no use to anyone. */
const bin = Buffer.allocUnsafe(65_536)

type Deps = {
  readonly newsroom: Newsroom
  readonly writeBatch: WriteBatch
  readonly socketWriter: 'raw' | 'ws'
  readonly now: () => number
  readonly report: (error: unknown, doing: string) => void
}

/**
 * Breaking news is always cold: in hours of silence the engine drops what it had compiled of the way from an entry to
 * the readers. A hub of its own, with a few sockets of our own that no other can reach, goes that way again and again:
 * the same code with the same classes, because what the engine learns from others it forgets at the first real alert.
 */
export class WarmUp {
  readonly #hub: Hub
  readonly #server = createServer()
  readonly #alert: Alert
  readonly #readers: Socket[] = []
  readonly #closed = new AbortController()
  /** Resolves when all is compiled, or when it was closed or had no way to itself: that was reported. */
  readonly done: Promise<void>
  #seq = 0

  /** Begins at once, and takes its time beside everything else. */
  constructor({ newsroom, writeBatch, socketWriter, now, report }: Deps) {
    const soon = (act: () => void) => void setImmediate(act)
    const tag = newsroom.languages[0]?.tag ?? 'en'
    this.#alert = alertIn(tag)
    this.#hub = new Hub({
      ...{ newsroom, now, soon, report },
      bounds: { epoch: warmUpEpoch, floor: 1, head: 0 },
      log: { after: () => Promise.reject(new Error('a warm-up has no log')) },
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
        if (!this.#closed.signal.aborted) report(error, 'rehearsing')
      })
  }

  /** Once a second, so that it stays so. */
  again(): void {
    this.#seq += 1
    this.#hub.deliver({ seq: this.#seq, at, kind: 'alert', alert: this.#alert })
  }

  close(): void {
    this.#closed.abort()
    this.#server.close()
    for (const reader of this.#readers) reader.destroy()
  }

  /** How its readers are. */
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
    // Of several processes each has its own: shared, as a cluster does it, their readers would go to each other.
    this.#server.listen({ port: 0, host: '127.0.0.1', exclusive: true })
    await once(this.#server, 'listening', { signal: this.#closed.signal })
    const { port } = this.#server.address() as AddressInfo
    for (let index = 0; index < readersCount; index += 1) {
      const onread = { buffer: bin, callback: () => true }
      const reader = connect({ port, host: '127.0.0.1', onread })
      this.#readers.push(reader)
      // A reader less is no harm.
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
