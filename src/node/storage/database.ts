import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseBusy, NewerSchema } from '../../store/sql.ts'
import { StorageFault, type StorageFaultKind } from '../../store/storage-fault.ts'
import { codeOf, StartError } from '../start-errors.ts'
import { databasePath } from './data-folder.ts'
import { sqliteFaultOf } from './sqlite-fault.ts'
import { type OnStorageFault, openSqlite, type SqliteFile } from './sqlite-file.ts'

/** Larger databases are checked after the start, smaller ones before it (about a second a gigabyte on a fast disk). */
const checkedAtStartBytesMax = 256 * 1_024 * 1_024
const magic = 'SQLite format 3\0'
/** Header fields that mark a database as this service's, and identify it. Copies of the file have them too. */
const applicationId = 0x546f6373

/** Opens the database of a data folder and calls `use` to make its tables. Throws StartError when either fails. */
export function openDatabase<Stores>(
  dataDir: string,
  use: (sql: SqliteFile) => Stores,
  heed: OnStorageFault = () => {},
): Stores & { readonly sql: SqliteFile } {
  const path = databasePath(dataDir)
  let sql: SqliteFile | undefined
  try {
    refuseDamaged(dataDir, path)
    sql = openSqlite(path, 'full', heed)
    if ((sizeOf(path) ?? 0) <= checkedAtStartBytesMax) quickCheck(sql)
    refuseForeign(sql, path)
    const stores = use(sql)
    sign(sql)
    sql.files?.watchHeader()
    return { ...stores, sql }
  } catch (error) {
    sql?.close()
    throw startErrorOf(path, error) ?? error
  }
}

/** Whether a database is too large to be checked before the start. */
export function isCheckedLater(dataDir: string): boolean {
  return (sizeOf(databasePath(dataDir)) ?? 0) > checkedAtStartBytesMax
}

/** Checks that every page can be read and is well-formed (https://sqlite.org/pragma.html#pragma_quick_check). */
function quickCheck(sql: Pick<SqliteFile, 'all'>): void {
  const [found] = sql.all<{ quick_check: string }>('pragma quick_check(1)')
  if (found?.quick_check !== 'ok') throw new StorageFault('damaged', 'read', { cause: new Error(found?.quick_check) })
}

/** A sentence for an error of opening the database; null for any other error. */
export function startErrorOf(path: string, error: unknown): StartError | null {
  if (error instanceof NewerSchema) return new StartError(`${path}: ${error.message}`)
  const cause = error instanceof StorageFault || error instanceof DatabaseBusy ? error.cause : error
  const kind =
    error instanceof StorageFault ? error.kind : error instanceof DatabaseBusy ? 'locked' : sqliteFaultOf(error)
  if (kind !== null) return new StartError(`${path} ${words[kind]}${said(cause)}`)
  if (codeOf(error) !== 'ERR_SQLITE_ERROR') return null
  return new StartError(`${path} cannot be opened: ${(error as Error).message}. Is it a Tocsin database?`)
}

const restore =
  'Move the folder away and restore a backup (npx tocsin restore), or save what can be read: sqlite3 tocsin.db .recover | sqlite3 saved.db.'

const words: Readonly<Record<StorageFaultKind, string>> = {
  full: 'cannot be written: the disk is full. Make room and start again.',
  'read-only': 'cannot be written: the file or its disk can only be read. Give this user the right and start again.',
  missing: 'was taken away while it was opened. Start again.',
  replaced: 'was replaced while it was opened. Start again.',
  damaged: `is damaged. ${restore}`,
  locked:
    'is held by another program, such as a backup or the sqlite3 shell, for longer than 5 s. End that program, or wait for it, and start again.',
  failing: 'cannot be opened or written. Look at the disk, the rights and the space of its folder, and start again.',
  moving: 'is being moved to another database. Wait for the end of it, or run npx tocsin migrate --abort.',
  moved: 'has been moved to another database. Start with DATABASE_URL.',
  unreachable: 'cannot be reached. Look at the database server and the network, and start again.',
  crowded: 'has no connection left for the service. Raise max_connections of the server, and start again.',
  standby: 'is on a standby, which can only be read. Give the address of the primary, and start again.',
  login: 'does not let the service in. Look at the user and the password, and start again.',
  denied: 'does not give the service the right. Give it, and start again.',
  unconfirmed: 'waits for a synchronous standby. Bring it back, and start again.',
  slow: 'does not answer in time. Look at the database server and the network, and start again.',
}

function said(cause: unknown): string {
  // The result of a check has several lines.
  return cause instanceof Error && cause.message !== '' ? ` (${cause.message.replace(/\s+/g, ' ')})` : ''
}

/** Refuses files that SQLite would take for a new database, or whose damage it would notice only later. */
function refuseDamaged(dataDir: string, path: string): void {
  const bytes = sizeOf(path)
  const log = `${path}-wal`
  if (bytes === null) {
    if ((sizeOf(log) ?? 0) > 0)
      throw new StartError(
        `${path} is missing, but its write-ahead log is there. Put the database back beside it, or take ${log} away to begin anew without any alert.`,
      )
    return
  }
  if (bytes === 0) {
    const others = [log, join(dataDir, 'vapid.json'), join(dataDir, 'push-secret')].filter((file) => existsSync(file))
    if (others.length > 0)
      throw new StartError(
        `${path} is empty (0 bytes), though this folder has been in use: ${others.join(', ')}. Move the folder away and restore a backup (npx tocsin restore), or take the empty file away to begin anew without any alert.`,
      )
    return
  }
  const header = Buffer.alloc(100)
  // Before SQLite opens it: closing another handle on an open database would release its locks.
  const file = opened(path)
  readSync(file, header, 0, header.length, 0)
  closeSync(file)
  if (header.every((byte) => byte === 0)) throw new StartError(`${path} is damaged: it begins with zeros. ${restore}`)
  if (header.subarray(0, magic.length).toString('latin1') !== magic)
    throw new StartError(`${path} cannot be opened: it is not a SQLite database, or damaged. ${restore}`)
}

/** Opens it for writing, although nothing is written: with a read-only database the service would start and refuse every alert. */
function opened(path: string): number {
  try {
    return openSync(path, 'r+')
  } catch (error) {
    throw new StartError(
      `${path} cannot be opened for reading and writing (${codeOf(error)}). Give this user the right (chmod u+rw, chown) and start again.`,
    )
  }
}

function sizeOf(path: string): number | null {
  return statSync(path, { throwIfNoEntry: false })?.size ?? null
}

/** Refuses a database of another program. */
function refuseForeign(sql: SqliteFile, path: string): void {
  const [id] = sql.all<{ application_id: number }>('pragma application_id')
  const tables = sql.all<{ name: string }>(`select name from sqlite_schema where type = 'table'`)
  const isOurs = tables.length === 0 || tables.some(({ name }) => name === 'schema_steps')
  if (isOurs && (id?.application_id === 0 || id?.application_id === applicationId)) return
  throw new StartError(`${path} is a database of another program. Set another DATA_DIR, or take that file away.`)
}

/** Writes the mark of a new database, into the file itself and not only into its write-ahead log. */
function sign(sql: SqliteFile): void {
  const [row] = sql.all<{ application_id: number }>('pragma application_id')
  if (row?.application_id === applicationId) return
  sql.run(`pragma application_id = ${applicationId}`)
  sql.run(`pragma user_version = ${crypto.getRandomValues(new Int32Array(1))[0]}`)
  sql.all('pragma wal_checkpoint(passive)')
}
