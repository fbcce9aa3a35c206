import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Client } from 'pg'
import type { Place } from './reader-marks.ts'

/** Each file of a folder as it is, whatever it is: databases, write-ahead logs, backups, what was left behind. */
export function filesIn(folder: string): readonly Place[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((it) => it.isFile())
    .map((it) => {
      const path = join(it.parentPath, it.name)
      return { name: `the file ${path.slice(folder.length + 1)}`, bytes: readFileSync(path) }
    })
}

type Row = Readonly<Record<string, unknown>>

/** Each column of a table as one place, `table.column`. */
function columnsOf(table: string, rows: readonly Row[]): readonly Place[] {
  const columns = new Map<string, Buffer[]>()
  for (const row of rows)
    for (const [column, value] of Object.entries(row)) {
      const bytes = columns.get(column) ?? []
      bytes.push(bytesOf(value), Buffer.from('\n'))
      columns.set(column, bytes)
    }
  return [...columns].map(([column, parts]) => ({ name: `${table}.${column}`, bytes: Buffer.concat(parts) }))
}

function bytesOf(value: unknown): Buffer {
  if (value instanceof Uint8Array) return Buffer.from(value)
  return Buffer.from(typeof value === 'string' ? value : String(JSON.stringify(value) ?? ''))
}

/** Every column of every table of a SQLite database. */
export function sqliteColumns(file: string): readonly Place[] {
  const database = new DatabaseSync(file, { readOnly: true })
  try {
    const tables = database.prepare(`select name from sqlite_schema where type = 'table'`).all() as { name: string }[]
    return tables.flatMap(({ name }) => columnsOf(name, database.prepare(`select * from "${name}"`).all() as Row[]))
  } finally {
    database.close()
  }
}

/** Every column of every table of a PostgreSQL database but those of the server itself. */
export async function postgresColumns(url: string): Promise<readonly Place[]> {
  const client = new Client(url)
  await client.connect()
  try {
    const { rows } = await client.query<{ schema: string; name: string }>(
      `select table_schema as schema, table_name as name from information_schema.tables
       where table_schema not in ('pg_catalog', 'information_schema')`,
    )
    const places: Place[] = []
    for (const { schema, name } of rows)
      places.push(...columnsOf(name, (await client.query<Row>(`select * from "${schema}"."${name}"`)).rows))
    return places
  } finally {
    await client.end()
  }
}
