import type { AlertLog, Seq } from '../../log/log.ts'
import type { PushOutbox } from './outbox.ts'

const pageMax = 100

type Log = Pick<AlertLog, 'after' | 'bounds'>
type Outbox = Pick<PushOutbox, 'open' | 'opened'>
type Signal = Pick<AbortSignal, 'aborted'>

/**
 * Opens the outbox for every entry of the log that has none yet, in order. The position is stored with the work, so a
 * crash between append and open, or between two entries, loses nothing. Gives the number of opened entries.
 */
export async function openNew(log: Log, outbox: Outbox, signal?: Signal): Promise<number> {
  return new OutboxOpening(log, outbox).openNew(signal)
}

/**
 * The same for a process that is the only one to open: the position is read from the outbox only at first and after an
 * error.
 */
export class OutboxOpening {
  readonly #log: Log
  readonly #outbox: Outbox
  #seq: Seq | null = null

  constructor(log: Log, outbox: Outbox) {
    this.#log = log
    this.#outbox = outbox
  }

  async openNew(signal?: Signal): Promise<number> {
    try {
      return await this.#openNew(signal)
    } catch (error) {
      this.#seq = null
      throw error
    }
  }

  async #openNew(signal?: Signal): Promise<number> {
    let seq = this.#seq ?? (await this.#opened())
    for (let count = 0; ; ) {
      const entries = await this.#log.after(seq, pageMax)
      for (const entry of entries) {
        if (signal?.aborted) return count
        await this.#outbox.open(entry)
        seq = entry.seq
        this.#seq = seq
        count += 1
      }
      // Entries that were appended meanwhile have their own wake-up.
      if (entries.length < pageMax) return count
    }
  }

  async #opened(): Promise<Seq> {
    const bounds = await this.#log.bounds()
    return Math.max(await this.#outbox.opened(bounds), bounds.floor - 1)
  }
}
