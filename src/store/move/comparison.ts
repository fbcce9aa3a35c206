import type { PostgresDatabase } from '../postgres/postgres-database.ts'
import type { Sql } from '../sql.ts'
import { type Column, columnsOf, type SourceRow, textExpression, textOf } from './columns.ts'
import { batchMsMax, rowsOf } from './copying.ts'
import { scopesOf } from './moved-scopes.ts'
import { type TableCopy, tableCopies } from './table-copies.ts'

/** What is compared: rows of SQLite, and the statement of PostgreSQL that must give rows of the same text. */
type Comparison = {
  readonly name: string
  readonly columns: readonly Column[]
  readonly rows: (sql: Reading, columns: readonly Column[]) => Iterable<SourceRow>
  /** A `from` clause, with the columns' names. */
  readonly target: string
}
type Reading = Pick<Sql, 'all'>

/** The number of rows, and the sum of their hashes, which does not depend on their order. */
export type Digest = { readonly rows: number; readonly sum: string }
export type Compared = { readonly name: string; readonly source: Digest; readonly target: Digest }

/** The first 60 bits of a SHA-256, which PostgreSQL adds up as numbers. */
const hashDigits = 15
const addedHashes = (text: string) =>
  `select count(*)::integer as rows, coalesce(sum(('x' || left(encode(sha256(convert_to(${text}, 'UTF8')), 'hex'), ${hashDigits}))::bit(60)::bigint), 0)::text as sum`

/** Compares every table, and everything that was made of tables, set by set. `sha256`: gives hexadecimal digits. */
export async function compareAll(
  sql: Reading,
  database: PostgresDatabase,
  sha256: (text: string) => string,
): Promise<readonly Compared[]> {
  const compared: Compared[] = []
  for (const { name, columns, rows, target } of comparisons) {
    const statement = `${addedHashes(textExpression(columns))} from ${target}`
    const [found] = await database.transaction(async (statements) => statements.all<Digest>(statement), {
      isIdempotent: true,
      limitMs: 10 * batchMsMax,
    })
    if (found === undefined) throw new Error('a count gave no row')
    compared.push({ name, source: digestOf(columns, rows(sql, columns), sha256), target: found })
  }
  return compared
}

/** Whether both databases have the same rows. */
export function isSame({ source, target }: Compared): boolean {
  return source.rows === target.rows && source.sum === target.sum
}

function digestOf(columns: readonly Column[], rows: Iterable<SourceRow>, sha256: (text: string) => string): Digest {
  let count = 0
  let sum = 0n
  for (const row of rows) {
    count += 1
    sum += BigInt(`0x${sha256(textOf(columns, row)).slice(0, hashDigits)}`)
  }
  return { rows: count, sum: String(sum) }
}

function copied(copy: TableCopy): Comparison {
  const { source: name, target, columns } = copy
  return { name, columns, target: `tocsin.${target}`, rows: (...from) => rowsOf(copy, ...from) }
}

const entryColumns = columnsOf({
  seq: 'integer',
  alert: 'json',
  superseded: ['boolean', '(select seq from alerts where id = alert_id) <> seq'],
})

function* scopeRows(sql: Reading): Generator<SourceRow> {
  for (const row of rowsOf({ source: 'entries' }, sql, entryColumns))
    for (const { superseded, ...scope } of scopesOf(row)) yield { ...scope, superseded: superseded ? 1 : 0 }
}

const counted = (name: 'accepted' | 'gone' | 'failed') =>
  `coalesce(sum((tally->'counts'->>'${name}')::bigint), 0)::bigint as ${name}`

/** What follows from tables but is not stored in the same form. */
const derived: readonly Comparison[] = [
  {
    name: 'alerts',
    columns: columnsOf({ id: 'text', seq: 'integer' }),
    rows: (...from) => rowsOf({ source: 'alerts' }, ...from),
    target: '(select alert_id as id, max(seq) as seq from tocsin.entries group by alert_id) as alerts',
  },
  {
    name: 'entry_scopes',
    columns: columnsOf({
      seq: 'integer',
      audience: 'text',
      language: 'text',
      topic: 'text',
      level: 'integer',
      superseded: 'boolean',
    }),
    rows: scopeRows,
    target: 'tocsin.entry_scopes join tocsin.scopes using (scope_id)',
  },
  {
    name: 'push_entries (still to be leased)',
    columns: columnsOf({ seq: 'integer', left_rows: ['integer', 'target - position'] }),
    rows: (...from) => rowsOf({ source: 'push_entries', where: `state = 'open' and position < target` }, ...from),
    target:
      '(select entry_id as seq, sum(target - position) as left_rows from tocsin.push_lanes group by entry_id) as lanes',
  },
  {
    name: 'push_entries (results)',
    columns: columnsOf({ seq: 'integer', accepted: 'integer', gone: 'integer', failed: 'integer' }),
    rows: (...from) => rowsOf({ source: 'push_entries' }, ...from),
    target: `(select entry_id as seq, ${counted('accepted')}, ${counted('gone')}, ${counted('failed')}
      from tocsin.push_tallies group by entry_id) as results`,
  },
  {
    name: 'push_times',
    columns: columnsOf({ seq: 'integer', bucket: 'integer', count: 'integer' }),
    rows: (...from) => rowsOf({ source: 'push_times', where: 'count > 0' }, ...from),
    target: `(select entry_id as seq, key::integer as bucket, sum(value::bigint)::bigint as count
      from tocsin.push_tallies, json_each_text(tally->'times') group by entry_id, key) as times`,
  },
  {
    name: 'push_services',
    columns: columnsOf({
      seq: 'integer',
      host: 'text',
      tried: 'integer',
      gone: 'integer',
      failed: 'integer',
      told: 'boolean',
    }),
    rows: (...from) => rowsOf({ source: 'push_services', where: 'tried > 0' }, ...from),
    target: `(select entry_id as seq, key as host, sum(value::bigint)::bigint as tried,
        coalesce(sum((tally->'gone'->>key)::bigint), 0)::bigint as gone,
        coalesce(sum((tally->'failed'->>key)::bigint), 0)::bigint as failed,
        exists (select from tocsin.push_shut_hosts s where s.entry_id = t.entry_id and s.host = key) as told
      from tocsin.push_tallies t, json_each_text(tally->'tried') group by entry_id, key) as services`,
  },
  {
    name: 'push_services (waiting)',
    columns: columnsOf({ seq: 'integer', host: 'text', waiting: 'integer' }),
    rows: (...from) => rowsOf({ source: 'push_services', where: 'waiting > 0' }, ...from),
    target: `(select entry_id as seq, key as host, sum(value::bigint)::bigint as waiting
      from tocsin.push_tallies, json_each_text(tally->'waiting') group by entry_id, key) as services`,
  },
  {
    name: 'push_languages',
    columns: columnsOf({ seq: 'integer', language: 'text', accepted: 'integer', gone: 'integer', failed: 'integer' }),
    rows: (...from) => rowsOf({ source: 'push_languages', where: 'accepted + gone + failed > 0' }, ...from),
    target: `(select entry_id as seq, language, ${['accepted', 'gone', 'failed'].map(
      (name) => `coalesce(sum((tally->'${name}In'->>language)::bigint), 0)::bigint as ${name}`,
    )}
      from tocsin.push_tallies, lateral (${['accepted', 'gone', 'failed']
        .map((name) => `select json_object_keys(tally->'${name}In')`)
        .join(' union ')}) as known (language) group by entry_id, language) as languages`,
  },
]

const comparisons: readonly Comparison[] = [...tableCopies.map(copied), ...derived]
