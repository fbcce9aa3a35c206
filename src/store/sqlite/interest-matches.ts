import { type Interest, matches } from '../../domain/interest.ts'
import { hasTextIn } from '../../log/language-status.ts'
import type { Entry } from '../../log/log.ts'
import type { Sql } from '../sql.ts'

/**
 * An entry as the outbox keeps it. `toUntouched`: it superseded unfinished pushes of its alert, so that it is also sent to
 * readers of languages in which it says nothing: they may not have been sent the former entry.
 */
export type PushEntry = Entry & { readonly toUntouched?: boolean }

type Matched = { readonly languages: Map<number, string>; seenTo: number }

/** How many entries' matches are cached; more than are usually open at once. */
const entriesMax = 64

const newerInterests = 'select interest_id, interest from interests where interest_id > ? order by interest_id'
const interestIds = 'select interest_id from interests'
const readersOf = 'select interest_id, readers from interests'

/**
 * Cache: which of the stored interests an entry is for, and in which language. A stored interest never changes and ids only
 * grow, so that an entry's matches are only added to. Everything in it can be computed again.
 */
export class InterestMatches {
  readonly #sql: Sql
  readonly #interests = new Map<number, Interest>()
  readonly #entries = new Map<string, Matched>()
  #seenTo = 0

  constructor(sql: Sql) {
    this.#sql = sql
  }

  interestIds(entry: PushEntry): readonly number[] {
    return [...this.#of(entry).languages.keys()]
  }

  /** The language this entry is sent in to readers of that interest; null when it is not for them. */
  language(entry: PushEntry, interestId: number): string | null {
    return this.#of(entry).languages.get(interestId) ?? null
  }

  /** How many subscriptions an entry is for now. */
  readers(entry: PushEntry): number {
    const { languages } = this.#of(entry)
    return this.#sql
      .all<{ interest_id: number; readers: number }>(readersOf)
      .reduce((sum, { interest_id, readers }) => sum + (languages.has(interest_id) ? readers : 0), 0)
  }

  #of(entry: PushEntry): Matched {
    this.#refresh()
    const name = nameOf(entry)
    let matched = this.#entries.get(name)
    if (matched === undefined) {
      this.#forget()
      matched = { languages: new Map(), seenTo: 0 }
      this.#entries.set(name, matched)
      for (const oldest of this.#entries.keys()) {
        if (this.#entries.size <= entriesMax) break
        this.#entries.delete(oldest)
      }
    }
    if (matched.seenTo < this.#seenTo) {
      for (const [id, interest] of this.#interests) {
        if (id <= matched.seenTo) continue
        const language = matches(interest, entry.alert)
        if (language !== null && (entry.toUntouched || hasTextIn(entry, language))) matched.languages.set(id, language)
      }
      matched.seenTo = this.#seenTo
    }
    return matched
  }

  /** Removes interests without a subscription, which would otherwise accumulate in memory over years. */
  #forget(): void {
    const there = new Set(this.#sql.all<{ interest_id: number }>(interestIds).map((row) => row.interest_id))
    for (const id of this.#interests.keys()) if (!there.has(id)) this.#interests.delete(id)
  }

  #refresh(): void {
    for (const row of this.#sql.all<{ interest_id: number; interest: string }>(newerInterests, this.#seenTo)) {
      this.#interests.set(row.interest_id, JSON.parse(row.interest) as Interest)
      this.#seenTo = row.interest_id
    }
  }
}

/**
 * The cache key of an entry's matches. The seq alone is not enough: an entry that was rolled back may be opened again
 * without `toUntouched`, and a log with a new epoch uses seqs again.
 */
function nameOf({ seq, at, alert, toUntouched }: PushEntry): string {
  return JSON.stringify([seq, at, alert.id, toUntouched === true])
}
