import type { Authority } from '../../auth/editor.ts'
import type { KeyedRequest } from '../../auth/keyed-request.ts'
import { type Pause, type PauseNote, type PauseScope, type PauseStore, pauseLine } from '../../desk/pause.ts'
import type { Schema } from '../sql.ts'
import { sendAct } from './desk/postgres-audit-table.ts'
import { madeBefore } from './desk/postgres-keyed-requests.ts'
import { lockHead } from './log/log-head.ts'
import type { PostgresDatabase, PostgresStatements } from './postgres-database.ts'
import { authorise } from './postgres-editors.ts'
import { sendWakeUp } from './wake-ups.ts'

/** Every change of the kill switch; the newest row is the present state. */
export const postgresPauseSchema: Schema = {
  store: 'pause',
  steps: [
    `create table tocsin.pauses (
       id bigint generated always as identity primary key,
       state text not null check (state in ('on', 'off')),
       languages text[] not null,
       topics text[] not null,
       reason text not null,
       editor_id text not null,
       editor_name text,
       at timestamptz not null
     )`,
  ],
}

export type PauseRow = {
  readonly state: 'on' | 'off'
  readonly languages: readonly string[]
  readonly topics: readonly string[]
  readonly reason: string
  readonly editor_id: string
  readonly editor_name: string | null
  readonly at: string
}

const columns = 'state, languages, topics, reason, editor_id, editor_name, at'
const selectNewest = `select ${columns} from tocsin.pauses order by id desc limit 1`
const insertPause = `insert into tocsin.pauses (${columns}) values ($1, $2, $3, $4, $5, $6, $7) returning ${columns}`

/** The present pause. Inside a transaction that has locked the log's head, it cannot change until the end of it. */
export async function readPause(statements: Pick<PostgresStatements, 'all'>): Promise<Pause> {
  return pauseOf((await statements.all<PauseRow>(selectNewest))[0])
}

export function pauseOf(row: PauseRow | undefined): Pause {
  if (row === undefined || row.state === 'off') return null
  const { languages, topics, reason, editor_id: by, editor_name: byName, at } = row
  return { languages, topics, reason, by, byName, at }
}

/**
 * The kill switch in PostgreSQL. A change waits for the append that runs, and every later append sees it. Every node is
 * woken by it.
 */
export class PostgresPause implements PauseStore {
  readonly #database: PostgresDatabase

  constructor(database: PostgresDatabase) {
    this.#database = database
  }

  async current(): Promise<Pause> {
    return readPause(this.#database)
  }

  async change(
    act: (pause: Pause) => PauseScope | null,
    note: PauseNote,
    by?: Authority,
    request?: KeyedRequest,
  ): Promise<Pause> {
    return this.#database.transaction(async (statements) => {
      const [, editor, present] = await Promise.all([
        lockHead(statements),
        by === undefined ? null : authorise(statements, by),
        readPause(statements),
      ])
      // An id of its own: in PostgreSQL that is what tells a first request from a repeated one.
      const isRepeated =
        by !== undefined && (await madeBefore(statements, request, by, `pause ${crypto.randomUUID()}`)) !== null
      if (isRepeated) return present
      const scope = act(present)
      if (present === null && scope === null) return null
      const { languages, topics } = scope ?? { languages: [], topics: [] }
      const { reason, by: editorId, at } = note
      const state = scope === null ? 'off' : 'on'
      const values = [state, languages, topics, reason, editorId, editor?.name ?? null, at] as const
      const inserted = statements.all<PauseRow>(insertPause, ...values)
      sendAct(statements, pauseLine(present, scope, note, editor))
      sendWakeUp(statements, 'pause')
      return pauseOf((await inserted)[0])
    })
  }
}
