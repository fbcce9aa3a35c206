import type { AlertLog, Cursor, Entry, Seq } from '../../log/log.ts'

/** Entries of one block: a read of the log. Readers with different cursors share the blocks they need. */
const blockEntries = 256
/** The most blocks in memory, more than the longest replay needs. Beyond it the oldest are removed. */
const blocksMax = 32

/**
 * Entries for replays, read before a reader joins. The platform answers pings with the head. A reader in the middle of a
 * replay would take that for the own position, so a replay must be sent in one step, without waiting for the log.
 */
export class ReadAhead {
  readonly #log: Pick<AlertLog, 'after'>
  readonly #blocks = new Map<number, readonly Entry[]>()

  constructor(log: Pick<AlertLog, 'after'>) {
    this.#log = log
  }

  /** Reads the entries between a cursor and the head into memory, if there are not too many. */
  async load(after: Cursor | 'now' | undefined, head: Seq, entriesMax: number): Promise<void> {
    if (after === undefined || after === 'now' || head - after.seq > entriesMax) return
    // Repeated until all blocks are there at once: the first may be removed while the last is read.
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
