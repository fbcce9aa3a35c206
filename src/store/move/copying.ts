import type { PostgresDatabase } from '../postgres/postgres-database.ts'
import type { Sql, SqlValue } from '../sql.ts'
import { type Column, insertStatement, type SourceRow, selected, sentRows } from './columns.ts'
import { type CopyPosition, lockPosition, sendPosition } from './postgres-move.ts'
import { type TableCopy, tableCopies } from './table-copies.ts'

/** A batch's transaction may wait for the disk of a busy server. */
export const batchMsMax = 60_000

type Reading = Pick<Sql, 'all'>
type Copying = {
  /** The source, in which nothing is written meanwhile. */
  readonly sql: Reading
  readonly database: PostgresDatabase
  readonly moveId: string
  /** Is called after each batch; throws to stop the copy. */
  readonly copied: (rows: number, table: string) => void
}

type Numbered = SourceRow & { readonly at_row: number }

/** The number of rows that are moved, by table of SQLite. */
export function countRows(sql: Reading): ReadonlyMap<string, number> {
  return new Map(
    tableCopies.map(({ source, where = 'true' }) => [
      source,
      sql.all<{ count: number }>(`select count(*) as count from ${source} where ${where}`)[0]?.count ?? 0,
    ]),
  )
}

/**
 * Copies what is not copied yet. The position is stored in the transaction of each batch: killed at any point, the next call
 * goes on after the last batch that was committed.
 */
export async function copyTables(copying: Copying, from: CopyPosition): Promise<void> {
  let { part, after } = from
  for (const copy of tableCopies.slice(from.part)) {
    await copyTable(copying, copy, { part, after })
    part += 1
    after = 0
  }
  await raiseIdentities(copying)
}

async function copyTable(
  { sql, database, moveId, copied }: Copying,
  copy: TableCopy,
  from: CopyPosition,
): Promise<void> {
  const { columns, target, rowsEach, also, besides = [] } = copy
  const insert = insertStatement(target, columns)
  let { after } = from
  for (;;) {
    const rows = pageOf(sql, copy, [...columns, ...besides], after, rowsEach)
    const last = rows.at(-1)?.at_row
    const next =
      rows.length < rowsEach || last === undefined ? { part: from.part + 1, after: 0 } : { ...from, after: last }
    await database.transaction(
      async (statements) => {
        const stored = await lockPosition(statements, moveId)
        // This very batch was committed already, by a call whose answer was lost.
        if (stored.part !== from.part || stored.after !== after) return
        if (rows.length > 0) {
          statements.send(insert, sentRows(columns, rows))
          also?.(statements, rows)
        }
        sendPosition(statements, next)
      },
      { isIdempotent: true, limitMs: batchMsMax },
    )
    copied(rows.length, copy.source)
    if (next.part !== from.part) return
    after = next.after
  }
}

/** The rows of a table after a row id, in order. */
function pageOf(
  sql: Reading,
  { source, where = 'true' }: Pick<TableCopy, 'source' | 'where'>,
  columns: readonly Column[],
  after: number,
  limit: number,
): readonly Numbered[] {
  return sql.all<Record<string, SqlValue> & { at_row: number }>(
    `select rowid as at_row, ${selected(columns)} from ${source} where rowid > ? and (${where}) order by rowid limit ?`,
    after,
    limit,
  )
}

const pageRows = 5_000

/** All rows that are moved of a table, page by page. */
export function* rowsOf(
  copy: Pick<TableCopy, 'source' | 'where'>,
  sql: Reading,
  columns: readonly Column[],
): Generator<SourceRow> {
  for (let after = Number.MIN_SAFE_INTEGER; ; ) {
    const rows = pageOf(sql, copy, columns, after, pageRows)
    yield* rows
    const last = rows.at(-1)
    if (last === undefined) return
    after = last.at_row
  }
}

const selectSequence = 'select seq from sqlite_sequence where name = ?'

/** Row ids that SQLite gave, and whose rows were deleted, are not given again: the range of an open run may hold them. */
async function raiseIdentities({ sql, database }: Copying): Promise<void> {
  for (const { source, target, identity } of tableCopies) {
    if (identity === undefined) continue
    const [row] = sql.all<{ seq: number }>(selectSequence, source)
    const highest = `greatest($1::bigint, (select max(${identity}) from tocsin.${target}))`
    await database.once(
      `select setval(pg_get_serial_sequence('tocsin.${target}', '${identity}'), ${highest}) where ${highest} > 0`,
      row?.seq ?? 0,
    )
    await database.transaction(async (statements) => void statements.send(`analyze tocsin.${target}`), {
      isIdempotent: true,
      limitMs: batchMsMax,
    })
  }
}
