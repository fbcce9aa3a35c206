import type { Interest } from '../../domain/interest.ts'
import { EntryMatches, type PushEntry } from '../../push/outbox/entry-matches.ts'
import type { Sql } from '../sql.ts'

const newerInterests = 'select interest_id, interest from interests where interest_id > ? order by interest_id'
const interestIds = 'select interest_id from interests'
const readersOf = 'select interest_id, readers from interests'

/** Which of the interests in a database an entry is for; see `EntryMatches`. */
export class InterestMatches {
  readonly #sql: Sql
  readonly #matches = new EntryMatches()

  constructor(sql: Sql) {
    this.#sql = sql
  }

  interestIds(entry: PushEntry): readonly number[] {
    return [...this.#of(entry).keys()]
  }

  /** The matching interests by id, each with the language that the entry is sent in. Read once for many subscriptions. */
  languages(entry: PushEntry): ReadonlyMap<number, string> {
    return this.#of(entry)
  }

  /** An interest that matched. */
  interest(id: number): Interest | undefined {
    return this.#matches.interest(id)
  }

  /** How many subscriptions an entry is for now: all, and by the language that it is sent in. */
  readers(entry: PushEntry): { readonly due: number; readonly dueByLanguage: ReadonlyMap<string, number> } {
    const languages = this.#of(entry)
    const dueByLanguage = new Map<string, number>()
    let due = 0
    for (const { interest_id, readers } of this.#sql.all<{ interest_id: number; readers: number }>(readersOf)) {
      const language = languages.get(interest_id)
      if (language === undefined || readers === 0) continue
      dueByLanguage.set(language, (dueByLanguage.get(language) ?? 0) + readers)
      due += readers
    }
    return { due, dueByLanguage }
  }

  #of(entry: PushEntry): ReadonlyMap<number, string> {
    this.#refresh()
    if (!this.#matches.has(entry)) this.#removeUnused()
    return this.#matches.languagesOf(entry)
  }

  #removeUnused(): void {
    const ids = this.#sql.all<{ interest_id: number }>(interestIds).map((row) => row.interest_id)
    this.#matches.keepOnly(new Set(ids))
  }

  #refresh(): void {
    for (const row of this.#sql.all<{ interest_id: number; interest: string }>(newerInterests, this.#matches.seenTo))
      this.#matches.add(row.interest_id, JSON.parse(row.interest) as Interest)
  }
}
