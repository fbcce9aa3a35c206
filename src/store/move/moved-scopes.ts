import { type Alert, levels } from '../../domain/alert-types.ts'
import { indexedNames } from '../postgres/log/postgres-log-index.ts'
import type { PostgresStatements } from '../postgres/postgres-database.ts'
import type { SourceRow } from './columns.ts'

// The index of the log, which is made anew from the entries: in SQLite it may still be incomplete.

/** A row of the index, with the columns of its scope. */
export type MovedScope = {
  readonly seq: number
  readonly audience: string
  readonly language: string
  readonly topic: string
  readonly level: number
  readonly superseded: boolean
}

const record = '(seq bigint, audience text, language text, topic text, level smallint, superseded boolean)'
const insertScopes = `insert into tocsin.scopes (audience, language, topic, level)
  select distinct audience, language, topic, level from json_to_recordset($1::json) as r ${record} on conflict do nothing`
const insertRows = `insert into tocsin.entry_scopes (scope_id, superseded, seq)
  select scope_id, r.superseded, r.seq from json_to_recordset($1::json) as r ${record}
  join tocsin.scopes using (audience, language, topic, level)`

/** The index's rows of an entry, from its columns `seq`, `alert` and `superseded`. */
export function scopesOf({ seq, alert: text, superseded }: SourceRow): readonly MovedScope[] {
  const alert: Alert = JSON.parse(String(text))
  const { languages, topics } = indexedNames(alert)
  const all = { seq: Number(seq), audience: alert.audience, level: levels.indexOf(alert.level) }
  return languages.flatMap((language) =>
    topics.map((topic) => ({ ...all, language, topic, superseded: superseded === 1 })),
  )
}

export function sendScopes(statements: PostgresStatements, entries: readonly SourceRow[]): void {
  const rows = JSON.stringify(entries.flatMap(scopesOf))
  statements.send(insertScopes, rows)
  statements.send(insertRows, rows)
}
