import { type Interest, interestKey } from '../domain/interest.ts'
import type { AlertLog, Entry, Seq } from '../log/log.ts'
import type { Message } from '../protocol/message-schemas.ts'
import type { Encoding, Frame } from '../protocol/messages.ts'

/** An entry with the frames encoded from it so far: one for each encoding and language. A frame is null where the encoding has none. */
export class Framed {
  readonly entry: Entry
  readonly #frames = new Map<string, Frame | null>()

  constructor(entry: Entry) {
    this.entry = entry
  }

  frame(wire: Encoding, language: string, message: (entry: Entry, language: string) => Message): Frame | null {
    const key = `${wire.name} ${language}`
    const known = this.#frames.get(key)
    if (known !== undefined) return known
    const frame = wire.frame(message(this.entry, language))
    this.#frames.set(key, frame)
    return frame
  }
}

/**
 * Cache of the newest entries and their frames, contiguous up to the head. Thousands of readers who reconnect at once
 * are served from it, without a read of the log.
 */
export class FrameCache {
  readonly #max: number
  #first: Seq
  #framed: Framed[] = []

  /** `recent`: entries up to the head, without a gap; throws an Error otherwise. `max`: how many entries are kept at least. */
  constructor(head: Seq, recent: readonly Entry[], max: number) {
    this.#first = head - recent.length + 1
    this.#max = max
    recent.forEach((entry, index) => {
      if (entry.seq !== this.#first + index) throw new Error(`entry ${entry.seq} is out of place before head ${head}`)
    })
    this.#framed = recent.map((entry) => new Framed(entry))
  }

  get head(): Seq {
    return this.#first + this.#framed.length - 1
  }

  /** Adds the entry after the head. Throws an Error for any other: a gap here would be a gap for every reader. */
  push(entry: Entry): void {
    if (entry.seq !== this.head + 1) throw new Error(`the hub is at ${this.head} and was given entry ${entry.seq}`)
    this.#framed.push(new Framed(entry))
    // Entries are dropped in bulk, so that copying the array costs little for each.
    if (this.#framed.length < this.#max * 2) return
    this.#first += this.#framed.length - this.#max
    this.#framed = this.#framed.slice(-this.#max)
  }

  get(seq: Seq): Framed | undefined {
    return this.#framed[seq - this.#first]
  }
}

/** Result of a read: the entries for one interest, and the seq up to which there are no others for it. */
export type ReadOn = { readonly framed: readonly Framed[]; readonly through: Seq }

/** Reads the log for subscribers who are behind the cache. Subscribers at the same seq with the same interest share one read. */
export class Reads {
  readonly #log: Pick<AlertLog, 'after'>
  readonly #limit: number
  readonly #underWay = new Map<string, Promise<ReadOn | null>>()

  constructor(log: Pick<AlertLog, 'after'>, limit: number) {
    this.#log = log
    this.#limit = limit
  }

  /** Up to `limit` entries after `seq` and at most at `head`. Null: the log does not reach back to `seq` any more. */
  from(seq: Seq, interest: Interest, head: Seq): Promise<ReadOn | null> {
    const key = `${seq} ${head} ${interestKey(interest)}`
    const known = this.#underWay.get(key)
    if (known !== undefined) return known
    const over = () => void this.#underWay.delete(key)
    const read = this.#read(seq, interest, head)
    this.#underWay.set(key, read)
    read.then(over, over)
    return read
  }

  async #read(seq: Seq, interest: Interest, head: Seq): Promise<ReadOn | null> {
    const entries = await this.#log.after(seq, this.#limit, interest)
    // The log may leave out entries that are not for the interest. Only a read without it shows whether entries are missing.
    const [next] = entries[0]?.seq === seq + 1 ? entries : await this.#log.after(seq, 1)
    if (next?.seq !== seq + 1) return null
    // The log may be ahead of the hub's head. Entries beyond the head are delivered later, by `deliver`.
    const last = entries.at(-1)?.seq ?? seq
    const through = entries.length < this.#limit ? head : Math.min(last, head)
    return { framed: entries.filter((entry) => entry.seq <= through).map((entry) => new Framed(entry)), through }
  }
}
