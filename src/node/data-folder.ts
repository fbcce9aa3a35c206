import { accessSync, constants, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { NewerSchema } from '../store/sql.ts'
import { openSqlite, type SqliteFile } from './sqlite.ts'
import { codeOf, StartTrouble } from './trouble.ts'

/** Makes the data folder if it is not there (mode 0700). Throws StartTrouble when it cannot be written. */
export function openDataFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 })
    if (!statSync(path).isDirectory()) throw new StartTrouble(`DATA_DIR ${path} is not a folder.`)
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK)
    // Root may write where the mode says no, but not on a read-only disk: only a write tells.
    writeFileSync(join(path, '.writable'), '')
  } catch (error) {
    if (error instanceof StartTrouble) throw error
    const code = codeOf(error)
    if (code === 'EEXIST' || code === 'ENOTDIR') throw new StartTrouble(`DATA_DIR ${path} is not a folder.`)
    throw new StartTrouble(
      `DATA_DIR ${path} cannot be written (${code}). Give this user the right, or set another DATA_DIR.`,
    )
  }
}

/** Where the database of a data folder is. */
export function databasePath(dataDir: string): string {
  return join(dataDir, 'tocsin.db')
}

/** Opens the database of a data folder and lets `use` make its tables. Throws StartTrouble when either cannot be. */
export function openDatabase<Stores>(dataDir: string, use: (sql: SqliteFile) => Stores): Stores & { sql: SqliteFile } {
  const path = databasePath(dataDir)
  let sql: SqliteFile | undefined
  try {
    sql = openSqlite(path)
    return { ...use(sql), sql }
  } catch (error) {
    sql?.close()
    if (error instanceof NewerSchema) throw new StartTrouble(`${path}: ${error.message}`)
    if (codeOf(error) === 'ERR_SQLITE_ERROR')
      throw new StartTrouble(
        `${path} cannot be opened: ${(error as Error).message}. Is it a Tocsin database, and the disk not full?`,
      )
    throw error
  }
}
