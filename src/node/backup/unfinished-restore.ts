import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { StartError } from '../start-errors.ts'

/** A file that is in a data folder while a backup is restored into it. */
export const unfinishedName = 'restore-unfinished'

/** Refuses a data folder into which a backup was not restored to the end. Call while holding its lock. */
export function refuseUnfinishedRestore(dataDir: string): void {
  if (!existsSync(join(dataDir, unfinishedName))) return
  throw new StartError(
    `DATA_DIR ${dataDir} holds a part of a backup: its restore was cut off. Run the same npx tocsin restore again.`,
  )
}
