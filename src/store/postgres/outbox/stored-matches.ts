import type { Interest } from '../../../domain/interest.ts'
import { EntryMatches } from '../../../push/outbox/entry-matches.ts'
import type { PostgresDatabase } from '../postgres-database.ts'

const newerInterests = 'select interest_id, interest from tocsin.interests where interest_id > $1 order by interest_id'
const interestIds = 'select interest_id from tocsin.interests'

/** The interests in the database, cached with what each open entry is for. */
export class StoredMatches extends EntryMatches {
  /** The interests that were stored at the last `forget`. */
  #former: ReadonlySet<number> = new Set()

  /** Adds the interests that have been stored since. */
  async refresh(database: Pick<PostgresDatabase, 'all'>): Promise<void> {
    type Row = { readonly interest_id: number; readonly interest: string }
    const rows = await database.all<Row>(newerInterests, this.seenTo)
    // Another refresh may have run at the same time.
    for (const { interest_id, interest } of rows)
      if (interest_id > this.seenTo) this.add(interest_id, JSON.parse(interest) as Interest)
  }

  /** Removes the interests that were not stored at the last call either: a batch that is being claimed may still need them. */
  async forget(database: Pick<PostgresDatabase, 'all'>): Promise<void> {
    const rows = await database.all<{ interest_id: number }>(interestIds)
    const present = new Set(rows.map(({ interest_id }) => interest_id))
    this.keepOnly(new Set([...this.#former, ...present]))
    this.#former = present
  }
}
