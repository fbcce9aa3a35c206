import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Draft } from '../../../src/domain/alert.ts'
import type { Level } from '../../../src/domain/alert-types.ts'
import { newEpoch } from '../../../src/log/log.ts'
import { databasePath } from '../../../src/node/storage/data-folder.ts'
import { openSqlite } from '../../../src/node/storage/sqlite-file.ts'
import type { Sql } from '../../../src/store/sql.ts'
import { SqliteLog } from '../../../src/store/sqlite/sqlite-log.ts'

const at = '2026-01-01T00:00:00.000Z'
const expirySeconds = { flash: 3_600, urgent: 14_400, routine: 86_400 }
/** What the log is of, and which entries: the last kind whose number divides a seq. */
const kinds: readonly {
  readonly each: number
  readonly level: Level
  readonly topic: string
  readonly tags: string[]
}[] = [
  { each: 1, level: 'routine', topic: 'afghanistan', tags: ['en'] },
  { each: 3, level: 'urgent', topic: 'russia', tags: ['fa', 'en'] },
  // The rare ones.
  { each: 10_000, level: 'flash', topic: 'iran', tags: ['fa'] },
]

/** A data folder with a log of so many entries, made by the store's own schema and kept for the next time. */
export function largeLog(entries: number): { readonly folder: string; readonly madeMs: number } {
  const sources = ['../../../src/store/sqlite/sqlite-log.ts', '../../../src/store/sqlite/log-index.ts'].map((file) =>
    readFileSync(new URL(file, import.meta.url), 'utf8'),
  )
  const version = createHash('sha256')
    .update(JSON.stringify([sources, kinds]))
    .digest('hex')
    .slice(0, 8)
  const folder = join(tmpdir(), `tocsin-bench-log-${entries}-${version}`)
  if (existsSync(folder)) return { folder, madeMs: 0 }
  const beganMs = performance.now()
  const making = `${folder}.making`
  rmSync(making, { recursive: true, force: true })
  mkdirSync(making, { mode: 0o700 })
  fill(databasePath(making), entries)
  renameSync(making, folder)
  return { folder, madeMs: performance.now() - beganMs }
}

function fill(path: string, entries: number): void {
  const sql = openSqlite(path, 'normal')
  const log = new SqliteLog(sql, newEpoch(0.5, Date.parse(at)))
  for (const kind of kinds)
    void log.append({ ...change(kind), id: idOf(kinds.indexOf(kind) + 1) }, `sample-${kind.each}`)
  sql.transaction(() => copyOf(sql, entries))
  sql.run('pragma wal_checkpoint(truncate)')
  sql.close()
}

function idOf(seq: number): string {
  return `01932f6e-0000-7000-8000-${seq.toString(16).padStart(12, '0')}`
}

function change({ level, topic, tags }: (typeof kinds)[number]) {
  const texts = Object.fromEntries(
    tags.map((tag) => [tag, { headline: `Monitors leave the valley (${tag})`, summary: 'It is not safe.' }]),
  )
  const draft: Draft = { level, topics: [topic], texts, audience: 'public' }
  return { kind: 'alert', draft, at, by: 'bench', expirySeconds } as const
}

/** Each entry as the sample of its kind, under another id; then the rows of the samples in the index for all. */
function copyOf(sql: Sql, entries: number): void {
  const first = kinds.length + 1
  sql.run('create temp table kind_of (seq integer primary key, sample integer not null)')
  const samples = kinds
    .map(({ each }, index) => `when seq % ${each} = 0 then ${index + 1}`)
    .toReversed()
    .join(' ')
  sql.run(
    `insert into kind_of with recursive numbers (seq) as (select ? union all select seq + 1 from numbers where seq < ?)
     select seq, case ${samples} end from numbers`,
    first,
    entries,
  )
  const id = `printf('01932f6e-0000-7000-8000-%012x', kind_of.seq)`
  sql.run(
    `insert into entries (seq, at, kind, alert_id, alert, key, intention, editor_id)
     select kind_of.seq, sample.at, sample.kind, ${id}, replace(sample.alert, sample.alert_id, ${id}), 'key-' || kind_of.seq, '', 'bench'
     from kind_of join entries as sample on sample.seq = kind_of.sample order by kind_of.seq`,
  )
  sql.run(`insert into alerts (id, seq) select alert_id, seq from entries where seq >= ? order by alert_id`, first)
  const scopes = sql.all<{ scope_id: number; seq: number }>('select scope_id, seq from entry_scopes order by scope_id')
  for (const { scope_id, seq } of scopes)
    sql.run(
      'insert into entry_scopes (scope_id, superseded, seq) select ?, 0, seq from kind_of where sample = ? order by seq',
      scope_id,
      seq,
    )
  sql.run('drop table kind_of')
}
