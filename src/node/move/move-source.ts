import { statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Bounds } from '../../log/log.ts'
import { NewerSchema, type Schema } from '../../store/sql.ts'
import { logSchema } from '../../store/sqlite/log-tables.ts'
import { outboxSchema } from '../../store/sqlite/outbox/outbox-tables.ts'
import { subscriptionSchema } from '../../store/sqlite/push-tables.ts'
import { editorSchema } from '../../store/sqlite/sqlite-editors.ts'
import { type Move, readMove } from '../../store/sqlite/sqlite-move.ts'
import { pauseSchema } from '../../store/sqlite/sqlite-pause.ts'
import { refuseUnfinishedRestore } from '../backup/unfinished-restore.ts'
import { StartError } from '../start-errors.ts'
import { databasePath } from '../storage/data-folder.ts'
import { sqliteFaultOf } from '../storage/sqlite-fault.ts'
import { openSqlite, type SqliteFile } from '../storage/sqlite-file.ts'

const schemas: readonly Schema[] = [logSchema, editorSchema, pauseSchema, subscriptionSchema, outboxSchema]
const selectOurs = `select 1 from sqlite_schema where name = 'schema_steps'`
const selectStep = 'select step from schema_steps where room = ?'
const selectBounds = `select (select epoch from log) as epoch, coalesce(min(seq), 1) as floor, coalesce(max(seq), 0) as head from entries`

/**
 * Opens the database of a data folder, which a service may be using. Throws a StartError when it is none of this version.
 * `give`: what to do where it is another folder.
 */
export function openSource(
  dataDir: string,
  give = 'Give the data folder of the service: --from sqlite:./data',
): SqliteFile {
  const path = databasePath(dataDir)
  const size = statSync(path, { throwIfNoEntry: false })?.size
  if (size === undefined) throw new StartError(`There is no tocsin.db in ${dataDir}. ${give}`)
  if (size === 0) throw new StartError(`${path} is empty (0 bytes). ${give}`)
  refuseUnfinishedRestore(dataDir)
  const sql = openSqlite(path, 'full', () => {}, true)
  try {
    if (sql.all(selectOurs).length === 0) throw new StartError(`${path} is no database of Tocsin. ${give}`)
    for (const schema of schemas) refuseOtherStep(sql, schema, path)
    return sql
  } catch (error) {
    sql.close()
    throw error
  }
}

function refuseOtherStep(sql: SqliteFile, { store, steps }: Schema, path: string): void {
  const step = sql.all<{ step: number }>(selectStep, store)[0]?.step ?? 0
  if (step > steps.length) throw new NewerSchema(store, step, steps.length)
  if (step < steps.length)
    throw new StartError(
      `${path} is from an older version. Start the service of this version on it once, and run this again.`,
    )
}

/** The log of the source, as it is now. */
export function boundsOf(sql: Pick<SqliteFile, 'all'>): Bounds {
  const [bounds] = sql.all<Bounds>(selectBounds)
  if (bounds === undefined) throw new Error('an aggregate gave no row')
  return bounds
}

/**
 * Refuses to start a service on a data folder that is being moved, or was: its readers would miss what is published there.
 * Called before the service opens its database.
 */
export function refuseMoved(dataDir: string): void {
  const move = moveOf(dataDir)
  if (move === null) return
  const { state, target, at } = move
  throw new StartError(
    state === 'moved'
      ? `This newsroom moved to ${target} at ${at}: start the service with DATABASE_URL. To take it back into ${dataDir}, without what was published there: npx tocsin migrate --go-back --from sqlite:${dataDir} --to <its URL>`
      : `This newsroom is being moved to ${target} since ${at}. Run npx tocsin migrate again to finish that; or let it go on here: npx tocsin migrate --abort --from sqlite:${dataDir}`,
  )
}

function moveOf(dataDir: string): Move | null {
  const path = databasePath(dataDir)
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) === 0) return null
  let database: DatabaseSync | undefined
  try {
    const opened = new DatabaseSync(path, { readOnly: true })
    database = opened
    return readMove({ all: <Row>(statement: string) => opened.prepare(statement).all() as Row[] })
  } catch (error) {
    // Whatever is wrong with it, the start says it.
    if (sqliteFaultOf(error) === null && (error as { code?: string }).code !== 'ERR_SQLITE_ERROR') throw error
    return null
  } finally {
    database?.close()
  }
}

/** Locks a data folder against another move. The system releases the lock when the process ends in any way. */
export function lockMove(dataDir: string): { release(): void } {
  const database = new DatabaseSync(join(dataDir, 'move-lock'), { timeout: 0 })
  try {
    database.exec('begin exclusive')
    return { release: () => database.close() }
  } catch (error) {
    database.close()
    if (sqliteFaultOf(error) !== 'locked') throw error
    throw new StartError(
      `Another npx tocsin migrate works on ${dataDir}. Wait for it, or stop it (pgrep -af move/main shows it).`,
    )
  }
}
