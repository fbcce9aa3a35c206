import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import type { Alert } from '../alert.ts'
import { Hub } from '../hub.ts'
import { parseInterestQuery } from '../interest.ts'
import type { Newsroom } from '../newsroom.ts'
import { Admission } from './admission.ts'
import { Newcomers } from './newcomers.ts'
import { serveSockets } from './socket.ts'
import { Tally } from './tally.ts'
import type { Together } from './together.ts'

const readersCount = 16
/** Until nothing more is compiled: measured by `npm run bench`, the first alert against the tenth. */
const firstEntries = 1_500
const entriesEach = 25
const at = '1970-01-01T00:00:00.000Z'
/** What the readers hear is of no use to anyone. */
const bin = Buffer.allocUnsafe(65_536)

type Parts = {
  readonly newsroom: Newsroom
  readonly together: Together
  readonly now: () => number
  readonly report: (trouble: unknown, doing: string) => void
}

/**
 * Breaking news is always cold: in hours of silence the engine drops what it had compiled of the way from an entry to
 * the readers. A hub of its own, with a few sockets of our own that no other can reach, goes that way again and again:
 * the same code with the same classes, because what the engine learns from others it forgets at the first real alert.
 */
export class Rehearsal {
  readonly #hub: Hub
  readonly #server = createServer()
  readonly #alert: Alert
  readonly #readers: Socket[] = []
  #seq = 0

  private constructor({ newsroom, together, now, report }: Parts) {
    const soon = (act: () => void) => void setImmediate(act)
    const tag = newsroom.languages[0]?.tag ?? 'en'
    this.#alert = alertIn(tag)
    this.#hub = new Hub({
      ...{ newsroom, now, soon, report },
      bounds: { epoch: 'rehearsal', floor: 1, head: 0 },
      log: { after: () => Promise.reject(new Error('a rehearsal has no log')) },
      together: (step) => together.step(step),
      limits: { hotEntriesMax: 64, sliceReadersMax: readersCount / 2 },
    })
    const interest = parseInterestQuery({ languages: tag }, newsroom, { level: 'routine', audience: 'public' })
    serveSockets(this.#server, {
      ...{ hub: this.#hub, newsroom, together },
      admission: new Admission({ connectionsMax: readersCount, perAddressMax: 0, perSecondMax: readersCount }, now),
      tally: new Tally(),
      newcomers: new Newcomers({ hub: this.#hub, now, soon }),
      addressOf: () => '',
      request: () => ({ interest, after: undefined }),
    })
  }

  /** With its readers in their places. Throws when this machine has no way to itself. */
  static async open(parts: Parts): Promise<Rehearsal> {
    const rehearsal = new Rehearsal(parts)
    await rehearsal.#gather()
    return rehearsal
  }

  /** Many times, a few in each turn of the event loop, until all is compiled. */
  async first(): Promise<void> {
    for (let done = 0; done < firstEntries && this.#server.listening; done += entriesEach) {
      for (let count = 0; count < entriesEach; count += 1) {
        this.again()
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
  }

  /** Once a second, so that it stays so. */
  again(): void {
    this.#seq += 1
    this.#hub.deliver({ seq: this.#seq, at, kind: 'alert', alert: this.#alert })
  }

  close(): void {
    this.#server.close()
    for (const reader of this.#readers) reader.destroy()
  }

  /** How its readers are. */
  states(): ReturnType<Hub['states']> {
    return this.#hub.states()
  }

  async #gather(): Promise<void> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening')
    const { port } = this.#server.address() as AddressInfo
    for (let index = 0; index < readersCount; index += 1) {
      const onread = { buffer: bin, callback: () => true }
      const reader = connect({ port, host: '127.0.0.1', onread })
      this.#readers.push(reader)
      // A reader less is no harm.
      reader.on('error', () => {})
      reader.write(
        'GET / HTTP/1.1\r\nHost: rehearsal\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
          'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n',
      )
    }
    while (this.#hub.size < readersCount && this.#readers.some((reader) => !reader.destroyed))
      await new Promise((resolve) => setImmediate(resolve))
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
