import type { SqlValue } from '../sql.ts'

/** What a column holds, in both databases. `time`: RFC 3339 in SQLite; `milliseconds`: since 1970 in SQLite; both `timestamptz`. */
type ColumnType =
  | 'text'
  | 'uuid'
  | 'integer'
  | 'boolean'
  | 'time'
  | 'milliseconds'
  | 'bytes'
  /** Text of JSON, which stays as it was written. */
  | 'json'
  /** A JSON array of strings in SQLite, `text[]` in PostgreSQL. */
  | 'list'

/** A column of the target, and the expression of SQLite that gives it, where that is not a column of the same name. */
export type Column = readonly [name: string, type: ColumnType, source?: string]

/** Columns by name: the type alone, or with the expression of SQLite. */
export function columnsOf(
  columns: Readonly<Record<string, ColumnType | readonly [type: ColumnType, source: string]>>,
): readonly Column[] {
  return Object.entries(columns).map(([name, column]) =>
    typeof column === 'string' ? [name, column] : [name, ...column],
  )
}

export type SourceRow = Readonly<Record<string, SqlValue>>

/** Separates the columns of a row's text, and stands for null in it. No text that is stored has them. */
const separator = '\x1f'
const nullSign = '\x1e'

/** The type of a column in the record set by which rows are sent. */
const sentAs: Readonly<Record<ColumnType, string>> = {
  text: 'text',
  uuid: 'uuid',
  integer: 'bigint',
  boolean: 'boolean',
  time: 'timestamptz',
  milliseconds: 'timestamptz',
  bytes: 'text',
  json: 'text',
  list: 'text',
}

const inserted: Readonly<Partial<Record<ColumnType, (column: string) => string>>> = {
  bytes: (column) => `decode(${column}, 'hex')`,
  json: (column) => `${column}::json`,
  list: (column) => `case when ${column} is not null then array(select json_array_elements_text(${column}::json)) end`,
}

const isoTime = (column: string) => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`
const asText: Readonly<Partial<Record<ColumnType, (column: string) => string>>> = {
  boolean: (column) => `case when ${column} then 'true' else 'false' end`,
  time: isoTime,
  milliseconds: isoTime,
  bytes: (column) => `encode(${column}, 'hex')`,
  list: (column) => `array_to_json(${column})::text`,
}

/** The columns as SQLite selects them. */
export function selected(columns: readonly Column[]): string {
  return columns
    .map(([name, type, source = name]) => `${type === 'bytes' ? hexOf(source) : source} as ${name}`)
    .join(', ')
}

/** The statement that inserts rows, which are sent as one JSON text (`sentRows`): one parameter, whatever there is. */
export function insertStatement(target: string, columns: readonly Column[]): string {
  const names = columns.map(([name]) => name).join(', ')
  const values = columns.map(([name, type]) => inserted[type]?.(`r.${name}`) ?? `r.${name}`).join(', ')
  const record = columns.map(([name, type]) => `${name} ${sentAs[type]}`).join(', ')
  return `insert into tocsin.${target} (${names}) overriding system value
    select ${values} from json_to_recordset($1::json) as r (${record})`
}

/** Rows of SQLite as the parameter of `insertStatement`. */
export function sentRows(columns: readonly Column[], rows: readonly SourceRow[]): string {
  return JSON.stringify(rows.map((row) => Object.fromEntries(columns.map((column) => [column[0], value(column, row)]))))
}

/** A row's text, which is the same from both databases: for its hash. */
export function textOf(columns: readonly Column[], row: SourceRow): string {
  return columns
    .map((column) => {
      const found = value(column, row)
      return found === null ? nullSign : String(found)
    })
    .join(separator)
}

/** The expression of PostgreSQL that gives the same text. */
export function textExpression(columns: readonly Column[]): string {
  const texts = columns.map(([name, type]) => `coalesce((${asText[type]?.(name) ?? name})::text, E'\\x1e')`)
  return `concat_ws(E'\\x1f', ${texts.join(', ')})`
}

function value([name, type]: Column, row: SourceRow): string | number | boolean | null {
  const found = row[name]
  if (found === null || found === undefined) return null
  if (found instanceof Uint8Array) throw new Error(`${name} holds bytes, and is no column of bytes`)
  switch (type) {
    case 'boolean':
      return found === 1
    case 'time':
    case 'milliseconds':
      return new Date(found).toISOString()
    case 'list':
      return JSON.stringify(JSON.parse(String(found)))
    default:
      return found
  }
}

/** SQLite gives '' for the hexadecimal digits of null. */
function hexOf(source: string): string {
  return `case when ${source} is null then null else lower(hex(${source})) end`
}
