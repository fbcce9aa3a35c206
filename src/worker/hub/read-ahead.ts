import type { AlertLog, Cursor, Entry, Seq } from '../../log/log.ts'

/** Entries of one block: a read of the log. Readers with different cursors share the blocks they need. */
const blockEntries = 256
/** Beyond these the oldest are forgotten: more than the longest replay needs. */
const blocksMax = 32

/**
 * The log for replays, read before a reader joins. While a hub waits for the log, the platform answers a ping with the
 * head by itself, and a reader who is still behind would take that for their own position; so nothing may be waited for
 * between the first frame of a replay and the last.
 */
export class ReadAhead {
  readonly #log: Pick<AlertLog, 'after'>
  readonly #blocks = new Map<number, readonly Entry[]>()

  constructor(log: Pick<AlertLog, 'after'>) {
    this.#log = log
  }

  /** Reads what lies between a cursor and the head into memory, if it is at most so many entries. */
  async load(after: Cursor | 'now' | undefined, head: Seq, entriesMax: number): Promise<void> {
    if (after === undefined || after === 'now' || head - after.seq > entriesMax) return
    // Until all is there at one time: what was read first may be forgotten while the last is read.
    for (let missing = this.#missing(after.seq, head); missing.length > 0; missing = this.#missing(after.seq, head)) {
      await Promise.all(missing.map((block) => this.#read(block)))
      if (this.#missing(after.seq, head).length >= missing.length) return
    }
  }

  async after(cursor: Seq, limit: number): Promise<readonly Entry[]> {
    const known = this.#blocks.get(Math.floor(cursor / blockEntries))?.filter(({ seq }) => seq > cursor) ?? []
    return known.length > 0 ? known.slice(0, limit) : this.#log.after(cursor, limit)
  }

  #missing(from: Seq, head: Seq): readonly number[] {
    const missing: number[] = []
    if (from >= head) return missing
    for (let block = Math.floor(from / blockEntries); block * blockEntries < head; block += 1) {
      const last = this.#blocks.get(block)?.at(-1)?.seq ?? 0
      if (last < Math.min(head, (block + 1) * blockEntries)) missing.push(block)
    }
    return missing
  }

  async #read(block: number): Promise<void> {
    this.#blocks.set(block, await this.#log.after(block * blockEntries, blockEntries))
    if (this.#blocks.size > blocksMax) this.#blocks.delete(Math.min(...this.#blocks.keys()))
  }
}
