import type { Alert } from './alert.ts'
import type { Frame, Wire } from './frame.ts'
import { Hub } from './hub.ts'
import type { Interest } from './interest.ts'
import type { Newsroom } from './newsroom.ts'
import type { Connection } from './subscriber.ts'

const readersCount = 100
/** As many as it takes until nothing more is compiled: measured by `npm run bench`, the first alert against the tenth. */
const firstEntries = 400
const at = '1970-01-01T00:00:00.000Z'
const silent: Frame = new Uint8Array(0)
const nowhere: Wire = { name: 'rehearsal', frame: () => silent }

/**
 * Breaking news is always cold: after hours of silence the engine has dropped what it had compiled of the way from an
 * entry to each reader. A hub of its own, with readers who are nobody, goes that way again and again.
 */
export class Rehearsal {
  readonly #hub: Hub
  readonly #later: (() => void)[] = []
  readonly #alert: Alert
  #seq = 0

  constructor(newsroom: Newsroom, now: () => number) {
    const tag = newsroom.languages[0]?.tag ?? 'en'
    this.#alert = alertIn(tag)
    this.#hub = new Hub({
      bounds: { epoch: 'rehearsal', floor: 1, head: 0 },
      log: { after: () => Promise.reject(new Error('a rehearsal has no log')) },
      newsroom,
      now,
      soon: (act) => void this.#later.push(act),
      report(trouble) {
        throw trouble
      },
      limits: { hotEntriesMax: 4 },
    })
    const wishes: readonly Interest['languages'][] = [[tag], '*']
    for (let index = 0; index < readersCount; index += 1) {
      const languages = wishes[index % wishes.length] ?? '*'
      this.#hub.join(new Nobody(), { audience: 'public', languages, topics: [], level: 'routine' })
    }
  }

  /** Once before the first reader comes: until all is compiled. Takes some tens of milliseconds. */
  first(): void {
    for (let count = 0; count < firstEntries; count += 1) this.again()
  }

  /** Once a second: so that it stays so. */
  again(): void {
    this.#seq += 1
    this.#hub.deliver({ seq: this.#seq, at, kind: 'alert', alert: this.#alert })
    for (let act = this.#later.shift(); act !== undefined; act = this.#later.shift()) act()
  }
}

class Nobody implements Connection {
  readonly wire = nowhere

  write(frame: Frame): boolean {
    return frame.length === 0
  }

  close(): void {
    // There is nothing to close.
  }

  beat(): void {
    // Nobody is always there.
  }
}

function alertIn(tag: string): Alert {
  return {
    id: '00000000-0000-7000-8000-000000000000',
    version: 1,
    level: 'flash',
    audience: 'public',
    topics: [],
    status: 'live',
    texts: { [tag]: { headline: 'Nothing has happened', summary: '' } },
    publishedAt: at,
    changedAt: at,
    expiresAt: at,
  }
}
