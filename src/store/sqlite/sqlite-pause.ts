import type { Authority } from '../../auth/editor.ts'
import type { KeyedRequest } from '../../auth/keyed-request.ts'
import { type Pause, type PauseNote, type PauseScope, type PauseStore, pauseLine } from '../../desk/pause.ts'
import { migrate, type Schema, type Sql } from '../sql.ts'
import { auditSchema, noteAct } from './desk/audit-table.ts'
import { madeBefore } from './desk/keyed-requests.ts'
import { authorise, editorSchema } from './sqlite-editors.ts'

/** Every change of the kill switch; the newest row is the present state. */
export const pauseSchema: Schema = {
  store: 'pause',
  steps: [
    `create table pauses (
       id integer primary key,
       state text not null check (state in ('on', 'off')),
       languages text not null,
       topics text not null,
       reason text not null,
       editor_id text not null,
       at text not null
     ) strict`,
    'alter table pauses add column editor_name text',
  ],
}

type PauseRow = {
  readonly state: 'on' | 'off'
  readonly languages: string
  readonly topics: string
  readonly reason: string
  readonly editor_id: string
  readonly editor_name: string | null
  readonly at: string
}

const selectNewest = `select state, languages, topics, reason, editor_id, editor_name, at from pauses
  where id = (select max(id) from pauses)`
const insertPause = `insert into pauses (state, languages, topics, reason, editor_id, editor_name, at)
  values (?, ?, ?, ?, ?, ?, ?)`

/** The present pause, read from a database that has `pauseSchema`; other threads call this on their own connection. */
export function readPause(sql: Pick<Sql, 'all'>): Pause {
  const [row] = sql.all<PauseRow>(selectNewest)
  if (row === undefined || row.state === 'off') return null
  const { languages, topics, reason, editor_id: by, editor_name: byName, at } = row
  return { languages: JSON.parse(languages), topics: JSON.parse(topics), reason, by, byName, at }
}

/** Stores a pause that was set in another database. */
export function copyPause(sql: Sql, pause: Pause): void {
  if (JSON.stringify(readPause(sql)) === JSON.stringify(pause)) return
  writePause(sql, pause, pause ?? { reason: '', by: '', at: '' }, pause?.byName ?? null)
}

function writePause(sql: Sql, scope: PauseScope | null, note: PauseNote, byName: string | null): void {
  const { reason, by, at } = note
  const { languages, topics } = scope ?? { languages: [], topics: [] }
  const state = scope === null ? 'off' : 'on'
  sql.run(insertPause, state, JSON.stringify(languages), JSON.stringify(topics), reason, by, byName, at)
}

/** The kill switch in SQLite. */
export class SqlitePause implements PauseStore {
  readonly #sql: Sql

  /** Creates the table where it is missing. */
  constructor(sql: Sql) {
    this.#sql = sql
    for (const schema of [pauseSchema, editorSchema, auditSchema]) migrate(sql, schema)
  }

  async current(): Promise<Pause> {
    return readPause(this.#sql)
  }

  async change(
    act: (pause: Pause) => PauseScope | null,
    note: PauseNote,
    by?: Authority,
    request?: KeyedRequest,
  ): Promise<Pause> {
    return this.#sql.retryBusy(() =>
      this.#sql.transaction(() => {
        const editor = by === undefined ? null : authorise(this.#sql, by)
        const before = readPause(this.#sql)
        if (by !== undefined && madeBefore(this.#sql, request, by, 'pause') !== null) return before
        const scope = act(before)
        if (before === null && scope === null) return null
        writePause(this.#sql, scope, note, editor?.name ?? null)
        noteAct(this.#sql, pauseLine(before, scope, note, editor))
        return readPause(this.#sql)
      }),
    )
  }
}
