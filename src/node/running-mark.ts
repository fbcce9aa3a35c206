import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { databasePath } from './data-folder.ts'
import { isFull } from './trouble.ts'

/**
 * A file that is there while the database is open, and after a run that did not end by itself. Such a run leaves its
 * write-ahead log behind, with its newest entries: when that is not there, somebody has taken it away.
 */
function markOf(dataDir: string): string {
  return join(dataDir, 'running')
}

/** Whether the last run left a write-ahead log that is not there any more. Before the database is opened, which makes a new one. */
export function isLogLost(dataDir: string): boolean {
  return existsSync(markOf(dataDir)) && existsSync(databasePath(dataDir)) && !existsSync(`${databasePath(dataDir)}-wal`)
}

/** The database is open: from now on its log is missed. */
export function markRunning(dataDir: string): void {
  try {
    writeFileSync(markOf(dataDir), '', { mode: 0o600 })
  } catch (error) {
    if (!isFull(error)) throw error
  }
}

/** The database has been closed, with all that was stored in it. */
export function markEnded(dataDir: string): void {
  rmSync(markOf(dataDir), { force: true })
}
