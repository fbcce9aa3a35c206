import type { PushEntry } from '../../../push/outbox/entry-matches.ts'

/** How many entries are kept; more than are usually open at once. */
const entriesMax = 64

/**
 * Cache: entries as they are stored, each parsed once and not for each of its batches. The same text gives the same
 * object, so that what was made of an entry can be found by it.
 */
export class StoredEntries {
  readonly #entries = new Map<string, PushEntry>()

  /** The entry of a row. */
  of({ entry: text }: { readonly entry: string }): PushEntry {
    const known = this.#entries.get(text)
    if (known !== undefined) return known
    const entry = JSON.parse(text) as PushEntry
    this.#entries.set(text, entry)
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= entriesMax) break
      this.#entries.delete(oldest)
    }
    return entry
  }
}
