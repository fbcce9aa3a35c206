import type { AlertLog, Cursor, Entry, Seq } from '../log.ts'

const pageEntries = 256
/** Pages kept while readers are joining; they are few and read at once. */
const keptPagesMax = 64

/**
 * The log for replays, read before a reader joins. While a hub waits for the log, the platform answers a ping with the
 * head by itself, and a reader who is still behind would take that for their own position; so nothing may be waited for
 * between the first frame of a replay and the last.
 */
export class ReadAhead {
  readonly #log: Pick<AlertLog, 'after'>
  #pages = new Map<Seq, readonly Entry[]>()

  constructor(log: Pick<AlertLog, 'after'>) {
    this.#log = log
  }

  /** Reads what lies between a cursor and the head into memory, at most so many entries. */
  async load(after: Cursor | 'now' | undefined, head: Seq, entriesMax: number): Promise<void> {
    if (after === undefined || after === 'now' || head - after.seq > entriesMax) return
    if (this.#pages.size > keptPagesMax) this.#pages = new Map()
    for (let seq = after.seq; seq < head; ) {
      const page = await this.#page(seq, pageEntries)
      const last = page.at(-1)
      if (last === undefined) return
      seq = last.seq
    }
  }

  async after(cursor: Seq, limit: number): Promise<readonly Entry[]> {
    const page = this.#pages.get(cursor)
    // At most once: what lies there stays as it is, but memory is small.
    this.#pages.delete(cursor)
    return page ?? this.#log.after(cursor, limit)
  }

  async #page(seq: Seq, limit: number): Promise<readonly Entry[]> {
    const known = this.#pages.get(seq)
    if (known !== undefined) return known
    const page = await this.#log.after(seq, limit)
    if (page.length > 0) this.#pages.set(seq, page)
    return page
  }
}
