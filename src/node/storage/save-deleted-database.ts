import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Logger } from '../logger.ts'
import type { SqliteFile } from './sqlite-file.ts'

/**
 * Call before this process ends. When the database's file was deleted or replaced, only this process still has its content,
 * so the content is written into a new file beside it.
 */
export function saveDeletedDatabase(
  dataDir: string,
  sql: Pick<SqliteFile, 'files' | 'saveTo'>,
  logger: Pick<Logger, 'alert'>,
): void {
  if (sql.files?.isHeldAlone() !== true) return
  const path = join(dataDir, `saved-${new Date().toISOString().replaceAll(/[:.]/g, '-')}.db`)
  try {
    if (!existsSync(dataDir)) throw new Error('the folder is gone')
    sql.saveTo(path)
    logger.alert(
      `The database was taken away or replaced while the service ran. All that it held has been written to ${path}. To go on with it, make it tocsin.db (without a tocsin.db-wal beside it) and start again.`,
    )
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    logger.alert(
      `The database was taken away or replaced while the service ran, and what it held could not be saved (${why}).`,
    )
  }
}
