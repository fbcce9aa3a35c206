import { type Interest, interestKey } from '../domain/interest.ts'
import type { AlertLog, Entry, Seq } from '../log/log.ts'
import type { Encoding, Frame, Message } from '../protocol/messages.ts'

/** An entry with the frames made of it so far: one for each wire and language. */
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

/** The newest entries, framed, in memory: a storm of returning readers reads no log. Contiguous up to the head. */
export class FrameCache {
  readonly #max: number
  #first: Seq
  #framed: Framed[] = []

  /** Begins with `recent`, which must reach up to the head without a gap. */
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

  /** Adds the entry after the head; throws for any other, because a gap here would be a gap for every reader. */
  push(entry: Entry): void {
    if (entry.seq !== this.head + 1) throw new Error(`the hub is at ${this.head} and was given entry ${entry.seq}`)
    this.#framed.push(new Framed(entry))
    // Dropped in bulk, so that the cost of shifting is spread over many entries.
    if (this.#framed.length < this.#max * 2) return
    this.#first += this.#framed.length - this.#max
    this.#framed = this.#framed.slice(-this.#max)
  }

  get(seq: Seq): Framed | undefined {
    return this.#framed[seq - this.#first]
  }
}

/** What was read after a position, for one interest: entries, and the position up to which there are no others. */
export type ReadOn = { readonly framed: readonly Framed[]; readonly through: Seq }

/** Pages of the log for readers whom memory cannot serve; readers at the same position with the same interest share one read. */
export class Reads {
  readonly #log: Pick<AlertLog, 'after'>
  readonly #limit: number
  readonly #underWay = new Map<string, Promise<ReadOn | null>>()

  constructor(log: Pick<AlertLog, 'after'>, limit: number) {
    this.#log = log
    this.#limit = limit
  }

  /** What lies between a position and the head, or the first of it. Null: the log no longer reaches back so far. */
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
    // What is not for them may be left out, so a gap says nothing by itself.
    const [next] = entries[0]?.seq === seq + 1 ? entries : await this.#log.after(seq, 1)
    if (next?.seq !== seq + 1) return null
    // The log may be ahead of the head, and then its newest entries are not to be told yet.
    const last = entries.at(-1)?.seq ?? seq
    const through = entries.length < this.#limit ? head : Math.min(last, head)
    return { framed: entries.filter((entry) => entry.seq <= through).map((entry) => new Framed(entry)), through }
  }
}
