import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Seq } from '../../log/log.ts'
import { migrate, type Schema, type Sql } from '../../store/sql.ts'
import { databasePath } from '../storage/data-folder.ts'
import { syncFolder } from './sync-folder.ts'

/** The table by which a database says that its folder has a record. Older versions of this program wrote none. */
const schema: Schema = {
  store: 'log-record',
  steps: ['create table log_record (one integer primary key check (one = 1)) strict'],
}
const selectTable = `select 1 from sqlite_schema where name = 'log_record'`
const modeOwner = 0o600

/** Which log a data folder had at its last run, and how far it had come. Kept beside the database, so that it is not in a copy of it. */
export type LogRecord = {
  readonly epoch: string
  readonly newest: Seq
  /** Identifies the database's file; another after the file was copied. */
  readonly file: string
}

function recordPath(dataDir: string): string {
  return join(dataDir, 'log-record')
}

/** Null: there is none, or it cannot be read. */
export function readLogRecord(dataDir: string): LogRecord | null {
  try {
    const { epoch, newest, file } = JSON.parse(readFileSync(recordPath(dataDir), 'utf8'))
    const isWhole = typeof epoch === 'string' && Number.isSafeInteger(newest) && typeof file === 'string'
    return isWhole ? { epoch, newest, file } : null
  } catch {
    return null
  }
}

/**
 * Writes the record of the folder's database as it is. It is on the disk when this returns true: a power cut that left an
 * empty file would give the log a new epoch. Never throws: a record that stays as it was costs at most a new epoch.
 */
export function writeLogRecord(dataDir: string, { epoch, newest }: Pick<LogRecord, 'epoch' | 'newest'>): boolean {
  const path = recordPath(dataDir)
  const draft = `${path}.${process.pid}`
  try {
    const record: LogRecord = { epoch, newest, file: fileIdOf(databasePath(dataDir)) }
    writeFileSync(draft, `${JSON.stringify(record)}\n`, { mode: modeOwner, flush: true })
    renameSync(draft, path)
    syncFolder(dataDir)
    return true
  } catch {
    rmSync(draft, { force: true })
    return false
  }
}

/** Call at the end of a run: the log has come as far as `newest`. */
export function advanceLogRecord(dataDir: string, newest: Seq): void {
  const record = readLogRecord(dataDir)
  if (record !== null && newest > record.newest) writeLogRecord(dataDir, { ...record, newest })
}

/**
 * Whether the database, whose log has `epoch` and `newest`, is another than the one of the record: an older one was put in
 * its place, or it was copied here from elsewhere. What the copy lacks may have been published, and seen, under the same
 * epoch. A copy of the whole folder over itself, or a snapshot of the disk, has its own old record and is not noticed.
 */
export function isOtherLog(
  dataDir: string,
  sql: Pick<Sql, 'all'>,
  { epoch, newest }: Pick<LogRecord, 'epoch' | 'newest'>,
): boolean {
  const record = readLogRecord(dataDir)
  if (record === null) return sql.all(selectTable).length > 0
  if (record.epoch !== epoch || newest < record.newest) return true
  const file = fileIdOf(databasePath(dataDir))
  return kindOf(file) === kindOf(record.file) && file !== record.file
}

/** From now on a database without a record beside it counts as copied. Call only when the record is on the disk. */
export function markRecorded(sql: Sql): void {
  migrate(sql, schema)
}

/**
 * The time at which the file was made, or its inode where the file system does not keep that time. A file that is copied
 * gets another one even if its other times are kept; one that is renamed does not. Inodes are used again soon after a file
 * was removed, so they say less.
 */
function fileIdOf(path: string): string {
  const { birthtimeNs, ctimeNs, ino } = statSync(path, { bigint: true })
  // Where there is no such time, Node gives that of the last change, or 0.
  return birthtimeNs > 0n && birthtimeNs !== ctimeNs ? `made:${birthtimeNs}` : `inode:${ino}`
}

function kindOf(file: string): string {
  return file.slice(0, file.indexOf(':'))
}
