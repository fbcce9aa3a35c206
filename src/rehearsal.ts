import type { Alert } from './alert.ts'
import { eventText, type Frame, type Message, socketText, type Wire } from './frame.ts'
import { Hub } from './hub.ts'
import type { HubHouse } from './hub-house.ts'
import { parseInterest } from './interest.ts'
import type { Newsroom } from './newsroom.ts'
import type { Connection } from './subscriber.ts'

const readersCount = 120
/** As many as it takes until nothing more is compiled: measured by `npm run bench`, the first alert against the tenth. */
const firstEntries = 300
/** What differs among real hubs and readers differs here too: the engine would forget what it learnt from one kind only. */
const hubsCount = 2
const limits = { hotEntriesMax: 4, sliceReadersMax: 50 }
const at = '1970-01-01T00:00:00.000Z'

/**
 * Breaking news is always cold: after hours of silence the engine has dropped what it had compiled of the way from an
 * entry to each reader. Hubs of their own, with readers who are nobody, go that way again and again.
 */
export class Rehearsal {
  readonly #hubs: readonly Hub[]
  readonly #later: (() => void)[] = []
  readonly #alert: Alert
  #seq = 0

  constructor(newsroom: Newsroom, now: () => number) {
    const tag = newsroom.languages[0]?.tag ?? 'en'
    this.#alert = alertIn(tag)
    const house: HubHouse = {
      bounds: { epoch: 'rehearsal', floor: 1, head: 0 },
      log: { after: () => Promise.reject(new Error('a rehearsal has no log')) },
      newsroom,
      now,
      soon: (act) => void this.#later.push(act),
      report(trouble) {
        throw trouble
      },
      limits,
    }
    this.#hubs = Array.from({ length: hubsCount }, () => new Hub(house))
    const wishes = [{ languages: [tag] }, { languages: '*' as const }, { languages: [tag], level: 'flash' as const }]
    for (const hub of this.#hubs)
      for (let index = 0; index < readersCount; index += 1) {
        const interest = parseInterest(wishes[index % wishes.length], newsroom, {
          level: 'routine',
          audience: 'public',
        })
        hub.join(index % 2 === 0 ? new Nobody() : new NobodyElse(), interest)
      }
  }

  /** Once before the first reader comes: until all is compiled. Takes some tens of milliseconds. */
  first(): void {
    for (let count = 0; count < firstEntries; count += 1) this.again()
  }

  /** Once a second: so that it stays so. */
  again(): void {
    this.#seq += 1
    for (const hub of this.#hubs) hub.deliver({ seq: this.#seq, at, kind: 'alert', alert: this.#alert })
    for (let act = this.#later.shift(); act !== undefined; act = this.#later.shift()) act()
  }
}

/** Bytes of a text, or nothing where a wire has no such text. */
const wireOf = (name: string, text: (message: Message) => string | null): Wire => ({
  name,
  frame(message) {
    const said = text(message)
    return said === null ? null : new TextEncoder().encode(said)
  },
})
const socketWire = wireOf('rehearsal', socketText)
const eventWire = wireOf('rehearsal-events', eventText)

class Nobody implements Connection {
  readonly wire = socketWire
  heard = 0

  write(frame: Frame): boolean {
    this.heard += frame.length
    return true
  }

  close(): void {
    // There is nothing to close.
  }

  beat(): void {
    // Nobody is always there.
  }
}

class NobodyElse extends Nobody {
  override readonly wire = eventWire
}

function alertIn(tag: string): Alert {
  return {
    id: '00000000-0000-7000-8000-000000000000',
    version: 1,
    level: 'urgent',
    audience: 'public',
    topics: [],
    status: 'live',
    texts: { [tag]: { headline: 'Nothing has happened', summary: '' } },
    publishedAt: at,
    changedAt: at,
    expiresAt: at,
  }
}
