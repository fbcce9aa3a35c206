import { type Interest, matches } from '../../domain/interest.ts'
import { hasTextIn } from '../../domain/rendering/in-language.ts'
import type { Entry } from '../../log/log.ts'

/**
 * An entry as the outbox keeps it. It may have superseded unfinished pushes of its alert, so that some readers have not been
 * sent the former entry. `toUntouched`: for that it is also sent to readers of languages whose text it leaves unchanged.
 * `toUncorrected`: for that it makes the sound of the correction that it still says.
 */
export type PushEntry = Entry & { readonly toUntouched?: boolean; readonly toUncorrected?: boolean }

/** The entry to keep of one that is opened. `superseded`: how many entries of its alert were not sent to all readers yet. */
export function openedEntry(entry: Entry, superseded: number): PushEntry {
  if (superseded === 0) return entry
  const { untouched, lastCorrections } = entry.alert
  return {
    ...entry,
    ...(untouched === undefined ? {} : { toUntouched: true }),
    ...(lastCorrections === undefined ? {} : { toUncorrected: true }),
  }
}

type CachedMatches = { readonly languages: Map<number, string>; seenTo: number }

/** How many entries' matches are cached; more than are usually open at once. */
const entriesMax = 64

/**
 * Cache: which of the stored interests an entry is for, and in which language. A stored interest never changes and becomes
 * visible in the order of its id, so that an entry's matches are only added to. Everything in it can be computed again.
 */
export class EntryMatches {
  readonly #interests = new Map<number, Interest>()
  readonly #entries = new Map<string, CachedMatches>()
  #seenTo = 0

  /** The newest known interest's id; 0: none is known. */
  get seenTo(): number {
    return this.#seenTo
  }

  /** Adds a stored interest that is newer than all known ones. */
  add(id: number, interest: Interest): void {
    this.#interests.set(id, interest)
    this.#seenTo = id
  }

  /** A known interest. */
  interest(id: number): Interest | undefined {
    return this.#interests.get(id)
  }

  /** Removes interests that are not stored any more, which would otherwise accumulate in memory over years. */
  keepOnly(ids: ReadonlySet<number>): void {
    for (const id of this.#interests.keys()) if (!ids.has(id)) this.#interests.delete(id)
  }

  /** Whether matches of this entry are cached, though they may have to be added to. */
  has(entry: PushEntry): boolean {
    return this.#entries.has(cacheKeyOf(entry))
  }

  /** The matching interests by id, each with the language that the entry is sent in (`*`: all). */
  languagesOf(entry: PushEntry): ReadonlyMap<number, string> {
    const matched = this.#matchedOf(cacheKeyOf(entry))
    if (matched.seenTo < this.#seenTo) {
      for (const [id, interest] of this.#interests) {
        if (id <= matched.seenTo) continue
        const language = matches(interest, entry.alert)
        if (language !== null && (entry.toUntouched || hasTextIn(entry, language))) matched.languages.set(id, language)
      }
      matched.seenTo = this.#seenTo
    }
    return matched.languages
  }

  #matchedOf(name: string): CachedMatches {
    const known = this.#entries.get(name)
    if (known !== undefined) return known
    const matched = { languages: new Map<number, string>(), seenTo: 0 }
    this.#entries.set(name, matched)
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= entriesMax) break
      this.#entries.delete(oldest)
    }
    return matched
  }
}

/**
 * The cache key of an entry's matches. The seq alone is not enough: an entry that was rolled back may be opened again
 * without `toUntouched`, and a log with a new epoch uses seqs again.
 */
function cacheKeyOf({ seq, at, alert, toUntouched }: PushEntry): string {
  return JSON.stringify([seq, at, alert.id, toUntouched === true])
}
