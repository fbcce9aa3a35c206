import type { Sql } from '../../sql.ts'

const addDue = `insert into push_languages (seq, language, due) values (?, ?, ?)
  on conflict (seq, language) do nothing`
const addResults = `insert into push_languages (seq, language, due, accepted, gone, failed) values (?, ?, 0, ?, ?, ?)
  on conflict (seq, language) do update set accepted = accepted + excluded.accepted, gone = gone + excluded.gone,
  failed = failed + excluded.failed`

export type LanguageResults = { accepted: number; gone: number; failed: number }

/** Stores how many pushes of an entry are due in each language. */
export function saveDue(sql: Sql, seq: number, dueByLanguage: ReadonlyMap<string, number>): void {
  for (const [language, due] of dueByLanguage) sql.run(addDue, seq, language, due)
}

/** Adds the results of a batch. */
export function addLanguages(sql: Sql, seq: number, results: ReadonlyMap<string, LanguageResults>): void {
  for (const [language, { accepted, gone, failed }] of results)
    sql.run(addResults, seq, language, accepted, gone, failed)
}
