import { type Seen, seenIn } from '../../signing/verify/verify-statements.ts'
import { platform } from '../platform.ts'
import type { MirrorStorage } from './mirror-addresses.ts'

/** How far was seen what is signed, kept until the next time. */
export class KeptSeen {
  readonly #storage: MirrorStorage
  readonly #now: () => number
  #next: Seen | undefined
  #writing = false

  constructor(storage: MirrorStorage, now: () => number = platform.now) {
    this.#storage = storage
    this.#now = now
  }

  /** Whether there is a place for it. */
  get isKept(): boolean {
    return this.#storage.writeSeen !== undefined
  }

  /**
   * What was kept, null where that is nothing or malformed. A time ahead of the device's clock is that of the clock: nothing of this is signed,
   * and it would hide what is signed until then. Never rejects.
   */
  async read(): Promise<Seen | null> {
    try {
      const seen = seenIn(await this.#storage.readSeen?.())
      const nowMs = this.#now()
      if (seen === null || Date.parse(seen.at) <= nowMs) return seen
      return { ...seen, at: new Date(nowMs).toISOString() }
    } catch {
      return null
    }
  }

  /** Keeps it. While the storage is slow only the newest is written. */
  async keep(seen: Seen): Promise<void> {
    this.#next = seen
    if (this.#writing) return
    this.#writing = true
    while (this.#next !== undefined) {
      const next = this.#next
      this.#next = undefined
      // What cannot be kept is kept with the next entry.
      await this.#storage.writeSeen?.(next).catch(() => {})
    }
    this.#writing = false
  }
}
