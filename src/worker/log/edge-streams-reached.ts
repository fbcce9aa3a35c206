import type { StreamsReached } from '../../desk/delivery-schema.ts'
import { hasTextIn } from '../../domain/rendering/in-language.ts'
import type { LiveAudience } from '../../http/api/desk/dry-run.ts'
import type { Entry, Seq } from '../../log/log.ts'
import { migrate, type Schema, type Sql } from '../../store/sql.ts'

const schema: Schema = {
  store: 'streams reached',
  steps: ['create table streams_reached (seq integer primary key, reached text not null) strict'],
}

/** The newest changes are kept. */
const keptMax = 1_000

const insertReached = 'insert into streams_reached (seq, reached) values (?, ?) on conflict (seq) do nothing'
const deleteOld = 'delete from streams_reached where seq <= ?'
const selectReached = 'select seq, reached from streams_reached where seq in (select value from json_each(?))'

type Deps = {
  readonly sql: Sql
  /** How many readers of the hubs an alert is for now. */
  readonly count: (alert: Entry['alert']) => Promise<LiveAudience>
}

/** How many open streams each change was written to: the hubs are asked once, when they have been woken for it. */
export class EdgeStreamsReached {
  readonly #deps: Deps

  constructor(deps: Deps) {
    this.#deps = deps
    migrate(deps.sql, schema)
  }

  async note(entry: Entry): Promise<void> {
    const { sql, count } = this.#deps
    const { byLanguage, atLeast } = await count(entry.alert)
    const sent = [...byLanguage].filter(([language]) => language === '*' || hasTextIn(entry, language))
    const reached: StreamsReached = { byLanguage: Object.fromEntries(sent), atLeast }
    sql.transaction(() => {
      sql.run(insertReached, entry.seq, JSON.stringify(reached))
      sql.run(deleteOld, entry.seq - keptMax)
    })
  }

  async of(seqs: readonly Seq[]): Promise<ReadonlyMap<Seq, StreamsReached>> {
    const rows = this.#deps.sql.all<{ seq: number; reached: string }>(selectReached, JSON.stringify(seqs))
    return new Map(rows.map(({ seq, reached }) => [seq, JSON.parse(reached)]))
  }
}
